//! Checks on identifiers of Mexico.
