//! Verhoeff's check digit.

/// Whether the check digit fits the digits' values. Catches every single wrong digit and every swap of neighbors.
///
/// The digits are multiplied in the dihedral group of ten elements, each after its own power of a permutation.
///
/// Source: J. Verhoeff, *Error Detecting Decimal Codes*, Mathematical Centre Tract 29, Amsterdam 1969.
pub(in crate::pii) fn verhoeff(digits: &[u8]) -> bool {
    let product = digits.iter().rev().enumerate().try_fold(0, |product, (place, &digit)| {
        let moved = (0..place % 8).try_fold(digit, |d, _| PERMUTATION.get(usize::from(d)).copied())?;
        (moved < 10).then(|| multiply(product, moved))
    });
    digits.len() > 1 && product == Some(0)
}

/// In the dihedral group: 0 to 4 are rotations of a pentagon, 5 to 9 the same after a reflection.
fn multiply(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// Verhoeff's permutation, (1 5 8 9 4 2 7 0)(3 6).
const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

#[cfg(test)]
mod tests {
    use super::{multiply, verhoeff};

    #[test]
    fn the_group_is_a_group_that_does_not_commute() {
        for a in 0..10 {
            assert_eq!((multiply(a, 0), multiply(0, a)), (a, a));
            assert_eq!((0..10).filter(|&b| multiply(a, b) == 0).count(), 1);
            for (b, c) in (0..10).flat_map(|b| (0..10).map(move |c| (b, c))) {
                assert_eq!(multiply(multiply(a, b), c), multiply(a, multiply(b, c)));
            }
        }
        assert_ne!(multiply(1, 5), multiply(5, 1));
    }

    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbors_is_caught() {
        // 236 with check digit 3 is the usual example of the scheme.
        assert!(verhoeff(&[2, 3, 6, 3]));
        let number = [2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 6];
        assert!(verhoeff(&number));
        for place in 0..number.len() {
            for step in 1..10 {
                let mut wrong = number;
                wrong[place] = (wrong[place] + step) % 10;
                assert!(!verhoeff(&wrong), "place {place}, step {step}");
            }
            let mut swapped = number;
            swapped.swap(place, (place + 1) % number.len());
            assert!(place + 1 == number.len() || !verhoeff(&swapped), "place {place}");
        }
        assert!(!verhoeff(&[200, 3]) && !verhoeff(&[0]) && !verhoeff(&[]));
    }
}
