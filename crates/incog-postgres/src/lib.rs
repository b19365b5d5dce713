//! The budget ledger of [`incog`] on PostgreSQL: one budget for a fleet of services on many hosts.
//!
//! A [`PostgresLedger`] is a [`Ledger`](incog::dp::ledger::Ledger) like the others: give it to a `Session`, or charge it
//! yourself. Each charge is one statement, which locks the ledger's row, checks all budgets, and writes the charge and
//! the chain of hashes; it is durable when it returns. A statement whose answer got lost is asked again and finds what
//! it did, so nothing is charged twice.
//!
//! ```no_run
//! use incog::dp::{Budget, ledger::{Ledger, Request}};
//! use incog_postgres::PostgresLedger;
//! let url = "postgres://service@db.example.com/budgets?sslrootcert=/etc/ssl/certs/ca-certificates.crt";
//! let mut ledger = PostgresLedger::open(url)?;
//! ledger.reserve(&Request::new("daily/1", "ann", "count", "2026-11", Budget::parse("0.1", "0")?, vec![])?)?;
//! # Ok::<(), incog::Error>(())
//! ```
//!
//! # Security
//! Connections to other hosts are encrypted, and the server's certificate is verified against `sslrootcert`; there is
//! no way to turn that off but for the loopback address and Unix sockets. Whoever may write the tables can change a
//! ledger; an audit with a key notices everything but a cut at the end, and with an anchor that as well.

mod connection;
mod error;
mod ledger;
mod schema;
#[cfg(feature = "tls")]
mod tls;
mod url;

pub use ledger::{PostgresLedger, PostgresOptions};
