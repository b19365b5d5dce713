//! What cannot be done, and the changes that would make it possible.

use super::{Anonymizer, allowed_rows};
use crate::{
    error::{Error, Result},
    kanon::{class::PackedKey, model::Guarantee, search::Problem, tuples::Tuples},
    num,
    table::{Column, Table},
};

impl Anonymizer {
    /// Refuses a k or an l that the whole table does not reach.
    pub(super) fn refuse_impossible(&self, tuples: &Tuples) -> Result<()> {
        let (size, counted) = match tuples.persons {
            Some(persons) => (persons, "persons"),
            None => (tuples.rows, "rows"),
        };
        let names = self.counted_names();
        let distinct = |column: &str| {
            let counted = names.iter().position(|n| n == column).map(|i| &tuples.counted[i].whole);
            counted.map_or(0, |whole| u64::from(whole.known()))
        };
        self.refuse_beyond(size, counted, distinct)
    }

    /// The same, for a table of which `person` names the persons.
    pub(in crate::kanon) fn refuse_impossible_k(
        &self,
        table: &Table,
        person: Option<&Column>,
        rows: u64,
    ) -> Result<()> {
        let (size, counted) = match person {
            Some(column) => (num::count(column.dictionary_len()), "persons"),
            None => (rows, "rows"),
        };
        let distinct = |name: &str| {
            let column = table.column(name);
            column.map_or(0, |c| num::count(c.dictionary_len()) - u64::from(c.missing_code().is_some()))
        };
        self.refuse_beyond(size, counted, distinct)
    }

    fn refuse_beyond(&self, size: u64, counted: &str, distinct: impl Fn(&str) -> u64) -> Result<()> {
        for model in &self.models {
            match model.guarantee() {
                Some(Guarantee::KAnonymity { k } | Guarantee::PersonK { k }) if k > size => {
                    return Err(Error::k_exceeds_table(k, counted, size));
                }
                Some(Guarantee::DistinctLDiversity { l, column }) if l > distinct(column) => {
                    return Err(Error::l_exceeds_column(l, column, distinct(column)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The refusal of a search that found nothing.
    pub(super) fn infeasible<K: PackedKey>(&self, problem: &Problem<'_, K>, tuples: &Tuples) -> Error {
        let best = problem.least_suppressed() + tuples.outside_rows;
        self.infeasible_rows(tuples.rows, problem.max_suppressed_rows + tuples.outside_rows, best)
    }

    /// The refusal when the best leaves out `best` rows, and at most `allowed` of `rows` may be.
    pub(in crate::kanon) fn infeasible_rows(&self, rows: u64, allowed: u64, best: u64) -> Error {
        // Rounded up to 1e-6, then on until the share allows that many rows.
        let mut millionths = (best * 1_000_000).div_ceil(rows.max(1));
        while allowed_rows(rows, num::to_f64(millionths) / 1e6) < best {
            millionths += 1;
        }
        let names: Vec<String> = self.models.iter().map(|m| m.name()).collect();
        Error::infeasible(
            &names.join(", "),
            allowed,
            rows,
            best,
            &format!("max_suppressed = {}", num::to_f64(millionths) / 1e6),
        )
    }
}
