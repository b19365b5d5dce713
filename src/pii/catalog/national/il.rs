//! Identifiers of Israel.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
