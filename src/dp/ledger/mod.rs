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
//! [`MemoryLedger`] forgets with the process; [`SqliteLedger`] (feature `sqlite`) is durable and shared by
//! the processes of one host. Both pass the same tests.

mod charge;
mod contract;
mod memory;
mod request;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use crate::dp::Currency;
pub use contract::{Balance, Ledger, Reservation, Reserved};
pub use memory::MemoryLedger;
pub use request::{Entry, Request};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLedger;
