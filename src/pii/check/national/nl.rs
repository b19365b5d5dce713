//! Checks on identifiers of the Netherlands.
