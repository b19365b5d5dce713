//! Differential privacy: exact noise, bounded queries, a budget that is charged before anything is drawn.
//!
//! The paved path is a [`Session`]: it knows the privacy unit, the relation between neighboring tables, the
//! contribution bounds and the [`Ledger`](ledger::Ledger), and it answers a [`Query`] with a [`Release`].
//!
//! ```text
//!   Query ──► check ──► ledger.reserve ──► bound ──► aggregate ──► noise ──► ledger.commit ──► Release
//!             public     durable charge    rows per   exact i128    exact      stored answer
//!             only                         person     lattice sum   integers
//! ```
//!
//! What can fail depends on public parameters, the ledger and the operating system, never on the cells of
//! the table: an unreadable cell, a person with a million rows or an empty table is answered like any other.
//!
//! # Examples
//! ```
//! use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger};
//! use incog::table::{Column, Table};
//! let table = Table::new([("patient", Column::from_values((0..500).map(|i| i.to_string()))?)])?;
//! let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
//!     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
//!     .data_version("2026-11")
//!     .build()?;
//! let query = Query::count().epsilon(Epsilon::parse("0.5")?).build()?;
//! let release = session.release(&query, &table, "patients")?;
//! assert!((release.values()[0].value - 500.0).abs() < 100.0); // fails once in 10^21 runs
//! assert_eq!(session.balance()?.remaining.to_string(), "ε = 0.5");
//! # Ok::<(), incog::Error>(())
//! ```

pub mod accountant;
mod aggregate;
mod amount;
mod budget;
pub mod calibrate;
pub mod counter;
mod currency;
mod decimal;
pub mod event;
mod filter;
pub mod ledger;
pub mod local;
pub mod mechanism;
mod neighbors;
pub mod noise;
mod odometer;
mod parameters;
pub mod partition;
mod price;
mod quantile;
mod query;
#[cfg(feature = "audit")]
mod record;
mod records;
mod release;
mod sensitivity;
mod session;
mod statement;
mod summand;
mod totals;
#[cfg(feature = "audit")]
mod trial;
mod unit;
#[cfg(feature = "ndarray")]
pub mod vector;

pub use aggregate::{Bins, Unreadable};
pub use amount::{Amount, Rounding};
pub use budget::Budget;
pub use currency::{Currency, RDP_ORDERS};
pub use event::{Event, EventList};
pub use filter::{AdvancedFilter, Filter};
pub use neighbors::Neighbors;
pub use odometer::Odometer;
pub use parameters::{Delta, Epsilon, Rho};
pub use price::NoiseKind;
pub use query::{Condition, Query, QueryBuilder, Test};
#[cfg(feature = "audit")]
pub use record::{Moved, Trace};
pub use records::Records;
pub use release::{ErrorIn, Release, ReleasedValue};
pub use session::{Session, SessionBuilder};
pub use statement::{DeltaAt, EpsilonAt, Statement};
pub use summand::{Moment, Summand};
pub use totals::Totals;
#[cfg(feature = "audit")]
pub use trial::{Trial, TrialOutcome};
pub use unit::{ContributionBounds, PrivacyUnit};
