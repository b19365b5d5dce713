//! Whether two values got the same token, and how often each occurs, in bounded memory.
//!
//! A token shows 80 bits of a keyed digest. Of each value the first 128 bits are kept: values whose first 80 agree and
//! whose others do not are unequal and have one token, which would join them. Equal values agree in all. So no value is
//! kept, and no pair of unequal ones is missed but by chance 2^-48 of a chance that is itself below 2^-80 for each pair.

use std::path::PathBuf;

use super::shuffle::Shuffle;
use crate::{
    error::{Error, Result},
    pseudonym::{Frequency, Tally},
};

/// Digests of the values of one column, each with the first row that has it.
pub(super) struct Collisions {
    column: String,
    held: Vec<Seen>,
    most: usize,
    spill: Spill,
}

/// A digest, the first row that has it, and how many have it. Ordered by digest, then by row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    digest: u128,
    row: u64,
    rows: u64,
}

/// Where digests go that memory has no room for.
enum Spill {
    /// Nowhere: a plan writes nothing.
    Nowhere,
    /// They went nowhere.
    Given,
    To(PathBuf),
    In(Box<Shuffle>),
}

impl Collisions {
    /// Of the tokens of `column`. At most `most` digests are held, and as many put in order at a time; others go to
    /// `folder`, or are given up without one.
    pub(super) fn new(column: &str, most: usize, folder: Option<PathBuf>) -> Self {
        let spill = folder.map_or(Spill::Nowhere, Spill::To);
        Collisions { column: column.to_owned(), held: Vec::new(), most: most.max(2), spill }
    }

    /// The value of `row` (from 1) has `digest`.
    pub(super) fn add(&mut self, digest: u128, row: u64) -> Result<()> {
        if matches!(self.spill, Spill::Given) {
            return Ok(());
        }
        self.held.push(Seen { digest, row, rows: 1 });
        if self.held.len() < self.most {
            return Ok(());
        }
        self.merge();
        // Half of it free, or the next merge comes too soon.
        if self.held.len() <= self.most / 2 {
            return Ok(());
        }
        self.spill = match std::mem::replace(&mut self.spill, Spill::Given) {
            Spill::Nowhere | Spill::Given => Spill::Given,
            Spill::To(folder) => {
                let budget = self.most * size_of::<Seen>();
                Spill::In(Box::new(Shuffle::new(Some(folder), budget)))
            }
            open => open,
        };
        self.empty()
    }

    /// Of which column the tokens are.
    pub(super) fn column(&self) -> &str {
        &self.column
    }

    /// Whether digests were given up, so that no collision is known of.
    pub(super) fn is_incomplete(&self) -> bool {
        matches!(self.spill, Spill::Given)
    }

    /// Refuses if two values have the same token. Says how the values of `rows` rows are spread, unless that is not known.
    pub(super) fn finish(mut self, rows: u64) -> Result<Option<Frequency>> {
        self.merge();
        if self.is_incomplete() {
            return Ok(None);
        }
        let (mut before, mut tally, mut present): (Option<Seen>, _, _) = (None, Tally::default(), 0);
        let mut take = |seen: Seen| {
            present += seen.rows;
            match &mut before {
                // Of equal digests the first row comes first, and is the one to name.
                Some(other) if other.digest == seen.digest => other.rows += seen.rows,
                Some(other) if other.digest >> SHOWN == seen.digest >> SHOWN => {
                    let (first, second) = (other.row.min(seen.row), other.row.max(seen.row));
                    let row = usize::try_from(second - 1).ok();
                    return Err(Error::token_collision(first).in_cell(&self.column, row));
                }
                _ => {
                    if let Some(done) = before.replace(seen) {
                        tally.add(done.rows);
                    }
                }
            }
            Ok(())
        };
        match self.spill {
            Spill::In(mut shuffle) => {
                for seen in std::mem::take(&mut self.held) {
                    shuffle.push(seen.digest, &seen.spilled())?;
                }
                shuffle.for_each(&mut |digest, spilled| take(Seen::read(digest, spilled)))?;
            }
            _ => self.held.iter().try_for_each(|&seen| take(seen))?,
        }
        if let Some(last) = before {
            tally.add(last.rows);
        }
        Ok(Some(tally.frequency(rows - present)))
    }

    /// One entry a digest, with its first row.
    fn merge(&mut self) {
        self.held.sort_unstable();
        self.held.dedup_by(|later, first| {
            let same = later.digest == first.digest;
            first.rows += if same { later.rows } else { 0 };
            same
        });
    }

    fn empty(&mut self) -> Result<()> {
        if let Spill::In(shuffle) = &mut self.spill {
            for seen in &self.held {
                shuffle.push(seen.digest, &seen.spilled())?;
            }
        }
        self.held = Vec::new();
        Ok(())
    }
}

impl Seen {
    /// Row and rows, so that the order of bytes is that of rows.
    fn spilled(&self) -> [u8; 16] {
        (u128::from(self.row) << 64 | u128::from(self.rows)).to_be_bytes()
    }

    fn read(digest: u128, spilled: &[u8]) -> Seen {
        let (row, rows) = spilled.split_at_checked(8).unwrap_or_default();
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_be_bytes);
        Seen { digest, row: number(row), rows: number(rows) }
    }
}

/// Bits of a digest that its token does not show.
const SHOWN: u32 = 128 - 80;

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(value: u64) -> u128 {
        u128::from(value).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    }

    fn folder() -> PathBuf {
        std::env::temp_dir().join(format!("incog-collisions-{}", std::process::id()))
    }

    /// 1,000 values, four rows each; the last bit of one of them differs in one row.
    fn run(most: usize, folder: Option<PathBuf>, colliding: bool) -> (bool, Result<Option<Frequency>>) {
        let mut collisions = Collisions::new("mrn", most, folder);
        for row in 1..=4000 {
            let other = colliding && row == 3007;
            collisions.add(digest(row % 1000) ^ u128::from(other), row).unwrap();
        }
        (collisions.is_incomplete(), collisions.finish(4007))
    }

    #[test]
    fn a_collision_is_found_with_its_rows_however_little_memory_there_is() {
        for most in [10_000, 1500, 100] {
            let (incomplete, result) = run(most, Some(folder()), true);
            let error = result.expect_err("two values have one token").to_string();
            assert!(!incomplete);
            assert!(error.starts_with("column 'mrn', row 3007: its value and that of row 7"), "{error}");
            // An error ends the run, and with it its folder.
            let _ = std::fs::remove_dir_all(folder());
            let shares = run(most, Some(folder()), false).1.expect("no collision").expect("all is known");
            assert_eq!((shares.rows, shares.missing, shares.distinct), (4000, 7, 1000), "{most}");
            assert!((shares.entropy - 1000f64.log2()).abs() < 1e-9 && !shares.guessable);
            assert!(!folder().exists(), "no file is left over");
        }
    }

    #[test]
    fn a_plan_says_when_it_has_too_little_memory() {
        let (incomplete, result) = run(10_000, None, true);
        assert!(!incomplete && result.is_err());
        let (incomplete, result) = run(100, None, true);
        assert!(incomplete && result.is_ok_and(|shares| shares.is_none()));
    }
}
