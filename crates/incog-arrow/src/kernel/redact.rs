//! Cells without what is found in them.

use arrow_array::{Array, ArrayRef};
use incog::{Result, pii::Redactor};

use crate::text;

/// Each cell without what is found in it, as [`Redactor::redact`] leaves it. A cell in which nothing is found is copied
/// once and costs no allocation.
///
/// The redactor counts each cell as a text; of a dictionary each entry that a row uses.
///
/// # Errors
/// `Unsupported` if it is no array of text.
///
/// # Examples
/// ```
/// use arrow_array::{DictionaryArray, StringArray, cast::AsArray, types::Int32Type};
/// use incog::pii::{Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let notes: DictionaryArray<Int32Type> = vec!["to ada@example.org", "cash", "to bob@example.org"].into_iter().collect();
/// let redacted = incog_arrow::kernel::redact("note", &notes, &redactor)?;
/// let redacted = redacted.as_dictionary::<Int32Type>();
/// // Not even the keys tell whose address it was.
/// assert_eq!(redacted.keys().values(), &[0, 1, 0]);
/// assert_eq!(redacted.values().as_string::<i32>(), &StringArray::from(vec!["to [EMAIL_ADDRESS]", "cash"]));
/// # Ok::<(), incog::Error>(())
/// ```
pub fn redact(name: &str, array: &dyn Array, redactor: &Redactor) -> Result<ArrayRef> {
    text::mapped(name, array, |text, out| {
        out.push_str(&redactor.redact(text));
        Ok(())
    })
}

/// As [`redact`], with `name` as the label under which cells stand.
///
/// # Errors
/// As [`redact`].
///
/// # Examples
/// A date is one of birth where its column says so:
/// ```
/// use arrow_array::{StringArray, cast::AsArray};
/// use incog::pii::{Redactor, Scanner};
/// use incog_arrow::kernel::{redact, redact_labelled};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let born = StringArray::from(vec!["1990-12-31"]);
/// let redacted = redact_labelled("birth_date", &born, &redactor)?;
/// assert_eq!(redacted.as_string::<i32>().value(0), "[DATE_OF_BIRTH]");
/// assert_eq!(redact("birth_date", &born, &redactor)?.as_string::<i32>(), &born);
/// # Ok::<(), incog::Error>(())
/// ```
pub fn redact_labelled(name: &str, array: &dyn Array, redactor: &Redactor) -> Result<ArrayRef> {
    text::mapped(name, array, |text, out| {
        out.push_str(&redactor.redact_labelled(name, text));
        Ok(())
    })
}
