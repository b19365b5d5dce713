//! The six measures, from what is kept of a node's classes; and what they are at least before that is known.

use super::{Metric, Quality, gap::Gap};
use crate::{
    kanon::{
        class::{Histogram, Layout, PackedKey},
        hierarchy::Levels,
        number::wide_to_f64,
    },
    num,
};

/// What each code of each column costs at each level, per row, and for all rows together.
#[derive(Debug)]
pub(crate) struct Costs {
    columns: Vec<ColumnCosts>,
    rows: u64,
    /// Those of them that are always suppressed.
    outside: u64,
    /// The sum of the weights.
    weight: f64,
}

#[derive(Debug)]
struct ColumnCosts {
    domain: u64,
    weight: f64,
    /// Sum over rows of log2 of the rows that hold the same input value.
    fine_entropy: i128,
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
    entropy_of_rows: i128,
    /// level / height.
    precision: f64,
    /// L_i, and bits, when nothing is suppressed.
    loss: f64,
    bits: f64,
    /// What suppressing rows adds to them at least.
    loss_gap: Gap,
    entropy_gap: Gap,
}

/// The part of a node's classes that a score needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) suppressed_rows: u64,
    pub(crate) classes: u64,
    pub(crate) sum_of_squares: u128,
    /// Over suppressed rows, for each column.
    leaves: Vec<u128>,
    entropy: Vec<u128>,
}

/// Which sums over suppressed rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sums {
    /// Those that a metric needs.
    Of(Metric),
    /// All.
    All,
}

impl Costs {
    /// For columns of these levels and weights; `rows_of_code[i]` are the rows of each code of column i at level 0, and
    /// `fine_rows[i]` those of each value of the input, if level 0 is coarser. `outside` more rows have no code and are
    /// always suppressed.
    pub(crate) fn new(
        columns: &[(&Levels, f64)],
        rows_of_code: &[Vec<u64>],
        fine_rows: &[Option<Vec<u64>>],
        outside: u64,
    ) -> Self {
        let rows = outside + rows_of_code.first().map_or(0, |column| column.iter().sum());
        let columns: Vec<ColumnCosts> = columns
            .iter()
            .zip(rows_of_code.iter().zip(fine_rows))
            .map(|(&(levels, weight), (rows_of_code, fine))| {
                let fine_rows = fine.as_ref().unwrap_or(rows_of_code);
                let fine_entropy =
                    fine_rows.iter().map(|&n| weighted_log(n)).sum::<i128>() + weighted_log(outside);
                let level = |l| LevelCosts::new(levels, l, rows_of_code, rows, outside, fine_entropy);
                let levels_of_column = (0..=levels.height()).map(level).collect();
                ColumnCosts { domain: levels.domain(), weight, fine_entropy, levels: levels_of_column }
            })
            .collect();
        let weight = columns.iter().map(|c| c.weight).sum();
        Costs { columns, rows, outside, weight }
    }

    /// What is kept of the classes of `histogram` at `node`, where `holds[class]` says which.
    pub(crate) fn kept<K: PackedKey>(
        &self,
        node: &[usize],
        layout: &Layout,
        histogram: &Histogram<K>,
        holds: &[bool],
        sums: Sums,
    ) -> Kept {
        let mut kept = Kept { suppressed_rows: self.outside, ..Kept::default() };
        let by_column =
            !matches!(sums, Sums::Of(Metric::Precision | Metric::Discernibility | Metric::AverageClassSize));
        // Suppressed rows by content of each chunk, and for chunks of one wide column by class.
        let mut by_content: Vec<Vec<u64>> = layout
            .chunks()
            .iter()
            .map(|c| vec![0; if by_column { c.contents().unwrap_or(0) } else { 0 }])
            .collect();
        let mut rows_of_code: Vec<Vec<u64>> = self
            .columns
            .iter()
            .zip(node)
            .map(|(c, &l)| vec![0; if by_column { c.levels[l].leaves.len() } else { 0 }])
            .collect();
        for (class, (&rows, &holds)) in histogram.counts.rows.iter().zip(holds).enumerate() {
            let rows = u64::from(rows);
            if holds {
                kept.classes += 1;
                kept.sum_of_squares += u128::from(rows) * u128::from(rows);
                continue;
            }
            kept.suppressed_rows += rows;
            if by_column {
                histogram.keys.for_each_content(class, layout, |chunk, content| {
                    match by_content[chunk].get_mut(num::index(content)) {
                        Some(sum) => *sum += rows,
                        None => {
                            let (column, field) = layout.chunks()[chunk].columns[0];
                            rows_of_code[column][num::index(field.within(content))] += rows;
                        }
                    }
                });
            }
        }
        for (chunk, by_content) in layout.chunks().iter().zip(&by_content) {
            for (content, &rows) in (0u32..).zip(by_content).filter(|(_, rows)| **rows > 0) {
                for &(column, field) in &chunk.columns {
                    rows_of_code[column][num::index(field.within(content))] += rows;
                }
            }
        }
        // A column of one code may be in no chunk.
        for rows_of_code in rows_of_code.iter_mut().filter(|r| r.len() == 1) {
            rows_of_code[0] = kept.suppressed_rows - self.outside;
        }
        let sum = |of: &dyn Fn(&LevelCosts) -> &[u64]| {
            let columns = self.columns.iter().zip(node).zip(&rows_of_code);
            columns.map(|((c, &l), rows)| dot(of(&c.levels[l]), rows)).collect()
        };
        if matches!(sums, Sums::All | Sums::Of(Metric::Loss | Metric::LossGeometric)) {
            kept.leaves = sum(&|level| &level.leaves);
        }
        if matches!(sums, Sums::All | Sums::Of(Metric::Entropy)) {
            kept.entropy = sum(&|level| &level.entropy);
        }
        kept
    }

    /// The score of `node` by `metric`, for which `kept` has the sums.
    pub(crate) fn score(&self, metric: Metric, node: &[usize], kept: &Kept) -> f64 {
        let n = num::to_f64(self.rows);
        let s = num::to_f64(kept.suppressed_rows);
        match metric {
            Metric::Loss | Metric::LossGeometric => self.mean_loss(metric, self.losses(node, kept)),
            Metric::Discernibility => unsigned_to_f64(
                kept.sum_of_squares + u128::from(self.rows) * u128::from(kept.suppressed_rows),
            ),
            Metric::AverageClassSize => {
                let classes = kept.classes + u64::from(kept.suppressed_rows > 0);
                if classes == 0 { 0.0 } else { n / num::to_f64(classes) }
            }
            Metric::Precision if self.rows == 0 => 0.0,
            Metric::Precision => self.precision(node, s),
            Metric::Entropy => self
                .columns
                .iter()
                .zip(node)
                .zip(&kept.entropy)
                .map(|((c, &l), suppressed)| {
                    let of_suppressed = i128::from(kept.suppressed_rows) * i128::from(log2(self.rows));
                    let of_kept = c.levels[l].entropy_of_rows - signed(*suppressed);
                    c.weight * wide_to_f64(of_kept + of_suppressed - c.fine_entropy) / LOG_UNITS
                })
                .sum(),
        }
    }

    /// A score that `node` is at least if it suppresses `suppressed` rows or more, whichever they are; and that every
    /// coarser node is at least which does. For the measures of class sizes, which the levels do not tell, zero.
    pub(crate) fn lower_bound(&self, metric: Metric, node: &[usize], suppressed: u64) -> f64 {
        let levels = || self.columns.iter().zip(node).map(|(c, &l)| (c, &c.levels[l]));
        match metric {
            Metric::Discernibility | Metric::AverageClassSize => 0.0,
            Metric::Loss | Metric::LossGeometric => {
                self.mean_loss(metric, levels().map(|(_, level)| level.loss + level.loss_gap.of(suppressed)))
            }
            Metric::Precision if self.rows == 0 => 0.0,
            Metric::Precision => self.precision(node, num::to_f64(suppressed + self.outside)),
            Metric::Entropy => {
                levels().map(|(c, level)| c.weight * (level.bits + level.entropy_gap.of(suppressed))).sum()
            }
        }
    }

    /// What each column at each level adds to the score of a node that suppresses nothing, so that the score is
    /// [`of_sum`](Self::of_sum) of the sum over columns. By the measures of class sizes, which the levels do not tell, those
    /// of [`Metric::Loss`].
    pub(crate) fn additive(&self, metric: Metric) -> Vec<Vec<f64>> {
        let level = |c: &ColumnCosts, level: &LevelCosts| match metric {
            Metric::LossGeometric => c.weight * level.loss.ln_1p() / self.weight,
            Metric::Precision => c.weight * level.precision / self.weight,
            Metric::Entropy => c.weight * level.bits,
            _ => c.weight * level.loss / self.weight,
        };
        self.columns.iter().map(|c| c.levels.iter().map(|l| level(c, l)).collect()).collect()
    }

    /// The score of which the columns add up to `sum`.
    pub(crate) fn of_sum(metric: Metric, sum: f64) -> f64 {
        if metric == Metric::LossGeometric { sum.exp_m1() } else { sum }
    }

    /// The loss of each column.
    pub(crate) fn losses<'a>(&'a self, node: &'a [usize], kept: &'a Kept) -> impl Iterator<Item = f64> + 'a {
        self.columns.iter().zip(node).zip(&kept.leaves).map(move |((column, &level), suppressed)| {
            let leaves = column.levels[level].leaves_of_rows - suppressed
                + u128::from(kept.suppressed_rows) * u128::from(column.domain);
            self.loss(column, unsigned_to_f64(leaves) / num::to_f64(column.domain))
        })
    }

    /// What each row of a class costs more when it is left out, up to a factor; zero by measures that only see how many
    /// rows are. The class is given by its code in each column.
    pub(crate) fn cost_of_leaving_out(
        &self,
        metric: Metric,
        node: &[usize],
        code: impl Fn(usize) -> u32,
    ) -> f64 {
        let columns = self.columns.iter().zip(node).enumerate();
        let codes = columns.map(|(i, (c, &level))| (c, &c.levels[level], num::index(code(i))));
        match metric {
            Metric::Loss | Metric::LossGeometric => codes
                .map(|(c, level, code)| {
                    c.weight * (1.0 - num::to_f64(level.leaves[code]) / num::to_f64(c.domain.max(1)))
                })
                .sum(),
            Metric::Entropy => codes
                .map(|(c, level, code)| c.weight * num::to_f64(log2(self.rows) - level.entropy[code]))
                .sum(),
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

    /// Number of rows.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// L_i from the sum of shares.
    fn loss(&self, column: &ColumnCosts, shares: f64) -> f64 {
        loss(column.domain, self.rows, shares)
    }

    fn mean_loss(&self, metric: Metric, losses: impl Iterator<Item = f64>) -> f64 {
        let weighted = losses.zip(&self.columns);
        if metric == Metric::Loss {
            return weighted.map(|(l, c)| l * c.weight).sum::<f64>() / self.weight;
        }
        weighted.map(|(l, c)| power(l + 1.0, c.weight)).product::<f64>().powf(1.0 / self.weight) - 1.0
    }

    fn precision(&self, node: &[usize], s: f64) -> f64 {
        let n = num::to_f64(self.rows);
        let level = self.columns.iter().zip(node).map(|(c, &l)| (c.weight, c.levels[l].precision));
        level.map(|(weight, p)| weight * ((n - s) * p + s) / n).sum::<f64>() / self.weight
    }
}

impl LevelCosts {
    fn new(
        levels: &Levels,
        l: usize,
        rows_of_code: &[u64],
        n: u64,
        outside: u64,
        fine_entropy: i128,
    ) -> Self {
        let level = levels.level(l);
        let mut rows = vec![0u64; level.labels().len()];
        for (&general, &of_code) in levels.step(0, l).iter().zip(rows_of_code) {
            rows[num::index(general)] += of_code;
        }
        let height = levels.height().max(1);
        let entropy: Vec<u64> = rows.iter().map(|&n| log2(n)).collect();
        let (all, domain) = (num::to_f64(n), num::to_f64(levels.domain()));
        // In units of L_i: the row's share of 1 over n - n / card.
        let of_loss = |leaves: u64| {
            if levels.domain() <= 1 {
                0.0
            } else {
                (1.0 - num::to_f64(leaves) / domain) / (all - all / domain)
            }
        };
        let of_entropy = |bits: u64| num::to_f64(log2(n) - bits) / LOG_UNITS;
        let leaves_of_rows = dot(level.leaves(), &rows);
        let entropy_of_rows: i128 = rows.iter().map(|&n| weighted_log(n)).sum();
        let of_outside = i128::from(outside) * i128::from(log2(n));
        LevelCosts {
            leaves: level.leaves().to_vec(),
            leaves_of_rows,
            entropy_of_rows,
            loss: loss(levels.domain(), n, unsigned_to_f64(leaves_of_rows) / domain + num::to_f64(outside)),
            bits: wide_to_f64(entropy_of_rows + of_outside - fine_entropy) / LOG_UNITS,
            precision: num::to_f64(num::count(l)) / num::to_f64(num::count(height)),
            loss_gap: Gap::new(level.leaves().iter().zip(&rows).map(|(&a, &n)| (of_loss(a), n)).collect()),
            entropy_gap: Gap::new(entropy.iter().zip(&rows).map(|(&b, &n)| (of_entropy(b), n)).collect()),
            entropy,
        }
    }
}

/// L_i from the sum of shares.
fn loss(domain: u64, rows: u64, shares: f64) -> f64 {
    if domain <= 1 || rows == 0 {
        return 0.0;
    }
    let (n, domain) = (num::to_f64(rows), num::to_f64(domain));
    ((shares - n / domain) / (n - n / domain)).max(0.0)
}

fn dot(a: &[u64], rows: &[u64]) -> u128 {
    a.iter().zip(rows).map(|(&a, &n)| u128::from(a) * u128::from(n)).sum()
}

/// x to the weight; x itself for weight 1, so that requests without weights are computed as the formula says.
fn power(x: f64, weight: f64) -> f64 {
    if (weight - 1.0).abs() < f64::EPSILON { x } else { x.powf(weight) }
}

/// log2 n in units of 2^-40, rounded to nearest; 0 for 0.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= log2 n * 2^40 < 2^46")]
fn log2(n: u64) -> u64 {
    if n == 0 { 0 } else { (num::to_f64(n).log2() * LOG_UNITS).round() as u64 }
}

/// n log2 n: n rows, each with n rows alike.
fn weighted_log(n: u64) -> i128 {
    i128::from(n) * i128::from(log2(n))
}

/// Sums of products of two 64-bit numbers over fewer than 2^32 rows have at most 110 bits.
fn signed(sum: u128) -> i128 {
    i128::try_from(sum).unwrap_or(i128::MAX)
}

/// The nearest `f64`; exact below 2^53.
fn unsigned_to_f64(n: u128) -> f64 {
    wide_to_f64(signed(n))
}

/// 2^40: one unit is below 1e-12 bits.
const LOG_UNITS: f64 = 1_099_511_627_776.0;
