//! Checks on identifiers of Croatia.
