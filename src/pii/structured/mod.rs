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

#[cfg(feature = "csv")]
mod csv;
mod escape;
mod json;
mod lexer;
mod output;
mod path;
mod place;

#[cfg(feature = "csv")]
pub use csv::{CsvRedactor, CsvRedactorBuilder};
pub use json::{JsonRedactor, JsonRedactorBuilder};

use super::{Confidence, Entity, Finding, Reason};

/// The whole of `text` as a finding, because a rule says so.
fn ruled(text: &str, entity: &Entity) -> Finding {
    Finding::new(0..text.len(), entity.clone(), Confidence::CERTAIN, Reason::shape("rule of a path"))
}
