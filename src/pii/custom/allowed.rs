//! Values that are no findings.

use std::collections::HashSet;

use crate::pii::normalize::Plain;

/// Values that are left alone, whatever finds them; the case of ASCII letters does not matter.
#[derive(Default)]
pub(super) struct Allowed {
    values: HashSet<Vec<u8>>,
    longest: usize,
}

impl Allowed {
    pub(super) fn new<'v>(values: impl Iterator<Item = &'v String>) -> Self {
        let plain = |value: &String| Plain::of(value.as_bytes()).bytes;
        let values: HashSet<Vec<u8>> = values.map(|value| plain(value).to_ascii_lowercase()).collect();
        let longest = values.iter().map(Vec::len).max().unwrap_or(0);
        Allowed { values, longest }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Reads no more than the longest value has, so that long findings cost nothing.
    pub(super) fn holds(&self, found: &[u8]) -> bool {
        found.len() <= self.longest && self.values.contains(&found.to_ascii_lowercase())
    }
}
