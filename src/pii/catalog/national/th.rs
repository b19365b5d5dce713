//! Identifiers of Thailand.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
