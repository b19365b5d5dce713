//! What cannot be done, and the changes that would make it possible.

use super::{Anonymizer, allowed_rows};
use crate::{
    error::{Error, Result},
    kanon::{
        class::PackedKey,
        model::{Guarantee, PrivacyModel},
        search::Problem,
        tuples::Tuples,
    },
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

    /// The refusal of a search that found nothing: what would be found with more rows left out, a smaller k, or one
    /// column less.
    pub(super) fn infeasible<K: PackedKey>(&self, problem: &Problem<'_, K>, tuples: &Tuples) -> Error {
        let best = problem.least_suppressed() + tuples.outside_rows;
        let mut changes = vec![share_of_rows(tuples.rows, best)];
        changes.extend(problem.largest_k().filter(|&k| k >= 2).map(|k| format!("k_anonymity = {k}")));
        let names =
            self.columns.iter().enumerate().filter(|(column, _)| problem.is_feasible_without(*column));
        changes.extend(names.map(|(_, c)| format!("column '{}' dropped, or with a coarser level", c.name)));
        self.infeasible_until(tuples.rows, problem.max_suppressed_rows + tuples.outside_rows, best, &changes)
    }

    /// The refusal when the best leaves out `best` rows, and at most `allowed` of `rows` may be.
    pub(in crate::kanon) fn infeasible_rows(&self, rows: u64, allowed: u64, best: u64) -> Error {
        self.infeasible_until(rows, allowed, best, &[share_of_rows(rows, best)])
    }

    fn infeasible_until(&self, rows: u64, allowed: u64, best: u64, changes: &[String]) -> Error {
        let names: Vec<String> = self.models.iter().map(|m| m.name()).collect();
        Error::infeasible(&names.join(", "), allowed, rows, best, changes)
    }
}

/// The setting with which `best` of `rows` may be left out.
fn share_of_rows(rows: u64, best: u64) -> String {
    // Rounded up to 1e-6, then on until the share allows that many rows.
    let mut millionths = (best * 1_000_000).div_ceil(rows.max(1));
    while allowed_rows(rows, num::to_f64(millionths) / 1e6) < best {
        millionths += 1;
    }
    format!("max_suppressed = {}", num::to_f64(millionths) / 1e6)
}

impl<K: PackedKey> Problem<'_, K> {
    /// The largest k that some generalization meets, if k is all that is asked for.
    fn largest_k(&self) -> Option<u64> {
        let counts = self.classes(self.lattice.coarsest()).counts;
        let of_k = |m: &dyn PrivacyModel| {
            matches!(m.guarantee(), Some(Guarantee::KAnonymity { .. } | Guarantee::PersonK { .. }))
        };
        if !self.models.iter().all(|m| of_k(m.as_ref())) {
            return None;
        }
        let rows = counts.rows.iter().map(|&rows| u64::from(rows)).enumerate().filter(|c| c.1 > 0);
        let size = |class, rows| counts.persons.as_ref().map_or(rows, |p| p.of(class));
        let mut classes: Vec<(u64, u64)> = rows.map(|(class, rows)| (size(class, rows), rows)).collect();
        classes.sort_unstable();
        let (mut left_out, mut at) = (0, 0);
        let mut k = None;
        while at < classes.len() && left_out <= self.max_suppressed_rows {
            let size = classes[at].0;
            k = Some(size);
            while at < classes.len() && classes[at].0 == size {
                left_out += classes[at].1;
                at += 1;
            }
        }
        k
    }

    /// Whether some generalization meets the models when `column` is the same in all rows.
    fn is_feasible_without(&self, column: usize) -> bool {
        let top = self.lattice.coarsest();
        let classes = self.classes(top).without(self.layout.fields(), column);
        let judged = self.judge(&classes, top, u64::MAX);
        judged.is_some_and(|j| j.is_allowed && j.suppressed_rows <= self.max_suppressed_rows)
    }
}
