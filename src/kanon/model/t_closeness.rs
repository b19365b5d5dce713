//! t-closeness: a class is distributed as the whole.

use super::{Class, Guarantee, Monotonicity, PrivacyModel, Reference, TOLERANCE, Whole, retained};
use crate::{
    error::{Error, Result},
    kanon::number::wide_to_f64,
    num,
};

/// The distance of a class's sensitive values from those of the whole is at most `t` (earth mover's distance).
///
/// # Guarantee
/// For all classes of the release, the distribution of the column in it is within distance `t` of that in the whole.
/// \[LLV07\] Li, Li, Venkatasubramanian, *t-closeness: privacy beyond k-anonymity and l-diversity*, ICDE 2007, section 4.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, Ground, PrivacyModel, TCloseness, Whole};
/// let whole = Whole::new(vec![50, 30, 20]);
/// let model = TCloseness::new("diagnosis", 0.2, Ground::Equal)?;
/// assert!(model.holds(&Class::new(10, 10, &[(0, 7), (1, 3)]).within(&whole)));
/// assert!(!model.holds(&Class::new(10, 10, &[(0, 8), (1, 2)]).within(&whole)));
/// let error = TCloseness::new("diagnosis", 2.0, Ground::Equal).unwrap_err();
/// assert_eq!(error.to_string(), "t must be in 0 <= t <= 1, got 2");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TCloseness {
    column: String,
    t: f64,
    ground: Ground,
    reference: Reference,
}

/// How far apart two different values are, from 0 to 1.
///
/// # Examples
/// A class with the two lowest of five salaries is 0.6 from the whole by shares alone. In the order of the values it is nearer,
/// since other salaries are near these two:
/// ```
/// use incog::{kanon::risk, table::{Column, Table}};
/// let table = Table::new([
///     ("zip", Column::from_values(["1", "1", "2", "2", "2"])?),
///     ("salary", Column::from_values(["3", "4", "5", "6", "7"])?),
/// ])?;
/// let salary = risk::measure(&table, &["zip"], &["salary"])?.sensitive["salary"];
/// let (equal, ordered) = (salary.t_equal, salary.t_ordered.expect("all values are numbers"));
/// assert!((equal - 0.6).abs() < 1e-9 && (ordered - 0.375).abs() < 1e-9);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Ground {
    /// All by 1: half the sum of absolute differences of the shares.
    Equal,
    /// By the number of steps between them in the order of the values, over the largest number. All values must be
    /// numbers.
    Ordered,
    /// By the level of the column's hierarchy at which they are the same, over its height.
    Hierarchical,
}

impl TCloseness {
    /// A distance of at most `t` in the distribution of `column`.
    ///
    /// # Errors
    /// `Parameter` unless 0 <= `t` <= 1.
    pub fn new(column: impl Into<String>, t: f64, ground: Ground) -> Result<Self> {
        if (0.0..=1.0).contains(&t) {
            Ok(TCloseness { column: column.into(), t, ground, reference: Reference::Input })
        } else {
            Err(Error::model_range("t", "0 <= t <= 1", t))
        }
    }

    /// The same, compared with `reference`.
    #[must_use]
    pub fn compared_with(mut self, reference: Reference) -> Self {
        self.reference = reference;
        self
    }

    /// How far apart values are.
    #[must_use]
    pub fn ground(&self) -> Ground {
        self.ground
    }
}

impl PrivacyModel for TCloseness {
    fn name(&self) -> String {
        let ground = match self.ground {
            Ground::Equal => "equal",
            Ground::Ordered => "ordered",
            Ground::Hierarchical => "hierarchical",
        };
        format!("{}-closeness of {} ({ground} distances)", self.t, self.column)
    }

    fn column(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        class
            .whole()
            .and_then(|whole| distance(class.values(), whole, self.ground))
            .is_some_and(|d| d <= self.t + TOLERANCE)
    }

    fn shortfall(&self, class: &Class<'_>) -> f64 {
        let distance = class.whole().and_then(|whole| distance(class.values(), whole, self.ground));
        if self.holds(class) { 0.0 } else { distance.map_or(1.0, |d| d - self.t) }
    }

    fn monotonicity(&self) -> Monotonicity {
        if self.reference == Reference::Input { Monotonicity::Closed } else { Monotonicity::None }
    }

    fn lost_rows(&self, class: &Class<'_>) -> u64 {
        let (Reference::Input, Some(whole)) = (self.reference, class.whole()) else { return 0 };
        let all: u64 = class.values().iter().map(|v| u64::from(v.1)).sum();
        let kept = match self.ground {
            Ground::Equal => retained::largest(class.values(), |s| whole.share(s), 1.0 - self.t - TOLERANCE),
            // One step costs 1 over their number, so the share that has to be moved is at most t times that.
            Ground::Ordered => {
                let Some(places) = whole.places() else { return 0 };
                let steps = places.iter().max().map_or(0, |&last| last + 1);
                // Unknown values are one more place, at the end.
                let codes = 0..whole.rows().len();
                let place: Vec<u32> = codes.map(|code| places.get(code).copied().unwrap_or(steps)).collect();
                let moved = (self.t + TOLERANCE) * f64::from(steps);
                if moved >= 1.0 { all } else { kept_by_groups(class.values(), whole, &place, moved) }
            }
            // What leaves its group at level i costs at least (i + 1) / height.
            Ground::Hierarchical => {
                let height = num::to_f64(num::count(whole.groups().len()));
                (0u32..)
                    .zip(whole.groups())
                    .map(|(level, group)| {
                        let moved = (self.t + TOLERANCE) * height / f64::from(level + 1);
                        if moved >= 1.0 { all } else { kept_by_groups(class.values(), whole, group, moved) }
                    })
                    .min()
                    .unwrap_or(all)
            }
        };
        all.saturating_sub(kept).max(1)
    }

    fn reference(&self) -> Reference {
        self.reference
    }

    fn guarantee(&self) -> Option<Guarantee<'_>> {
        Some(Guarantee::TCloseness {
            t: self.t,
            ground: self.ground,
            reference: self.reference,
            column: &self.column,
        })
    }
}

/// The distance of `values` from `whole`; none if the values have no such distance: no order, no hierarchy.
pub(super) fn distance(values: &[(u32, u32)], whole: &Whole, ground: Ground) -> Option<f64> {
    let rows: u64 = values.iter().map(|v| u64::from(v.1)).sum();
    if rows == 0 || whole.total() == 0 {
        return Some(0.0);
    }
    // All shares are over one denominator, the product of the two numbers of rows, so that sums are exact.
    let (n, all) = (i128::from(rows), i128::from(whole.total()));
    let excess = |code: u32, rows: u32| i128::from(rows) * all - i128::from(whole.rows_of(code)) * n;
    let denominator = num::to_f64(rows) * num::to_f64(whole.total());
    Some(match ground {
        Ground::Equal => {
            // What the class has more of than the whole is as much as what it has less of.
            let more: i128 = values.iter().map(|&(code, rows)| excess(code, rows).max(0)).sum();
            wide_to_f64(more) / denominator
        }
        Ground::Ordered => {
            let places = whole.places()?;
            let steps = num::index(places.iter().copied().max().map_or(0, |p| p + 1));
            // Unknown values are one more step, at the end.
            let unknown = whole.rows().len() > places.len();
            let mut at_place = vec![None; steps + usize::from(unknown)];
            let place = |code: u32| places.get(num::index(code)).map_or(steps, |&p| num::index(p));
            let of_whole = (0u32..).zip(whole.rows()).filter(|(_, rows)| **rows > 0);
            let of_whole = of_whole.map(|(code, &rows)| (code, -i128::from(rows) * n));
            for (code, excess) in of_whole.chain(values.iter().map(|&(c, rows)| (c, i128::from(rows) * all)))
            {
                *at_place[place(code)].get_or_insert(0i128) += excess;
            }
            // What no row of the whole has is no step, though a table that this is a part of may have it.
            let at_place: Vec<i128> = at_place.into_iter().flatten().collect();
            if at_place.len() < 2 {
                return Some(0.0);
            }
            let mut so_far = 0i128;
            let moved: i128 = at_place
                .iter()
                .map(|excess| {
                    so_far += excess;
                    so_far.abs()
                })
                .sum();
            wide_to_f64(moved) / denominator / num::to_f64(num::count(at_place.len() - 1))
        }
        Ground::Hierarchical => {
            let height = whole.groups().len();
            if height == 0 {
                return None;
            }
            let mut excesses: Vec<i128> = whole.rows().iter().map(|&rows| -i128::from(rows) * n).collect();
            for &(code, rows) in values {
                excesses[num::index(code)] += i128::from(rows) * all;
            }
            // From the leaves up, what is too much in one child of a group is moved to where it is too little in another.
            let mut group_of: Vec<u32> = (0u32..).take(excesses.len()).collect();
            let mut cost = 0.0;
            for (level, groups) in (1u32..).zip(whole.groups()) {
                let number = num::index(groups.iter().copied().max().map_or(0, |g| g + 1));
                let mut parent = vec![0u32; excesses.len()];
                for (code, &child) in group_of.iter().enumerate() {
                    parent[num::index(child)] = groups[code];
                }
                let (mut more, mut less) = (vec![0i128; number], vec![0i128; number]);
                for (&excess, &parent) in excesses.iter().zip(&parent) {
                    if excess > 0 {
                        more[num::index(parent)] += excess;
                    } else {
                        less[num::index(parent)] -= excess;
                    }
                }
                let moved: i128 = more.iter().zip(&less).map(|(a, b)| a.min(b)).sum();
                cost += wide_to_f64(moved) * f64::from(level) / num::to_f64(num::count(height));
                excesses = more.iter().zip(&less).map(|(a, b)| a - b).collect();
                group_of.clone_from(groups);
            }
            // What the topmost groups do not share is as far apart as can be.
            let outside: i128 = excesses.iter().map(|e| (*e).max(0)).sum();
            (cost + wide_to_f64(outside)) / denominator
        }
    })
}

/// The most rows that can be kept when at most a share `moved` may be outside of its group.
fn kept_by_groups(values: &[(u32, u32)], whole: &Whole, group: &[u32], moved: f64) -> u64 {
    let groups = num::index(group.iter().copied().max().map_or(0, |g| g + 1));
    let mut rows = vec![0u32; groups];
    for &(code, n) in values {
        rows[num::index(group[num::index(code)])] += n;
    }
    let mut share = vec![0.0; groups];
    for (code, &g) in (0u32..).zip(group) {
        share[num::index(g)] += whole.share(code);
    }
    let by_group: Vec<(u32, u32)> = (0u32..).zip(rows).filter(|(_, n)| *n > 0).collect();
    retained::largest(&by_group, |g| share[num::index(g)], 1.0 - moved)
}
