//! Identifiers of Malaysia.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
