//! Places on earth.

use super::Kind;
use crate::pii::{
    context::Context,
    recognizer::{Haystack, Proposal, closes, opens},
};

/// A pair of latitude and longitude whose first digit is at `at`: `48.858370, 2.294481`, `48.8584° N, 2.2945° E`,
/// `50°15'55.2"N 67°02'50.2"E`. Without signs of degrees or quarters a label must announce it.
///
/// Source: ISO 6709, annex D, for the forms; WGS 84 for the ranges.
pub(in crate::pii) fn coordinates(
    context: &Context<'_>,
    at: usize,
    out: &mut Vec<Proposal>,
) -> Option<usize> {
    let hay = context.hay;
    let signed = matches!(hay.before(at), b'-' | b'+');
    // A letter of its own, `N 50°` or `N50°`, and not the last one of a word.
    let gap = usize::from(hay.before(at) == b' ');
    let letter = at.wrapping_sub(1 + gap);
    let quarter = matches!(hay.at(letter), b'N' | b'S') && !hay.before(letter).is_ascii_alphanumeric();
    let mut start = at - usize::from(signed);
    let leading = quarter && !signed;
    if leading {
        start = letter;
    }
    if !opens(hay, start) {
        return None;
    }
    let first = angle(hay, at, *b"NS", 90, leading)?;
    let mut next = hay.run(first.end, 1, |b| matches!(b, b',' | b';' | b'/'));
    next = hay.run(next, 2, |b| b == b' ');
    if next == first.end {
        return None;
    }
    let mut from = next;
    let second_leading = leading && matches!(hay.at(from), b'E' | b'W');
    if second_leading {
        from = hay.run(from + 1, 1, |b| b == b' ');
    }
    from = hay.run(from, 1, |b| matches!(b, b'-' | b'+'));
    let second = angle(hay, from, *b"EW", 180, second_leading)?;
    if leading != second_leading || !(closes(hay, second.end) || hay.before(second.end) == b'"') {
        return None;
    }
    let marked = (first.marked || leading) && (second.marked || second_leading);
    let fraction = first.decimals.min(second.decimals);
    let label = context.around(start, second.end, Kind::GPS_COORDINATES).own();
    let permille = match (label, marked) {
        (Some(_), true) => 980,
        (Some(_), false) if fraction >= 1 => 950,
        (None, true) => 850,
        // Pairs of decimals are also sizes, prices and drawings.
        (None, false) if fraction >= 4 && first.decimals <= 8 => 300,
        _ => return None,
    };
    let (shape, check) = ("latitude and longitude", "within 90 and 180 degrees");
    let end = second.end;
    out.push(Proposal { start, end, kind: Kind::GPS_COORDINATES, permille, shape, check, label });
    Some(end)
}

struct Angle {
    end: usize,
    decimals: usize,
    /// It has a sign of degrees or a quarter.
    marked: bool,
}

/// Degrees with a fraction, or degrees, minutes and seconds; then the quarter, unless it stood before.
fn angle(hay: Haystack<'_>, at: usize, quarters: [u8; 2], limit: u32, led: bool) -> Option<Angle> {
    let whole = hay.run(at, 4, |b| b.is_ascii_digit());
    let degrees = hay.slice(at, whole).iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
    if whole == at || whole > at + 3 || degrees > limit {
        return None;
    }
    let (mut end, decimals) = fraction(hay, whole);
    let mut marked = false;
    if let Some(next) = sign(hay, end, &["°", "º", "˚", "deg"]) {
        (end, marked) = (next, true);
        if decimals == 0 {
            for signs in [&["'", "′", "’"][..], &["\"", "″", "''", "”"]] {
                let from = hay.run(end, 1, |b| b == b' ');
                let digits = hay.run(from, 3, |b| b.is_ascii_digit());
                let last = fraction(hay, digits).0;
                if (1..=2).contains(&(digits - from)) {
                    // The sign of seconds is left out where it would end a string: `45.6N`.
                    let bare = (last > digits && quarters.contains(&hay.at(last))).then_some(last);
                    end = sign(hay, last, signs).or(bare).unwrap_or(end);
                }
            }
        }
    }
    if !led {
        let letter = hay.run(end, 1, |b| b == b' ');
        let quarter = quarters.contains(&hay.at(letter)) && !hay.at(letter + 1).is_ascii_alphanumeric();
        if quarter && (marked || decimals > 0) {
            (end, marked) = (letter + 1, true);
        }
    }
    Some(Angle { end, decimals: if marked && decimals == 0 { 1 } else { decimals }, marked })
}

/// The end of a decimal fraction at `at`, and how many digits it has.
fn fraction(hay: Haystack<'_>, at: usize) -> (usize, usize) {
    if hay.at(at) != b'.' {
        return (at, 0);
    }
    let end = hay.run(at + 1, LONGEST_FRACTION + 1, |b| b.is_ascii_digit());
    if end == at + 1 { (at, 0) } else { (end, end - at - 1) }
}

fn sign(hay: Haystack<'_>, at: usize, signs: &[&str]) -> Option<usize> {
    signs.iter().find(|sign| hay.starts(at, sign.as_bytes())).map(|sign| at + sign.len())
}

/// More decimals than any receiver gives.
const LONGEST_FRACTION: usize = 16;
