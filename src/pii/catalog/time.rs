//! Dates of birth.

use std::sync::LazyLock;

use super::Kind;
use crate::pii::{
    check,
    context::Context,
    fold::fold,
    recognizer::{Haystack, Proposal, closes, opens},
};

/// A date, in digits or with the month's name, that a label calls a date of birth.
pub(in crate::pii) fn birth_date(context: &Context<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let hay = context.hay;
    if !opens(hay, at) {
        return None;
    }
    let (end, shape) = if hay.at(at).is_ascii_digit() {
        numeric(hay, at).or_else(|| day_first(hay, at))?
    } else {
        month_first(hay, at)?
    };
    let label = context.label(at, Kind::DATE_OF_BIRTH)?;
    let (kind, check) = (Kind::DATE_OF_BIRTH, "day exists");
    out.push(Proposal { start: at, end, kind, permille: 950, shape, check, label: Some(label) });
    Some(end)
}

/// `1990-12-31`, `31.12.1990`, `12/31/90`, `19901231`.
fn numeric(hay: Haystack<'_>, at: usize) -> Option<(usize, &'static str)> {
    let (a, mut end) = number(hay, at, 8)?;
    let digits = end - at;
    if digits == 8 && closes(hay, end) {
        let fits = check::civil(a / 10_000, a / 100 % 100, a % 100)
            || check::civil(a % 10_000, a / 1_000_000, a / 10_000 % 100)
            || check::civil(a % 10_000, a / 10_000 % 100, a / 1_000_000);
        return fits.then_some((end, "8 digits"));
    }
    let separator = hay.at(end);
    if !matches!(separator, b'-' | b'/' | b'.' | b' ') || digits > 4 || digits == 3 {
        return None;
    }
    let next = |end: usize| {
        let space = usize::from(separator == b'.' && hay.at(end + 1) == b' ');
        (hay.at(end) == separator).then_some(end + 1 + space)
    };
    let from = next(end)?;
    let (b, b_end) = number(hay, from, 2)?;
    let from = next(b_end)?;
    let (c, c_end) = number(hay, from, 4)?;
    end = c_end;
    let year = |y: u32, digits: usize| if digits == 2 { y + if y > 30 { 1900 } else { 2000 } } else { y };
    let fits = match (digits, end - from) {
        (4, 1 | 2) => check::civil(a, b, c) || check::civil(a, c, b),
        (1 | 2, y @ (2 | 4)) => check::civil(year(c, y), b, a) || check::civil(year(c, y), a, b),
        _ => false,
    };
    // `1990-12-31T00:00:00Z` is a date with a time, and still a date of birth when labelled.
    let timed = hay.at(end) == b'T' && hay.at(end + 1).is_ascii_digit();
    (fits && (timed || closes(hay, end)))
        .then_some((end, if digits == 4 { "year, month, day" } else { "day, month, year" }))
}

/// `31 December 1990`, `31. Dezember 1990`, `1er janvier 1990`, `31 de diciembre de 1990`, `31-Dec-1990`.
fn day_first(hay: Haystack<'_>, at: usize) -> Option<(usize, &'static str)> {
    let (day, mut end) = number(hay, at, 2)?;
    for suffix in [&b"st"[..], b"nd", b"rd", b"th", b"er", b".", b"o"] {
        if hay.slice(end, end + suffix.len()).eq_ignore_ascii_case(suffix) {
            end += suffix.len();
            break;
        }
    }
    end = filler(hay, end)?;
    let (month, next) = month(hay, end)?;
    end = filler(hay, next)?;
    let (year, end) = number(hay, end, 4)?;
    (check::civil(year, month, day) && closes(hay, end)).then_some((end, "day, name of month, year"))
}

/// `December 31, 1990`, `Dec 31st 1990`.
fn month_first(hay: Haystack<'_>, at: usize) -> Option<(usize, &'static str)> {
    // The digit first: looking a word up among the months costs more than looking behind it.
    let word = hay.run(at, LONGEST_MONTH + 1, |b| b.is_ascii_alphabetic() || b >= 0x80);
    let from = filler(hay, word)?;
    let (day, mut end) = number(hay, from, 2)?;
    let (month, _) = month(hay, at)?;
    for suffix in [&b"st"[..], b"nd", b"rd", b"th"] {
        if hay.slice(end, end + 2).eq_ignore_ascii_case(suffix) {
            end += 2;
            break;
        }
    }
    let from = filler(hay, end)?;
    let (year, end) = number(hay, from, 4)?;
    (check::civil(year, month, day) && closes(hay, end)).then_some((end, "name of month, day, year"))
}

/// Whether a month is named at `at`.
pub(in crate::pii) fn is_month(hay: Haystack<'_>, at: usize) -> bool {
    month(hay, at).is_some()
}

/// Whether a word that may stand inside of a date is at `at`.
pub(in crate::pii) fn is_filler(hay: Haystack<'_>, at: usize) -> bool {
    let word = hay.slice(at, hay.run(at, 4, |b| b.is_ascii_alphabetic()));
    [&b"de"[..], b"of", b"del", b"the", b"do", b"st", b"nd", b"rd", b"th"]
        .iter()
        .any(|f| word.eq_ignore_ascii_case(f))
}

/// Spaces, a dot, a comma, a dash, `de`, `of` between the parts of a date: at least one of them.
fn filler(hay: Haystack<'_>, from: usize) -> Option<usize> {
    let mut at = hay.run(from, 2, |b| matches!(b, b' ' | b'.' | b',' | b'-' | b'/'));
    for word in [&b"de "[..], b"of ", b"del ", b"the ", b"do "] {
        if hay.slice(at, at + word.len()).eq_ignore_ascii_case(word) {
            at += word.len();
            break;
        }
    }
    // A dot may end the number before: `31. Dezember`.
    (at > from || hay.before(from) == b'.').then_some(hay.run(at, 1, |b| b == b' '))
}

/// Up to `limit` digits as a number.
fn number(hay: Haystack<'_>, at: usize, limit: usize) -> Option<(u32, usize)> {
    let end = hay.run(at, limit + 1, |b| b.is_ascii_digit());
    let digits = hay.slice(at, end);
    (!digits.is_empty() && digits.len() <= limit)
        .then(|| (digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')), end))
}

/// The month named at `at`: by its name in one of the languages of the catalog, or its first three letters or more.
fn month(hay: Haystack<'_>, at: usize) -> Option<(u32, usize)> {
    let end = hay.run(at, LONGEST_MONTH + 1, |b| b.is_ascii_alphabetic() || b >= 0x80);
    if end < at + 3 {
        return None;
    }
    let text = std::str::from_utf8(hay.slice(at, end)).ok()?;
    let mut folded = [0u8; LONGEST_MONTH];
    let mut length = 0;
    for c in text.chars().map(fold) {
        *folded.get_mut(length)? = u8::try_from(c).ok()?;
        length += 1;
    }
    let word = &folded[..length];
    let names = &*NAMES;
    // Three or four letters may be the start of a name; of names that start alike the first is no other month.
    let place = names.partition_point(|(name, _)| name.as_bytes() < word);
    let (name, number) = names.get(place)?;
    let short = (3..=4).contains(&length) && name.as_bytes().starts_with(word);
    (short || name.as_bytes() == word).then_some((*number, end))
}

/// The names with their numbers, in order.
static NAMES: LazyLock<Vec<(&str, u32)>> = LazyLock::new(|| {
    let mut names: Vec<(&str, u32)> = (1..)
        .zip(MONTHS)
        .flat_map(|(number, names)| names.split(' ').map(move |name| (name, number)))
        .collect();
    names.sort_unstable();
    names
});

/// Longer than any name below.
const LONGEST_MONTH: usize = 14;

/// English, German, French, Spanish, Italian, Portuguese, Dutch, Polish (genitive), Swedish, without accents.
const MONTHS: [&str; 12] = [
    "january januar janner janvier enero gennaio janeiro januari stycznia styczen",
    "february februar feber fevrier febrero febbraio fevereiro februari lutego luty",
    "march marz mars marzo marco maart marca marzec mrt maerz",
    "april avril abril aprile kwietnia kwiecien",
    "may mai mayo maggio maio mei maja maj",
    "june juni juin junio giugno junho czerwca czerwiec",
    "july juli juillet julio luglio julho lipca lipiec",
    "august aout agosto augustus augusti sierpnia sierpien",
    "september septembre septiembre setiembre settembre setembro wrzesnia wrzesien sept",
    "october oktober octobre octubre ottobre outubro pazdziernika pazdziernik",
    "november novembre noviembre novembro listopada listopad",
    "december dezember decembre diciembre dicembre dezembro grudnia grudzien",
];
