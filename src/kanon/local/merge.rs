//! The start: drafts merge until each holds.
//!
//! In each round every draft that does not hold yet names the neighbor that it would join for the least;
//! the cheaper half of those pairs merge. After Borůvka (1926), with a price instead of a distance: what the
//! merged class costs more than the two.

use super::{code, drafts::Drafts, rules::Rules};
use crate::num;

/// Merges until every draft holds. What cannot be merged without breaking a class that holds is handed out row
/// by row, or left out while there is room; what then is still without a class merges at any price. Returns
/// how many rows found no class.
pub(super) fn merge<R: Rules>(drafts: &mut Drafts<'_, R>) -> u64 {
    if R::GUIDED {
        for d in merge_open(drafts, true) {
            hand_out(drafts, d);
        }
    }
    let open = merge_open(drafts, false);
    give_up(drafts, &open)
}

/// Merges drafts that do not hold, and returns those that have no partner left. With `protect`, no class that
/// holds is broken.
fn merge_open<R: Rules>(drafts: &mut Drafts<'_, R>, protect: bool) -> Vec<u32> {
    let mut open: Vec<u32> =
        (1..code(drafts.all.len())).filter(|&d| drafts.draft(d).rows > 0 && !drafts.holds(d)).collect();
    let mut partner: Vec<Option<(u64, u32)>> = vec![None; drafts.all.len()];
    let mut has_merged = vec![false; drafts.all.len()];
    while !open.is_empty() {
        let mut pairs: Vec<(u64, u32, u32)> = Vec::with_capacity(open.len());
        for &d in &open {
            let slot = num::index(d);
            if partner[slot].is_none() {
                partner[slot] = cheapest_partner(drafts, d, protect);
            }
            pairs.extend(partner[slot].map(|(price, other)| (price, d, other)));
        }
        if pairs.is_empty() {
            break;
        }
        pairs.sort_unstable();
        let mut merged = Vec::new();
        for &(_, a, b) in &pairs[..pairs.len().div_ceil(2)] {
            if has_merged[num::index(a)] || has_merged[num::index(b)] {
                continue;
            }
            let b_is_larger = drafts.draft(b).atoms.len() > drafts.draft(a).atoms.len();
            let (into, from) = if b_is_larger { (b, a) } else { (a, b) };
            drafts.merge(into, from);
            for d in [a, b] {
                has_merged[num::index(d)] = true;
                merged.push(d);
            }
        }
        for &d in &open {
            let other = partner[num::index(d)].map(|p| p.1);
            if has_merged[num::index(d)] || other.is_some_and(|o| has_merged[num::index(o)]) {
                partner[num::index(d)] = None;
            }
        }
        // A class that held may not hold any more, where models are not monotone.
        open.retain(|&d| !has_merged[num::index(d)]);
        for d in merged {
            has_merged[num::index(d)] = false;
            partner[num::index(d)] = None;
            if drafts.draft(d).rows > 0 && !drafts.holds(d) {
                open.push(d);
            }
        }
        open.sort_unstable();
        open.dedup();
    }
    open
}

/// The draft that `d` would join for the least.
fn cheapest_partner<R: Rules>(drafts: &mut Drafts<'_, R>, d: u32, protect: bool) -> Option<(u64, u32)> {
    drafts.look_around(d, usize::MAX);
    let near = std::mem::take(&mut drafts.near);
    let mut best = cheapest_of(drafts, d, protect, near.iter().copied());
    if best.is_none() {
        // All neighbors are inside already.
        best = cheapest_of(drafts, d, protect, 1..code(drafts.all.len()));
    }
    drafts.near = near;
    best
}

fn cheapest_of<R: Rules>(
    drafts: &Drafts<'_, R>,
    d: u32,
    protect: bool,
    others: impl Iterator<Item = u32>,
) -> Option<(u64, u32)> {
    let draft = drafts.draft(d);
    let shortfall = if R::GUIDED { drafts.rules.shortfall(draft.rows, &draft.content) } else { 0.0 };
    let mut best: Option<(u64, u32)> = None;
    for o in others {
        let other = drafts.draft(o);
        if o == d || o == Drafts::<R>::BIN || other.rows == 0 {
            continue;
        }
        let joined = drafts.space.join_cost(&draft.place, &other.place);
        if !drafts.space.is_possible(joined) {
            continue;
        }
        let mut price =
            u64::from(draft.rows + other.rows) * u64::from(joined) - draft.total() - other.total();
        if best.is_some_and(|b| b < (price, o)) {
            continue;
        }
        if R::GUIDED {
            let mut content = draft.content.clone();
            drafts.rules.merge(&mut content, &other.content);
            let rows = draft.rows + other.rows;
            if protect
                && !drafts.rules.holds(rows, &content)
                && drafts.rules.holds(other.rows, &other.content)
            {
                continue;
            }
            if drafts.rules.shortfall(rows, &content) >= shortfall {
                // It would not help: worth it only if all that helps is much dearer.
                price = price.saturating_mul(HELPLESS).saturating_add(1);
            }
        }
        if best.is_none_or(|b| (price, o) < b) {
            best = Some((price, o));
        }
    }
    best
}

/// Puts the rows of a draft that does not hold into others that accept them, or leaves them out.
fn hand_out<R: Rules>(drafts: &mut Drafts<'_, R>, d: u32) {
    drafts.look_around(d, usize::MAX);
    let holding = drafts.near.iter().copied().filter(|&o| o == Drafts::<R>::BIN || drafts.holds(o));
    drafts.near = holding.collect();
    for (atom, rows) in drafts.draft(d).atoms.clone() {
        if let Some((_, to)) = drafts.cheapest_place(atom, rows, u64::MAX) {
            drafts.add(to, atom, rows);
            drafts.remove(d, atom, rows);
        }
    }
    if drafts.draft(d).rows == 0 {
        drafts.close(d);
    }
}

/// Rows of drafts that do not hold are left out while there is room.
fn give_up<R: Rules>(drafts: &mut Drafts<'_, R>, open: &[u32]) -> u64 {
    let mut without = 0;
    for &d in open {
        let rows = drafts.draft(d).rows;
        if drafts.draft(Drafts::<R>::BIN).rows + rows > drafts.max_suppressed() {
            without += u64::from(rows);
            continue;
        }
        for (atom, rows) in drafts.draft(d).atoms.clone() {
            drafts.add(Drafts::<R>::BIN, atom, rows);
        }
        drafts.close(d);
    }
    without
}

/// How much dearer a merge counts that brings a class no nearer to its models.
const HELPLESS: u64 = 4;
