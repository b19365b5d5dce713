//! Checks on identifiers of Chile.
