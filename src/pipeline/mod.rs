//! One policy file, checked and planned before anything is written, applied whole or not at all.
//!
//! ```text
//!   policy.toml ──parse──> Policy ──read the input, search──> Plan ──write──> Applied
//!                            │                                 │                 │
//!                 names, roles, actions,            levels, refusals with     DIR/            released files,
//!                 keys: refused here                the text to paste,                        card.json,
//!                                                   nothing written                           report.html,
//!                                                                                             policy.lock
//!                                                                             DIR.internal/   for those who
//!                                                                                             hold the raw data
//! ```
//!
//! The three stages are three types, so a policy cannot be applied without a plan. What is not declared
//! does not leave: an unknown column, an unknown key of the policy, an unreadable row or a missing key is an
//! error that says what to do, and no folder appears.
//!
//! The format of the policy is in `docs/POLICY.md`.

mod applied;
mod collisions;
mod engine;
mod folder;
mod frontier;
mod gate;
mod generalized;
mod init;
mod keys;
mod later;
mod ledgers;
mod lock;
mod pass;
mod plan;
pub mod policy;
mod profile;
mod record;
mod replay;
mod rescan;
mod sample;
mod sampled;
mod scanners;
mod seal;
mod shown;
mod shuffle;
mod source;
mod statistics;
mod stream;
mod summary;
mod text;
mod threads;
mod write;

pub use applied::Applied;
pub use engine::{Engine, Shape};
pub use folder::Replace;
pub use frontier::Frontier;
pub use gate::{AttackOptions, Attacks, ReleaseLinks};
pub use init::propose;
pub use ledgers::{LedgerProvider, SystemLedgers};
pub use plan::Plan;
pub use policy::Policy;
pub use profile::{ColumnKind, ColumnProfile, ColumnSet, Profile, Profiler, ValueKind, profile};
pub use replay::Replay;
pub use rescan::rescan;
pub use statistics::Statistics;
pub use summary::{ReleaseSummary, Summary};

/// Hears how far long work has come: what is done, how much, of how much.
///
/// The words name stages and releases, never data.
///
/// # Examples
/// ```
/// use std::cell::RefCell;
/// use incog::pipeline::{Policy, Progress};
/// # let here = std::env::temp_dir().join(format!("incog-doc-progress-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// let heard = RefCell::new(Vec::new());
/// let progress: Progress<'_> = &|stage, done, of| heard.borrow_mut().push(format!("{stage}: {done} of {of}"));
/// Policy::parse(policy, &here)?.plan(progress)?;
/// assert!(!heard.borrow().is_empty());
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
pub type Progress<'a> = &'a dyn Fn(&str, u64, u64);

/// Hears nothing.
///
/// # Examples
/// ```
/// use incog::pipeline::{Policy, SILENT};
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "no such file.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// let error = Policy::parse(policy, "here".as_ref())?.plan(SILENT).unwrap_err();
/// assert!(error.to_string().contains("no such file.csv"), "{error}");
/// # Ok::<(), incog::Error>(())
/// ```
pub const SILENT: Progress<'static> = &|_, _, _| {};
