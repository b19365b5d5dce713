//! Identifiers of South Africa.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
