//! Checks on identifiers of India.
