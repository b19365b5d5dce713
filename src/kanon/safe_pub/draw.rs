//! Drawing levels with a chance that grows with what they keep, and a sample.

use std::{collections::BTreeMap, sync::Arc};

use super::{SafePub, SafePublication};
use crate::{
    error::{Error, Result},
    kanon::{
        class::{Histogram, PackedKey, Workspace, class_numbers},
        hierarchy::Levels,
        report,
        search::{Problem, Snapshots},
        tuples::{AnyHistogram, Tuples, by_width},
    },
    num,
    rng::{SecureRng, exp_coin},
    table::{Column, Table},
};

impl SafePub {
    pub(super) fn draw_with(&self, table: &Table, rng: &mut SecureRng) -> Result<SafePublication> {
        let rows = self.one_row_each(table, rng)?;
        let mut columns = Vec::with_capacity(self.anonymizer.columns.len());
        for column in &self.anonymizer.columns {
            columns.push((column.name.clone(), table.column(&column.name)?.select(&rows)));
        }
        let table = Table::new(columns)?;
        let tuples = self.anonymizer.tuples(&table)?;
        let node = by_width!(AnyHistogram, &tuples.histogram, h => self.node(&tuples, h, rng)?);
        let sample = self.sample(table.rows(), rng)?;
        self.publish(&table, &sample, &tuples.levels, &node, rng.is_insecure())
    }

    /// Of each person one row, uniformly; rows without a person are left out.
    fn one_row_each(&self, table: &Table, rng: &mut SecureRng) -> Result<Vec<usize>> {
        let Some(name) = &self.person else { return Ok((0..table.rows()).collect()) };
        let column = table.column(name)?;
        let mut rows = vec![(0u64, 0usize); column.dictionary_len()];
        for (row, &code) in column.codes().iter().enumerate() {
            let (seen, chosen) = &mut rows[num::index(code)];
            *seen += 1;
            if *seen == 1 || rng.below(*seen)? == 0 {
                *chosen = row;
            }
        }
        let missing = column.missing_code();
        let persons = (0u32..).zip(rows).filter(|(code, (seen, _))| *seen > 0 && Some(*code) != missing);
        let mut rows: Vec<usize> = persons.map(|(_, (_, row))| row).collect();
        rows.sort_unstable();
        Ok(rows)
    }

    /// Each of so many rows with the sampling probability.
    fn sample(&self, rows: usize, rng: &mut SecureRng) -> Result<Vec<usize>> {
        let mut sample = Vec::new();
        for row in 0..rows {
            if rng.next_u64()? >> 32 < u64::from(self.price.beta()) {
                sample.push(row);
            }
        }
        Ok(sample)
    }

    /// Levels, each choice of them with probability proportional to exp(s u / K), where u is the rows in classes of K rows or
    /// more, times the average share of its levels that a column keeps. One row more makes u larger by at most K.
    fn node<K: PackedKey>(
        &self,
        tuples: &Tuples,
        base: &Arc<Histogram<K>>,
        rng: &mut SecureRng,
    ) -> Result<Vec<usize>> {
        let problem = self.anonymizer.problem(tuples, base)?;
        let nodes = problem.lattice.len().filter(|&n| n <= MOST_NODES);
        let nodes = nodes.ok_or_else(|| Error::too_many_nodes(problem.lattice.size(), MOST_NODES))?;
        // Whole numbers: u times the number of columns and the least common multiple of their heights.
        let heights: Vec<u128> = tuples.levels.iter().map(|l| height(l.height())).collect();
        let common = common_height(heights.iter().copied())?;
        let worth = |node: &[usize]| -> u128 {
            let kept = node
                .iter()
                .zip(&heights)
                .map(|(&l, &h)| (h - u128::from(num::count(l)).min(h)) * (common / h));
            kept.sum()
        };
        let kept = self.kept_rows(&problem, nodes);
        let scores: Vec<u128> =
            (0..nodes).map(|n| u128::from(kept[n]) * worth(&problem.lattice.levels(n))).collect();
        let best = scores.iter().copied().max().unwrap_or(0);
        let unit = PICOS * u128::from(self.price.k_of_all()) * u128::from(num::count(heights.len())) * common;
        // Rejection: a choice is proposed uniformly, and taken with exp(-(what it lacks)).
        loop {
            let node = usize::try_from(rng.below(num::count(nodes))?).unwrap_or(0);
            let lacks = (best - scores[node]).saturating_mul(u128::from(self.price.search()));
            if exp_coins(lacks, unit, rng)? {
                return Ok(problem.lattice.levels(node));
            }
        }
    }

    /// Rows in classes of K or more, at each choice of levels.
    fn kept_rows<K: PackedKey>(&self, problem: &Problem<'_, K>, nodes: usize) -> Vec<u64> {
        let mut snapshots = Snapshots::new(problem, problem.base.clone());
        let mut workspace = Workspace::default();
        let mut kept = Vec::with_capacity(nodes);
        for node in 0..nodes {
            let levels = problem.lattice.levels(node);
            let source = snapshots.source(&levels);
            let made_from = source.histogram.entries();
            let classes = problem.roll_up(&source.histogram, &source.levels, &levels, &mut workspace);
            let rows = classes.counts.rows.iter().map(|&r| u64::from(r));
            kept.push(rows.filter(|&r| r >= self.price.k_of_all()).sum());
            snapshots.offer(&levels, classes, made_from);
        }
        kept
    }

    /// The rows of the sample at these levels, without classes that are too small.
    fn publish(
        &self,
        table: &Table,
        sample: &[usize],
        levels: &[Levels],
        node: &[usize],
        insecure: bool,
    ) -> Result<SafePublication> {
        let mut inside = sample.to_vec();
        let mut general = Vec::with_capacity(levels.len());
        for ((levels, &l), column) in levels.iter().zip(node).zip(&self.anonymizer.columns) {
            let codes = table.column(&column.name)?.codes();
            if let Some(outside) = levels.outside() {
                let finest = levels.level(0).codes();
                inside.retain(|&row| finest[num::index(codes[row])] != outside);
            }
            let level = levels.level(l);
            let codes = codes.iter().map(|&c| level.codes()[num::index(c)]).collect();
            general.push(Column::from_codes(codes, level.labels())?);
        }
        let general: Vec<Column> = general.iter().map(|c| c.select(&inside)).collect();
        let class_of_row = class_numbers(&general.iter().collect::<Vec<_>>(), inside.len());
        let sizes = report::sizes(&class_of_row);
        let large = |row: &usize| sizes[num::index(class_of_row[*row])] >= self.price.k();
        let kept: Vec<usize> = (0..inside.len()).filter(large).collect();
        let names = || self.anonymizer.columns.iter().map(|c| c.name.clone());
        Ok(SafePublication {
            table: Table::new(names().zip(general.iter().map(|c| c.select(&kept).compacted())))?,
            levels: names().zip(node.iter().copied()).collect::<BTreeMap<_, _>>(),
            smallest_class: sizes.iter().copied().filter(|&s| s >= self.price.k()).min(),
            insecure,
        })
    }
}

/// True with probability exp(-numerator / denominator): one coin of exp(-1) for each whole, then the rest.
fn exp_coins(numerator: u128, denominator: u128, rng: &mut SecureRng) -> Result<bool> {
    let mut wholes = numerator / denominator;
    while wholes > 0 {
        if !exp_coin(1, 1, rng)? {
            return Ok(false);
        }
        wholes -= 1;
    }
    exp_coin(numerator % denominator, denominator, rng)
}

/// The height of a hierarchy, as what its levels keep is counted in.
pub(super) fn height(levels: usize) -> u128 {
    u128::from(num::count(levels.max(1)))
}

/// The least common multiple of the heights. Public, like these: `build` refuses what is too large before anything is charged.
pub(super) fn common_height(mut heights: impl Iterator<Item = u128>) -> Result<u128> {
    let common = heights.try_fold(1u128, |all, h| all.checked_mul(h / greatest_divisor(all, h)));
    common.filter(|&c| c <= MOST_IN_COMMON).ok_or_else(|| Error::heights_without_common(MOST_IN_COMMON))
}

fn greatest_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

/// Choices of levels, all of which are looked at.
pub(super) const MOST_NODES: usize = 1 << 16;
/// With it, with 2^32 rows, 2^16 columns and epsilon, numbers of the search are below 2^128.
const MOST_IN_COMMON: u128 = 1 << 24;
/// The search's epsilon is counted in 1e-12.
const PICOS: u128 = 1_000_000_000_000;
