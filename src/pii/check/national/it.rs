//! Checks on identifiers of Italy.
