//! Identifiers of Chile.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
