//! Identifiers of the United States.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
