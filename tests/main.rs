//! One integration binary, a module per room. Cases as TOML tables in `tests/data`.

#[cfg(feature = "dp")]
mod dp;
#[cfg(feature = "kanon")]
mod kanon;
#[cfg(feature = "pii")]
mod pii;
#[cfg(feature = "pipeline")]
mod pipeline;
#[cfg(feature = "pseudonym")]
mod pseudonym;
#[cfg(feature = "csv")]
mod table;
