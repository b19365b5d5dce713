//! The values of a sensitive column, numbered by what they are.

use super::{
    hierarchy::{Levels, TOP},
    model::Whole,
};
use crate::{num, table::Column};

/// Codes that do not depend on the order of rows: known values by number or text, then missing and suppressed ones.
#[derive(Clone, Debug)]
pub(crate) struct Coding {
    codes: Vec<u32>,
    known: u32,
    /// The first known value that is no number.
    no_number: Option<u32>,
    places: Vec<u32>,
    groups: Vec<Vec<u32>>,
}

impl Coding {
    /// Of the dictionary of `column`, in which `unknown` values say nothing, like missing ones and `*`; `levels` are its
    /// hierarchy, if it has one.
    pub(crate) fn new(column: &Column, unknown: &[String], levels: Option<&Levels>) -> Self {
        let values: Vec<&str> = column.dictionary().collect();
        let is_known = |code: usize| {
            Some(code) != column.missing_code().map(num::index)
                && values[code] != TOP
                && !unknown.iter().any(|u| u == values[code])
        };
        let number = |v: &&str| v.trim().parse::<f64>().ok().filter(|x| x.is_finite());
        // -0 and 0 are one number.
        let numbers: Vec<Option<f64>> = values.iter().map(|v| number(v).map(|x| x + 0.0)).collect();
        let no_number = (0u32..).zip(&numbers).find(|(c, n)| n.is_none() && is_known(num::index(*c)));
        let no_number = no_number.map(|(code, _)| code);
        let by_number = no_number.is_none();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| {
            let numeric = match (numbers[a], numbers[b]) {
                (Some(x), Some(y)) if by_number => x.total_cmp(&y),
                _ => std::cmp::Ordering::Equal,
            };
            is_known(b).cmp(&is_known(a)).then(numeric).then_with(|| values[a].cmp(values[b]))
        });
        let mut codes = vec![0u32; values.len()];
        for (new, &old) in (0u32..).zip(&order) {
            codes[old] = new;
        }
        let known: Vec<usize> = order.iter().copied().filter(|&c| is_known(c)).collect();
        let mut places = Vec::new();
        if by_number {
            let mut place = 0;
            for (i, &code) in known.iter().enumerate() {
                // Two spellings of one number are one step.
                let before = i.checked_sub(1).and_then(|before| numbers[known[before]]);
                if before.is_some_and(|x| numbers[code].is_some_and(|y| x.total_cmp(&y).is_ne())) {
                    place += 1;
                }
                places.push(place);
            }
        }
        let groups = levels.map_or_else(Vec::new, |levels| {
            let group = |l: usize| order.iter().map(|&code| levels.level(l).codes()[code]).collect();
            (1..=levels.height()).map(group).collect()
        });
        let known = u32::try_from(known.len()).expect("codes are 32 bits");
        Coding { codes, known, no_number, places, groups }
    }

    /// The new code of each code of the dictionary.
    pub(crate) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The first code of the dictionary that is a known value and no number.
    pub(crate) fn no_number(&self) -> Option<u32> {
        self.no_number
    }

    /// The distribution in which each new code has these rows.
    pub(crate) fn whole(&self, rows: Vec<u64>) -> Whole {
        Whole::new(rows)
            .with_known(self.known)
            .with_places(self.places.clone())
            .with_groups(self.groups.clone())
    }
}
