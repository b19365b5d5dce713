//! Identifiers of Bulgaria.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
