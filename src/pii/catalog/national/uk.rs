//! Identifiers of the United Kingdom.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
