//! Checks on identifiers of Poland.
