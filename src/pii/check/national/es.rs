//! Checks on identifiers of Spain.
