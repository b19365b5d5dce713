//! Identifiers of Poland.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
