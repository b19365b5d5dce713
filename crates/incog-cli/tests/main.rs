//! The command line against its specification (DESIGN.md sections 6 and 7), as a stranger uses it: the binary alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a test that fails may panic, and its numbers are small"
)]

mod about;
mod account;
mod apply;
mod attack;
mod audit;
mod canaries;
mod caught;
mod commands;
mod demo;
mod faults;
mod folder_faults;
mod ledger;
mod ledger_kills;
#[cfg(target_os = "linux")]
mod long_line;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod parquet_commands;
#[cfg(feature = "parquet")]
mod parquet_faults;
#[cfg(feature = "parquet")]
mod parquet_forged;
mod pseudonyms;
mod query;
mod refusals;
mod sampled;
mod second_verifier;
mod support;
mod text;
mod verify;
mod whole;
