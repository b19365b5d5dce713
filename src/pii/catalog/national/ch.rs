//! Identifiers of Switzerland.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
