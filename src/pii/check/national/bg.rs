//! Checks on identifiers of Bulgaria.
