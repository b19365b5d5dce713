//! The same policies on the same rows: as delimited text in memory, as Parquet by DataFusion in the process, as Parquet on a
//! cluster. `.ci/cluster` starts one; without it those tests say that they skip.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

#[allow(dead_code, reason = "of all that the other tests need")]
#[path = "../support.rs"]
mod support;

mod bad_input;
mod cluster;
mod embedded;
mod people;
#[path = "../../../incog-cluster/tests/victim.rs"]
mod victim;
