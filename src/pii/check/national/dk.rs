//! Checks on identifiers of Denmark.
