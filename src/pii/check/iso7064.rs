//! Check digits of ISO/IEC 7064.

/// Whether the last of the digits' values is the check digit of the others in the hybrid system MOD 11,10. Catches every
/// single wrong digit.
///
/// Source: ISO/IEC 7064:2003, clause 9.
pub(in crate::pii) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((check, body)) = digits.split_last() else { return false };
    let product = body.iter().fold(10, |product, &digit| match (product + u32::from(digit)) % 10 {
        0 => 20 % 11,
        sum => sum * 2 % 11,
    });
    !body.is_empty() && (product + u32::from(*check)) % 10 == 1
}

#[cfg(test)]
mod tests {
    use super::mod_11_10;

    #[test]
    fn every_single_wrong_digit_is_caught() {
        // The example of the standard: 0794 has the check digit 5.
        let number = [0, 7, 9, 4, 5];
        assert!(mod_11_10(&number));
        for place in 0..number.len() {
            for step in 1..10 {
                let mut wrong = number;
                wrong[place] = (wrong[place] + step) % 10;
                assert!(!mod_11_10(&wrong), "place {place}, step {step}");
            }
        }
        assert!(!mod_11_10(&[]) && !mod_11_10(&[1]));
    }
}
