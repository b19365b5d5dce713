//! Identifiers of Estonia.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
