//! Microaggregation: numbers are replaced by the mean of a group of at least k rows.
//!
//! The groups are those of MDAV: the row farthest from the mean of all that are left, with its k - 1 nearest,
//! then the row farthest from that one, with its own; until fewer than 2k are left. \[DT05\] Domingo-Ferrer,
//! Torra, *Ordinal, continuous and heterogeneous k-anonymity through microaggregation*, Data Mining and Knowledge
//! Discovery 11(2), 2005 (MDAV-generic). Columns are scaled to unit variance first, so that none outweighs the
//! others by its unit.
//!
//! MDAV compares each group's center with all rows that are left: its time grows with the square of the rows. A
//! larger table is first cut at medians into blocks, so that the time stays linear; no group crosses a block.

use crate::{
    error::{Error, Result},
    kanon::code,
    num,
    table::Column,
};

/// Columns of numbers in which every row equals at least k - 1 others on all of them.
///
/// # Guarantee
/// For all tables, each combination of the released values of the columns stands in at least `k` rows, or there
/// are none.
///
/// # Examples
/// ```
/// use incog::{kanon::Microaggregation, table::Column};
/// let age = Column::from_values(["21", "22", "24", "60", "61", "65"])?;
/// let grouped = Microaggregation::new(&[("age", &age)], 3, 1)?;
/// assert_eq!(grouped.columns()[0].1.cell(0), Some("22.3"));
/// assert_eq!(grouped.columns()[0].1.cell(5), Some("62.0"));
/// assert!(grouped.loss() < 0.02);
/// let words = Column::from_values(["many", "2", "3"])?;
/// assert_eq!(
///     Microaggregation::new(&[("age", &words)], 3, 1).unwrap_err().to_string(),
///     "column 'age', row 1: not a number; microaggregation takes numbers, correct the row or generalize the column"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct Microaggregation {
    columns: Vec<(String, Column)>,
    group_of_row: Vec<u32>,
    groups: u64,
    loss: f64,
}

impl Microaggregation {
    /// Groups of at least `k` rows; means with `decimals` digits after the point.
    ///
    /// # Errors
    /// `Parameter` if `k` is below 2, if there is no column, or beyond 15 decimals; `Value` with column and row if a
    /// cell is missing or no number; `Refused` if there are fewer than `k` rows.
    pub fn new(columns: &[(&str, &Column)], k: u64, decimals: usize) -> Result<Self> {
        if k < 2 {
            return Err(Error::k_too_small(k));
        }
        if decimals > MAX_DECIMALS {
            return Err(Error::decimals_of_means(decimals, MAX_DECIMALS));
        }
        let Some(rows) = columns.first().map(|c| c.1.len()) else { return Err(Error::no_quasi_identifier()) };
        if rows > 0 && num::count(rows) < k {
            return Err(Error::k_exceeds_table(k, "rows", num::count(rows)));
        }
        let k = usize::try_from(k).unwrap_or(usize::MAX);
        let raw = columns.iter().map(|(name, column)| numbers(name, column)).collect::<Result<Vec<_>>>()?;
        let scaled: Vec<Vec<f64>> = raw.iter().map(|c| standardized(c)).collect();
        // In the order of their values, so that nothing depends on the order of rows.
        let mut order: Vec<u32> = (0..code(rows)).collect();
        order.sort_by(|&a, &b| {
            let pair = |c: &Vec<f64>| c[num::index(a)].total_cmp(&c[num::index(b)]);
            raw.iter().map(pair).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        let points: Vec<f64> =
            order.iter().flat_map(|&r| scaled.iter().map(move |c| c[num::index(r)])).collect();
        let width = columns.len();
        let mut group_of_point = vec![0u32; rows];
        let mut groups = 0u32;
        for block in blocks(&points, width, k) {
            mdav(&points, width, k, block, &mut group_of_point, &mut groups);
        }
        let mut group_of_row = vec![0; rows];
        for (&row, &group) in order.iter().zip(&group_of_point) {
            group_of_row[num::index(row)] = group;
        }
        let (mut within, mut total) = (0.0, 0.0);
        let mut released = Vec::with_capacity(width);
        for ((name, _), values) in columns.iter().zip(&raw) {
            // Summed in the order of values.
            let in_order = || order.iter().zip(&group_of_point).map(|(&r, &g)| (values[num::index(r)], g));
            let (mut sums, mut sizes) = (vec![0.0; num::index(groups)], vec![0u64; num::index(groups)]);
            for (value, group) in in_order() {
                sums[num::index(group)] += value;
                sizes[num::index(group)] += 1;
            }
            let means: Vec<f64> = sums.iter().zip(&sizes).map(|(s, &n)| s / num::to_f64(n.max(1))).collect();
            let mean = sums.iter().sum::<f64>() / num::to_f64(num::count(rows.max(1)));
            let spread: f64 = in_order().map(|(v, _)| (v - mean).powi(2)).sum();
            if spread > 0.0 {
                within += in_order().map(|(v, g)| (v - means[num::index(g)]).powi(2)).sum::<f64>() / spread;
                total += 1.0;
            }
            let labels: Vec<String> = means.iter().map(|m| format!("{m:.decimals$}")).collect();
            released.push(((*name).to_owned(), Column::from_codes(group_of_row.clone(), labels)?));
        }
        let loss = if total > 0.0 { within / total } else { 0.0 };
        Ok(Microaggregation { columns: released, group_of_row, groups: u64::from(groups), loss })
    }

    /// The columns with means in place of their values, in the order given.
    #[must_use]
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }

    /// The group of each row.
    #[must_use]
    pub fn group_of_row(&self) -> &[u32] {
        &self.group_of_row
    }

    /// Number of groups.
    #[must_use]
    pub fn groups(&self) -> u64 {
        self.groups
    }

    /// The share of the variance that is lost: sum of squares within groups over that of all, mean over columns.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss
    }
}

fn numbers(name: &str, column: &Column) -> Result<Vec<f64>> {
    let of_value: Vec<Option<f64>> =
        column.dictionary().map(|v| v.trim().parse().ok().filter(|x: &f64| x.is_finite())).collect();
    column
        .codes()
        .iter()
        .zip(1u64..)
        .map(|(&c, row)| of_value[num::index(c)].ok_or_else(|| Error::not_a_number_to_average(name, row)))
        .collect()
}

/// Scaled to mean 0 and variance 1; zeros if all are equal.
fn standardized(values: &[f64]) -> Vec<f64> {
    let n = num::to_f64(num::count(values.len().max(1)));
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mean = sorted.iter().sum::<f64>() / n;
    let deviation = (sorted.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    values.iter().map(|v| if deviation > 0.0 { (v - mean) / deviation } else { 0.0 }).collect()
}

/// Numbers of points, cut at medians of the widest column until each block is small enough for MDAV.
fn blocks(points: &[f64], width: usize, k: usize) -> Vec<Vec<u32>> {
    let most = BLOCK.max(k.saturating_mul(4));
    let (mut open, mut done) =
        (vec![(0..code(points.len() / width.max(1))).collect::<Vec<u32>>()], Vec::new());
    while let Some(mut block) = open.pop() {
        if block.len() <= most {
            done.push(block);
            continue;
        }
        let value = |p: u32, c: usize| points[num::index(p) * width + c];
        let span = |c: usize| {
            let (low, high) = block
                .iter()
                .fold((f64::MAX, f64::MIN), |(low, high), &p| (low.min(value(p, c)), high.max(value(p, c))));
            high - low
        };
        let widest = (0..width).max_by(|&a, &b| span(a).total_cmp(&span(b)).then(b.cmp(&a))).unwrap_or(0);
        let middle = block.len() / 2;
        block.select_nth_unstable_by(middle, |&a, &b| {
            value(a, widest).total_cmp(&value(b, widest)).then(a.cmp(&b))
        });
        let mut right = block.split_off(middle);
        block.sort_unstable();
        right.sort_unstable();
        open.extend([right, block]);
    }
    done
}

/// Groups the points of `left`, and numbers the groups from `groups` on.
fn mdav(points: &[f64], width: usize, k: usize, mut left: Vec<u32>, group_of: &mut [u32], groups: &mut u32) {
    let point = |p: u32| &points[num::index(p) * width..][..width];
    let distance = |a: &[f64], p: u32| -> f64 { a.iter().zip(point(p)).map(|(x, y)| (x - y).powi(2)).sum() };
    let farthest = |from: &[f64], left: &[u32]| {
        left.iter().copied().max_by(|&a, &b| distance(from, a).total_cmp(&distance(from, b)).then(b.cmp(&a)))
    };
    let mut take = |center: u32, left: &mut Vec<u32>| {
        let from = point(center).to_vec();
        let mut by_distance: Vec<(f64, u32)> = left.iter().map(|&p| (distance(&from, p), p)).collect();
        let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if k < by_distance.len() {
            by_distance.select_nth_unstable_by(k - 1, order);
        }
        for &(_, p) in by_distance.iter().take(k) {
            group_of[num::index(p)] = *groups;
        }
        *left = by_distance.iter().skip(k).map(|d| d.1).collect();
        left.sort_unstable();
        *groups += 1;
    };
    while left.len() >= 3 * k {
        let Some(first) = farthest(&mean(points, width, &left), &left) else { break };
        take(first, &mut left);
        let Some(second) = farthest(point(first), &left) else { break };
        take(second, &mut left);
    }
    if left.len() >= 2 * k
        && let Some(first) = farthest(&mean(points, width, &left), &left)
    {
        take(first, &mut left);
    }
    if !left.is_empty() {
        for &p in &left {
            group_of[num::index(p)] = *groups;
        }
        *groups += 1;
    }
}

fn mean(points: &[f64], width: usize, of: &[u32]) -> Vec<f64> {
    let mut sum = vec![0.0; width];
    for &p in of {
        sum.iter_mut().zip(&points[num::index(p) * width..][..width]).for_each(|(s, x)| *s += x);
    }
    let n = num::to_f64(num::count(of.len().max(1)));
    sum.iter_mut().for_each(|s| *s /= n);
    sum
}

/// Rows that MDAV takes on at once: a block of this size at k = 10 is some 0.1 s.
const BLOCK: usize = 4096;
/// A double has no more digits to tell.
const MAX_DECIMALS: usize = 15;
