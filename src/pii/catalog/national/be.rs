//! Identifiers of Belgium.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
