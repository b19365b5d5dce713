//! Identifiers of France.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
