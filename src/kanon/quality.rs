//! What a generalization costs: six measures of information loss, all lower is better.
//!
//! With n rows, S of them suppressed, kept classes of sizes c; for column i at level l_i of h_i, a released
//! value v standing for leaves(v) of card_i values:
//!
//! | measure | formula |
//! |---|---|
//! | loss | mean over i of L_i = (sum over kept rows of leaves/card + S - n/card) / (n - n/card), at least 0 |
//! | geometric loss | (prod of (L_i + 1))^(1/m) - 1 |
//! | discernibility | sum of c^2 + n S |
//! | average class size | n / (kept classes + [S > 0]) |
//! | precision | mean over i of ((n - S) l_i/h_i + S) / n |
//! | entropy | sum over i and rows of -log2(a / b): a rows hold the input value, b its generalization (n if suppressed) |
//!
//! Sources: \[Iye02\] Iyengar, *Transforming data to satisfy privacy constraints*, KDD 2002 (loss); \[BA05\] Bayardo,
//! Agrawal, *Data privacy through optimal k-anonymization*, ICDE 2005 (discernibility); \[LDR06\] LeFevre,
//! DeWitt, Ramakrishnan, *Mondrian*, ICDE 2006 (average class size); \[Swe02b\] Sweeney, IJUFKS 10(5), 2002
//! (precision); \[GT09\] Gionis, Tassa, *k-anonymization with minimal loss of information*, IEEE TKDE 21(2), 2009
//! (non-uniform entropy).

use crate::{
    kanon::{
        class::{Field, Histogram, Layout, PackedKey},
        hierarchy::Levels,
    },
    num,
    table::Column,
};

/// A measure of information loss that the search minimizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Metric {
    /// Rows over classes.
    AverageClassSize,
    /// Rows that each row cannot be told from, summed.
    Discernibility,
    /// Non-uniform entropy, in bits.
    Entropy,
    /// Share of the domain that a released value stands for, averaged over rows and columns.
    #[default]
    Loss,
    /// The same, with the geometric mean over columns.
    LossGeometric,
    /// Share of the height that columns were generalized by.
    Precision,
}

/// All six measures of one generalization; see the module's table.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(
    clippy::exhaustive_structs,
    reason = "the six measures of the card format; a new one is a new format"
)]
pub struct Quality {
    /// See [`Metric::Loss`].
    pub loss: f64,
    /// See [`Metric::LossGeometric`].
    pub loss_geometric: f64,
    /// See [`Metric::Discernibility`].
    pub discernibility: f64,
    /// See [`Metric::AverageClassSize`].
    pub average_class_size: f64,
    /// See [`Metric::Precision`].
    pub precision: f64,
    /// See [`Metric::Entropy`].
    pub entropy: f64,
}

/// What each code of each column costs at each level, per row, and for all rows together.
#[derive(Debug)]
pub(crate) struct Costs {
    columns: Vec<ColumnCosts>,
    rows: u64,
}

#[derive(Debug)]
struct ColumnCosts {
    domain: u64,
    /// Sum over rows of log2 of the rows that hold the same input value.
    fine_entropy: u128,
    levels: Vec<LevelCosts>,
}

#[derive(Debug)]
struct LevelCosts {
    /// Leaves under each code, and their sum over all rows: exact, so that no order of summing matters.
    leaves: Vec<u64>,
    leaves_of_rows: u128,
    /// log2 of the rows under each code, and its sum over all rows; in units of 2^-40, so that sums are
    /// exact and no order of summing matters.
    entropy: Vec<u64>,
    entropy_of_rows: u128,
    /// level / height.
    precision: f64,
}

/// The part of a node's classes that a score needs.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) suppressed_rows: u64,
    pub(crate) classes: u64,
    pub(crate) sum_of_squares: u128,
    /// Over suppressed rows, for each column: leaves and entropy.
    pub(crate) suppressed: Vec<(u128, u128)>,
}

impl Costs {
    pub(crate) fn new(columns: &[(&Column, &Levels)], rows: u64) -> Self {
        let columns = columns
            .iter()
            .map(|(column, levels)| {
                let mut rows_of_code = vec![0u64; column.dictionary_len()];
                for &code in column.codes() {
                    rows_of_code[num::index(code)] += 1;
                }
                ColumnCosts {
                    domain: levels.domain(),
                    fine_entropy: rows_of_code.iter().map(|&n| weighted_log(n)).sum(),
                    levels: (0..=levels.height())
                        .map(|l| LevelCosts::new(levels, l, &rows_of_code))
                        .collect(),
                }
            })
            .collect();
        Costs { columns, rows }
    }

    /// What is kept of the classes of `histogram` at `node`, where `holds[class]` says which.
    pub(crate) fn kept<K: PackedKey>(
        &self,
        node: &[usize],
        fields: &[Field],
        histogram: &Histogram<K>,
        holds: &[bool],
    ) -> Kept {
        let mut kept = Kept {
            suppressed_rows: 0,
            classes: 0,
            sum_of_squares: 0,
            suppressed: vec![(0, 0); self.columns.len()],
        };
        for ((&key, &rows), &holds) in histogram.keys.iter().zip(&histogram.rows).zip(holds) {
            if holds {
                kept.classes += 1;
                kept.sum_of_squares += u128::from(rows) * u128::from(rows);
                continue;
            }
            kept.suppressed_rows += u64::from(rows);
            for (i, (column, &level)) in self.columns.iter().zip(node).enumerate() {
                let code = num::index(key.get(fields[i]));
                kept.suppressed[i].0 += u128::from(column.levels[level].leaves[code]) * u128::from(rows);
                kept.suppressed[i].1 += u128::from(column.levels[level].entropy[code]) * u128::from(rows);
            }
        }
        kept
    }

    /// The score of `node` by `metric`.
    pub(crate) fn score(&self, metric: Metric, node: &[usize], kept: &Kept) -> f64 {
        let n = num::to_f64(self.rows);
        let s = num::to_f64(kept.suppressed_rows);
        let m = num::to_f64(num::count(self.columns.len()));
        match metric {
            Metric::Loss => self.losses(node, kept).sum::<f64>() / m,
            Metric::LossGeometric => {
                self.losses(node, kept).map(|l| l + 1.0).product::<f64>().powf(1.0 / m) - 1.0
            }
            Metric::Discernibility => {
                to_f64_wide(kept.sum_of_squares + u128::from(self.rows) * u128::from(kept.suppressed_rows))
            }
            Metric::AverageClassSize => {
                let classes = kept.classes + u64::from(kept.suppressed_rows > 0);
                if classes == 0 { 0.0 } else { n / num::to_f64(classes) }
            }
            Metric::Precision => {
                let level = |(c, &l): (&ColumnCosts, &usize)| c.levels[l].precision;
                let mean =
                    self.columns.iter().zip(node).map(level).map(|p| ((n - s) * p + s) / n).sum::<f64>() / m;
                if self.rows == 0 { 0.0 } else { mean }
            }
            Metric::Entropy => self
                .columns
                .iter()
                .zip(node)
                .zip(&kept.suppressed)
                .map(|((c, &l), suppressed)| {
                    let of_suppressed = u128::from(kept.suppressed_rows) * u128::from(log2(self.rows));
                    // Coarser values are held by at least as many rows, so this is not negative.
                    c.levels[l].entropy_of_rows - suppressed.1 + of_suppressed - c.fine_entropy
                })
                .map(|bits| to_f64_wide(bits) / LOG_UNITS)
                .sum(),
        }
    }

    /// A score that no node at or above `node` goes below, whatever it suppresses: the node's own score
    /// without suppression. For the two measures of class sizes, which the levels do not tell, zero.
    pub(crate) fn lower_bound(&self, metric: Metric, node: &[usize]) -> f64 {
        if matches!(metric, Metric::Discernibility | Metric::AverageClassSize) {
            return 0.0;
        }
        let nothing =
            Kept { suppressed_rows: 0, classes: 0, sum_of_squares: 0, suppressed: vec![(0, 0); node.len()] };
        self.score(metric, node, &nothing)
    }

    /// The same for the two measures of class sizes, from the classes at `node`.
    pub(crate) fn lower_bound_of_classes(&self, metric: Metric, rows: &[u32]) -> Option<f64> {
        match metric {
            Metric::Discernibility => {
                Some(to_f64_wide(rows.iter().map(|&c| u128::from(c) * u128::from(c)).sum::<u128>()))
            }
            Metric::AverageClassSize if !rows.is_empty() => {
                Some(num::to_f64(self.rows) / num::to_f64(num::count(rows.len())))
            }
            _ => None,
        }
    }

    /// What each row of the class `key` of `node` costs more when it is left out, up to a factor; zero by measures that
    /// only see how many rows are.
    pub(crate) fn cost_of_leaving_out<K: PackedKey>(
        &self,
        metric: Metric,
        node: &[usize],
        layout: &Layout,
        key: K,
    ) -> f64 {
        let columns = self.columns.iter().zip(node).zip(layout.fields());
        let codes = columns.map(|((c, &level), &field)| (c, &c.levels[level], num::index(key.get(field))));
        match metric {
            Metric::Loss | Metric::LossGeometric => codes
                .map(|(c, level, code)| 1.0 - num::to_f64(level.leaves[code]) / num::to_f64(c.domain.max(1)))
                .sum(),
            Metric::Entropy => {
                codes.map(|(_, level, code)| num::to_f64(log2(self.rows) - level.entropy[code])).sum()
            }
            _ => 0.0,
        }
    }

    pub(crate) fn quality(&self, node: &[usize], kept: &Kept) -> Quality {
        let score = |metric| self.score(metric, node, kept);
        Quality {
            loss: score(Metric::Loss),
            loss_geometric: score(Metric::LossGeometric),
            discernibility: score(Metric::Discernibility),
            average_class_size: score(Metric::AverageClassSize),
            precision: score(Metric::Precision),
            entropy: score(Metric::Entropy),
        }
    }

    fn losses<'a>(&'a self, node: &'a [usize], kept: &'a Kept) -> impl Iterator<Item = f64> + 'a {
        let n = num::to_f64(self.rows);
        self.columns.iter().zip(node).zip(&kept.suppressed).map(move |((column, &level), suppressed)| {
            if column.domain <= 1 || self.rows == 0 {
                return 0.0;
            }
            let domain = num::to_f64(column.domain);
            let leaves = column.levels[level].leaves_of_rows - suppressed.0
                + u128::from(kept.suppressed_rows) * u128::from(column.domain);
            ((to_f64_wide(leaves) / domain - n / domain) / (n - n / domain)).max(0.0)
        })
    }
}

impl LevelCosts {
    fn new(levels: &Levels, l: usize, rows_of_code: &[u64]) -> Self {
        let level = levels.level(l);
        let mut rows = vec![0u64; level.labels().len()];
        for (&general, &n) in level.codes().iter().zip(rows_of_code) {
            rows[num::index(general)] += n;
        }
        let height = levels.height().max(1);
        LevelCosts {
            leaves: level.leaves().to_vec(),
            leaves_of_rows: level
                .leaves()
                .iter()
                .zip(&rows)
                .map(|(&a, &n)| u128::from(a) * u128::from(n))
                .sum(),
            entropy: rows.iter().map(|&n| log2(n)).collect(),
            entropy_of_rows: rows.iter().map(|&n| weighted_log(n)).sum(),
            precision: num::to_f64(num::count(l)) / num::to_f64(num::count(height)),
        }
    }
}

/// log2 n in units of 2^-40, rounded to nearest; 0 for 0.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= log2 n * 2^40 < 2^46")]
fn log2(n: u64) -> u64 {
    if n == 0 { 0 } else { (num::to_f64(n).log2() * LOG_UNITS).round() as u64 }
}

/// n log2 n: n rows, each with n rows alike.
fn weighted_log(n: u64) -> u128 {
    u128::from(n) * u128::from(log2(n))
}

/// 2^40: one unit is below 1e-12 bits.
const LOG_UNITS: f64 = 1_099_511_627_776.0;

#[allow(clippy::cast_precision_loss, reason = "a score; exact below 2^53")]
fn to_f64_wide(n: u128) -> f64 {
    n as f64
}
