//! Checks on identifiers of Ireland.
