//! Keyed stand-ins for cells.

use arrow_array::{Array, ArrayRef};
use incog::{
    Result,
    pseudonym::{FormatPreserving, Tokenizer},
    table::Column,
};

use crate::text;

/// Each cell's token, as [`Tokenizer::token`] makes it.
///
/// A collision of two tokens is not looked for, since batches do not see each other: among n distinct values there is
/// one with a chance of at most n²/2^81.
///
/// # Errors
/// `Unsupported` if it is no array of text.
///
/// # Examples
/// ```
/// use arrow_array::{StringArray, cast::AsArray};
/// use incog::pseudonym::{Key, Tokenizer};
/// let tokenizer = Tokenizer::new(&Key::generate()?, "readmission", "MRN")?;
/// let array = StringArray::from(vec![Some("4711"), None, Some("4711")]);
/// let tokens = incog_arrow::kernel::token("mrn", &array, &tokenizer)?;
/// let tokens = tokens.as_string::<i32>();
/// assert_eq!(tokens.value(0), tokenizer.token("4711"));
/// assert_eq!(tokens.value(0), tokens.value(2));
/// # Ok::<(), incog::Error>(())
/// ```
pub fn token(name: &str, array: &dyn Array, tokenizer: &Tokenizer) -> Result<ArrayRef> {
    text::mapped(name, array, |value, out| {
        tokenizer.token_into(value, out);
        Ok(())
    })
}

/// Each cell with its digits encrypted, as [`FormatPreserving::encrypt`] does it; many at a time.
///
/// # Errors
/// `Value` with column and row if a cell is not of the format; `Unsupported` if it is no array of text.
///
/// # Examples
/// ```
/// use arrow_array::{Int64Array, StringViewArray};
/// use incog::pseudonym::{Format, FormatPreserving, Key};
/// use incog_arrow::kernel::{fpe_decrypt, fpe_encrypt};
/// let phones = FormatPreserving::new(&Key::generate()?, "readmission", Format::Digits)?;
/// let array = StringViewArray::from(vec![Some("+1 (212) 555-0100"), None]);
/// let hidden = fpe_encrypt("phone", &array, &phones)?;
/// assert_eq!(&*fpe_decrypt("phone", &hidden, &phones)?, &array as &dyn arrow_array::Array);
///
/// let error = fpe_encrypt("phone", &Int64Array::from(vec![2125550100]), &phones).unwrap_err();
/// assert!(error.to_string().starts_with("column 'phone': its type is Int64, and this works on Utf8,"));
/// # Ok::<(), incog::Error>(())
/// ```
pub fn fpe_encrypt(name: &str, array: &dyn Array, fpe: &FormatPreserving) -> Result<ArrayRef> {
    permuted(name, array, |column| fpe.encrypt_column(name, column))
}

/// Each cell with its digits decrypted; the inverse of [`fpe_encrypt`] under the same key and domain.
///
/// # Errors
/// As [`fpe_encrypt`].
///
/// # Examples
/// ```
/// use arrow_array::{Array, StringArray};
/// use incog::pseudonym::{Format, FormatPreserving, Key};
/// use incog_arrow::kernel::{fpe_decrypt, fpe_encrypt};
/// let key = Key::generate()?;
/// let phones = FormatPreserving::new(&key, "readmission", Format::Digits)?;
/// let array = StringArray::from(vec!["+1 (212) 555-0100"]);
/// let hidden = fpe_encrypt("phone", &array, &phones)?;
/// assert_eq!(&*fpe_decrypt("phone", &hidden, &phones)?, &array as &dyn Array);
/// let others = FormatPreserving::new(&key, "billing", Format::Digits)?;
/// assert_ne!(&*fpe_decrypt("phone", &hidden, &others)?, &array as &dyn Array, "another domain");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn fpe_decrypt(name: &str, array: &dyn Array, fpe: &FormatPreserving) -> Result<ArrayRef> {
    permuted(name, array, |column| fpe.decrypt_column(name, column))
}

/// The core takes many values at a time from a column. Its rows are those of the array, so that its errors name them.
fn permuted(
    name: &str,
    array: &dyn Array,
    permute: impl FnOnce(&Column) -> Result<Column>,
) -> Result<ArrayRef> {
    let column =
        if text::is_dictionary(array) { text::coded(name, array) } else { text::listed(name, array) }?;
    text::array_of(name, &permute(&column)?, array.data_type())
}
