//! Checks on identifiers of Australia.
