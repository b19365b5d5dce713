//! Sequential clustering: drafts are looked at one after another, the dearest first, and changed where that
//! makes the whole cheaper.
//!
//! Of a draft, in this order:
//!
//! 1. *dissolve*: all its rows go to drafts around it;
//! 2. *regrow*: a new draft is grown from one of its atoms, from its own rows and what drafts around can spare;
//!    the rest of its rows go elsewhere;
//! 3. *relocate*: atoms that it can spare go where they cost less;
//! 4. *split off*: a new draft is grown from what it and those around it can spare. Rows count as what they
//!    cost now; where the draft has few atoms and that gains nothing, as what their drafts save without them.
//!
//! Each step is tried, priced exactly, and taken back unless everything together is cheaper; so the loss never
//! grows, and the end is no worse than the start. A draft that has not changed since it was looked at is
//! passed over.
//!
//! In the manner of \[GT10\] Goldberger, Tassa, *Efficient anonymizations with enhanced utility*, Transactions
//! on Data Privacy 3(2), 2010, section 4 (sequential clustering), on weighted tuples, with neighbors from a
//! graph instead of all clusters, and with steps that change several clusters at once.

use super::{
    code,
    drafts::{Draft, Drafts},
    grow::{Donor, Pool},
    rules::Rules,
};
use crate::num;

/// How far to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Drafts around one that are considered.
    pub(super) around: usize,
    /// Drafts looked at in all.
    pub(super) max_steps: u64,
}

/// Improves until nothing changes, little is gained, or the steps are used up; returns the steps taken.
pub(super) fn improve<R: Rules>(drafts: &mut Drafts<'_, R>, effort: Effort) -> u64 {
    let mut search = Search { effort, pool: Pool::default(), scratch: Vec::new(), steps: 0 };
    for _ in 0..MAX_PASSES {
        let before = drafts.total();
        let mut order: Vec<u32> = (1..code(drafts.all.len()))
            .filter(|&d| drafts.draft(d).rows > 0 && drafts.is_stale[num::index(d)])
            .collect();
        order.sort_by_key(|&d| (std::cmp::Reverse(drafts.draft(d).cost), d));
        for d in order {
            // A draft of equal rows cannot be cheaper.
            if drafts.draft(d).atoms.len() < 2 || !drafts.is_stale[num::index(d)] {
                continue;
            }
            if search.steps == effort.max_steps {
                return search.steps;
            }
            search.steps += 1;
            drafts.is_stale[num::index(d)] = false;
            search.look_at(drafts, d);
        }
        let gained = before - drafts.total();
        if gained == 0 || num::to_f64(gained) < num::to_f64(before) * MIN_GAIN {
            break;
        }
    }
    search.steps
}

struct Search<R: Rules> {
    effort: Effort,
    pool: Pool<R>,
    scratch: Vec<u32>,
    steps: u64,
}

impl<R: Rules> Search<R> {
    fn look_at(&mut self, drafts: &mut Drafts<'_, R>, d: u32) {
        drafts.look_around(d, self.effort.around);
        let atoms = drafts.draft(d).atoms.clone();
        let now = drafts.draft(d).total();
        let mut sum = 0u64;
        // What each of its rows would cost elsewhere.
        let mut elsewhere = Vec::with_capacity(atoms.len());
        for &(atom, rows) in &atoms {
            let price = drafts.cheapest_place(atom, rows, u64::MAX).map_or(u64::MAX, |p| p.0);
            sum = sum.saturating_add(price);
            let per_row = price / u64::from(rows);
            elsewhere.push(u32::try_from(per_row).unwrap_or(u32::MAX).min(NOWHERE));
        }
        if sum < now && dissolve(drafts, d, &atoms) {
            return;
        }
        if self.regrow(drafts, d, &atoms, &elsewhere) {
            return;
        }
        self.relocate(drafts, d);
        if drafts.draft(d).atoms.len() > 1 {
            self.split_off(drafts, d);
        }
    }

    fn relocate(&mut self, drafts: &mut Drafts<'_, R>, d: u32) {
        let mut entry = 0;
        while entry < drafts.draft(d).atoms.len() && drafts.draft(d).atoms.len() > 1 {
            let (atom, rows) = drafts.draft(d).atoms[entry];
            entry += 1;
            let take = drafts.spare(d, atom, rows);
            if take == 0 {
                continue;
            }
            let draft = drafts.draft(d);
            let (now, left) = (draft.total(), u64::from(draft.rows - take));
            let cost =
                if take == rows { drafts.cost_without(d, entry - 1, &mut self.scratch) } else { draft.cost };
            let gain = now - left * u64::from(cost);
            if let Some((_, to)) = drafts.cheapest_place(atom, take, gain) {
                drafts.add(to, atom, take);
                drafts.remove(d, atom, take);
                if take == rows {
                    // Another atom stands here now.
                    entry -= 1;
                }
            }
        }
    }

    fn split_off(&mut self, drafts: &mut Drafts<'_, R>, d: u32) -> bool {
        let rows = drafts.draft(d).rows;
        if !R::GUIDED && drafts.rules.spare(rows, &mut R::Content::default(), 0, 1) == 0 {
            return false;
        }
        self.pool.fill(drafts, d, &mut |draft, _| drafts.draft(draft).cost, false);
        if self.move_best_growth(drafts, d) {
            return true;
        }
        // One of many atoms hardly changes what the others cost.
        if drafts.draft(d).atoms.len() > FEW_ATOMS {
            return false;
        }
        let scratch = &mut self.scratch;
        let mut cost = |draft, entry| match drafts.draft(draft) {
            few if few.atoms.len() <= FEW_ATOMS => drafts.saving_without(draft, entry, scratch),
            many => many.cost,
        };
        self.pool.fill(drafts, d, &mut cost, false);
        self.move_best_growth(drafts, d)
    }

    fn move_best_growth(&mut self, drafts: &mut Drafts<'_, R>, d: u32) -> bool {
        let Some((_, taken)) = self.best_growth(drafts, d, |gain| gain) else { return false };
        let mut log = Vec::new();
        let grown = move_to_new(drafts, &taken, &mut log);
        settle(drafts, log, &[grown])
    }

    fn regrow(
        &mut self,
        drafts: &mut Drafts<'_, R>,
        d: u32,
        atoms: &[(u32, u32)],
        elsewhere: &[u32],
    ) -> bool {
        let cost = |draft, entry: usize| if draft == d { elsewhere[entry] } else { drafts.draft(draft).cost };
        self.pool.fill(drafts, d, &mut { cost }, true);
        let now = i128::from(drafts.draft(d).total());
        let rest: i128 = atoms.iter().zip(elsewhere).map(|(a, &e)| i128::from(a.1) * i128::from(e)).sum();
        let Some((_, taken)) = self.best_growth(drafts, d, |gain| gain + now - rest) else { return false };
        let mut log = Vec::new();
        drafts.keep(&mut log, d);
        let grown = move_to_new(drafts, &taken, &mut log);
        drafts.near.push(grown);
        let mut all_placed = true;
        for (atom, rows) in drafts.draft(d).atoms.clone() {
            let Some((_, to)) = drafts.cheapest_place(atom, rows, u64::MAX) else {
                all_placed = false;
                break;
            };
            if to != grown {
                drafts.keep(&mut log, to);
            }
            drafts.add(to, atom, rows);
        }
        drafts.near.pop();
        if !all_placed {
            drafts.close(grown);
            drafts.restore(log);
            return false;
        }
        let was = std::mem::take(&mut drafts.all[num::index(d)]);
        if settle(drafts, log, &[grown]) {
            drafts.close(d);
            return true;
        }
        // Restored from the log.
        drop(was);
        false
    }

    /// The best of the drafts grown from a few atoms of `d`, if `worth` of its gain is positive.
    fn best_growth(
        &mut self,
        drafts: &Drafts<'_, R>,
        d: u32,
        worth: impl Fn(i128) -> i128,
    ) -> Option<(i128, Vec<Donor>)> {
        let mut best: Option<(i128, Vec<Donor>)> = None;
        let own = self.pool.own_items();
        let seeds = SEEDS.min(own.len());
        for i in 0..seeds {
            let Some(gain) = self.pool.grow(drafts, own[i * own.len() / seeds]) else { continue };
            let gain = worth(gain);
            if gain > 0 && best.as_ref().is_none_or(|b| gain > b.0) {
                best = Some((gain, self.pool.taken(drafts, d)));
            }
        }
        best
    }
}

/// Puts all rows of `d` into drafts around it, if that is cheaper.
fn dissolve<R: Rules>(drafts: &mut Drafts<'_, R>, d: u32, atoms: &[(u32, u32)]) -> bool {
    let mut log = Vec::new();
    let mut left = drafts.draft(d).total();
    for &(atom, rows) in atoms {
        let Some((price, to)) = drafts.cheapest_place(atom, rows, left) else {
            drafts.keep(&mut log, d);
            drafts.restore(log);
            return false;
        };
        left -= price;
        drafts.keep(&mut log, to);
        drafts.add(to, atom, rows);
    }
    drafts.close(d);
    true
}

/// Moves rows into a new draft, and notes in `log` how their drafts were.
fn move_to_new<R: Rules>(
    drafts: &mut Drafts<'_, R>,
    taken: &[Donor],
    log: &mut Vec<(u32, Draft<R::Content>)>,
) -> u32 {
    for donor in taken {
        drafts.keep(log, donor.draft);
    }
    let grown = drafts.open();
    for donor in taken {
        drafts.remove(donor.draft, donor.atom, donor.rows);
        drafts.add(grown, donor.atom, donor.rows);
    }
    grown
}

/// Keeps a change if the drafts of `log` and the new ones together cost less than before; else takes it back.
fn settle<R: Rules>(drafts: &mut Drafts<'_, R>, log: Vec<(u32, Draft<R::Content>)>, grown: &[u32]) -> bool {
    let before: u64 = log.iter().map(|(_, draft)| draft.total()).sum();
    let changed = log.iter().map(|(d, _)| *d).chain(grown.iter().copied());
    let after: u64 = changed.map(|d| drafts.draft(d).total()).sum();
    if after < before {
        return true;
    }
    for &d in grown {
        drafts.close(d);
    }
    drafts.restore(log);
    false
}

/// A draft of more atoms is not looked at for what single ones of them cost.
const FEW_ATOMS: usize = 6;
/// Growth starts from at most this many atoms of a draft.
const SEEDS: usize = 3;
/// Passes end here at the latest; on the tables of the benchmarks little changes after five.
const MAX_PASSES: usize = 12;
/// A pass that gains a smaller share than this is the last.
const MIN_GAIN: f64 = 1e-3;
/// What a row costs elsewhere that no other draft takes: more than any class.
const NOWHERE: u32 = 1 << 31;
