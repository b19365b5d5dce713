//! Finding and removing personal data and secrets.
//!
//! ```text
//! bytes ─┬─ undo full-width digits, invisible characters (normalize)
//!        ├─ candidates: first character of a word, @, ://, -----     (scanner)
//!        ├─ tokens that are something else keep their bytes          (claim: UUID, hash, base64, path, time)
//!        ├─ shape and check of the value                             (catalog, check: Luhn, mod 97, ranges)
//!        ├─ label before the value, key, column                      (context)
//!        ├─ confidence, threshold
//!        ├─ recognizers of your own, allowed values                 (custom)
//!        └─ one of several that overlap                              (resolve)
//!              │
//!              ▼
//!        Finding: offsets, entity, confidence, reason ──▶ Redactor ──▶ text
//!              ▲                                            │
//!        RowDictionary: the row's own name, phone, ...      └─ Operator: label, mask, keep-last, drop, your own;
//!                                                                      with a key: token, encrypt, surrogate, date shift
//! ```
//!
//! A search takes bytes and cannot fail: text that is not UTF-8 is searched like any other. A [`Finding`] holds offsets,
//! never text. What a redactor leaves is *pseudonymized* text: what no recognizer knows is still there.
//!
//! # Examples
//! ```
//! use incog::pii::{Redactor, Scanner};
//! let redactor = Redactor::builder(Scanner::new()).build();
//! assert_eq!(
//!     redactor.redact("Ada (ada@example.org) paid with 4111-1111-1111-1111."),
//!     "Ada ([EMAIL_ADDRESS]) paid with [CREDIT_CARD].",
//! );
//! ```

#[cfg(feature = "futures")]
mod async_stream;
mod catalog;
mod check;
mod claim;
mod confidence;
mod context;
mod counts;
mod custom;
mod entity;
mod finding;
mod fold;
mod label;
mod log;
mod normalize;
mod operator;
#[cfg(feature = "rayon")]
mod parallel;
mod prefilter;
mod recognizer;
mod redactor;
mod replace;
mod resolve;
mod row;
mod rule;
mod scanner;
mod search;
#[cfg(feature = "pseudonym")]
mod session;
mod shape;
mod stream;
mod structured;
mod unit;

#[cfg(feature = "futures")]
pub use async_stream::RedactingStream;
pub use confidence::Confidence;
pub use counts::{Counted, Counts};
#[cfg(feature = "pipeline")]
pub(crate) use custom::Document;
pub use custom::Recognizer;
pub use entity::Entity;
pub use finding::{Finding, Reason};
pub use log::RedactedLineWriter;
#[cfg(feature = "log")]
pub use log::{LineFormat, RedactedLog};
#[cfg(feature = "tracing")]
pub use log::{RedactedLine, RedactedLines};
#[cfg(feature = "pseudonym")]
pub use operator::{DateForm, DateShift, Encrypt, Surrogate, Token};
pub use operator::{Drop, KeepLast, Label, Mask, Operator};
pub use redactor::{Redacted, Redactor, RedactorBuilder, Replacement};
pub use row::{RowDictionary, RowDictionaryBuilder, RowValue};
pub use scanner::{Scanner, ScannerBuilder, known_entities};
#[cfg(feature = "pseudonym")]
pub use session::{Restorer, ReversibleSession};
pub use stream::{RedactingReader, RedactingWriter, StreamRedactor};
#[cfg(feature = "csv")]
pub use structured::{CsvRedactor, CsvRedactorBuilder, CsvStream};
pub use structured::{JsonRedactor, JsonRedactorBuilder, JsonStream};
