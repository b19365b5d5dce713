//! Identifiers of Germany.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
