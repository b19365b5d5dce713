//! Identifiers of the United States.

use super::Kind;
use crate::pii::{
    check,
    context::{Announced, Context},
    recognizer::{Gap, Groups, Proposal, closes, opens, spaced_before},
};

/// Social security numbers: `123-45-6789`, `123 45 6789`; nine digits in a row or spelled apart need a label.
pub(in crate::pii) fn ssn(context: &Context<'_>, at: usize, groups: &Groups, out: &mut Vec<Proposal>) {
    let hay = context.hay;
    let (count, shape, alone) = if groups.shaped(&[3, 2, 4]) {
        match groups.gaps(3) {
            [Gap::Dash, Gap::Dash] => (3, "9 digits as 3-2-4", 800),
            [Gap::Space, Gap::Space] if !spaced_before(hay, at) => (3, "9 digits as 3 2 4", 600),
            [Gap::Dot, Gap::Dot] => (3, "9 digits as 3.2.4", 300),
            _ => return,
        }
    } else if groups.shaped(&[9]) {
        (1, "9 digits", 300)
    } else if groups.singles() == 9 && !spaced_before(hay, at) && groups.uniform(9, &[Gap::Space, Gap::Dash])
    {
        (9, "9 single digits", 300)
    } else {
        return;
    };
    let end = groups.end(count);
    if !check::us_ssn(groups.digits(count)) || !opens(hay, at) || !closes(hay, end) {
        return;
    }
    let announced = context.announced(at, Kind::US_SSN);
    let permille = match announced {
        Announced::Own(_) => 980,
        Announced::Partly(_) => 700,
        Announced::Nothing => alone,
        Announced::Other => 450.min(alone),
    };
    let label = announced.own();
    let check = "area, group and serial";
    out.push(Proposal { start: at, end, kind: Kind::US_SSN, permille, shape, check, label });
}
