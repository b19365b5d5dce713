//! Checks on identifiers of China.
