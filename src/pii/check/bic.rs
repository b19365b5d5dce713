//! Business identifier codes.

/// Whether it is a code of eight or eleven characters with a country that there is.
///
/// The party prefix is read as four letters: the standard allows digits, the registry does not give them out. A branch
/// starts with an X only as `XXX`. A wrong letter in the country is all that can be caught.
///
/// Source: ISO 9362:2022, 5; ISO 3166-1, and XK, which SWIFT uses for Kosovo.
pub(in crate::pii) fn bic(id: &[u8]) -> bool {
    let [party @ .., a, b, c, d] = &id[..id.len().min(8)] else { return false };
    let letters = |part: &[u8]| part.iter().all(u8::is_ascii_uppercase);
    let either = |part: &[u8]| part.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let branch = id.get(8..).unwrap_or_default();
    party.len() == 4
        && letters(party)
        && a.is_ascii_uppercase()
        && b.is_ascii_uppercase()
        && IN_USE[usize::from(a - b'A')] >> (b - b'A') & 1 == 1
        && either(&[*c, *d])
        && matches!(branch.len(), 0 | 3)
        && either(branch)
        && (branch.first() != Some(&b'X') || branch == b"XXX")
}

/// By first letter, a bit per second letter.
const IN_USE: [u32; 26] = {
    let (mut sets, mut i) = ([0; 26], 0);
    while i < COUNTRIES.len() {
        let [a, b] = [COUNTRIES.as_bytes()[i], COUNTRIES.as_bytes()[i + 1]];
        sets[(a - b'A') as usize] |= 1 << (b - b'A');
        i += 3;
    }
    sets
};

/// ISO 3166-1 alpha-2 and XK.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET \
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ \
    IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML \
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS \
    PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL \
    TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK ";

#[cfg(test)]
mod tests {
    use super::{COUNTRIES, bic};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_codes() {
        let valid = ["DEUTDEFF", "DEUTDEFF500", "HSBCGB2L", "BNPAFRPPXXX", "NBKOXKPR"];
        let invalid =
            ["DEUTXXFF", "DEUTDEF", "DEUTDEFF50", "DEUTDEFFXAB", "D3UTDEFF", "deutdeff", "DEUTDEFF500X"];
        tell_apart(bic, &valid, &invalid);
    }

    /// Digits stand in location and branch alone, where every digit is allowed.
    #[test]
    fn no_wrong_digit_is_caught() {
        assert_eq!(unnoticed(bic, b"HSBCGB21001"), 5 * 9);
    }

    #[test]
    fn there_are_249_countries_and_kosovo() {
        assert_eq!(COUNTRIES.len(), 250 * 3);
        assert!(COUNTRIES.split_ascii_whitespace().all(|c| c.len() == 2));
    }
}
