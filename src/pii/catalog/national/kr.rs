//! Identifiers of Korea.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
