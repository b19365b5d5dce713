//! Identifiers of India.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
