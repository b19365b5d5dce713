//! Draws from lists, and days as dates.

use rand::{RngExt, rngs::StdRng};

/// An item, each as often.
pub(super) fn pick<'a>(rng: &mut StdRng, from: &[&'a str]) -> &'a str {
    from[rng.random_range(0..from.len())]
}

/// An item, the first most often: the smaller of two uniform draws.
pub(super) fn skewed<'a>(rng: &mut StdRng, from: &[&'a str]) -> &'a str {
    from[rng.random_range(0..from.len()).min(rng.random_range(0..from.len()))]
}

/// The index of one of `weights`, in proportion to them.
pub(super) fn weighted(rng: &mut StdRng, weights: impl IntoIterator<Item = f64, IntoIter: Clone>) -> usize {
    let weights = weights.into_iter();
    let mut left = rng.random::<f64>() * weights.clone().sum::<f64>();
    let mut last = 0;
    for (i, weight) in weights.enumerate() {
        // Rounding may leave a little after the last weight; then it is the last one above zero.
        if weight > 0.0 {
            last = i;
        }
        if left < weight {
            return i;
        }
        left -= weight;
    }
    last
}

/// `YYYY-MM-DD` of a day since 1970-01-01.
pub(super) fn iso_date(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a day since 1970-01-01 in the Gregorian calendar, for days after 1600.
/// Years are counted from March, so that the leap day is their last: Hinnant, *chrono-Compatible Low-Level
/// Date Algorithms*, `civil_from_days`.
pub(super) fn civil(day: i64) -> (i64, usize, i64) {
    let day = day + 719_468;
    let (era, in_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * in_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, usize::try_from(month).expect("a month is 1 to 12"), in_year - (153 * from_march + 2) / 5 + 1)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a number of days below 10^5; fractions are dropped on purpose"
)]
pub(super) fn whole(days: f64) -> i64 {
    days as i64
}

/// The days as a real number.
#[allow(clippy::cast_precision_loss, reason = "a number of days below 10^5 is exact")]
pub(super) fn real(days: i64) -> f64 {
    days as f64
}

/// 2025-12-31. Fixed, so that a seed gives the same data in any year.
pub(super) const LAST_DAY: i64 = 20_453;
pub(super) const DAYS_PER_YEAR: f64 = 365.2425;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        // 11,016: 29 February 2000, a leap day in a century year.
        for (day, date) in
            [(0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (LAST_DAY, "2025-12-31")]
        {
            assert_eq!(iso_date(day), date);
        }
    }
}
