//! Checks on identifiers of Portugal.
