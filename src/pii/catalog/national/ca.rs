//! Identifiers of Canada.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
