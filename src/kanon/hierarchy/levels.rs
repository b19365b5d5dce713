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
///
/// # Examples
/// The column of the picture:
/// ```
/// use incog::{kanon::Hierarchy, table::Column};
/// let age = Column::from_values(["34", "36", "31"])?;
/// let levels = Hierarchy::intervals(&[5.0], 0.0)?.levels("age", &age)?;
/// assert_eq!((levels.height(), levels.domain()), (2, 3));
/// assert_eq!((levels.label(0, 2), levels.label(1, 2), levels.label(2, 2)), ("31", "[30, 35)", "*"));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Levels {
    levels: Vec<Level>,
    domain: u64,
    /// The level-0 code of values outside of the hierarchy, if there are any.
    outside: Option<u32>,
}

/// One level: the generalized code of each dictionary code, and what those codes stand for.
///
/// # Examples
/// ```
/// use incog::{kanon::Hierarchy, table::Column};
/// let age = Column::from_values(["34", "36", "31"])?;
/// let levels = Hierarchy::intervals(&[5.0], 0.0)?.levels("age", &age)?;
/// let level = levels.level(1);
/// assert_eq!(level.codes(), [0, 1, 0], "of the codes of 34, 36 and 31");
/// assert_eq!(level.labels(), ["[30, 35)", "[35, 40)"]);
/// assert_eq!(level.leaves(), [2, 1], "so many of the values that the column has");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Level {
    codes: Vec<u32>,
    labels: Vec<String>,
    leaves: Vec<u64>,
}

/// What is wrong with a column under a hierarchy.
pub(super) enum Fault {
    /// The value of this dictionary code is outside, and so are so many values together.
    Outside { code: u32, values: u64 },
    /// Two values equal at this level differ at the next.
    Unnested(usize),
}

/// A column, and what to make of its values that the hierarchy has no place for.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) column: &'a Column,
    /// Values that stand for missing ones.
    pub(super) marks: &'a [String],
    /// Whether rows with values outside are suppressed.
    pub(super) suppressed: bool,
}

impl Rule<'_> {
    /// From a rule: the domain is the values present.
    pub(super) fn computed(
        self,
        depth: usize,
        generalize: impl Fn(&str, usize) -> Option<String>,
    ) -> Result<Levels, Fault> {
        let outside =
            self.outside(|code, value| self.is_missing(code, value) || generalize(value, 0).is_some())?;
        let mut levels = Vec::with_capacity(depth);
        for l in 0..depth {
            let mut level = LevelBuilder::default();
            for (code, value) in (0u32..).zip(self.column.dictionary()) {
                let label = match (self.is_missing(code, value), outside[num::index(code)]) {
                    // Missing cells stay apart until everything is one.
                    (true, _) if l + 1 < depth => level.code(self.missing_label(), Apart::Missing),
                    (true, _) => level.code(TOP, Apart::No),
                    (false, true) => level.code("", Apart::Outside),
                    (false, false) => level.code(&generalize(value, l).unwrap_or_default(), Apart::No),
                };
                level.codes.push(label);
            }
            // Values present, each once; all missing ones together are one.
            let mut missing = false;
            for (code, value) in (0u32..).zip(self.column.dictionary()) {
                let is_missing = self.is_missing(code, value);
                if !(outside[num::index(code)] || is_missing && missing) {
                    level.leaves[num::index(level.codes[num::index(code)])] += 1;
                }
                missing |= is_missing;
            }
            levels.push(level.finish());
        }
        let domain = levels[0].leaves.iter().sum();
        self.finished(levels, domain, &outside)
    }

    /// From a table of values: the domain is all of them, present or not, and missing ones if they are not among them.
    pub(super) fn declared(self, rows: &HashMap<String, Vec<String>>, depth: usize) -> Result<Levels, Fault> {
        // Missing values have a line of their own, or are one value more.
        let line = rows.get("").or_else(|| self.marks.iter().find_map(|m| rows.get(m)));
        let none_are_missing =
            (0u32..).zip(self.column.dictionary()).all(|(code, value)| !self.is_missing(code, value));
        let more = line.is_none() && !self.marks.is_empty() && !none_are_missing;
        // Without a rule for missing values, they need a line like any other.
        let has_rule = line.is_some() || !self.marks.is_empty();
        let outside =
            self.outside(|code, value| rows.contains_key(value) || has_rule && self.is_missing(code, value))?;
        let top_of_all = {
            let mut tops = rows.values().filter_map(|labels| labels.last());
            tops.next().filter(|first| tops.all(|t| t == *first)).cloned()
        };
        let mut levels = Vec::with_capacity(depth);
        for l in 0..depth {
            let mut level = LevelBuilder::default();
            for (code, value) in (0u32..).zip(self.column.dictionary()) {
                let general = match (self.is_missing(code, value), line, outside[num::index(code)]) {
                    (true, Some(labels), _) => level.code(&labels[l], Apart::No),
                    (true, None, false) if l + 1 == depth && top_of_all.is_some() => {
                        level.code(top_of_all.as_deref().unwrap_or_default(), Apart::No)
                    }
                    (true, None, false) => level.code(self.missing_label(), Apart::Missing),
                    (_, _, true) => level.code("", Apart::Outside),
                    (false, _, false) => level.code(&rows[value][l], Apart::No),
                };
                level.codes.push(general);
            }
            let mut leaves: HashMap<&str, u64> = HashMap::new();
            for labels in rows.values() {
                *leaves.entry(&labels[l]).or_default() += 1;
            }
            let apart = std::mem::take(&mut level.apart);
            let mut level = level.finish();
            let of = |(label, apart): (&String, &Apart)| match apart {
                Apart::No => leaves.get(label.as_str()).copied().unwrap_or(0),
                Apart::Missing => 1,
                Apart::Outside => 0,
            };
            level.leaves = level.labels.iter().zip(&apart).map(of).collect();
            if more && l + 1 == depth && top_of_all.is_some() {
                level.leaves.iter_mut().for_each(|n| *n += 1);
            }
            levels.push(level);
        }
        self.finished(levels, num::count(rows.len()) + u64::from(more), &outside)
    }

    pub(super) fn is_missing(self, code: u32, value: &str) -> bool {
        Some(code) == self.column.missing_code() || self.marks.iter().any(|m| m == value)
    }

    /// What missing values are released as.
    fn missing_label(&self) -> &str {
        self.marks.first().map_or("", String::as_str)
    }

    /// For each code of the dictionary whether it is outside; an error if one is that may not be.
    fn outside(self, is_inside: impl Fn(u32, &str) -> bool) -> Result<Vec<bool>, Fault> {
        let codes = (0u32..).zip(self.column.dictionary());
        let outside: Vec<bool> = codes.map(|(code, value)| !is_inside(code, value)).collect();
        let values = num::count(outside.iter().filter(|&&o| o).count());
        match (0u32..).zip(&outside).find(|(_, outside)| **outside) {
            Some((code, _)) if !self.suppressed => Err(Fault::Outside { code, values }),
            _ => Ok(outside),
        }
    }

    fn finished(self, levels: Vec<Level>, domain: u64, outside: &[bool]) -> Result<Levels, Fault> {
        let first = outside.iter().position(|&o| o);
        let mut levels = Levels { levels, domain, outside: None }.nested()?;
        levels.outside = first.map(|code| levels.levels[0].codes[code]);
        Ok(levels)
    }
}

impl Levels {
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

    /// The level-0 code of all values that are outside of the hierarchy, if there are any. Their rows cannot be released.
    pub(crate) fn outside(&self) -> Option<u32> {
        self.outside
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
pub(super) fn natural_order(labels: &[String]) -> Vec<u32> {
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
    apart: Vec<Apart>,
    leaves: Vec<u64>,
    index: HashMap<(String, Apart), u32>,
}

/// Why a code is no value of the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Apart {
    No,
    Missing,
    Outside,
}

impl LevelBuilder {
    /// The code of `label`. A missing cell and an empty label are two things.
    fn code(&mut self, label: &str, apart: Apart) -> u32 {
        let next = u32::try_from(self.labels.len()).expect("at most as many labels as dictionary codes");
        *self.index.entry((label.to_owned(), apart)).or_insert_with(|| {
            self.labels.push(label.to_owned());
            self.apart.push(apart);
            self.leaves.push(0);
            next
        })
    }

    fn finish(self) -> Level {
        Level { codes: self.codes, labels: self.labels, leaves: self.leaves }
    }
}
