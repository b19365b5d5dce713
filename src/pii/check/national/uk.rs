//! Checks on identifiers of the United Kingdom.
