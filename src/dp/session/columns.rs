//! The columns that a query reads, found in the records.

use std::collections::HashMap;

use crate::{
    dp::{
        PrivacyUnit, Query, Unreadable,
        aggregate::{NO_GROUP, Numbers, Persons},
        query::{Groups, Keys},
        records::Records,
        session::select::in_order,
    },
    error::Result,
    num,
};

/// Persons, groups and numbers by row.
pub(in crate::dp) struct Columns<'a> {
    pub(in crate::dp) persons: Persons<'a>,
    /// The group of each row, or [`NO_GROUP`] if it is left out; none if all rows are in the one group.
    pub(in crate::dp) places: Option<Vec<u32>>,
    pub(in crate::dp) numbers: Option<Numbers<'a>>,
    /// The keys that places stand for, if keys are to be selected.
    pub(in crate::dp) keys: Vec<String>,
}

impl<'a> Columns<'a> {
    /// The columns of `query`.
    ///
    /// # Errors
    /// `Refused` if one is not there, or holds numbers where texts or codes are needed.
    pub(in crate::dp) fn find(unit: &PrivacyUnit, query: &Query, records: &Records<'a>) -> Result<Self> {
        let persons = records.persons(unit.column())?;
        let numbers = query.column().map(|column| records.numbers_of(column)).transpose()?;
        let (mut places, keys) = match &query.groups {
            Some(groups) => {
                let (places, keys) = group_of_each_row(groups, records)?;
                (Some(places), keys)
            }
            None => (None, Vec::new()),
        };
        let rows = persons.codes.len();
        let mut leave_out = |test: &dyn Fn(usize) -> bool| {
            let places = places.get_or_insert_with(|| vec![0; rows]);
            let out = places.iter_mut().enumerate().filter(|(row, _)| test(*row));
            out.for_each(|(_, place)| *place = NO_GROUP);
        };
        if let Some(condition) = &query.only {
            let met = condition.rows(records)?;
            leave_out(&|row| !met[row]);
        }
        if let (Some(numbers), Unreadable::LeftOut) = (&numbers, query.rule()) {
            leave_out(&|row| numbers.at(row).is_nan());
        }
        Ok(Columns { persons, places, numbers, keys })
    }
}

/// The place of each row's value among the public keys, or [`NO_GROUP`]; or among all values, and these.
fn group_of_each_row(groups: &Groups, records: &Records<'_>) -> Result<(Vec<u32>, Vec<String>)> {
    let (codes, (of_code, keys)) = match &groups.keys {
        Keys::Public(keys) => {
            let places: HashMap<&str, u32> = keys.iter().map(String::as_str).zip(0..).collect();
            let place =
                |cell: Option<&str>| cell.and_then(|cell| places.get(cell).copied()).unwrap_or(NO_GROUP);
            let (codes, of_code) = records.texts(&groups.column, place)?;
            (codes, (of_code, Vec::new()))
        }
        Keys::Selected(..) => {
            let (codes, texts) = records.texts(&groups.column, |cell| cell.map(str::to_owned))?;
            (codes, in_order(&texts))
        }
    };
    Ok((codes.iter().map(|&code| of_code[num::index(code)]).collect(), keys))
}
