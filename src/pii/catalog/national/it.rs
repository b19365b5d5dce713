//! Identifiers of Italy.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
