//! Checks on identifiers of Switzerland.
