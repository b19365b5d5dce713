//! A fixed row of one character.

use super::{Finding, Operator};

/// Writes a row of one character. Its length is fixed, so that the length of the value does not leak.
///
/// # Guarantee
/// For all texts, it writes the same.
///
/// # Examples
/// ```
/// use incog::pii::{Mask, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).otherwise(Mask::new()).build();
/// assert_eq!(redactor.redact("to ada@example.org"), "to ******");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mask {
    character: char,
    length: u8,
}

impl Mask {
    /// Six asterisks.
    #[must_use]
    pub const fn new() -> Self {
        Mask { character: '*', length: 6 }
    }

    /// With another character.
    #[must_use]
    pub const fn character(mut self, character: char) -> Self {
        self.character = character;
        self
    }

    /// With another length.
    #[must_use]
    pub const fn length(mut self, length: u8) -> Self {
        self.length = length;
        self
    }
}

impl Default for Mask {
    fn default() -> Self {
        Mask::new()
    }
}

impl Operator for Mask {
    fn apply(&self, _: &Finding, _: &str, out: &mut String) {
        out.extend(std::iter::repeat_n(self.character, usize::from(self.length)));
    }
}
