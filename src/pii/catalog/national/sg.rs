//! Identifiers of Singapore.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
