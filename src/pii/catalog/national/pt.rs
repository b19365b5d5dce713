//! Identifiers of Portugal.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
