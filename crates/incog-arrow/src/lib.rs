#![doc = include_str!("../README.md")]

mod cells;
mod error;
pub mod kernel;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod table;
mod text;
