//! Checks on identifiers of New Zealand.
