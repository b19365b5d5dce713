//! The budget ledger: charges before anything is drawn, and remembers what was answered.
//!
//! ```text
//!   reserve ──► New(reservation) ──► commit(answer)      charged, answered
//!      │                        ├──► release             given back: nothing was drawn
//!      │                        └──► dropped, crashed    charged, answer lost
//!      ├──► Answered(bytes)      the same request was answered before: no charge, no noise
//!      ├──► AnswerLost           charged before, without a stored answer: never drawn again
//!      └──► error                budget exceeded, another query under this id, cannot write
//! ```
//!
//! What may be spent are its [`Rules`]: a budget for the lifetime of the ledger, and limits for data sets, analysts and
//! periods; a charge has to fit all that apply. Amounts are in one [`Currency`] and exact.
//!
//! [`MemoryLedger`] forgets with the process; [`SqliteLedger`] (feature `sqlite`) is durable and shared by the
//! processes of one host; `PostgresLedger` (crate `incog-postgres`) is shared by many hosts. All keep a chain of hashes
//! over everything that they were told, which [`audit`] checks, and all pass the same tests, which are there for
//! ledgers of your own: [`conformance`].

mod audit;
mod chain;
mod charge;
mod clock;
pub mod conformance;
mod contract;
mod key;
mod lease;
mod limit;
mod memory;
mod record;
mod reprice;
mod request;
mod rules;
#[cfg(feature = "sqlite")]
mod sqlite;
mod terms;
mod text;

pub use crate::dp::Currency;
pub use audit::{Audit, audit};
pub use chain::{Anchor, Chain};
pub use charge::Meter;
pub use clock::Clock;
pub(crate) use contract::reserve;
pub use contract::{
    Audited, Balance, Ledger, Progress, Reading, Reservation, Reserved, State, Stored, StoredCharge,
};
pub use key::LedgerKey;
pub use lease::LeasedLedger;
pub use limit::{Limit, Period, Scope};
pub use memory::MemoryLedger;
pub use record::Record;
pub use reprice::events_of;
pub use request::{Entry, Request};
pub use rules::{Rules, RulesBuilder};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteLedger, SqliteOptions};
pub use terms::Terms;
