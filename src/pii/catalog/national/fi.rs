//! Identifiers of Finland.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
