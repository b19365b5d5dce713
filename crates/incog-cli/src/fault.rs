//! What is said when code panics: the place, and none of its words, which may quote a cell.

use std::panic::{self, PanicHookInfo};

/// From now on a panic says where it was and no more. Readers of damaged files catch those of decoders, after this was said.
pub(crate) fn say_no_words() {
    panic::set_hook(Box::new(|info| eprintln!("{}", sentence(info))));
}

fn sentence(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    format!("incog: panicked at {place}; what it said is withheld, as it may hold a cell")
}

#[cfg(test)]
mod tests {
    use std::{
        panic::catch_unwind,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[test]
    fn a_panic_says_where_it_was_and_no_cell() {
        let said = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&said);
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| heard.lock().unwrap().push_str(&sentence(info))));
        let cell = "CANARY";
        let caught = catch_unwind(|| panic!("no number: {cell}"));
        panic::set_hook(before);
        let said = said.lock().unwrap();
        assert!(caught.is_err() && said.contains("fault.rs:") && !said.contains("CANARY"), "{said}");
    }
}
