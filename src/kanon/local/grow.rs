//! A new draft, grown from one atom until it holds.
//!
//! Rows come from a pool: what drafts around can spare, each with what it costs there. Rows inside the place
//! reached so far come first, those that gain most before others. When none is left and the draft does not
//! hold, the place is extended: of the few cheapest extensions, to the one whose price is smallest beside what
//! the rows inside it gain.

use super::{drafts::Drafts, rules::Rules};
use crate::num;

/// Rows that a growth took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Donor {
    pub(super) draft: u32,
    pub(super) atom: u32,
    pub(super) rows: u32,
}

/// What may be taken.
pub(super) struct Pool<R: Rules> {
    items: Vec<Item>,
    /// The items' places, end to end.
    places: Vec<u32>,
    donors: Vec<Giver<R::Content>>,
    width: usize,
    // Of the growth at hand:
    left: Vec<u32>,
    joined: Vec<u32>,
    taken: Vec<(usize, u32)>,
    candidates: Vec<(u32, usize)>,
    place: Vec<u32>,
    extended: Vec<u32>,
    /// Items before this one are used up or outside of the place.
    cursor: usize,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    atom: u32,
    rows: u32,
    donor: usize,
    /// What a row of it costs where it is, or its draft saves without it; if its draft is given up, what it costs elsewhere.
    cost: u32,
}

struct Giver<C> {
    draft: u32,
    /// All its rows may go.
    gives_all: bool,
    /// What it has left in the growth at hand; the content only once something was taken.
    rows: u32,
    content: Option<C>,
}

impl<R: Rules> Default for Pool<R> {
    fn default() -> Self {
        Pool {
            items: Vec::new(),
            places: Vec::new(),
            donors: Vec::new(),
            width: 0,
            left: Vec::new(),
            joined: Vec::new(),
            taken: Vec::new(),
            candidates: Vec::new(),
            place: Vec::new(),
            extended: Vec::new(),
            cursor: 0,
        }
    }
}

impl<R: Rules> Pool<R> {
    /// Of the rows of `d`, and of the drafts around it that have rows to spare; each entry of a draft with its cost per row.
    pub(super) fn fill(
        &mut self,
        drafts: &Drafts<'_, R>,
        d: u32,
        cost: &mut dyn FnMut(u32, usize) -> u32,
        gives_all: bool,
    ) {
        self.items.clear();
        self.donors.clear();
        for draft in std::iter::once(d).chain(drafts.near.iter().copied()) {
            let donor = self.donors.len();
            let gives_all = draft == Drafts::<R>::BIN || (gives_all && draft == d);
            let rows = drafts.draft(draft).rows;
            if !gives_all && !R::GUIDED && drafts.rules.spare(rows, &mut R::Content::default(), 0, 1) == 0 {
                continue;
            }
            self.donors.push(Giver { draft, gives_all, rows, content: None });
            for (entry, &(atom, rows)) in drafts.draft(draft).atoms.iter().enumerate() {
                self.items.push(Item { atom, rows, donor, cost: cost(draft, entry) });
            }
        }
        // Those that gain most first; then by atom, so that nothing depends on how drafts came about.
        self.items.sort_unstable_by_key(|i| (std::cmp::Reverse(i.cost), i.atom, i.donor));
        self.width = drafts.space.width();
        self.places.clear();
        for item in &self.items {
            self.places.extend_from_slice(drafts.ground.place(item.atom));
        }
    }

    /// The items of the draft that the pool was filled for.
    pub(super) fn own_items(&self) -> Vec<usize> {
        (0..self.items.len()).filter(|&i| self.items[i].donor == 0).collect()
    }

    /// Grows from `seed`, and returns what all rows taken cost less than before; none if it came to no end.
    pub(super) fn grow(&mut self, drafts: &Drafts<'_, R>, seed: usize) -> Option<i128> {
        let (space, rules) = (drafts.space, drafts.rules);
        self.taken.clear();
        self.left.clear();
        self.left.extend(self.items.iter().map(|i| i.rows));
        for giver in &mut self.donors {
            giver.rows = drafts.draft(giver.draft).rows;
            giver.content = None;
        }
        self.place.clear();
        self.place.extend_from_slice(place(&self.places, self.width, seed));
        let mut cost = space.cost(&self.place);
        self.join_all(drafts);
        let (mut rows, mut content, mut saved) = (0u32, R::Content::default(), 0u64);
        let mut next = Some(seed);
        while let Some(item) = next {
            let most = if rules.holds(rows, &content) { u32::MAX } else { rules.missing(rows) };
            let take = self.take(drafts, item, most);
            if take > 0 {
                let from = self.items[item];
                rows += take;
                rules.add(&mut content, from.atom, take);
                saved += u64::from(take) * u64::from(from.cost);
                self.taken.push((item, take));
                if self.joined[item] > cost {
                    cost = space.join(&mut self.place, place(&self.places, self.width, item));
                    self.join_all(drafts);
                }
            }
            next = self.inside(drafts, cost, rows, &mut content);
            if next.is_none() {
                if rules.holds(rows, &content) {
                    break;
                }
                next = Some(self.extension(drafts, cost, rows, &mut content)?);
            }
        }
        space.is_possible(cost).then(|| i128::from(saved) - i128::from(cost) * i128::from(rows))
    }

    /// What the last growth took.
    pub(super) fn taken(&self, drafts: &Drafts<'_, R>, d: u32) -> Vec<Donor> {
        debug_assert!(self.donors.first().is_none_or(|g| g.draft == d || drafts.draft(d).rows > 0));
        self.taken
            .iter()
            .map(|&(item, rows)| {
                let Item { atom, donor, .. } = self.items[item];
                Donor { draft: self.donors[donor].draft, atom, rows }
            })
            .collect()
    }

    /// Takes at most `most` rows of an item, as many as its donor can spare.
    fn take(&mut self, drafts: &Drafts<'_, R>, item: usize, most: u32) -> u32 {
        let Item { atom, donor, .. } = self.items[item];
        let giver = &mut self.donors[donor];
        let wanted = self.left[item].min(most);
        if giver.gives_all {
            self.left[item] -= wanted;
            return wanted;
        }
        let content = giver.content.get_or_insert_with(|| drafts.draft(giver.draft).content.clone());
        let take = drafts.rules.spare(giver.rows, content, atom, wanted);
        giver.rows -= take;
        drafts.rules.remove(content, atom, take);
        self.left[item] = if take < wanted { 0 } else { self.left[item] - take };
        take
    }

    /// The next item that costs nothing more: while the draft does not hold, one that helps; then one that gains.
    fn inside(
        &mut self,
        drafts: &Drafts<'_, R>,
        cost: u32,
        rows: u32,
        content: &mut R::Content,
    ) -> Option<usize> {
        let rules = drafts.rules;
        let holds = rules.holds(rows, content);
        let mut first = None;
        let start = if R::GUIDED { 0 } else { self.cursor };
        for (i, item) in self.items.iter().enumerate().skip(start) {
            self.cursor = i;
            if holds && item.cost <= cost {
                break;
            }
            if self.left[i] == 0 || self.joined[i] > cost {
                continue;
            }
            let is_useful = match (holds, R::GUIDED) {
                (true, true) => rules.accepts(rows, content, item.atom, self.left[i]),
                (true, false) => true,
                (false, true) => helps(rules, rows, content, item.atom),
                (false, false) => true,
            };
            if is_useful {
                return Some(i);
            }
            if !holds && first.is_none() {
                first = Some(i);
            }
        }
        // None helps by itself; size may.
        first.filter(|_| rules.shortfall(rows, content) > 0.0 && rules.missing(rows) > 1)
    }

    /// Of the few cheapest extensions of the place the one that is worth its price.
    fn extension(
        &mut self,
        drafts: &Drafts<'_, R>,
        cost: u32,
        rows: u32,
        content: &mut R::Content,
    ) -> Option<usize> {
        let space = drafts.space;
        self.candidates.clear();
        for i in 0..self.items.len() {
            let joined = self.joined[i];
            if self.left[i] == 0
                || (self.candidates.len() == FEW && self.candidates.last().is_some_and(|c| joined >= c.0))
                || (R::GUIDED && !helps(drafts.rules, rows, content, self.items[i].atom))
            {
                continue;
            }
            // Several items of one extension are one candidate.
            let item = |i| place(&self.places, self.width, i);
            let is_known = self
                .candidates
                .iter()
                .any(|c| c.0 == joined && space.joins_alike(&self.place, item(i), item(c.1)));
            if is_known {
                continue;
            }
            let slot = self.candidates.partition_point(|c| c.0 <= joined);
            self.candidates.insert(slot, (joined, i));
            self.candidates.truncate(FEW);
        }
        let mut best: Option<(f64, usize)> = None;
        for &(joined, item) in &self.candidates {
            self.extended.clear();
            self.extended.extend_from_slice(&self.place);
            space.join(&mut self.extended, place(&self.places, self.width, item));
            let mut gain = 0u64;
            for (i, other) in self.items.iter().enumerate() {
                if other.cost <= joined {
                    break;
                }
                if self.left[i] > 0
                    && self.joined[i] <= joined
                    && space.join_cost(&self.extended, place(&self.places, self.width, i)) == joined
                {
                    gain += u64::from(self.left[i]) * u64::from(other.cost - joined);
                }
            }
            let price = f64::from(joined - cost) / (num::to_f64(gain) + 1.0);
            if best.is_none_or(|b| price < b.0) {
                best = Some((price, item));
            }
        }
        best.map(|b| b.1)
    }

    /// What each item would cost in the place reached.
    fn join_all(&mut self, drafts: &Drafts<'_, R>) {
        self.cursor = 0;
        self.joined.clear();
        let places = self.places.chunks_exact(self.width.max(1));
        self.joined.extend(places.map(|p| drafts.space.join_cost(&self.place, p)));
    }
}

/// Whether one row of `atom` brings a class nearer to its models.
fn helps<R: Rules>(rules: &R, rows: u32, content: &mut R::Content, atom: u32) -> bool {
    let before = rules.shortfall(rows, content);
    rules.add(content, atom, 1);
    let after = rules.shortfall(rows + 1, content);
    rules.remove(content, atom, 1);
    after < before
}

fn place(places: &[u32], width: usize, item: usize) -> &[u32] {
    &places[item * width..][..width]
}

/// So many of the cheapest extensions are weighed.
const FEW: usize = 8;
