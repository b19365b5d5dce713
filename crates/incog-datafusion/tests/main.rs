//! SQL on the functions, held against the core.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

mod dp;
mod engine;
mod functions;
mod kanon;
