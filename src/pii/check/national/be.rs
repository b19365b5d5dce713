//! Checks on identifiers of Belgium.
