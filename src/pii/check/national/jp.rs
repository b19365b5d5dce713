//! Checks on identifiers of Japan.
