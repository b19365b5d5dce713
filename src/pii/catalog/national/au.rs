//! Identifiers of Australia.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
