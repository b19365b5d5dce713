//! Checks on identifiers of Germany.
