//! Checks on identifiers of Norway.
