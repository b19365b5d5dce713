//! Pseudonyms: keyed stand-ins that keep what analysis needs and take away the name.
//!
//! | to keep | use | reversible with the key |
//! |---|---|---|
//! | that two values are equal | [`Tokenizer`] | no; values can be tried out |
//! | equality, and the look of numbers | [`FormatPreserving`], [`Ff1`] | yes |
//! | equality under several spellings | [`Tokenizer::canonical`] | no; values can be tried out |
//! | the intervals between a person's dates | [`DateShift`] | yes, if the person is known |
//!
//! All of it is pseudonymisation: a stand-in singles out a row as well as the value did, joins the rows of a
//! person, and is undone by whoever holds the [`Key`]. Nothing here works without a key, because an unkeyed
//! hash of a phone number is undone by trying all phone numbers.
//!
//! [`Keyring`] keeps the keys that were replaced, [`Detokenizer`] tries out values, and [`Frequency`] says
//! what a column gives away by how often its values occur, which no token hides.
//!
//! Each stand-in takes a `domain`. Inside a domain, equal values have equal stand-ins; two domains share
//! nothing. Give each release a domain of its own, unless two releases are to be joined.
//!
//! # Examples
//! ```
//! use incog::{
//!     pseudonym::{Key, Tokenizer},
//!     table::Column,
//! };
//! let key = Key::generate()?;
//! let column = Column::from_values(["4711", "4712", "4711"])?;
//! let tokens = Tokenizer::new(&key, "readmission", "MRN")?.column("mrn", &column)?;
//! assert_eq!(tokens.cell(0), tokens.cell(2));
//! assert_ne!(tokens.cell(0), tokens.cell(1));
//! # Ok::<(), incog::Error>(())
//! ```

mod alphabet;
mod base32;
mod calling_code;
mod canonical;
mod check_digit;
mod date_shift;
mod detokenize;
mod ff1;
mod format;
mod frequency;
mod kernel;
mod key;
mod keyring;
mod mac;
mod numerals;
mod private_file;
mod provider;
mod token;
#[cfg(feature = "pii")]
pub(crate) mod vault;

pub use alphabet::Alphabet;
pub use calling_code::CallingCode;
pub use canonical::{Canonical, CanonicalTokenizer, DateOrder};
pub use date_shift::DateShift;
pub use detokenize::{Detokenizer, TokenCounts};
pub use ff1::Ff1;
pub use format::{Format, FormatPreserving};
#[cfg(feature = "pipeline")]
pub(crate) use frequency::Tally;
pub use frequency::{Frequency, Share};
#[cfg(feature = "pipeline")]
pub(crate) use key::write_private;
pub use key::{Key, KeyId, SubKey};
pub use keyring::Keyring;
#[cfg(feature = "pipeline")]
pub(crate) use mac::KeyedMac;
pub use provider::{KeyProvider, KeySource, SuppliedKeys, SystemKeys};
pub use token::Tokenizer;
