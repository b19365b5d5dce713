//! Checks on identifiers of Argentina.
