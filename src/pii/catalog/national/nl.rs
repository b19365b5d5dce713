//! Identifiers of the Netherlands.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
