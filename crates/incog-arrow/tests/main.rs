//! All tests of the crate, in one binary.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

mod kernels;
