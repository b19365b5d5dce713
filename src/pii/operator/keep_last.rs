//! The last characters, behind a mask.

use super::{Finding, Operator};
use crate::{Error, Result};

/// Writes a mask of fixed length and the last letters and digits of the value, as on a receipt.
///
/// Separators are neither counted nor written. What is kept is real: the last four digits of a card or a social
/// security number, with a name beside them, are used to identify people. It suits numbers; of an e-mail address, the
/// end of its domain is kept.
///
/// # Guarantee
/// For all texts, it writes at most `count` letters and digits of the text, and none of a text that has at most
/// `2 * count` of them: what is hidden is always more than what is shown. The length of what is hidden is not written.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, KeepLast, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).with(Entity::CREDIT_CARD, KeepLast::new(4)?).build();
/// assert_eq!(redactor.redact("paid with 4111 1111 1111 1111"), "paid with ******1111");
///
/// let error = KeepLast::new(8).unwrap_err();
/// assert_eq!(error.to_string(), "keep-last keeps 1 to 4 characters, got 8; to keep none, use mask");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepLast {
    count: u8,
}

impl KeepLast {
    /// Keeps the last `count` letters and digits.
    ///
    /// # Errors
    /// `Parameter` if `count` is not in 1 to 4.
    pub fn new(count: u8) -> Result<Self> {
        if (1..=MOST).contains(&count) {
            Ok(KeepLast { count })
        } else {
            Err(Error::keep_last_range(count, MOST))
        }
    }
}

impl Operator for KeepLast {
    fn apply(&self, _: &Finding, text: &str, out: &mut String) {
        let signs = || text.chars().filter(|c| c.is_alphanumeric());
        let (total, kept) = (signs().count(), usize::from(self.count));
        out.push_str(MASK);
        if total > 2 * kept {
            out.extend(signs().skip(total - kept));
        }
    }
}

/// PCI DSS 4.0, 3.4.1, lets the last four digits of a card be shown; more is asked for nowhere.
const MOST: u8 = 4;

const MASK: &str = "******";
