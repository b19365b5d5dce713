//! Codes that become coarser from the right, such as postal codes.

use super::TOP;
use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub(super) struct Prefix {
    keep: Vec<usize>,
}

impl Prefix {
    pub(super) fn new(keep: &[usize]) -> Result<Self> {
        if keep.is_empty() || keep.windows(2).any(|w| w[1] >= w[0]) {
            return Err(Error::prefix_lengths());
        }
        let mut keep = keep.to_vec();
        if keep.last() != Some(&0) {
            keep.push(0);
        }
        Ok(Prefix { keep })
    }

    pub(super) fn depth(&self) -> usize {
        self.keep.len()
    }

    pub(super) fn generalize(&self, value: &str, level: usize) -> String {
        let keep = self.keep[level];
        if keep == 0 {
            return TOP.to_owned();
        }
        value.chars().enumerate().map(|(i, c)| if i < keep { c } else { '*' }).collect()
    }
}
