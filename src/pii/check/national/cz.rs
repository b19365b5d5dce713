//! Checks on identifiers of Czechia.
