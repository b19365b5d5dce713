//! Checks on identifiers of Turkey.
