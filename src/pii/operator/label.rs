//! The name of what stood there.

use super::{Finding, Operator};

/// Writes the entity in brackets, as in `[EMAIL_ADDRESS]`. Says what stood there, nothing of its value.
///
/// # Guarantee
/// For all texts of one entity, it writes the same.
///
/// # Examples
/// What stands where no other operator does:
/// ```
/// use incog::pii::{Entity, Label, Mask, Redactor, Scanner};
/// let builder = Redactor::builder(Scanner::new()).otherwise(Mask::new());
/// let redactor = builder.with(Entity::EMAIL_ADDRESS, Label::new()).build();
/// assert_eq!(redactor.redact("ada@example.org from 198.51.100.7"), "[EMAIL_ADDRESS] from ******");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label;

impl Label {
    /// The operator.
    #[must_use]
    pub const fn new() -> Self {
        Label
    }
}

impl Operator for Label {
    fn apply(&self, finding: &Finding, _: &str, out: &mut String) {
        out.push('[');
        out.push_str(finding.entity().as_str());
        out.push(']');
    }
}
