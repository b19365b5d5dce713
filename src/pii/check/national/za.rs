//! Checks on identifiers of South Africa.
