//! Checks on identifiers of Korea.
