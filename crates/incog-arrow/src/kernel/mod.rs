//! What the core does to a text, done to arrays of texts.
//!
//! | kernel | cell | result |
//! |---|---|---|
//! | [`contains`] | searched | `Boolean` |
//! | [`scan`] | searched | list of findings, [`findings_type`] |
//! | [`redact`] | without what is found in it | the array's type |
//! | [`token`] | its token | the array's type |
//! | [`fpe_encrypt`], [`fpe_decrypt`] | its digits encrypted, decrypted | the array's type |
//! | [`generalize`] | what it is at a level of a hierarchy | the array's type |
//!
//! All take `Utf8`, `LargeUtf8`, `Utf8View` and dictionaries of them with keys of any width, sliced or not; what else
//! there is, is refused with its type. `name` is the column's name, for messages; rows in messages are counted from 1
//! inside of the array.
//!
//! # Guarantee
//! For all arrays: the result has as many rows; each cell is what the core makes of it alone; a null stays null (but for
//! the coarsest level of [`generalize`], where everything is one). Two arrays with equal cells, whatever else their
//! buffers hold, give equal buffers: no entry of a dictionary that no row uses, no text under a null, and no order of
//! entries but that of rows is carried over.

mod generalize;
mod pseudonym;
mod redact;
mod scan;

pub use generalize::generalize;
pub use pseudonym::{fpe_decrypt, fpe_encrypt, token};
pub use redact::{redact, redact_labelled};
pub use scan::{contains, contains_labelled, findings_type, scan, scan_labelled};
