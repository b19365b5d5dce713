//! Checks on identifiers of Brazil.
