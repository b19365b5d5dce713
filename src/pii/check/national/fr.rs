//! Checks on identifiers of France.

use crate::pii::check::{
    digits::{digits, number},
    luhn,
};

/// Social security number: sex, year and month of birth, department, commune, order, key modulo 97. Catches every single
/// wrong digit if the key is given.
///
/// The key may be left out. Months above 12 stand for dates that are not known. Corsica's departments 2A and 2B count as
/// 19 and 18.
///
/// Source: INSEE, "Numéro de sécurité sociale / NIR"; Décret n° 82-103 du 22 janvier 1982, art. 4; Arrêté of 1 June 2022.
pub(in crate::pii) fn nir(id: &[u8]) -> bool {
    let (body, key) = match id.len() {
        13 => (id, None),
        15 => match digits::<2>(&id[13..]) {
            Some(key) => (&id[..13], Some(u64::from(number(&key)))),
            None => return false,
        },
        _ => return false,
    };
    let (department, place) = match (body[5], body[6]) {
        (b'2', b'A') => (19, *b"19"),
        (b'2', b'B') => (18, *b"18"),
        (tens, ones) => (0, [tens, ones]),
    };
    let (Some(head), Some(place), Some(tail)) =
        (digits::<5>(&body[..5]), digits::<2>(&place), digits::<6>(&body[7..]))
    else {
        return false;
    };
    let value = u64::from(number(&head)) * 100_000_000
        + u64::from(number(&place)) * 1_000_000
        + u64::from(number(&tail));
    matches!(head[0], 1..=4 | 7 | 8)
        && matches!(number(&head[3..]), 1..=12 | 20 | 30..=42 | 50..=99)
        && (department > 0 || number(&place) > 0)
        && number(&tail[..3]) > 0
        && number(&tail[3..]) > 0
        && key.is_none_or(|key| key == 97 - value % 97)
}

/// Number of an establishment: Luhn over all fourteen digits and over the nine of its company. Catches every single
/// wrong digit.
///
/// Establishments of La Poste have a sum of digits that 5 divides instead.
///
/// Source: INSEE, "Identifiant SIRET" and "Identifiant SIREN"; INSEE on SIREN 356 000 000.
pub(in crate::pii) fn siret(id: &[u8]) -> bool {
    let Some(d) = digits::<14>(id) else { return false };
    let post =
        number(&d[..9]) == 356_000_000 && d.iter().map(|&d| u32::from(d)).sum::<u32>().is_multiple_of(5);
    number(&d[..9]) > 0 && luhn(&d[..9]) && (luhn(&d) || post)
}

#[cfg(test)]
mod tests {
    use super::{nir, siret};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The specimen of the Carte Vitale, a common example, Corsica computed, and one without a key.
        let valid = ["269054958815780", "255081416802538", "189092A12345695", "2690549588157"];
        let invalid = [
            "269054958815781", // key
            "569054958815727", // sex
            "269154958815746", // month
            "269050058815745", // department
            "269054900015766", // commune
            "2690549588157800",
            "26905495881578",
        ];
        tell_apart(nir, &valid, &invalid);
        // The usual example; La Poste's seat and two of its establishments.
        let valid = ["73282932000074", "35600000000048", "35600000049837", "35600000000001"];
        tell_apart(siret, &valid, &["73282932000075", "00000000000000", "7328293200007", "73282931000075"]);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(nir, b"269054958815780"), 0);
        assert_eq!(unnoticed(siret, b"73282932000074"), 0);
    }
}
