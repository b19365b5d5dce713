//! Decimal text to integers of a fixed number of decimals and back, exactly.
//!
//! Amounts of privacy never pass through binary fractions: ten spends of `0.1` are exactly `1`.

/// What to do with digits finer than the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finer {
    Refuse,
    RoundUp,
    RoundDown,
}

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not of the form `digits[.digits][e[+-]digits]`, or negative.
    Malformed,
    /// More decimals than the unit has.
    TooFine,
    /// Beyond 128 bits.
    TooLarge,
}

/// The number that `text` writes, in units of `10^-decimals`.
pub(super) fn parse(text: &str, decimals: u32, finer: Finer) -> Result<u128, Fault> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| Fault::Malformed)?),
        None => (text, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
        return Err(Fault::Malformed);
    }
    let fraction = fraction.trim_end_matches('0');
    let mut mantissa: u128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        mantissa = mantissa
            .checked_mul(10)
            .and_then(|m| m.checked_add(u128::from(digit - b'0')))
            .ok_or(Fault::TooLarge)?;
    }
    if mantissa == 0 {
        return Ok(0);
    }
    let shift = i64::from(exponent) + i64::from(decimals)
        - i64::try_from(fraction.len()).map_err(|_| Fault::TooFine)?;
    let power = u32::try_from(shift.unsigned_abs()).unwrap_or(u32::MAX);
    let power = 10u128.checked_pow(power);
    if shift >= 0 {
        return power.and_then(|p| mantissa.checked_mul(p)).ok_or(Fault::TooLarge);
    }
    // A power beyond 128 bits exceeds every mantissa: the quotient is 0 with a remainder.
    let (quotient, exact) = power.map_or((0, false), |p| (mantissa / p, mantissa.is_multiple_of(p)));
    match finer {
        _ if exact => Ok(quotient),
        Finer::Refuse => Err(Fault::TooFine),
        Finer::RoundUp => Ok(quotient + 1),
        Finer::RoundDown => Ok(quotient),
    }
}

/// The shortest plain decimal text of `units * 10^-decimals`.
pub(super) fn format(units: u128, decimals: u32) -> String {
    let one = 10u128.pow(decimals);
    let (whole, rest) = (units / one, units % one);
    if rest == 0 {
        return whole.to_string();
    }
    let width = usize::try_from(decimals).unwrap_or(0);
    let text = format!("{whole}.{rest:0width$}");
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimal_text_is_read_exactly_or_refused() {
        let cases: [(&str, Result<u128, Fault>); 18] = [
            ("1", Ok(1_000_000_000_000)),
            ("0.25", Ok(250_000_000_000)),
            (".5", Ok(500_000_000_000)),
            ("1e-6", Ok(1_000_000)),
            ("2.5E-3", Ok(2_500_000_000)),
            ("1e+1", Ok(10_000_000_000_000)),
            ("0.1000000000000000000000000000000000000000000000", Ok(100_000_000_000)),
            ("1e-12", Ok(1)),
            ("1e-13", Err(Fault::TooFine)),
            ("10e-13", Ok(1)),
            ("7000e-15", Ok(7)),
            ("0e-99", Ok(0)),
            ("1e99", Err(Fault::TooLarge)),
            ("", Err(Fault::Malformed)),
            (".", Err(Fault::Malformed)),
            ("-1", Err(Fault::Malformed)),
            ("1.2.3", Err(Fault::Malformed)),
            ("nan", Err(Fault::Malformed)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, 12, Finer::Refuse), expected, "{text}");
        }
        assert_eq!(parse("0.0000000000015", 12, Finer::RoundUp), Ok(2));
        assert_eq!(parse("0.0000000000015", 12, Finer::RoundDown), Ok(1));
        assert_eq!(parse("1e-300", 12, Finer::RoundUp), Ok(1));
        assert_eq!(parse("20e-13", 12, Finer::RoundUp), Ok(2));
    }

    proptest! {
        #[test]
        fn every_amount_is_the_reading_of_its_text(units in 0u128..u128::MAX / 2) {
            prop_assert_eq!(parse(&format(units, 12), 12, Finer::Refuse), Ok(units));
            prop_assert_eq!(parse(&format(units, 24), 24, Finer::Refuse), Ok(units));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.eE ]{0,60}") {
            let _ = parse(&text, 24, Finer::RoundUp);
        }
    }
}
