//! Identifiers of Czechia.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
