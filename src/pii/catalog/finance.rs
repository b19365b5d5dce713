//! Payment cards and bank accounts.

use super::Kind;
use crate::pii::{
    check,
    context::{Announced, Context},
    recognizer::{Gap, Groups, Proposal, closes, opens, spaced_before},
};

/// Payment cards: in one run, in the groups that issuers print, or digit by digit.
pub(in crate::pii) fn card(context: &Context<'_>, at: usize, groups: &Groups, out: &mut Vec<Proposal>) {
    let hay = context.hay;
    let singles = groups.singles();
    let (count, shape) = if let Some(shape) = run_shape(groups) {
        (1, shape)
    } else if groups.shaped(&[4, 4, 4, 4, 3]) && groups.uniform(5, &[Gap::Space, Gap::Dash]) {
        (5, "19 digits in groups of 4")
    } else if groups.shaped(&[4, 4, 4, 4]) {
        (4, "16 digits in groups of 4")
    } else if groups.shaped(&[4, 6, 5]) {
        (3, "15 digits as 4 6 5")
    } else if groups.shaped(&[4, 6, 4]) {
        (3, "14 digits as 4 6 4")
    } else if singles >= 13 && !spaced_before(hay, at) {
        (singles, "single digits")
    } else {
        return;
    };
    let end = groups.end(count);
    let digits = groups.digits(count);
    let card = check::card(digits);
    let blank = digits.iter().all(|d| *d == digits[0]);
    if blank || (card.is_none() && !check::luhn(digits)) {
        return;
    }
    let joined = groups.uniform(count, &[Gap::Space, Gap::Dash, Gap::Dot]);
    let cut = groups.gaps(count).first() == Some(&Gap::Space) && spaced_before(hay, at);
    if !joined || cut || !opens(hay, at) || !closes(hay, end) {
        return;
    }
    let announced = context.announced(at, Kind::CREDIT_CARD);
    let (permille, check) = match (announced, card) {
        (Announced::Own(_), Some(card)) => (990, card.check),
        // New ranges open every year: a label and the check digit are enough.
        (Announced::Own(_), None) => (700, "Luhn"),
        (Announced::Nothing, Some(card)) if card.common => (900, card.check),
        (Announced::Other, Some(card)) if card.common && digits.len() > 14 => (800, card.check),
        (_, Some(card)) => (400, card.check),
        (_, None) => return,
    };
    out.push(Proposal {
        start: at,
        end,
        kind: Kind::CREDIT_CARD,
        permille,
        shape,
        check,
        label: announced.own(),
    });
}

fn run_shape(groups: &Groups) -> Option<&'static str> {
    Some(match groups.length(0) {
        12 => "12 digits",
        13 => "13 digits",
        14 => "14 digits",
        15 => "15 digits",
        16 => "16 digits",
        17 => "17 digits",
        18 => "18 digits",
        19 => "19 digits",
        _ => return None,
    })
}

/// Bank accounts: country, two check digits and the country's length, in one run or in groups of four.
pub(in crate::pii) fn iban(context: &Context<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let hay = context.hay;
    let country = [hay.at(at).to_ascii_uppercase(), hay.at(at + 1).to_ascii_uppercase()];
    let length = check::iban_length(country)?;
    if !hay.at(at + 2).is_ascii_digit() || !hay.at(at + 3).is_ascii_digit() || !opens(hay, at) {
        return None;
    }
    let mut text = [0u8; LONGEST_IBAN];
    let (mut end, mut read, mut separator) = (at, 0, 0);
    while read < length {
        let byte = hay.at(end);
        if byte.is_ascii_alphanumeric() {
            text[read] = byte;
            read += 1;
        } else if matches!(byte, b' ' | b'-')
            && read.is_multiple_of(4)
            && hay.at(end + 1).is_ascii_alphanumeric()
        {
            if read == 4 {
                separator = byte;
            }
            if byte != separator {
                return None;
            }
        } else {
            return None;
        }
        end += 1;
    }
    if !closes(hay, end) || !check::iban(&text[..length]) {
        return None;
    }
    let shape = if separator == 0 { "country and run" } else { "country and groups of 4" };
    let check = "mod 97, length of the country";
    let kind = Kind::IBAN;
    out.push(Proposal { start: at, end, kind, permille: 990, shape, check, label: None });
    Some(end)
}

/// ISO 13616: at most 34 characters.
const LONGEST_IBAN: usize = 34;
