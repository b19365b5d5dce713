//! What stands in the place of a finding.

mod drop;
mod label;
mod mask;

use std::fmt;

use super::Finding;

pub use drop::Drop;
pub use label::Label;
pub use mask::Mask;

/// Writes what stands in the place of a finding.
///
/// Implement it for a replacement of your own, such as a keyed token.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, Finding, Operator, Redactor, Scanner};
///
/// #[derive(Debug)]
/// struct Initial;
/// impl Operator for Initial {
///     fn apply(&self, _: &Finding, text: &str, out: &mut String) {
///         out.extend(text.chars().next());
///         out.push('…');
///     }
/// }
///
/// let redactor = Redactor::builder(Scanner::new()).with(Entity::EMAIL_ADDRESS, Initial).build();
/// assert_eq!(redactor.redact("to ada@example.org"), "to a…");
/// ```
pub trait Operator: fmt::Debug + Send + Sync {
    /// Appends the replacement for `text` to `out`. Must not touch what `out` already holds.
    fn apply(&self, finding: &Finding, text: &str, out: &mut String);
}
