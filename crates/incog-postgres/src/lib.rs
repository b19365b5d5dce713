#![doc = include_str!("../README.md")]

mod connection;
mod error;
mod ledger;
mod options;
mod schema;
mod statements;
#[cfg(feature = "tls")]
mod tls;
mod url;

pub use ledger::PostgresLedger;
pub use options::PostgresOptions;
