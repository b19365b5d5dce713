//! Identifiers of Romania.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
