//! Fixed-point numbers of any precision that know how wrong they can be.
//!
//! Private, and rarely used: tables are made from them once, and a draw that the first 64 bits leave open
//! (once in 2^50 draws) is decided by them. So they are written to be read, not to be fast.

/// A number in `0 ≤ x < 2^64`, known to lie in `[value, value + slack]`, both in units of `2^(-64 places)`.
///
/// ```text
///   words   [ 2^-64·places | ... | 2^-128 | 2^-64 | 1 ]        least significant first
/// ```
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    words: Vec<u64>,
    slack: u64,
}

impl Fixed {
    /// Zero.
    pub(super) fn zero(places: usize) -> Self {
        Fixed { words: vec![0; places + 1], slack: 0 }
    }

    /// A whole number.
    pub(super) fn whole(value: u64, places: usize) -> Self {
        let mut number = Fixed::zero(places);
        number.words[places] = value;
        number
    }

    /// The number `0.d1 d2 ...` in base 2^64, whose digits after the given ones are zero; there are at most
    /// `places`.
    pub(super) fn from_digits(digits: &[u64], places: usize) -> Self {
        let mut number = Fixed::zero(places);
        number.words[..places].iter_mut().rev().zip(digits).for_each(|(word, digit)| *word = *digit);
        number
    }

    /// `numerator / denominator`, for a denominator of at least 1.
    pub(super) fn ratio(numerator: u64, denominator: u64, places: usize) -> Self {
        Fixed::whole(numerator, places).over(denominator)
    }

    /// The same of wider numbers: below 1, and a denominator below 2^127. Long division, bit by bit.
    fn fraction(numerator: u128, denominator: u128, places: usize) -> Self {
        let mut rest = numerator;
        let mut number = Fixed::zero(places);
        for word in number.words[..places].iter_mut().rev() {
            for bit in (0..64).rev() {
                rest <<= 1;
                if rest >= denominator {
                    rest -= denominator;
                    *word |= 1 << bit;
                }
            }
        }
        number.slack = 1;
        number
    }

    /// `exp(-numerator / denominator)`, for a denominator in `1..2^127`: `exp(-1)` as often as the quotient is
    /// whole, and the rest.
    pub(super) fn exp_of_minus(numerator: u128, denominator: u128, places: usize) -> Self {
        // exp(-45) < 2^-64, so beyond 45 for each place nothing is left but less than a unit.
        let whole = usize::try_from(numerator / denominator).ok().filter(|&whole| whole < 45 * places);
        let Some(mut whole) = whole else { return Fixed { words: vec![0; places + 1], slack: 1 } };
        let mut product = Fixed::exp_of_fraction(numerator % denominator, denominator, places);
        let half = Fixed::exp_of_fraction(1, 2, places);
        let mut power = half.times(&half);
        while whole > 0 {
            if whole % 2 == 1 {
                product = product.times(&power);
            }
            power = power.times(&power);
            whole /= 2;
        }
        product
    }

    /// `exp(-numerator / denominator)` by its alternating series, for a quotient below 1.
    fn exp_of_fraction(numerator: u128, denominator: u128, places: usize) -> Self {
        let exponent = Fixed::fraction(numerator, denominator, places);
        let mut term = Fixed::whole(1, places);
        let mut sums = [term.clone(), Fixed::zero(places)];
        for i in 1.. {
            term = term.times(&exponent).over(i);
            if term.is_nothing() {
                break;
            }
            sums[usize::from(i % 2 == 1)] = sums[usize::from(i % 2 == 1)].plus(&term);
        }
        // The terms fall, so what is left of the series is at most the first term left out, which is at
        // most its slack: on either side.
        let [mut even, odd] = sums;
        even.slack += term.slack;
        even.minus(&odd.widened(term.slack))
    }

    /// The sum.
    pub(super) fn plus(&self, other: &Fixed) -> Self {
        let mut carry = 0;
        let words = self.words.iter().zip(&other.words).map(|(&a, &b)| add(a, b, &mut carry)).collect();
        Fixed { words, slack: self.slack + other.slack }
    }

    /// The difference, for a difference that is not negative; its lower end is set to zero if it falls
    /// below.
    pub(super) fn minus(&self, other: &Fixed) -> Self {
        let other = Fixed { words: other.upper(), slack: other.slack };
        let mut borrow = 0;
        let words: Vec<u64> =
            self.words.iter().zip(&other.words).map(|(&a, &b)| subtract(a, b, &mut borrow)).collect();
        let slack = self.slack + other.slack;
        if borrow > 0 {
            return Fixed { words: vec![0; words.len()], slack };
        }
        Fixed { words, slack }
    }

    /// The product with a number of at most 1, for a number of at most 1.
    ///
    /// `(a + s)(b + t) ≤ ab + s + t + st` for `a, b ≤ 1`, and cutting `ab` off loses less than a unit.
    pub(super) fn times(&self, other: &Fixed) -> Self {
        let places = self.words.len() - 1;
        let mut product = vec![0u64; 2 * places + 2];
        for (i, &a) in self.words.iter().enumerate() {
            let mut carry = 0;
            for (j, &b) in other.words.iter().enumerate() {
                product[i + j] = multiply_add(a, b, product[i + j], &mut carry);
            }
            product[i + other.words.len()] = carry;
        }
        Fixed { words: product[places..=2 * places].to_vec(), slack: self.slack + other.slack + 2 }
    }

    /// The product with a whole number, which must stay below 2^64.
    pub(super) fn times_whole(&self, factor: u64) -> Self {
        let mut carry = 0;
        let words = self.words.iter().map(|&word| multiply_add(word, factor, 0, &mut carry)).collect();
        Fixed { words, slack: self.slack * factor }
    }

    /// The quotient by a whole number of at least 1.
    pub(super) fn over(&self, divisor: u64) -> Self {
        let mut rest = 0;
        let mut words: Vec<u64> =
            self.words.iter().rev().map(|&word| divide(word, divisor, &mut rest)).collect();
        words.reverse();
        Fixed { words, slack: self.slack / divisor + 2 }
    }

    /// The words after the point.
    pub(super) fn places(&self) -> usize {
        self.words.len() - 1
    }

    /// Whether the lower end is zero: the number is at most its slack.
    pub(super) fn is_nothing(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// The quotient by 2^64.
    pub(super) fn over_base(&self) -> Self {
        let words = self.words[1..].iter().copied().chain([0]).collect();
        // The slack moves out of sight, and so does the last word: less than a unit each.
        Fixed { words, slack: 2 }
    }

    /// Whether every number in `self` is below or equal to every number in `other`.
    pub(super) fn is_at_most(&self, other: &Fixed) -> bool {
        self.upper().iter().rev().le(other.words.iter().rev())
    }

    /// The word above the point and the first two after it, of the lower end.
    pub(super) fn lower_words(&self) -> [u64; 3] {
        leading(&self.words)
    }

    /// The same of the upper end, rounded up in the last of the three.
    pub(super) fn upper_words(&self) -> [u64; 3] {
        let mut unit = vec![0; self.words.len()];
        unit[self.words.len() - 3] = 1;
        leading(&Fixed { words: self.upper(), slack: 0 }.plus(&Fixed { words: unit, slack: 0 }).words)
    }

    fn widened(&self, slack: u64) -> Self {
        Fixed { words: self.words.clone(), slack: self.slack + slack }
    }

    fn upper(&self) -> Vec<u64> {
        let mut carry = self.slack;
        self.words.iter().map(|&word| add(word, 0, &mut carry)).collect()
    }
}

fn leading(words: &[u64]) -> [u64; 3] {
    let top = words.len() - 1;
    [words[top], words[top - 1], words[top - 2]]
}

fn add(a: u64, b: u64, carry: &mut u64) -> u64 {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(*carry);
    *carry = u64::from(first) + u64::from(second);
    sum
}

fn subtract(a: u64, b: u64, borrow: &mut u64) -> u64 {
    let (rest, first) = a.overflowing_sub(b);
    let (rest, second) = rest.overflowing_sub(*borrow);
    *borrow = u64::from(first) + u64::from(second);
    rest
}

#[allow(clippy::cast_possible_truncation, reason = "splits 128 bits into two words, losing none")]
fn multiply_add(a: u64, b: u64, c: u64, carry: &mut u64) -> u64 {
    let sum = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(*carry);
    *carry = (sum >> 64) as u64;
    sum as u64
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the rest is below the divisor, so the quotient is a word"
)]
fn divide(word: u64, divisor: u64, rest: &mut u64) -> u64 {
    let dividend = u128::from(*rest) << 64 | u128::from(word);
    *rest = (dividend % u128::from(divisor)) as u64;
    (dividend / u128::from(divisor)) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `exp(-n/d)` to 38 decimals, from a program of its own (integer Taylor series, Python).
    const EXPONENTIALS: [(u128, u128, &str); 7] = [
        (7, 2, "03019738342231850073978629236361984507"),
        (1, 1, "36787944117144232159552377016146086744"),
        (1, 2, "60653065971263342360379953499118045344"),
        (1, 64, "98449643700540840598698882969702036970"),
        (1, 128, "99221793826024351210593722611361783007"),
        (7, 9, "45942582403592661452600603587186783080"),
        (50, 1, "00000000000000000000019287498479639177"),
    ];

    /// The first 38 decimals of the lower and of the upper end.
    fn decimals(number: &Fixed) -> (String, String) {
        let read = |words: &[u64]| {
            let mut rest = Fixed { words: words.to_vec(), slack: 0 };
            let top = rest.words.len() - 1;
            let mut text = String::new();
            for _ in 0..38 {
                rest.words[top] = 0;
                rest = rest.times_whole(10);
                text.push_str(&rest.words[top].to_string());
            }
            text
        };
        (read(&number.words), read(&number.upper()))
    }

    #[test]
    fn exponentials_have_the_known_decimals_at_every_precision() {
        for (n, d, known) in EXPONENTIALS {
            for places in [3, 4, 5, 9] {
                let (lower, upper) = decimals(&Fixed::exp_of_minus(n, d, places));
                assert!(lower == known && upper == known, "exp(-{n}/{d}): {lower} {upper}");
            }
        }
    }

    #[test]
    fn ends_enclose_those_of_a_higher_precision() {
        let wide = (1 << 127) - 1;
        let nearly_one = 1 << 100; // the square of 2^-100 is less than a unit of three words
        for (n, d) in [
            (1, 1),
            (0, 1),
            (1, 3),
            (99, 100),
            (1, nearly_one),
            (1, wide),
            (wide - 1, wide),
            (100, 1),
            (wide, 2),
        ] {
            let fine = Fixed::exp_of_minus(n, d, 6);
            for places in 2..6 {
                let coarse = Fixed::exp_of_minus(n, d, places);
                assert!(coarse.slack < 100_000, "{n}/{d} at {places}: {}", coarse.slack);
                let padded = |words: Vec<u64>| {
                    let mut padded = vec![0; 6 - places];
                    padded.extend(words);
                    Fixed { words: padded, slack: 0 }
                };
                assert!(padded(coarse.words.clone()).is_at_most(&fine), "{n}/{d} at {places}");
                assert!(fine.is_at_most(&padded(coarse.upper())), "{n}/{d} at {places}");
            }
        }
    }

    /// The ends of a result are those of its parts: of a third, which no word holds, times three; of its multiples by a
    /// factor as large as a coin's; of a number less itself; of a last word that is rounded up into the third.
    #[test]
    fn ends_of_parts_and_multiples_enclose_the_exact_ones() {
        let end = |words: Vec<u64>| Fixed { words, slack: 0 };
        for places in [2, 3, 5] {
            let one = Fixed::whole(1, places);
            for divisor in [1, 2, 3, 10, 1 << 40, 1 << 62] {
                let part = Fixed::ratio(1, divisor, places);
                for factor in [1, 2, 3, 1 << 32, divisor] {
                    let multiple = part.times_whole(factor);
                    let upper = end(part.upper()).times_whole(factor);
                    assert!(upper.is_at_most(&end(multiple.upper())), "{factor}/{divisor} at {places}");
                }
                let whole = part.times_whole(divisor);
                assert!(end(whole.words.clone()).is_at_most(&one) && one.is_at_most(&end(whole.upper())));
                let nothing = part.minus(&part);
                assert!(nothing.is_nothing() && nothing.slack >= part.slack, "1/{divisor} at {places}");
            }
        }
        let digits = [7, 8, 9, 10, 1];
        assert_eq!(Fixed::from_digits(&digits, 5).upper_words(), [0, 7, 9]);
        assert_eq!(Fixed::from_digits(&digits, 5).lower_words(), [0, 7, 8]);
        assert_eq!(Fixed::from_digits(&[7, u64::MAX, 1], 3).upper_words(), [0, 8, 0]);
    }

    proptest! {
        /// Against 128-bit arithmetic: numbers a / 2^63 and b / 2^63 of at most 1.
        #[test]
        fn results_lie_within_their_ends(a in 0u64..=1 << 63, b in 0u64..=1 << 63, c in 1u64..1 << 60) {
            let number = |value: u64| Fixed::ratio(value, 1 << 63, 2);
            let unit = |value: &Fixed| {
                let [whole, first, second] = value.lower_words();
                (whole, u128::from(first) << 64 | u128::from(second), u128::from(value.slack))
            };
            let (x, y) = (number(a), number(b));
            let product = u128::from(a) * u128::from(b);
            let (whole, low, slack) = unit(&x.times(&y));
            // product / 2^126, in units of 2^-128.
            let exact = (product >> 126, product << 2);
            prop_assert!(u128::from(whole) == exact.0 && low <= exact.1 && exact.1 - low <= slack);
            let (_, low, slack) = unit(&x.over(c));
            let exact = ((u128::from(a) << 64) / u128::from(c)) << 1;
            prop_assert!(low <= exact + 2 && exact <= low + slack, "{low} {exact} {slack}");
            if a >= b {
                let (whole, low, slack) = unit(&x.minus(&y));
                let exact = u128::from(a - b) << 65;
                prop_assert!(whole == (a - b) >> 63 && low <= exact && exact - low <= slack);
                prop_assert!(!x.is_at_most(&y) || a == b);
                prop_assert!(y.is_at_most(&x) || x.minus(&y).lower_words()[1] < 8);
            }
        }
    }
}
