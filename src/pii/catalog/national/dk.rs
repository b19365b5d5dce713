//! Identifiers of Denmark.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
