//! Date shifts: all dates of a person moved by the same secret number of days.
//!
//! What it leaves: the intervals between a person's dates, exactly, and the season, roughly. So whoever knows
//! one true date of a person knows all of them; whoever knows two may find the person by the interval. Dates
//! that many share (the start of a study, the outbreak of an epidemic, 29 February as a date of record) and
//! the edges of the period give the shift away for those persons whose dates lie there. A shift of at most
//! `d` days leaves `2 d` candidates for each date. A shifted date is pseudonymised, not more.

use std::fmt;

use hmac::{Hmac, Mac};
use jiff::{ToSpan, civil::Date};
use sha2::Sha256;

use crate::{
    error::{Error, Result},
    pseudonym::{
        Key, KeyId,
        key::{Purpose, checked_domain},
    },
    table::{Column, ColumnBuilder},
};

/// Shifts dates, per person.
///
/// # Guarantee
/// For all keys, domains, persons `p` and dates `a` and `b`: the shifted dates of `p`, where both are within
/// the calendar, are as many days apart as `a` and `b`, and each is 1 to `max_days` days from its own, earlier
/// or later. Over uniform keys, each of the `2 * max_days` shifts is equally likely, for each person
/// independently.
///
/// # Examples
/// ```
/// use incog::pseudonym::{DateShift, Key};
/// let shift = DateShift::new(&Key::generate()?, "readmission", 30)?;
/// let admitted = shift.shift("4711", "2024-02-27")?;
/// assert_ne!(admitted, "2024-02-27");
/// assert_eq!(admitted, shift.shift("4711", "2024-02-27")?);
/// assert!(shift.shift("4711", "2024-03-01T08:30:00")?.ends_with("T08:30:00"));
///
/// let error = shift.shift("4711", "27.02.2024").unwrap_err();
/// assert_eq!(error.to_string(), "not a date of the form YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS");
/// # Ok::<(), incog::Error>(())
/// ```
pub struct DateShift {
    mac: Hmac<Sha256>,
    max_days: u32,
    domain: String,
    key_id: KeyId,
}

impl DateShift {
    /// Shifts by 1 to `max_days` days for `domain`. Another `max_days` gives unrelated shifts.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty, or if `max_days` is not in 1 to 36,525.
    pub fn new(key: &Key, domain: &str, max_days: u32) -> Result<Self> {
        let domain = checked_domain(domain)?;
        if !(1..=MAX_DAYS).contains(&max_days) {
            return Err(Error::shift_limit(max_days, MAX_DAYS));
        }
        let sub_key = key.expand(Purpose::DateShift, &[domain, &max_days.to_string()]);
        Ok(DateShift { mac: sub_key.hmac(), max_days, domain: domain.to_owned(), key_id: key.id() })
    }

    /// The date, shifted by the days of `person`; a time of day stays as it is.
    ///
    /// # Errors
    /// `Value` if `date` is not a date of the form `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`, or if the shifted date
    /// would leave the years 0000 to 9999.
    pub fn shift(&self, person: &str, date: &str) -> Result<String> {
        let (day, time) = parse(date).ok_or_else(Error::not_a_date)?;
        shifted(day, time, self.days(person))
    }

    /// The column of dates, each shifted by the days of the person in the same row of `persons`; a missing date
    /// stays missing. `name` is the name of the dates for the messages.
    ///
    /// # Errors
    /// As [`shift`](Self::shift), with column and row; `Value` if a row has a date and no person; `Parameter` if
    /// the columns differ in length.
    pub fn column(&self, name: &str, dates: &Column, persons: &Column) -> Result<Column> {
        if dates.len() != persons.len() {
            return Err(Error::unequal_persons(dates.len(), persons.len()));
        }
        let days: Vec<i32> = persons.dictionary().map(|person| self.days(person)).collect();
        let parsed: Vec<Option<(Date, &str)>> = dates.dictionary().map(parse).collect();
        let mut column = ColumnBuilder::default();
        for (row, (&date, &person)) in dates.codes().iter().zip(persons.codes()).enumerate() {
            if Some(date) == dates.missing_code() {
                column.push_missing()?;
                continue;
            }
            let cell = match parsed[crate::num::index(date)] {
                None => Err(Error::not_a_date()),
                Some(_) if Some(person) == persons.missing_code() => Err(Error::date_without_person()),
                Some((day, time)) => shifted(day, time, days[crate::num::index(person)]),
            };
            column.push(&cell.map_err(|error| error.in_cell(name, Some(row)))?)?;
        }
        Ok(column.finish())
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// A uniform draw from `-max_days..=max_days` without 0.
    fn days(&self, person: &str) -> i32 {
        let max_days = i32::try_from(self.max_days).expect("at most MAX_DAYS");
        let shifts = u64::from(self.max_days) * 2;
        // Reject the incomplete last copy of the shifts at the top of the 64-bit range.
        let reject_from = u64::MAX - (u64::MAX % shifts + 1) % shifts;
        let mut round: u32 = 0;
        loop {
            let keyed = self.mac.clone().chain_update(round.to_be_bytes()).chain_update(person.as_bytes());
            let mac: [u8; 32] = keyed.finalize().into_bytes().into();
            for word in mac.as_chunks::<8>().0 {
                let draw = u64::from_be_bytes(*word);
                if draw <= reject_from {
                    let rank = i32::try_from(draw % shifts).expect("below twice MAX_DAYS");
                    // 0..shifts becomes -max_days..max_days, and its upper half moves up by one, past 0.
                    return if rank < max_days { rank - max_days } else { rank - max_days + 1 };
                }
            }
            round += 1;
        }
    }
}

impl fmt::Debug for DateShift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DateShift")
            .field("key_id", &self.key_id)
            .field("domain", &self.domain)
            .field("max_days", &self.max_days)
            .finish_non_exhaustive()
    }
}

fn shifted(day: Date, time: &str, days: i32) -> Result<String> {
    match day.checked_add(days.days()) {
        Ok(day) if day.year() >= 0 => Ok(format!("{day}{time}")),
        _ => Err(Error::date_out_of_range()),
    }
}

/// The day, and the rest of the text, which is empty or `T` and a time of day.
fn parse(text: &str) -> Option<(Date, &str)> {
    let (day, time) = text.split_at_checked(10)?;
    let [year, month, date] = numbers(day, "dddd-dd-dd")?;
    let day = Date::new(year, i8::try_from(month).ok()?, i8::try_from(date).ok()?).ok()?;
    if !time.is_empty() {
        let [hour, minute, second] = numbers(time, "Tdd:dd:dd")?;
        // 60 is a leap second.
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
    }
    Some((day, time))
}

/// The three numbers of `text`, which must look like `pattern`, with a digit for each `d`.
fn numbers(text: &str, pattern: &str) -> Option<[i16; 3]> {
    let fits =
        |(found, wanted): (u8, u8)| if wanted == b'd' { found.is_ascii_digit() } else { found == wanted };
    if text.len() != pattern.len() || !text.bytes().zip(pattern.bytes()).all(fits) {
        return None;
    }
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut next = || numbers.next()?.parse().ok();
    Some([next()?, next()?, next()?])
}

/// A century. Beyond it, nothing of a date is left that would be worth keeping.
const MAX_DAYS: u32 = 36_525;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_never_change_between_versions() {
        let shift = DateShift::new(&Key::from_bytes([7; 32]), "d", 30).unwrap();
        assert_eq!(shift.shift("4711", "2024-02-29").unwrap(), "2024-02-25");
    }

    #[test]
    fn all_shifts_but_zero_are_equally_likely() {
        // 60,000 persons over 6 shifts: standard deviation 91; 6 deviations: false alarm below 1e-7, key fixed.
        let shift = DateShift::new(&Key::from_bytes([7; 32]), "uniform", 3).unwrap();
        let mut cells = [0i32; 7];
        for person in 0..60_000 {
            cells[usize::try_from(shift.days(&person.to_string()) + 3).unwrap()] += 1;
        }
        assert_eq!(cells[3], 0);
        assert!([0, 1, 2, 4, 5, 6].iter().all(|&i| (cells[i] - 10_000).abs() < 550), "{cells:?}");
    }
}
