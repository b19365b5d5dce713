//! Identifiers of Mexico.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
