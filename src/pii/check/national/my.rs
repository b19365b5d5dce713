//! Checks on identifiers of Malaysia.
