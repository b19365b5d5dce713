//! Identifiers of Turkey.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
