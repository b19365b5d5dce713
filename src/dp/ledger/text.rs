//! Names in lines of text: what is allowed, and how the signs that divide a line are written.

use crate::error::{Error, Result};

/// Refuses what is too long or holds control characters.
pub(super) fn check(what: &str, text: &str) -> Result<()> {
    if text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(Error::malformed_request(what, LONGEST));
    }
    Ok(())
}

/// The same, and nothing at all is no name.
pub(super) fn check_name(what: &str, text: &str) -> Result<()> {
    if text.is_empty() { Err(Error::malformed_request(what, LONGEST)) } else { check(what, text) }
}

/// `text` without blanks, `=`, `:` and line ends: these and `%` become `%` and two digits.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' | ' ' | '=' | ':' | '\n' => out.push_str(match c {
                '%' => "%25",
                ' ' => "%20",
                '=' => "%3D",
                ':' => "%3A",
                _ => "%0A",
            }),
            _ => out.push(c),
        }
    }
    out
}

/// What [`escape`] was given; nothing if `text` is none of its results.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        out.push(match code {
            "25" => '%',
            "20" => ' ',
            "3D" => '=',
            "3A" => ':',
            "0A" => '\n',
            _ => return None,
        });
        out.push_str(rest);
    }
    // One text for one name, or a record could be written in two ways.
    (escape(&out) == text).then_some(out)
}

/// Long enough for any name and digest; a bound on what a ledger has to hold.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_has_up_to_200_bytes_and_no_control_characters() {
        // 100 letters of two bytes each.
        for (text, taken) in [
            ("a".repeat(199), true),
            ("a".repeat(200), true),
            ("ä".repeat(100), true),
            ("a".repeat(201), false),
            ("ä".repeat(101), false),
            ("a\tb".to_owned(), false),
            (String::new(), true),
        ] {
            assert_eq!(check("id", &text).is_ok(), taken, "{}", text.len());
            assert_eq!(check_name("id", &text).is_ok(), taken && !text.is_empty(), "{}", text.len());
        }
    }

    proptest! {
        #[test]
        fn every_name_is_read_back_and_has_no_dividing_sign(name in "[a-zä%=: \n2035DA]{0,30}") {
            let text = escape(&name);
            prop_assert!(!text.contains([' ', '=', ':', '\n']));
            prop_assert_eq!(unescape(&text), Some(name));
        }

        #[test]
        fn a_text_stands_for_one_name(text in "[ab%2035DA :=]{0,12}") {
            if let Some(name) = unescape(&text) {
                prop_assert_eq!(escape(&name), text);
            }
        }
    }
}
