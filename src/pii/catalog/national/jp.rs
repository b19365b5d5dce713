//! Identifiers of Japan.

use super::Rule;

pub(in crate::pii) const RULES: &[Rule] = &[];
