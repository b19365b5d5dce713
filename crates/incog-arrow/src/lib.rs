#![doc = include_str!("../README.md")]

mod error;
pub mod kernel;
mod text;
