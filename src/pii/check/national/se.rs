//! Checks on identifiers of Sweden.
