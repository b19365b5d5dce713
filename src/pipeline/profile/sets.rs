//! Sets of columns that single rows out: those whose combinations of values occur once.
//!
//! All sets of up to three of at most [`COLUMNS`] columns are counted in one pass, and all of these columns together. Which
//! columns, the first rows decide: not those that identify by themselves, nor text, whose sets would all be the same.

use super::{ColumnKind, ColumnProfile, ColumnSet, distinct::Singles};
use crate::{num, pipeline::threads};

/// Counts of sets of columns.
pub(super) struct Sets {
    /// The columns that are combined, by their place in the table.
    columns: Vec<usize>,
    sets: Vec<(Vec<usize>, Singles)>,
    rows: u64,
}

impl Sets {
    /// Of columns that the first rows describe like this.
    pub(super) fn new(profiles: &[ColumnProfile]) -> Self {
        let rank = |p: &ColumnProfile| match p.kind {
            ColumnKind::QuasiIdentifying if p.distinct > 1 => Some(0),
            ColumnKind::Other if p.distinct > 1 => Some(1),
            ColumnKind::Sensitive if p.distinct > 1 => Some(2),
            ColumnKind::QuasiIdentifying | ColumnKind::Other | ColumnKind::Sensitive => Some(3),
            ColumnKind::Identifying | ColumnKind::FreeText | ColumnKind::Unknown => None,
        };
        let mut ranked: Vec<(u32, usize)> =
            profiles.iter().enumerate().filter_map(|(at, p)| Some((rank(p)?, at))).collect();
        ranked.sort_unstable();
        let mut columns: Vec<usize> = ranked.into_iter().take(COLUMNS).map(|(_, at)| at).collect();
        columns.sort_unstable();
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for a in 0..columns.len() {
            sets.push(vec![a]);
            for b in a + 1..columns.len() {
                sets.push(vec![a, b]);
                sets.extend((b + 1..columns.len()).map(|c| vec![a, b, c]));
            }
        }
        if columns.len() > 3 {
            sets.push((0..columns.len()).collect());
        }
        Sets { columns, sets: sets.into_iter().map(|set| (set, Singles::default())).collect(), rows: 0 }
    }

    /// Adds `rows` rows, given by the hashes of their cells, column by column of the table.
    pub(super) fn take(&mut self, hashes: &[&[u64]], rows: usize) {
        self.rows += num::count(rows);
        let columns: Vec<&[u64]> = self.columns.iter().map(|&at| hashes[at]).collect();
        threads::each(&mut self.sets, |(set, singles)| {
            let combination =
                |row: usize| set.iter().fold(0, |combined, &column| combine(combined, columns[column][row]));
            (0..rows).map(combination).for_each(|hash| singles.add(hash));
        });
    }

    /// Places of the columns that are combined.
    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The smallest sets that single out at least [`SINGLED_OUT`] of the rows, and all columns together.
    pub(super) fn finish(self, names: &[String]) -> (Vec<ColumnSet>, Option<ColumnSet>) {
        let share = |singles: &Singles| num::to_f64(singles.single()) / num::to_f64(self.rows.max(1));
        let named = |set: &[usize], singles: &Singles| ColumnSet {
            columns: set.iter().map(|&column| names[self.columns[column]].clone()).collect(),
            singled_out: (share(singles).min(1.0) * 1e4).round() / 1e4,
            estimated: !singles.is_exact(),
        };
        let together = self.sets.iter().max_by_key(|(set, _)| set.len());
        let together = together.map(|(set, singles)| named(set, singles));
        let mut sets: Vec<&(Vec<usize>, Singles)> = self
            .sets
            .iter()
            .filter(|(set, singles)| set.len() <= 3 && share(singles) >= SINGLED_OUT)
            .collect();
        sets.sort_by_key(|(set, _)| set.len());
        let mut minimal: Vec<&(Vec<usize>, Singles)> = Vec::new();
        for candidate in sets {
            let smaller = |(set, _): &&(Vec<usize>, Singles)| set.iter().all(|c| candidate.0.contains(c));
            if !minimal.iter().any(smaller) {
                minimal.push(candidate);
            }
        }
        minimal.sort_by(|(a, x), (b, y)| {
            a.len().cmp(&b.len()).then(share(y).total_cmp(&share(x))).then(a.cmp(b))
        });
        (minimal.into_iter().map(|(set, singles)| named(set, singles)).collect(), together)
    }
}

/// The hash of a cell and of those before it (the finalizer of SplitMix64: Steele, Lea, Flood, OOPSLA 2014).
fn combine(before: u64, hash: u64) -> u64 {
    let mut z = before.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ hash;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Columns that are combined: 298 sets of up to three.
pub(super) const COLUMNS: usize = 12;
/// A set that singles out fewer rows is not listed.
pub(super) const SINGLED_OUT: f64 = 0.05;
