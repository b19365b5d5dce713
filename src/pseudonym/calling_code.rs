//! Telephone numbers to E.164, given the country of those that are written without one.
//!
//! Sources: ITU-T E.164 (11/2010), section 6: a country code of 1 to 3 digits, at most 15 digits in all; ITU
//! Operational Bulletin No. 1114, list of assigned country codes; ITU-T E.123 for how numbers are written;
//! the ITU's list of dialling procedures for the prefixes of countries that do not use 0 and 00.

use crate::error::{Error, Result};

/// The calling code of a country, as 49 or 1.
///
/// # Examples
/// ```
/// use incog::pseudonym::CallingCode;
/// assert!(CallingCode::new(49).is_ok());
/// let error = CallingCode::new(999).unwrap_err();
/// assert_eq!(error.to_string(), "999 is no calling code of a country; it is as 49 in +49 30 901820");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallingCode(u16);

impl CallingCode {
    /// The country that numbers without a country code belong to.
    ///
    /// # Errors
    /// `Parameter` if the code is not assigned.
    pub fn new(code: u16) -> Result<Self> {
        if is_assigned(code) { Ok(CallingCode(code)) } else { Err(Error::calling_code(code)) }
    }

    /// `+` and the digits of `written`, or none if it is no telephone number for certain.
    ///
    /// ```text
    ///   +49 (0)30 901820     international: + or the prefix that the default country dials; (0) is dropped
    ///   0049 30 901820
    ///   030 / 90 18-20       national: without the trunk prefix, behind the default code
    /// ```
    pub(super) fn international(self, written: &str) -> Option<String> {
        let (plus, rest) = match written.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        if !rest.chars().all(|c| c.is_ascii_digit() || SEPARATORS.contains(c)) {
            return None;
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        // (0) is how the trunk prefix is shown to those who are not to dial it.
        let dialled = digits(&rest.replacen("(0)", "", usize::from(!rest.starts_with("(0)"))));
        let number = match self.exit() {
            _ if plus => dialled,
            Some(exit) if dialled.starts_with(exit) => dialled[exit.len()..].to_owned(),
            // 001 1 .. and 0011 .. have been read as numbers of other countries.
            None if dialled.starts_with("00") => return None,
            _ => format!("{}{}", self.0, self.without_trunk(&dialled)),
        };
        is_number(&number).then(|| format!("+{number}"))
    }

    /// What is dialled before the code of another country, where that is one prefix for certain.
    const fn exit(self) -> Option<&'static str> {
        match self.0 {
            1 => Some("011"),
            7 | 375 => Some("810"),
            20
            | 27
            | 30..=49
            | 52
            | 54
            | 60
            | 63
            | 64
            | 84
            | 86
            | 90..=92
            | 350..=389
            | 420..=423
            | 966
            | 971 => Some("00"),
            _ => None,
        }
    }

    /// A national number without the prefix that is dialled inside of the country only.
    fn without_trunk(self, dialled: &str) -> &str {
        let (trunk, full) = match self.0 {
            // Fixed lengths: a first 1 or 8 may be a digit of the number.
            1 => ("1", Some(11)),
            7 => ("8", Some(11)),
            // 80 in Belarus.
            375 => ("80", None),
            36 => ("06", None),
            // The 0 is a part of the number.
            39 | 225 | 229 | 241 | 242 | 378 => return dialled,
            _ => ("0", None),
        };
        match dialled.strip_prefix(trunk) {
            Some(number) if full.is_none_or(|full| dialled.len() == full) => number,
            _ => dialled,
        }
    }
}

/// Whether `number` has the shape of E.164: an assigned code, and a length that numbers of it have.
fn is_number(number: &str) -> bool {
    // No code starts with 0, and 030 is not 30.
    if number.starts_with('0') {
        return false;
    }
    let code = (1..=3).find_map(|n| number.get(..n)?.parse().ok().filter(|&code| is_assigned(code)));
    match code {
        // ITU-T E.164, numbering plan of zone 1: three digits of area, from 2 on, and seven.
        Some(1) => number.len() == 11 && number.as_bytes()[1] >= b'2',
        Some(7) => number.len() == 11,
        Some(_) => (SHORTEST..=15).contains(&number.len()),
        None => false,
    }
}

fn is_assigned(code: u16) -> bool {
    ASSIGNED.iter().any(|codes| codes.contains(&code))
}

/// E.123 has spaces and parentheses; the others are common.
const SEPARATORS: &str = " -./()";

/// Niue and Saint Helena have numbers of seven digits with the code.
const SHORTEST: usize = 7;

const ASSIGNED: &[std::ops::RangeInclusive<u16>] = &[
    1..=1,
    7..=7,
    20..=20,
    211..=213,
    216..=216,
    218..=218,
    220..=258,
    260..=269,
    27..=27,
    290..=291,
    297..=299,
    30..=34,
    350..=359,
    36..=36,
    370..=378,
    380..=383,
    385..=387,
    389..=389,
    39..=41,
    420..=421,
    423..=423,
    43..=49,
    500..=509,
    51..=58,
    590..=599,
    60..=66,
    670..=670,
    672..=683,
    685..=692,
    800..=800,
    808..=808,
    81..=82,
    84..=84,
    850..=850,
    852..=853,
    855..=856,
    86..=86,
    870..=870,
    878..=878,
    880..=883,
    886..=886,
    888..=888,
    90..=95,
    960..=968,
    970..=977,
    979..=979,
    98..=98,
    992..=996,
    998..=998,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_the_start_of_another() {
        let assigned: Vec<String> = (0..=9999).filter(|&c| is_assigned(c)).map(|c| c.to_string()).collect();
        for code in &assigned {
            assert!(
                assigned.iter().all(|other| other == code || !other.starts_with(code.as_str())),
                "{code}"
            );
        }
    }

    #[test]
    fn written_forms_of_numbers() {
        // Numbers that the regulators keep for drama: Ofcom, Bundesnetzagentur, NANPA 555-01xx; else made up.
        let cases: [(u16, &str, Option<&str>); 47] = [
            (49, "+49 30 23125 000", Some("+493023125000")),
            (49, "+49 (0)30 23125 000", Some("+493023125000")),
            (49, "0049 30 23125-000", Some("+493023125000")),
            (49, "0049 (0) 30 23125-000", Some("+493023125000")),
            (49, "(0)30 23125-000", Some("+493023125000")),
            (49, "+49 (0)30 (0)23125-000", Some("+4930023125000")),
            (375, "8 017 234 56 78", Some("+375172345678")),
            (82, "001 65 6123 4567", None),
            (82, "+65 6123 4567", Some("+6561234567")),
            (49, "0049 (0)30 23125-000", Some("+493023125000")),
            (49, "(030) 23125/000", Some("+493023125000")),
            (49, "030.23125.000", Some("+493023125000")),
            (44, "020 7946 0958", Some("+442079460958")),
            (44, "+442079460958", Some("+442079460958")),
            (44, "+49 30 23125 000", Some("+493023125000")),
            (1, "(212) 555-0100", Some("+12125550100")),
            (1, "1-212-555-0100", Some("+12125550100")),
            (1, "+1 212.555.0100", Some("+12125550100")),
            (1, "011 44 20 7946 0958", Some("+442079460958")),
            (1, "555-0100", None),
            (1, "112-555-0100", None),
            (1, "212-555-01000", None),
            (49, "+1 212 555 010", None),
            (7, "8 (495) 123-45-67", Some("+74951234567")),
            (7, "495 123-45-67", Some("+74951234567")),
            (7, "810 49 30 23125000", Some("+493023125000")),
            (36, "06 1 234 5678", Some("+3612345678")),
            (36, "1 234 5678", Some("+3612345678")),
            (39, "06 1234 5678", Some("+390612345678")),
            (39, "+39 06 1234 5678", Some("+390612345678")),
            (34, "912 345 678", Some("+34912345678")),
            (45, "32 12 34 56", Some("+4532123456")),
            (41, "044 668 18 00", Some("+41446681800")),
            (49, "", None),
            (49, "+", None),
            (49, "0", None),
            (49, "110", None),
            (49, "00", None),
            (49, "+0 30 23125 000", None),
            (49, "+210 30 23125 000", None),
            (61, "0011 49 30 23125000", None),
            (49, "++49 30 23125 000", None),
            (49, "030 23125 ext. 7", None),
            (49, "030 23125x7", None),
            (1, "1-800-FLOWERS", None),
            (49, "+49 30 1234567890123", None),
            (49, "030\u{a0}23125000", None),
        ];
        for (code, written, expected) in cases {
            let got = CallingCode::new(code).unwrap().international(written);
            assert_eq!(got.as_deref(), expected, "{code} {written:?}");
            if let Some(number) = expected {
                for other in [1, 7, 36, 39, 49, 86] {
                    let again = CallingCode::new(other).unwrap().international(number);
                    assert_eq!(again.as_deref(), Some(number), "{other} {number}");
                }
            }
        }
    }
}
