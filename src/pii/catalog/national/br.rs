//! Identifiers of Brazil.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
