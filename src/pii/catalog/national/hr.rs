//! Identifiers of Croatia.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
