//! Civil dates.

/// Whether the day exists and someone alive could have been born then: 1880 to 2100.
///
/// Source: the Gregorian calendar (Inter gravissimas, 1582): a leap year is divisible by 4, not by 100 unless by 400.
/// By hand, since the crate's calendar library makes an error value of every day that does not exist, and most numbers
/// are no dates.
pub(in crate::pii) fn civil(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1880..=2100).contains(&year) && (1..=days).contains(&day)
}

#[cfg(all(test, feature = "pseudonym"))]
mod tests {
    use super::civil;

    #[test]
    fn every_day_of_the_calendar_library_and_no_other() {
        for year in 1879u32..=2101 {
            for (month, day) in (0..=13u32).flat_map(|month| (0..=32u32).map(move |day| (month, day))) {
                let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
                let (Ok(y), Ok(m), Ok(d)) = parts else { continue };
                let expected = (1880..=2100).contains(&year) && jiff::civil::Date::new(y, m, d).is_ok();
                assert_eq!(civil(year, month, day), expected, "{year}-{month}-{day}");
            }
        }
    }
}
