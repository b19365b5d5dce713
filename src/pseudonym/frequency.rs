//! What the frequencies of a column give away, whatever its values are called.
//!
//! A token hides how a value is spelled, not how often it occurs. Whoever knows that one diagnosis in five is
//! `I10` looks for the token of a fifth of the rows; no key is needed.
//! Naveed, Kamara, Wright, *Inference Attacks on Property-Preserving Encrypted Databases*, CCS 2015.

use std::fmt;

use crate::{num, table::Column};

/// Counts and shares of a column; never its values.
///
/// # Examples
/// ```
/// use incog::{pseudonym::Frequency, table::Column};
/// let sexes = Column::from_values(["f", "m"].repeat(50))?;
/// let report = Frequency::of(&sexes);
/// assert_eq!((report.rows, report.distinct, report.entropy), (100, 2, 1.0));
/// assert!(report.guessable);
///
/// let numbers = Column::from_values((0..100).map(|i| i.to_string()))?;
/// assert_eq!(Frequency::of(&numbers).warning(), None);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Frequency {
    /// Rows that hold a value.
    pub rows: u64,
    /// Rows whose cell is missing; they count for nothing else here.
    pub missing: u64,
    /// Distinct values.
    pub distinct: u64,
    /// Shannon entropy of the shares, in bits: 0 if all rows are equal, log2 of `rows` if none are.
    pub entropy: f64,
    /// The ten largest groups of equal rows, the largest first.
    pub most_frequent: Vec<Share>,
    /// Whether the largest group can be told by its size: it has ten rows or more, and five in a hundred of
    /// all or so many more than the next that another sample of as many rows would have the same two in the
    /// same order (the difference of the two counts is above three standard deviations, which is sqrt(a + b)
    /// for counts a, b).
    pub guessable: bool,
}

/// A group of equal rows.
///
/// # Examples
/// Tokens hide none of this:
/// ```
/// use incog::{pseudonym::Frequency, table::Column};
/// let diagnoses = Column::from_values(["flu", "flu", "flu", "angina"])?;
/// for group in &Frequency::of(&diagnoses).most_frequent {
///     println!("{} rows, {:.0} %", group.rows, 100.0 * group.share);
/// }
/// # assert_eq!(Frequency::of(&diagnoses).most_frequent[0].share, 0.75);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Share {
    /// Rows of the group.
    pub rows: u64,
    /// Their share of all rows that hold a value.
    pub share: f64,
}

impl Frequency {
    /// The frequencies of `column`.
    #[must_use]
    pub fn of(column: &Column) -> Self {
        let mut by_code = vec![0u64; column.dictionary_len()];
        column.codes().iter().for_each(|&code| by_code[num::index(code)] += 1);
        let missing = column.missing_code().map_or(0, |code| std::mem::take(&mut by_code[num::index(code)]));

        // No two codes have one value; a dictionary may hold one that no row has.
        let mut tally = Tally::default();
        by_code.into_iter().filter(|&count| count > 0).for_each(|count| tally.add(count));
        tally.frequency(missing)
    }

    /// Its figures on one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = format!(
            "{} distinct values in {} rows ({} missing), entropy {:.2} bits",
            self.distinct, self.rows, self.missing, self.entropy
        );
        if !self.most_frequent.is_empty() {
            let shares: Vec<String> = self.most_frequent.iter().map(|s| percent(s.share)).collect();
            text.push_str(&format!("; most frequent: {}", shares.join(", ")));
        }
        text
    }

    /// The sentence for a column whose most frequent value can be told by its share alone.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let first = self.most_frequent.first().filter(|_| self.guessable)?;
        let next = self.most_frequent.get(1).map_or_else(
            || "it is the only one".to_owned(),
            |next| format!("the next has {}", percent(next.share)),
        );
        Some(format!(
            "the most frequent of {} values has {} of the rows, and {next}: whoever knows how frequent that value is \
             knows its token; drop the column, or generalize it first",
            self.distinct,
            percent(first.share)
        ))
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        match self.warning() {
            Some(warning) => write!(f, "\nwarning: {warning}"),
            None => Ok(()),
        }
    }
}

/// Frequencies from counts that come one by one, in any order, in little memory.
#[derive(Default)]
pub(crate) struct Tally {
    rows: u64,
    distinct: u64,
    /// The sum of `c log2 c` over the counts.
    logs: f64,
    /// The largest counts, the largest first.
    largest: Vec<u64>,
}

impl Tally {
    /// One more value, which `count` rows have.
    pub(crate) fn add(&mut self, count: u64) {
        self.rows += count;
        self.distinct += 1;
        self.logs += num::to_f64(count) * num::to_f64(count).log2();
        let place = self.largest.partition_point(|&other| other >= count);
        if place < SHOWN {
            self.largest.truncate(SHOWN - 1);
            self.largest.insert(place, count);
        }
    }

    /// The frequencies; `missing` more rows have no value.
    pub(crate) fn frequency(self, missing: u64) -> Frequency {
        let rows = num::to_f64(self.rows);
        // Of shares c / n, the sum of -c/n log2(c/n).
        let entropy = if self.rows == 0 { 0.0 } else { rows.log2() - self.logs / rows };
        Frequency {
            rows: self.rows,
            missing,
            distinct: self.distinct,
            // What is 0 may come out as a little less.
            entropy: entropy.max(0.0),
            most_frequent: self
                .largest
                .iter()
                .map(|&count| Share { rows: count, share: num::to_f64(count) / rows })
                .collect(),
            guessable: guessable(&self.largest, self.rows),
        }
    }
}

/// `counts`: the largest ones, the largest first.
fn guessable(counts: &[u64], rows: u64) -> bool {
    let [first, rest @ ..] = counts else { return false };
    let next = rest.first().copied().unwrap_or(0);
    let apart = first - next;
    // In integers: apart > 3 sqrt(first + next), and first / rows >= 1 / 20.
    let stands_out = u128::from(apart) * u128::from(apart) > 9 * (u128::from(*first) + u128::from(next));
    *first >= LEAST_ROWS && (stands_out || u128::from(*first) * 20 >= u128::from(rows))
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// Groups that are shown.
const SHOWN: usize = 10;

/// A share of fewer rows says little about the share in the population.
const LEAST_ROWS: u64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(groups: &[usize]) -> Frequency {
        let cells = groups.iter().enumerate().flat_map(|(i, &n)| vec![format!("CANARY-{i}"); n]);
        Frequency::of(&Column::from_values(cells).unwrap())
    }

    #[test]
    fn reports_by_hand() {
        let report = of(&[1, 2, 4, 1]);
        assert_eq!((report.rows, report.missing, report.distinct), (8, 0, 4));
        // 1/2 * 1 + 1/4 * 2 + 2 * 1/8 * 3
        assert!((report.entropy - 1.75).abs() < 1e-12);
        let shares: Vec<(u64, f64)> = report.most_frequent.iter().map(|s| (s.rows, s.share)).collect();
        assert_eq!(shares, [(4, 0.5), (2, 0.25), (1, 0.125), (1, 0.125)]);
        assert!(!report.guessable, "four rows say nothing");

        let empty = of(&[]);
        assert_eq!((empty.rows, empty.distinct, empty.entropy, empty.guessable), (0, 0, 0.0, false));
        assert_eq!(empty.to_string(), "0 distinct values in 0 rows (0 missing), entropy 0.00 bits");
        assert_eq!(of(&[5]).entropy.to_bits(), 0f64.to_bits(), "no negative zero");
        assert_eq!(of(&[3; 40]).most_frequent.len(), SHOWN);
    }

    #[test]
    fn what_can_be_told_by_its_share() {
        for (groups, expected) in [
            (vec![9], false),
            (vec![10], true),
            (vec![20, 20], true),
            // 1/20 of the rows, then a little less, equal to all others.
            (vec![10; 20], true),
            (vec![10; 21], false),
            // 900 against 800 and 10,000 others: 100 is below 3 sqrt(1700) = 124; 930: 130 against 125.
            ([&[900, 800][..], &[10; 2000]].concat(), false),
            ([&[930, 800][..], &[10; 2000]].concat(), true),
            ([&[9][..], &[1; 2000]].concat(), false),
            ([&[15][..], &[1; 2000]].concat(), true),
        ] {
            let report = of(&groups);
            assert_eq!(report.guessable, expected, "{report}");
            assert_eq!(report.warning().is_some(), expected);
            assert!(!report.to_string().contains("CANARY") && !format!("{report:?}").contains("CANARY"));
        }
    }

    #[test]
    fn missing_cells_and_double_entries_of_a_dictionary_count_once() {
        let mut builder = crate::table::ColumnBuilder::default();
        builder.push("a").unwrap();
        builder.push_missing().unwrap();
        builder.push_missing().unwrap();
        let report = Frequency::of(&builder.finish());
        assert_eq!((report.rows, report.missing, report.distinct), (1, 2, 1));
        let twice = Column::from_codes(vec![0, 1, 1], ["same", "same", "unused"]).unwrap();
        let report = Frequency::of(&twice);
        assert_eq!((report.rows, report.distinct, report.most_frequent[0].rows), (3, 1, 3));
    }
}
