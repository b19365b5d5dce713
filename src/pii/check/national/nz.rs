//! Checks on identifiers of New Zealand.

use crate::pii::check::digits::{digits, number, weighted};

/// Inland Revenue number: 10,000,000 to 200,000,000, a check digit modulo 11 by one set of weights, or by a second one
/// where the first gives 10.
///
/// A wrong digit always changes what the first set gives. It passes only by way of the second: about every tenth in
/// numbers that have their check digit from there, few in the others.
///
/// Source: Inland Revenue, *Resident withholding tax and non-resident withholding tax specification*, "IRD number
/// validation"; upper end since numbers of 150 million and more are given out.
pub(in crate::pii) fn ird(id: &[u8]) -> bool {
    let d = match id.len() {
        8 => digits::<8>(id).map(|[a, b, c, d, e, f, g, h]| [0, a, b, c, d, e, f, g, h]),
        _ => digits::<9>(id),
    };
    let Some(d) = d else { return false };
    let digit = |weights: &[u8]| (11 - weighted(weights, &d[..8]) % 11) % 11;
    let expected = match digit(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => digit(&[7, 4, 3, 2, 5, 2, 7, 6]),
        first => first,
    };
    (10_000_000..=200_000_000).contains(&number(&d)) && expected == u32::from(d[8])
}

#[cfg(test)]
mod tests {
    use super::ird;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The examples of the specification.
        let valid = ["49091850", "049091850", "35901981", "49098576", "136410132"];
        tell_apart(ird, &valid, &["136410133", "9125568", "09125568", "210000000", "49091851"]);
    }

    #[test]
    fn single_wrong_digits_are_caught_unless_a_set_agrees_by_chance() {
        assert_eq!(unnoticed(ird, b"49091850"), 0);
        assert_eq!(unnoticed(ird, b"35901981"), 1);
        // From the second set: 72 changes in front of the check digit, of which a tenth makes the first set give it.
        assert_eq!(unnoticed(ird, b"136410132"), 8);
    }
}
