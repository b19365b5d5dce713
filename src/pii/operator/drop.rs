//! Nothing.

use super::{Finding, Operator};

/// Writes nothing.
///
/// # Guarantee
/// For all texts, it writes the empty string.
///
/// # Examples
/// ```
/// use incog::pii::{Drop, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).otherwise(Drop::new()).build();
/// assert_eq!(redactor.redact("write to <ada@example.org>."), "write to <>.");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drop;

impl Drop {
    /// The operator.
    #[must_use]
    pub const fn new() -> Self {
        Drop
    }
}

impl Operator for Drop {
    fn apply(&self, _: &Finding, _: &str, _: &mut String) {}
}
