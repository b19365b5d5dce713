//! All tests of the crate, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "helpers of tests fail the test"
)]

mod kernels;
#[cfg(feature = "parquet")]
mod parquet_files;
mod tables;
