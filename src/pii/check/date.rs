//! Civil dates.

use jiff::civil::Date;

/// Whether the day exists and someone alive could have been born then: 1880 to 2100.
///
/// Source: the Gregorian calendar, through `jiff`.
pub(in crate::pii) fn civil(year: u32, month: u32, day: u32) -> bool {
    let (Ok(year), Ok(month), Ok(day)) = (i16::try_from(year), i8::try_from(month), i8::try_from(day)) else {
        return false;
    };
    (1880..=2100).contains(&year) && Date::new(year, month, day).is_ok()
}
