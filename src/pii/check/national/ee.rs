//! Checks on identifiers of Estonia.
