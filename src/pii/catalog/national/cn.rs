//! Identifiers of China.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
