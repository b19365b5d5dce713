//! Redaction that knows the form of its text: JSON, JSON Lines, CSV.
//!
//! ```text
//! {"user": {"e\u002dmail": "ada\u0040example.org", "visits": 3}}
//!            └─ label       └─ unescaped, searched, replaced, escaped again
//!
//! lexer: spans of the text ─▶ rules by path ─▶ Redactor, with the key as label ─▶ the same text, other values
//! ```
//!
//! A redactor for plain text sees escapes instead of the characters they stand for, and may write a quote or a bare
//! word where none may stand. These here leave the form as it is: the output reads as the input does.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "csv")]
mod csv_stream;
mod escape;
mod incomplete;
mod json;
mod json_stream;
mod lexer;
mod output;
mod path;
mod place;
mod values;

#[cfg(feature = "csv")]
pub use csv::{CsvRedactor, CsvRedactorBuilder};
#[cfg(feature = "csv")]
pub use csv_stream::CsvStream;
pub use json::{JsonRedactor, JsonRedactorBuilder};
pub use json_stream::JsonStream;

use super::{Confidence, Entity, Finding, Reason, Redactor};

#[cfg(feature = "log")]
pub(super) use escape::push_escaped;

/// What stands for `text`, because a rule says that it is this, whatever it is.
fn ruled(redactor: &Redactor, text: &str, entity: &Entity) -> String {
    let reason = Reason::shape("rule of a path");
    let whole = Finding::new(0..text.len(), entity.clone(), Confidence::CERTAIN, reason);
    redactor.replace(text, &[whole]).0
}
