//! Values in an order of their own, in groups of neighbors.

use std::collections::HashMap;

use super::TOP;
use crate::error::{Error, Result};

/// Listed values, and on each level groups of so many neighbors, counted from the first.
#[derive(Clone, Debug)]
pub(super) struct Ordered {
    rows: HashMap<String, Vec<String>>,
    depth: usize,
}

impl Ordered {
    pub(super) fn new(values: &[String], groups: &[usize]) -> Result<Self> {
        if values.is_empty() {
            return Err(Error::order_without_values());
        }
        // A group of one neighbor is no level, so each is a larger multiple of the one before, starting at one.
        let mut finer = 1;
        for &group in groups {
            if group <= finer || group % finer != 0 {
                return Err(Error::unnested_groups(group, finer));
            }
            finer = group;
        }
        let mut rows = HashMap::with_capacity(values.len());
        for (place, value) in values.iter().enumerate() {
            let mut labels = vec![value.clone()];
            for &group in groups {
                let first = place / group * group;
                let last = (first + group).min(values.len()) - 1;
                labels.push(if first == last {
                    values[first].clone()
                } else {
                    format!("[{}, {}]", values[first], values[last])
                });
            }
            labels.push(TOP.to_owned());
            if rows.insert(value.clone(), labels).is_some() {
                return Err(Error::repeated_leaf(value));
            }
        }
        Ok(Ordered { rows, depth: groups.len() + 2 })
    }

    pub(super) fn rows(&self) -> &HashMap<String, Vec<String>> {
        &self.rows
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_share_a_group() {
        let values: Vec<String> = ["none", "mild", "moderate", "severe", "fatal"].map(str::to_owned).into();
        let h = Ordered::new(&values, &[2, 4]).unwrap();
        assert_eq!(h.rows()["moderate"], ["moderate", "[moderate, severe]", "[none, severe]", "*"]);
        assert_eq!(h.rows()["fatal"], ["fatal", "fatal", "fatal", "*"]);
        for groups in [&[1][..], &[2, 3], &[4, 2], &[0]] {
            assert!(Ordered::new(&values, groups).is_err(), "{groups:?}");
        }
        assert!(Ordered::new(&[], &[2]).is_err());
        assert!(Ordered::new(&["a".into(), "a".into()], &[]).is_err());
    }
}
