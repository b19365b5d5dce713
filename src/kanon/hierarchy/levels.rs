//! A hierarchy applied to the values of one column.

use std::collections::HashMap;

use super::TOP;
use crate::{num, table::Column};

/// All levels of one column, as lookup tables from the codes of its dictionary.
///
/// ```text
///   dictionary code   level 0   level 1   level 2        level 1   label    leaves
///   0  "34"              0         0         0           0         [30, 35)   2
///   1  "36"              1         1         0           1         [35, 40)   1
///   2  "31"              2         0         0
/// ```
#[derive(Clone, Debug)]
pub struct Levels {
    levels: Vec<Level>,
    domain: u64,
}

/// One level: the generalized code of each dictionary code, and what those codes stand for.
#[derive(Clone, Debug)]
pub struct Level {
    codes: Vec<u32>,
    labels: Vec<String>,
    leaves: Vec<u64>,
}

/// What is wrong with a column under a hierarchy.
pub(super) enum Fault {
    /// The value of this dictionary code is outside.
    Outside(u32),
    /// Two values equal at this level differ at the next.
    Unnested(usize),
}

impl Levels {
    /// From a rule: the domain is the values present.
    pub(super) fn computed(
        column: &Column,
        depth: usize,
        generalize: impl Fn(&str, usize) -> Option<String>,
    ) -> Result<Levels, Fault> {
        let mut levels = Vec::with_capacity(depth);
        for l in 0..depth {
            let mut level = LevelBuilder::default();
            for (code, value) in (0u32..).zip(column.dictionary()) {
                let missing = Some(code) == column.missing_code();
                let label = match generalize(value, l) {
                    // Missing cells stay apart until everything is one.
                    _ if missing && l + 1 < depth => String::new(),
                    _ if missing => TOP.to_owned(),
                    Some(label) => label,
                    None => return Err(Fault::Outside(code)),
                };
                let general = level.code(&label, missing && l + 1 < depth);
                level.leaves[num::index(general)] += 1;
                level.codes.push(general);
            }
            levels.push(level.finish());
        }
        Levels { domain: num::count(column.dictionary_len()), levels }.nested()
    }

    /// From a table of values: the domain is all of them, present or not.
    pub(super) fn declared(
        column: &Column,
        rows: &HashMap<String, Vec<String>>,
        depth: usize,
    ) -> Result<Levels, Fault> {
        let mut levels = Vec::with_capacity(depth);
        for l in 0..depth {
            let mut level = LevelBuilder::default();
            for (code, value) in (0u32..).zip(column.dictionary()) {
                let labels = rows.get(value).ok_or(Fault::Outside(code))?;
                let general = level.code(&labels[l], false);
                level.codes.push(general);
            }
            let mut level = level.finish();
            let mut leaves: HashMap<&str, u64> = HashMap::new();
            for labels in rows.values() {
                *leaves.entry(&labels[l]).or_default() += 1;
            }
            level.leaves = level.labels.iter().map(|label| leaves[label.as_str()]).collect();
            levels.push(level);
        }
        Levels { domain: num::count(rows.len()), levels }.nested()
    }

    /// Number of levels above level 0.
    #[must_use]
    pub fn height(&self) -> usize {
        self.levels.len() - 1
    }

    /// The level `level`.
    ///
    /// # Panics
    /// If `level` is above [`height`](Self::height).
    #[must_use]
    pub fn level(&self, level: usize) -> &Level {
        &self.levels[level]
    }

    /// What the dictionary code `code` becomes at `level`.
    ///
    /// # Panics
    /// If the level or the code does not exist.
    #[must_use]
    pub fn label(&self, level: usize, code: u32) -> &str {
        let level = &self.levels[level];
        &level.labels[num::index(level.codes[num::index(code)])]
    }

    /// Number of values that the hierarchy tells apart: `card` in the formula of the loss metric.
    #[must_use]
    pub fn domain(&self) -> u64 {
        self.domain
    }

    /// From codes of level `from` to codes of level `to`, for `from <= to`.
    pub(crate) fn step(&self, from: usize, to: usize) -> Vec<u32> {
        let mut map = vec![0; self.levels[from].labels.len()];
        for (&fine, &coarse) in self.levels[from].codes.iter().zip(&self.levels[to].codes) {
            map[num::index(fine)] = coarse;
        }
        map
    }

    /// Codes in the order of what they stand for: numbers or text at the finest level, above it by the first code
    /// below. So they do not depend on the order of the rows.
    fn ordered(mut self) -> Levels {
        let Some(finest) = self.levels.first() else { return self };
        let mut order = natural_order(&finest.labels);
        for l in 0..self.levels.len() {
            let mut rank = vec![0u32; order.len()];
            for (new, &old) in (0u32..).zip(&order) {
                rank[num::index(old)] = new;
            }
            // Of the next level, in the order of this one's codes.
            let next = self.levels.get(l + 1).map(|coarser| {
                let mut parents = vec![0u32; order.len()];
                for (&fine, &coarse) in self.levels[l].codes.iter().zip(&coarser.codes) {
                    parents[num::index(fine)] = coarse;
                }
                let mut seen = vec![false; coarser.labels.len()];
                let parents = order.iter().map(|&old| parents[num::index(old)]);
                parents.filter(|&p| !std::mem::replace(&mut seen[num::index(p)], true)).collect()
            });
            self.levels[l].renumber(&order, &rank);
            order = next.unwrap_or_default();
        }
        self
    }

    fn nested(self) -> Result<Levels, Fault> {
        for l in 1..self.levels.len() {
            let mut parent = vec![None; self.levels[l - 1].labels.len()];
            for (&fine, &coarse) in self.levels[l - 1].codes.iter().zip(&self.levels[l].codes) {
                if parent[num::index(fine)].replace(coarse).is_some_and(|before| before != coarse) {
                    return Err(Fault::Unnested(l - 1));
                }
            }
        }
        Ok(self.ordered())
    }
}

impl Level {
    /// Gives code `order[i]` the number `i`; `rank` is the inverse.
    fn renumber(&mut self, order: &[u32], rank: &[u32]) {
        self.codes.iter_mut().for_each(|c| *c = rank[num::index(*c)]);
        self.labels = order.iter().map(|&old| std::mem::take(&mut self.labels[num::index(old)])).collect();
        self.leaves = order.iter().map(|&old| self.leaves[num::index(old)]).collect();
    }

    /// The generalized code of each dictionary code.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// What each generalized code stands for.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Number of values of the domain under each generalized code.
    #[must_use]
    pub fn leaves(&self) -> &[u64] {
        &self.leaves
    }
}

/// The positions of `labels` by number if all are numbers, else by text.
fn natural_order(labels: &[String]) -> Vec<u32> {
    let numbers: Option<Vec<f64>> =
        labels.iter().map(|l| l.trim().parse().ok().filter(|x: &f64| x.is_finite())).collect();
    let mut order: Vec<u32> = (0u32..).take(labels.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (num::index(a), num::index(b));
        let by_number = numbers.as_ref().map(|x| x[a].total_cmp(&x[b]));
        by_number.unwrap_or(std::cmp::Ordering::Equal).then_with(|| labels[a].cmp(&labels[b]))
    });
    order
}

#[derive(Default)]
struct LevelBuilder {
    codes: Vec<u32>,
    labels: Vec<String>,
    leaves: Vec<u64>,
    index: HashMap<(String, bool), u32>,
}

impl LevelBuilder {
    /// The code of `label`. A missing cell and an empty label are two things.
    fn code(&mut self, label: &str, missing: bool) -> u32 {
        let next = u32::try_from(self.labels.len()).expect("at most as many labels as dictionary codes");
        *self.index.entry((label.to_owned(), missing)).or_insert_with(|| {
            self.labels.push(label.to_owned());
            self.leaves.push(0);
            next
        })
    }

    fn finish(self) -> Level {
        Level { codes: self.codes, labels: self.labels, leaves: self.leaves }
    }
}
