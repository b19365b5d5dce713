//! Luhn's check digit.

/// Whether the check digit fits; digits as values or in ASCII. Catches every single wrong digit.
///
/// Source: ISO/IEC 7812-1, annex B; US patent 2,950,048.
pub(in crate::pii) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| {
            let d = u32::from(d & 15) << (i % 2);
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::luhn;

    #[test]
    fn every_single_wrong_digit_is_caught() {
        let number: Vec<u8> = b"4111111111111111".iter().map(|b| b - b'0').collect();
        assert!(luhn(&number));
        for place in 0..number.len() {
            for step in 1..10 {
                let mut wrong = number.clone();
                wrong[place] = (wrong[place] + step) % 10;
                assert!(!luhn(&wrong), "place {place}, step {step}");
            }
        }
    }
}
