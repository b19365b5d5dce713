//! Classes in the making: which rows of which atoms are together, and what that costs.

use super::{code, ground::Ground, rules::Rules, space::Space};
use crate::num;

/// One class in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<C> {
    /// The join of its atoms' places.
    pub(super) place: Vec<u32>,
    /// What the place costs per row.
    pub(super) cost: u32,
    pub(super) rows: u32,
    /// Atoms with the number of their rows that are here.
    pub(super) atoms: Vec<(u32, u32)>,
    pub(super) content: C,
}

impl<C> Draft<C> {
    /// What all its rows cost.
    pub(super) fn total(&self) -> u64 {
        u64::from(self.cost) * u64::from(self.rows)
    }
}

/// All classes in the making. Number [`BIN`](Self::BIN) is no class: it is the rows that are left out.
pub(super) struct Drafts<'a, R: Rules> {
    pub(super) space: &'a Space,
    pub(super) ground: &'a Ground,
    pub(super) rules: &'a R,
    pub(super) all: Vec<Draft<R::Content>>,
    /// A draft that holds rows of each atom: the one that got some last.
    home: Vec<u32>,
    /// Numbers of drafts without rows.
    free: Vec<u32>,
    /// For each atom, the nearest others.
    graph: &'a Graph,
    /// Whether a draft has changed since it was last looked at.
    pub(super) is_stale: Vec<bool>,
    /// At most this many rows may be left out.
    max_suppressed: u32,
    votes: Vec<u32>,
    /// The drafts around the one that is looked at, nearest first.
    pub(super) near: Vec<u32>,
}

/// The nearest atoms of each atom, a list of equal length for each; [`NONE`](Self::NONE) at the end of short ones.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) degree: usize,
    pub(super) near: Vec<u32>,
}

impl Graph {
    pub(super) const NONE: u32 = u32::MAX;

    fn of(&self, atom: u32) -> impl Iterator<Item = u32> {
        let start = num::index(atom) * self.degree;
        self.near[start..start + self.degree].iter().copied().take_while(|&o| o != Self::NONE)
    }
}

impl<'a, R: Rules> Drafts<'a, R> {
    /// The rows that are left out.
    pub(super) const BIN: u32 = 0;

    /// Each atom a draft of its own.
    pub(super) fn new(
        space: &'a Space,
        ground: &'a Ground,
        rules: &'a R,
        graph: &'a Graph,
        max_suppressed: u32,
    ) -> Self {
        let bin = Draft { cost: space.suppressed_cost(), place: space.top(), ..Draft::default() };
        let mut all = vec![bin];
        for atom in 0..code(ground.len()) {
            let place = ground.place(atom).to_vec();
            let rows = ground.rows()[num::index(atom)];
            let mut content = R::Content::default();
            rules.add(&mut content, atom, rows);
            all.push(Draft { cost: space.cost(&place), place, rows, atoms: vec![(atom, rows)], content });
        }
        let drafts = all.len();
        Drafts {
            space,
            ground,
            rules,
            all,
            home: (1..code(drafts)).collect(),
            free: Vec::new(),
            graph,
            is_stale: vec![true; drafts],
            max_suppressed,
            votes: vec![0; drafts],
            near: Vec::new(),
        }
    }

    pub(super) fn draft(&self, draft: u32) -> &Draft<R::Content> {
        &self.all[num::index(draft)]
    }

    /// What everything costs.
    pub(super) fn total(&self) -> u64 {
        self.all.iter().map(Draft::total).sum()
    }

    /// Whether rows may be left out at all.
    pub(super) fn may_suppress(&self) -> bool {
        self.max_suppressed > 0
    }

    /// How many rows may be left out.
    pub(super) fn max_suppressed(&self) -> u32 {
        self.max_suppressed
    }

    /// Whether a draft may be released.
    pub(super) fn holds(&self, draft: u32) -> bool {
        let draft = self.draft(draft);
        self.rules.holds(draft.rows, &draft.content) && self.space.is_possible(draft.cost)
    }

    /// The drafts around `draft`, by how many of its atoms' neighbors they hold; at most `most`.
    pub(super) fn look_around(&mut self, draft: u32, most: usize) {
        self.votes.resize(self.all.len(), 0);
        let mut found = std::mem::take(&mut self.near);
        found.clear();
        let mut vote = |home: u32, votes: u32| {
            if home != draft && home != Self::BIN {
                let slot = &mut self.votes[num::index(home)];
                if *slot == 0 {
                    found.push(home);
                }
                *slot += votes;
            }
        };
        for &(atom, _) in &self.all[num::index(draft)].atoms {
            // Other rows of the same atom are the nearest there are.
            vote(self.home[num::index(atom)], SAME);
            for other in self.graph.of(atom) {
                vote(self.home[num::index(other)], 1);
            }
        }
        let votes = &self.votes;
        let rank = |d: &u32| (std::cmp::Reverse(votes[num::index(*d)]), *d);
        if found.len() > most {
            found.select_nth_unstable_by_key(most, rank);
            found[most..].iter().for_each(|&d| self.votes[num::index(d)] = 0);
            found.truncate(most);
        }
        let votes = &self.votes;
        found.sort_unstable_by_key(|d| (std::cmp::Reverse(votes[num::index(*d)]), *d));
        found.iter().for_each(|&d| self.votes[num::index(d)] = 0);
        self.near = found;
        if self.may_suppress() {
            self.near.push(Self::BIN);
        }
    }

    /// The draft around here that takes `rows` rows of `atom` for the least, if for less than `limit`, and for how much.
    pub(super) fn cheapest_place(&mut self, atom: u32, rows: u32, limit: u64) -> Option<(u64, u32)> {
        let place = self.ground.place(atom);
        let mut best = None;
        let mut below = limit;
        for i in 0..self.near.len() {
            let at = self.near[i];
            let draft = &self.all[num::index(at)];
            if draft.rows == 0 && at != Self::BIN {
                continue;
            }
            let joined = if at == Self::BIN { draft.cost } else { self.space.join_cost(&draft.place, place) };
            if !self.space.is_possible(joined) {
                continue;
            }
            let more = u64::from(draft.rows + rows) * u64::from(joined) - draft.total();
            if more < below && self.accepts(at, atom, rows) {
                below = more;
                best = Some((more, at));
            }
        }
        best
    }

    /// Whether a draft that holds still does with more rows of `atom`.
    fn accepts(&mut self, at: u32, atom: u32, rows: u32) -> bool {
        let draft = &mut self.all[num::index(at)];
        if at == Self::BIN {
            return draft.rows + rows <= self.max_suppressed;
        }
        self.rules.accepts(draft.rows, &mut draft.content, atom, rows)
    }

    /// How many of `at_most` rows of `atom` a draft can spare.
    pub(super) fn spare(&mut self, at: u32, atom: u32, at_most: u32) -> u32 {
        if at == Self::BIN {
            return at_most;
        }
        let draft = &mut self.all[num::index(at)];
        self.rules.spare(draft.rows, &mut draft.content, atom, at_most)
    }

    /// Puts rows of an atom into a draft.
    pub(super) fn add(&mut self, at: u32, atom: u32, rows: u32) {
        let place = self.ground.place(atom);
        let draft = &mut self.all[num::index(at)];
        if at != Self::BIN {
            if draft.rows == 0 {
                draft.place.clear();
                draft.place.extend_from_slice(place);
                draft.cost = self.space.cost(place);
            } else {
                draft.cost = self.space.join(&mut draft.place, place);
            }
        }
        draft.rows += rows;
        self.rules.add(&mut draft.content, atom, rows);
        match draft.atoms.iter_mut().find(|a| a.0 == atom) {
            Some(entry) => entry.1 += rows,
            None => draft.atoms.push((atom, rows)),
        }
        self.home[num::index(atom)] = at;
        self.is_stale[num::index(at)] = true;
    }

    /// Takes rows of an atom out of a draft.
    pub(super) fn remove(&mut self, at: u32, atom: u32, rows: u32) {
        let draft = &mut self.all[num::index(at)];
        draft.rows -= rows;
        self.rules.remove(&mut draft.content, atom, rows);
        self.is_stale[num::index(at)] = true;
        let Some(entry) = draft.atoms.iter().position(|a| a.0 == atom) else { return };
        if draft.atoms[entry].1 > rows {
            draft.atoms[entry].1 -= rows;
            return;
        }
        draft.atoms.swap_remove(entry);
        if at == Self::BIN {
            return;
        }
        let Some(&(first, _)) = draft.atoms.first() else { return };
        let before = draft.cost;
        draft.place.clear();
        draft.place.extend_from_slice(self.ground.place(first));
        draft.cost = self.space.cost(&draft.place);
        for &(other, _) in &draft.atoms[1..] {
            if draft.cost == before {
                break;
            }
            draft.cost = self.space.join(&mut draft.place, self.ground.place(other));
        }
    }

    /// What a draft would cost per row without one of its atoms.
    pub(super) fn cost_without(&self, at: u32, entry: usize, scratch: &mut Vec<u32>) -> u32 {
        let draft = self.draft(at);
        if at == Self::BIN {
            return draft.cost;
        }
        scratch.clear();
        let mut cost = 0;
        for (i, &(atom, _)) in draft.atoms.iter().enumerate().filter(|(i, _)| *i != entry) {
            let place = self.ground.place(atom);
            if scratch.is_empty() {
                scratch.extend_from_slice(place);
                cost = self.space.cost(place);
            } else {
                cost = self.space.join(scratch, place);
            }
            if cost == draft.cost && i > 0 {
                break;
            }
        }
        cost
    }

    /// What a draft would cost less without one of its atoms, for each row of the atom.
    pub(super) fn saving_without(&self, at: u32, entry: usize, scratch: &mut Vec<u32>) -> u32 {
        let draft = self.draft(at);
        let (atom, rows) = draft.atoms[entry];
        let spare = || self.rules.spare(draft.rows, &mut draft.content.clone(), atom, rows);
        if at == Self::BIN || draft.rows == rows || spare() < rows {
            return draft.cost;
        }
        let rest = u64::from(self.cost_without(at, entry, scratch)) * u64::from(draft.rows - rows);
        u32::try_from((draft.total() - rest) / u64::from(rows)).unwrap_or(u32::MAX)
    }

    /// Joins `from` into `into`.
    pub(super) fn merge(&mut self, into: u32, from: u32) {
        let other = std::mem::take(&mut self.all[num::index(from)]);
        for &(atom, _) in &other.atoms {
            self.home[num::index(atom)] = into;
        }
        let draft = &mut self.all[num::index(into)];
        draft.cost = self.space.join(&mut draft.place, &other.place);
        draft.rows += other.rows;
        draft.atoms.extend(other.atoms);
        self.rules.merge(&mut draft.content, &other.content);
        self.free.push(from);
    }

    /// The number of a new draft without rows.
    pub(super) fn open(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.all.push(Draft::default());
            self.is_stale.push(true);
            self.votes.push(0);
            code(self.all.len() - 1)
        })
    }

    /// Gives up a draft whose rows have gone elsewhere.
    pub(super) fn close(&mut self, at: u32) {
        self.all[num::index(at)] = Draft::default();
        self.free.push(at);
    }

    /// Notes how a draft is now, once.
    pub(super) fn keep(&self, log: &mut Vec<(u32, Draft<R::Content>)>, at: u32) {
        if !log.iter().any(|l| l.0 == at) {
            log.push((at, self.draft(at).clone()));
        }
    }

    /// Puts drafts back as they were.
    pub(super) fn restore(&mut self, log: Vec<(u32, Draft<R::Content>)>) {
        for (at, draft) in log {
            for &(atom, _) in &draft.atoms {
                self.home[num::index(atom)] = at;
            }
            self.all[num::index(at)] = draft;
        }
    }
}

/// Votes for a draft that holds other rows of the same atom.
const SAME: u32 = 4;
