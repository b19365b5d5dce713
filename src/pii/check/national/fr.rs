//! Checks on identifiers of France.
