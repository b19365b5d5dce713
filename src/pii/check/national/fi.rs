//! Checks on identifiers of Finland.
