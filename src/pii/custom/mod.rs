//! Recognizers of your own: patterns, word lists, values that are left alone.
//!
//! ```text
//!             ┌─ patterns ── which occur at all? (one pass for all) ── each of those ─┐
//! bytes ──────┤                                                                      ├─ label ─ check ─ threshold
//!             └─ word lists ── occurrences that are whole words ── joined ───────────┘          │
//!                                                        findings of the catalog ───────────────┤
//!                                                                                             allowed?
//! ```
//!
//! Everything is checked and compiled when the scanner is built; a search cannot fail and is linear in the haystack.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod allowed;
mod check;
#[cfg(feature = "pipeline")]
mod document;
mod edge;
mod labels;
mod list;
mod pattern;
mod patterns;
mod recognizer;
mod set;

#[cfg(feature = "pipeline")]
pub(crate) use document::Document;
pub use recognizer::Recognizer;
pub(super) use set::Custom;
