//! Inference: is the sensitive value of a person the one that most rows have which fit the person?
//!
//! \[GHAC23\], section 4.3: an attacker who knows some columns of a person guesses another from the nearest released rows.
//! Here near is what fits all known values. The guess is the most frequent value among those rows; of numbers with many
//! values it is their median, and right within 5 %, as there. Where no row fits, the guess is that over all rows: whoever
//! has the release knows as much.

use std::collections::HashMap;

use super::{
    cell::Cells,
    cell::Value,
    released::{Original, Released},
    report::Measured,
    share::Share,
};
use crate::num;

/// A sensitive column, as released and as it was.
pub(super) struct Sensitive<'a, 't> {
    pub(super) name: &'a str,
    pub(super) cells: &'a Cells<'t>,
    pub(super) original: &'a Original<'t>,
}

pub(super) fn measure(
    released: &Released<'_>,
    originals: &[Original<'_>],
    sensitive: &Sensitive<'_, '_>,
    (members, control): (&[usize], &[usize]),
    step: &mut dyn FnMut(),
) -> Measured {
    let columns: Vec<usize> = (0..originals.len()).collect();
    let mut guesser = Guesser::new(released, sensitive.cells);
    let mut share = |rows: &[usize]| {
        let hits = rows.iter().filter(|&&row| {
            step();
            let candidates = released.candidates(&released.wanted(&columns, originals, row));
            let guess = guesser.guess(&candidates);
            guess.is_some_and(|code| guesser.is_right(code, sensitive.original.value(row)))
        });
        Share::new(num::count(hits.count()), num::count(rows.len()))
    };
    let (attack, control) = (share(members), share(control));
    Measured::new("inference", attack, control).of_column(sensitive.name)
}

struct Guesser<'a, 't> {
    released: &'a Released<'t>,
    cells: &'a Cells<'t>,
    /// For numbers with many values: the number of each code.
    numbers: Option<Vec<f64>>,
    everybody: Option<u32>,
    of_class: HashMap<u32, Vec<(u32, u64)>>,
    /// Rows of each code among the classes that fit, between two guesses all 0.
    rows: Vec<u64>,
}

impl<'a, 't> Guesser<'a, 't> {
    fn new(released: &'a Released<'t>, cells: &'a Cells<'t>) -> Self {
        let present = cells.cells.iter().zip(&cells.rows).filter(|(_, rows)| **rows > 0);
        let many = present.clone().count() > MANY;
        let all_numbers = present.clone().all(|(cell, _)| Value::new(cell.label).number.is_some());
        let number_of = |label| Value::new(label).number.unwrap_or(f64::NAN);
        let numbers = (many && all_numbers).then(|| cells.cells.iter().map(|c| number_of(c.label)).collect());
        let all: Vec<(u32, u64)> =
            (0u32..).zip(&cells.rows).filter(|(_, r)| **r > 0).map(|(c, r)| (c, *r)).collect();
        let rows = vec![0; cells.rows.len()];
        let mut guesser =
            Guesser { released, cells, numbers, everybody: None, of_class: HashMap::new(), rows };
        guesser.everybody = guesser.best(all);
        guesser
    }

    /// The code that is guessed for somebody whom these classes fit.
    fn guess(&mut self, classes: &[u32]) -> Option<u32> {
        let mut counted = std::mem::take(&mut self.rows);
        let mut codes: Vec<u32> = Vec::new();
        for &class in classes {
            for &(code, rows) in self.values_of(class) {
                let so_far = &mut counted[num::index(code)];
                if *so_far == 0 {
                    codes.push(code);
                }
                *so_far += rows;
            }
        }
        let all = codes.iter().map(|&code| (code, std::mem::take(&mut counted[num::index(code)]))).collect();
        self.rows = counted;
        self.best(all).or(self.everybody)
    }

    fn values_of(&mut self, class: u32) -> &[(u32, u64)] {
        let (released, cells) = (self.released, self.cells);
        self.of_class.entry(class).or_insert_with(|| {
            let mut values: HashMap<u32, u64> = HashMap::new();
            for &row in released.rows_of.of(num::index(class)) {
                *values.entry(cells.column.codes()[num::index(row)]).or_default() += 1;
            }
            values.into_iter().collect()
        })
    }

    /// The median of numbers with many values, else the most frequent; of equally frequent ones that of all rows, else the
    /// smallest code.
    fn best(&self, mut values: Vec<(u32, u64)>) -> Option<u32> {
        let Some(numbers) = &self.numbers else {
            let in_all = |code: u32| self.cells.rows[num::index(code)];
            let key = |v: &(u32, u64)| (v.1, in_all(v.0), std::cmp::Reverse(v.0));
            return values.into_iter().max_by_key(key).map(|(code, _)| code);
        };
        values.sort_by(|a, b| numbers[num::index(a.0)].total_cmp(&numbers[num::index(b.0)]));
        let half = values.iter().map(|v| v.1).sum::<u64>().div_ceil(2);
        let mut below = 0;
        values.into_iter().find_map(|(code, rows)| {
            below += rows;
            (below >= half).then_some(code)
        })
    }

    fn is_right(&self, guess: u32, truth: &Value<'_>) -> bool {
        let cell = &self.cells.cells[num::index(guess)];
        let near = || {
            let (guess, truth) = (self.numbers.as_ref()?[num::index(guess)], truth.number?);
            Some((guess - truth).abs() <= NEAR * truth.abs())
        };
        cell.holds(truth) || near().unwrap_or(false)
    }
}

/// Numbers with more values than this are guessed by their median.
const MANY: usize = 20;
/// \[GHAC23\], section 5: a guess of a number is right within 5 % of it.
const NEAR: f64 = 0.05;
