//! The demo: synthetic patients with a known truth, and the way from them to a checked release.

pub(crate) mod data;
mod draw;
mod note;
mod person;
pub(crate) mod score;
mod words;

/// The policy that the demo applies.
pub(crate) const POLICY: &str = include_str!("policy.toml");
