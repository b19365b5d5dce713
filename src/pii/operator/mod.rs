//! What stands in the place of a finding.

#[cfg(feature = "pseudonym")]
mod date_shift;
mod drop;
#[cfg(feature = "pseudonym")]
mod encrypt;
mod keep_last;
mod label;
mod mask;
#[cfg(feature = "pseudonym")]
mod surrogate;
#[cfg(feature = "pseudonym")]
mod token;

use std::{fmt, sync::Arc};

use super::Finding;

#[cfg(feature = "pseudonym")]
pub use date_shift::{DateForm, DateShift};
pub use drop::Drop;
#[cfg(feature = "pseudonym")]
pub use encrypt::Encrypt;
pub use keep_last::KeepLast;
pub use label::Label;
pub use mask::Mask;
#[cfg(feature = "pseudonym")]
pub use surrogate::Surrogate;
#[cfg(feature = "pseudonym")]
pub use token::Token;

/// Writes what stands in the place of a finding.
///
/// Implement it for a replacement of your own. An operator in an [`Arc`] is one, too: several entities, several
/// redactors and several threads can share it.
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

impl<O: Operator + ?Sized> Operator for Arc<O> {
    fn apply(&self, finding: &Finding, text: &str, out: &mut String) {
        (**self).apply(finding, text, out);
    }
}
