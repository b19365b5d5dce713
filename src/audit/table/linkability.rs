//! Linkability: given a record of one register, which of ten records of another is of the same person?
//!
//! \[GHAC23\], section 4.2: an attacker has two sets of columns of each person, from different places, and links a record of
//! the one with a record of the other through the released rows that are near to both. Here near is what fits, and the
//! attacker has to choose: of the record of the person and those of nine other persons, in random order, the one for which
//! most released rows fit both records. If no row fits any of them, nothing is linked; of equally good ones each is chosen
//! as often. Of each person the columns are parted in two halves at random, so no choice of columns decides. The nine
//! others are members where the person is one, and of the control where not. With one known column nothing can be linked, and
//! the figures are for information.

use super::{
    draw::Draws,
    released::{Original, Released},
    report::Measured,
    share::Share,
};
use crate::num;

pub(super) fn measure(
    released: &Released<'_>,
    originals: &[Original<'_>],
    (members, control): (&[usize], &[usize]),
    draws: &mut Draws,
    step: &mut dyn FnMut(),
) -> Measured {
    let mut share = |rows: &[usize]| {
        let hits = (0..rows.len()).filter(|&target| {
            step();
            is_linked(released, originals, rows, target, draws)
        });
        Share::new(num::count(hits.count()), num::count(rows.len()))
    };
    let (attack, control) = (share(members), share(control));
    Measured::new("linkability", attack, control)
}

fn is_linked(
    released: &Released<'_>,
    originals: &[Original<'_>],
    rows: &[usize],
    target: usize,
    draws: &mut Draws,
) -> bool {
    let columns = draws.sample((0..originals.len()).collect(), originals.len());
    let (one, other) = columns.split_at(columns.len() / 2);
    // With one column there is no second register, and with one person nobody to mistake for another.
    if one.is_empty() || rows.len() < 2 {
        return false;
    }
    let mut others = Vec::with_capacity(OTHERS);
    while others.len() < OTHERS.min(rows.len() - 1) {
        let drawn = draws.below(rows.len());
        if drawn != target && !others.contains(&drawn) {
            others.push(drawn);
        }
    }
    let known = released.narrowed(&released.wanted(one, originals, rows[target]));
    let fitting =
        |person: usize| released.rows_within(&known, &released.wanted(other, originals, rows[person]));
    let own = fitting(target);
    let (mut better, mut equal) = (0, 0);
    for person in others {
        match fitting(person).cmp(&own) {
            std::cmp::Ordering::Greater => better += 1,
            std::cmp::Ordering::Equal => equal += 1,
            std::cmp::Ordering::Less => {}
        }
    }
    own > 0 && better == 0 && draws.below(equal + 1) == 0
}

/// One in ten is right by chance.
const OTHERS: usize = 9;
