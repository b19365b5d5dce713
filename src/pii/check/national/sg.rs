//! Checks on identifiers of Singapore.
