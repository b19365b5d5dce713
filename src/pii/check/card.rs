//! Issuer ranges of payment cards.

use super::luhn;

/// A card number that fits an issuer.
#[derive(Clone, Copy, Debug)]
pub(in crate::pii) struct Card {
    /// What was checked, for the reason.
    pub(in crate::pii) check: &'static str,
    /// Whether the issuer commonly uses this length, so that the number stands without a label.
    pub(in crate::pii) common: bool,
}

/// Whether `digits` lie in an issuer's range, have a length of that issuer and pass Luhn.
///
/// Source: ISO/IEC 7812 register as summarized by the networks' public BIN tables (Visa, Mastercard 2-series of
/// 2017, American Express, Discover, Diners Club, JCB, UnionPay, Mir, Maestro).
pub(in crate::pii) fn card(digits: &[u8]) -> Option<Card> {
    let length = digits.len();
    if !(12..=19).contains(&length) {
        return None;
    }
    let lead = digits[..6].iter().fold(0u32, |n, &d| n * 10 + u32::from(d));
    let range = RANGES.iter().find(|r| (r.0..=r.1).contains(&lead) && (r.2..=r.3).contains(&length))?;
    luhn(digits).then_some(Card { check: range.5, common: length == range.4 })
}

/// First and last leading six digits, least and greatest length, common length, what to say.
type Range = (u32, u32, usize, usize, usize, &'static str);

const RANGES: &[Range] = &[
    (400_000, 499_999, 13, 13, 16, "Luhn, Visa range"),
    (400_000, 499_999, 16, 16, 16, "Luhn, Visa range"),
    (400_000, 499_999, 19, 19, 16, "Luhn, Visa range"),
    (510_000, 559_999, 16, 16, 16, "Luhn, Mastercard range"),
    (222_100, 272_099, 16, 16, 16, "Luhn, Mastercard range"),
    (340_000, 349_999, 15, 15, 15, "Luhn, American Express range"),
    (370_000, 379_999, 15, 15, 15, "Luhn, American Express range"),
    (601_100, 601_199, 16, 19, 16, "Luhn, Discover range"),
    (644_000, 659_999, 16, 19, 16, "Luhn, Discover range"),
    (300_000, 305_999, 14, 14, 14, "Luhn, Diners Club range"),
    (309_500, 309_599, 14, 14, 14, "Luhn, Diners Club range"),
    (360_000, 369_999, 14, 14, 14, "Luhn, Diners Club range"),
    (380_000, 399_999, 14, 14, 14, "Luhn, Diners Club range"),
    (213_100, 213_199, 15, 15, 0, "Luhn, JCB range"),
    (180_000, 180_099, 15, 15, 0, "Luhn, JCB range"),
    (352_800, 358_999, 16, 19, 16, "Luhn, JCB range"),
    (620_000, 629_999, 16, 19, 16, "Luhn, UnionPay range"),
    (810_000, 817_199, 16, 19, 0, "Luhn, UnionPay range"),
    (220_000, 220_499, 16, 19, 16, "Luhn, Mir range"),
    (500_000, 509_999, 12, 19, 0, "Luhn, Maestro range"),
    (560_000, 589_999, 12, 19, 0, "Luhn, Maestro range"),
    (630_000, 639_999, 12, 19, 0, "Luhn, Maestro range"),
    (670_000, 679_999, 12, 19, 0, "Luhn, Maestro range"),
];
