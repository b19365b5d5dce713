//! Checks on identifiers of Romania.
