//! Where a search has to look: classes of all bytes, 64 at a time, and the beginnings of literals.
//!
//! ```text
//! haystack   call +1 555 0100, ghp_x9...
//! digit      ......1.111.1111........1..    one bit per byte, 64 in a word, bit 0 first
//! separator  ....1..1...1....1.........    (a comma is none)
//! literal    .....................1.....    the first three bytes of `ghp_` may be here
//! busy       1                              one bit per 64 bytes: 0 means there is nothing to find
//! ```
//!
//! Most text is idle, so what counts is the speed at which nothing is found. [`classify`] takes AVX2 or NEON where the
//! machine has it and portable code elsewhere; all give the same words, bit for bit.

mod chunk;
mod literals;
mod portable;
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
mod simd;

pub(super) use chunk::{CHUNK, Chunk, classify};
pub(super) use literals::{Literal, Literals};
