//! incog: the privacy toolkit for Rust.
pub mod claim;
#[cfg(feature = "dp")]
pub mod dp;
mod error;
#[cfg(feature = "kanon")]
pub mod kanon;
mod num;
#[cfg(feature = "pii")]
pub mod pii;
#[cfg(feature = "pseudonym")]
pub mod pseudonym;
#[cfg(any(feature = "dp", feature = "pseudonym"))]
mod rng;
mod sensitive;
pub mod table;

pub use error::{Error, ErrorKind, Position, Result};
#[cfg(any(feature = "dp", feature = "pseudonym"))]
pub use rng::SecureRng;
pub use sensitive::Sensitive;
