//! Identifiers of Spain.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
