//! Identifiers of New Zealand.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
