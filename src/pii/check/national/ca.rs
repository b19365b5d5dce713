//! Checks on identifiers of Canada.
