//! Checks on identifiers of Thailand.
