//! Attacks on a released table, each against people who are not in it.
//!
//! ```text
//!   all rows ──keyed split──> members ──release──> released table ──> attacks ──> success on members   a
//!                    └──────> control (held back) ─────────────────> the same ──> success on control   c
//!                                                                     excess = a - c, with its interval
//! ```
//!
//! What an attacker learns about people who are not in the release is knowledge about a population: it would be there
//! without them. Only the excess over such a control is what the release gives away about its members. So part of the
//! persons is held back ([`ControlSplit`]), every attack is tried on both, and the upper end of the interval of the
//! difference decides.
//!
//! | attack | the attacker has | and succeeds if |
//! |---|---|---|
//! | singling out | the release | the cells of a released row, taken together, fit exactly one member |
//! | linkability | two registers with different columns of persons | of ten records of the one, most rows fit that of the person whose record of the other it has |
//! | inference | the known columns of a person | the sensitive value that most rows have which fit them is the person's |
//! | register linkage | of a person the columns of a register | at least one and at most two released rows fit them |
//!
//! Beside these, for information and decided on by nobody: classes that share a sensitive value ([`Homogeneity`]), near-unique values
//! ([`Identifier`]), what can be made finer because a release is minimal ([`Downcoding`]), and values that stand in texts released
//! beside it ([`LinkSearch`]).
//!
//! The three names are those of the Article 29 Working Party (Opinion 05/2014 on Anonymisation Techniques, WP 216,
//! section 2.2.2 of its text on robustness); the measurement follows \[GHAC23\] Giomi, Boenisch, Wehmeyer, Tasnádi, *A Unified
//! Framework for Quantifying Privacy Risk in Synthetic Data*, PoPETs 2023(2), arXiv 2211.10459; a predicate that isolates
//! one row is that of \[CN20\] Cohen, Nissim, *Towards formalizing the GDPR's notion of singling out*, PNAS 117(15), 2020.
//! Where this differs from them stands with each attack.
//!
//! A released cell is a set of values: `[30, 35)`, `941**`, `1990-1994`, `surgical`, `*`. An attacker who knows a
//! person's value looks for the rows whose cells contain it. The sets are read from the text of the cells, as a recipient
//! would, not asked of the code that generalized; what names stand for is told by [`Meaning`].
//!
//! An attack that fails proves nothing: others may succeed, with more knowledge, or against other people.
//!
//! # Examples
//! ```
//! use incog::{audit::table::{Attacker, ControlSplit}, table::{Column, Table}};
//! // 400 people with ages that tell them apart, and the whole table released as it is.
//! let ages = Column::from_values((0..400).map(|i| (i * 7 % 400).to_string()))?;
//! let ill = Column::from_values((0..400).map(|i| ["flu", "cough", "none"][i % 3]))?;
//! let table = Table::new([("age", ages), ("ill", ill)])?;
//! let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
//! let released = table.select(split.members());
//!
//! let attacker = Attacker::builder(&released, &table, &split).known(["age"]).sensitive(["ill"]).build()?;
//! let report = attacker.run(&|_, _, _| {});
//! let inference = report.attacks.iter().find(|a| a.name == "inference").expect("it was tried");
//! assert_eq!(inference.attack.value(), 1.0);
//! assert!(inference.excess.lower > 0.5, "{inference}");
//!
//! let error = Attacker::builder(&released, &table, &split).known(["wage"]).build().unwrap_err();
//! assert_eq!(error.to_string(), "column 'wage' is not in the table; it has 'age', 'ill'");
//! # Ok::<(), incog::Error>(())
//! ```

mod attacker;
mod cell;
mod downcoding;
mod draw;
mod homogeneity;
mod identifiers;
mod inference;
mod linkability;
mod links;
mod meaning;
mod people;
mod register;
mod released;
mod report;
mod share;
mod singling_out;
mod split;

pub use attacker::{AttackKind, Attacker, AttackerBuilder};
pub use downcoding::{Downcoding, Minimality};
pub use homogeneity::Homogeneity;
pub use identifiers::Identifier;
pub use links::{LinkSearch, LinkedColumn, Links};
pub use meaning::Meaning;
pub use register::RegisterFigures;
pub use report::{AttackReport, Measured};
pub use share::{Excess, Share};
pub use split::ControlSplit;
