//! What a release folder says about itself, and how to check it.
//!
//! ```text
//!   DIR/           table.csv  notes.csv  stats.json      what left
//!                  card.json                             claims, digests, budget, what is not established
//!                  report.html                           the same for people
//!                  policy.lock                           the columns that the policy was written for
//!   DIR.internal/  (mode 0700)                           what would say more about the raw data than that
//! ```
//!
//! [`Verifier`] reads the folder and nothing else. It counts classes in the released file by its own, slow
//! code: no engine's code is used, so no engine's fault is repeated. The one exception is the scanner for free
//! text, which the caller hands in, and the card says so. So is what makes a table again for those who hold the raw data and
//! want to count its persons ([`Verifier::replay`]).

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod attacks;
mod base64;
mod card;
mod card_file;
mod chain;
mod charts;
mod classes;
mod controls;
mod dataset_card;
mod digest;
mod extras;
mod facts;
mod html;
mod internal;
mod json;
mod kinds;
mod lock;
mod measured;
mod outputs;
mod recount;
mod released;
mod replay;
mod report;
mod rows;
mod sign;
mod small_file;
mod statistics;
mod svg;
mod verification;
mod verify;

pub use attacks::AttackFigures;
pub use card::{Budget, Card, InputRecord, Output, OutputColumn, OverrideRecord, SCHEMA, Tool, Utility};
pub use card_file::read_card;
pub use controls::{Control, ControlInRelease, Standing, controls, controls_in};
pub use dataset_card::{croissant_rai, spdx_dataset};
pub(crate) use digest::{ColumnDigest, sha256_bytes};
pub use digest::{column_sha256, sha256_hex};
pub use extras::{Internal, ReportExtras};
pub use facts::{Overlay, TableFacts};
pub use replay::{Remade, Remake};
pub use report::report;
pub use sign::{PublicKey, SigningKey};
pub use verification::{Checked, Outcome, Verification};
pub use verify::{Scan, Verifier};
