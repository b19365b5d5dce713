//! Identifiers of Sweden.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
