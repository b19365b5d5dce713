//! Identifiers of Argentina.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
