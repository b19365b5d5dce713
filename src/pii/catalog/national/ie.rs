//! Identifiers of Ireland.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
