//! Identifiers of Norway.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
