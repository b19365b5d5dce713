//! Checks on identifiers of Israel.
