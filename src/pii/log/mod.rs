//! Log lines without personal data, whichever crate formats them.
//!
//! ```text
//! tracing: event, fields, spans, errors ──▶ fmt layer ──▶ RedactedLines ─┐
//! log: record, key-values ──────────────────────────────▶ RedactedLog ───┼─▶ stdout, file
//! any other: lines of bytes ─────────────────────────▶ RedactedLineWriter ┘
//! ```
//!
//! A layer of `tracing` cannot rewrite what another one prints, and a wrapper of a logger not what that one adds. So each
//! of these stands where formatted lines go, and owns what they go to: nothing of an event gets past it, however it came
//! into the line.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod line_writer;
mod lines;
#[cfg(feature = "log")]
mod logger;
#[cfg(feature = "tracing")]
mod traced;

pub use line_writer::RedactedLineWriter;
#[cfg(feature = "log")]
pub use logger::{LineFormat, RedactedLog};
#[cfg(feature = "tracing")]
pub use traced::{RedactedLine, RedactedLines};
