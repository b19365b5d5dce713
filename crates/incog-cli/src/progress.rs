//! Progress on a terminal, for anything that takes over a second.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr that shows itself after a second, and never where no terminal is.
pub(crate) struct Bar {
    started: Instant,
    bar: RefCell<Option<(String, ProgressBar)>>,
}

impl Bar {
    pub(crate) fn new() -> Self {
        Bar { started: Instant::now(), bar: RefCell::new(None) }
    }

    /// Work on `stage` has come to `done` of `total`; a total of 0 means that nobody knows.
    pub(crate) fn advance(&self, stage: &str, done: u64, total: u64) {
        if self.started.elapsed() < Duration::from_secs(1) {
            return;
        }
        let mut slot = self.bar.borrow_mut();
        if slot.as_ref().is_none_or(|(shown, _)| shown != stage) {
            let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
            let template = if total == 0 {
                "{spinner} {msg} {elapsed}"
            } else {
                "{msg:20} {bar:40} {percent:>3} % {eta}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(stage.to_owned());
            *slot = Some((stage.to_owned(), bar));
        }
        if let Some((_, bar)) = slot.as_ref() {
            bar.set_position(done);
            bar.tick();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some((_, bar)) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }
}
