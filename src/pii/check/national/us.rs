//! Checks on identifiers of the United States.
