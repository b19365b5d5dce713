//! Which classes of a node meet all models, and what every finer node loses at least.

use super::Problem;
use crate::{
    kanon::{
        class::{Counts, Histogram, PackedKey},
        model::{Class, Counts as Counted, Monotonicity, PrivacyModel, Reference, Scope, Whole},
        report::ClassSizes,
    },
    num,
};

/// What the models say of the classes of a node.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Whether each class is kept.
    pub(crate) holds: Vec<bool>,
    /// Rows of the classes that are not.
    pub(crate) suppressed_rows: u64,
    /// Rows that this node and every finer one lose at least.
    pub(crate) lost_rows: u64,
    /// Whether the node may be released at all, if it suppresses few enough rows.
    pub(crate) is_allowed: bool,
}

impl<K: PackedKey> Problem<'_, K> {
    /// Judges the classes `histogram` of `node`; none as soon as more than `patience` rows are lost for certain.
    pub(crate) fn judge(&self, histogram: &Histogram<K>, node: &[usize], patience: u64) -> Option<Judged> {
        let counts = &histogram.counts;
        let least_rows = self.least_rows();
        let too_small: u64 = counts.rows.iter().map(|&r| u64::from(r)).filter(|&r| r < least_rows).sum();
        if too_small > patience {
            return None;
        }
        let mut judged = Judged { lost_rows: too_small, is_allowed: true, ..Judged::default() };
        judged.holds = counts.rows.iter().map(|&r| u64::from(r) >= least_rows).collect();
        if self.is_of_rows_alone() {
            judged.suppressed_rows = too_small;
            return Some(judged);
        }
        // Rows of each class that some finer node may keep; only models of releases ask for them.
        let mut retained = vec![0u64; counts.rows.len()];
        let settled: Vec<usize> = (0..self.models.len()).filter(|&m| self.is_settled(m)).collect();
        let mut room = Vec::new();
        for (class, &rows) in counts.rows.iter().enumerate() {
            let rows = u64::from(rows);
            if !judged.holds[class] || rows == 0 {
                judged.holds[class] = false;
                continue;
            }
            let mut lost = 0;
            for &m in &settled {
                if !self.model_holds(counts, class, m, None, &mut room) {
                    judged.holds[class] = false;
                    lost = lost.max(self.rows_lost(counts, class, m, &mut room).min(rows));
                }
            }
            judged.lost_rows += lost;
            if judged.lost_rows > patience {
                return None;
            }
            retained[class] = rows - lost;
        }
        judged.lost_rows += self.lost_to_models_of_releases(&retained);
        // What is left out for the one may break the other: until nothing changes.
        loop {
            self.compare_with_released(histogram, node, &mut judged.holds);
            if !self.leave_out_smallest(histogram, node, &mut judged.holds) {
                break;
            }
        }
        let everywhere = |m: &dyn PrivacyModel| m.counts() == Counted::Population { everywhere: true };
        if self.models.iter().any(|m| everywhere(m.as_ref())) {
            let absent = |class: usize| counts.population.get(class).is_none_or(|&p| p == 0);
            judged.is_allowed = (0..counts.rows.len()).all(|class| judged.holds[class] || absent(class));
        }
        let suppressed = counts.rows.iter().zip(&judged.holds).filter(|(_, holds)| !**holds);
        judged.suppressed_rows = suppressed.map(|(&r, _)| u64::from(r)).sum();
        (judged.lost_rows <= patience).then_some(judged)
    }

    /// Whether a model's answer depends on the class alone, and not on what else is released.
    pub(super) fn is_settled(&self, model: usize) -> bool {
        let model = &self.models[model];
        model.scope() == Scope::Class && model.reference() == Reference::Input
    }

    /// Whether the `model`-th model holds for `class`, compared with `whole` or with all rows.
    pub(crate) fn model_holds(
        &self,
        counts: &Counts,
        class: usize,
        model: usize,
        whole: Option<&Whole>,
        room: &mut Vec<(u32, u32)>,
    ) -> bool {
        let values = self.values(counts, class, model, room);
        self.models[model].holds(&self.class(counts, class, model, values, whole))
    }

    /// Number of known values of `class` that the model looks at.
    pub(super) fn known_values(
        &self,
        counts: &Counts,
        class: usize,
        model: usize,
        room: &mut Vec<(u32, u32)>,
    ) -> u64 {
        let values = self.values(counts, class, model, room);
        num::count(self.class(counts, class, model, values, None).known_values().len())
    }

    fn rows_lost(&self, counts: &Counts, class: usize, model: usize, room: &mut Vec<(u32, u32)>) -> u64 {
        let rule = &self.models[model];
        // Persons with several rows do not add up when classes merge, so only what holds for any counts is used.
        if rule.column().is_some() && counts.persons.is_some() {
            return if rule.monotonicity() == Monotonicity::Upward {
                u64::from(counts.rows[class])
            } else {
                0
            };
        }
        // Small classes add little to the bound, and there are many.
        if u64::from(counts.rows[class]) * WORTH_A_BOUND < self.costs.rows() {
            return match rule.monotonicity() {
                Monotonicity::Upward => u64::from(counts.rows[class]),
                Monotonicity::Closed => 1,
                Monotonicity::None => 0,
            };
        }
        let values = self.values(counts, class, model, room);
        rule.lost_rows(&self.class(counts, class, model, values, None))
    }

    fn class<'c>(
        &'c self,
        counts: &Counts,
        class: usize,
        model: usize,
        values: &'c [(u32, u32)],
        whole: Option<&'c Whole>,
    ) -> Class<'c> {
        let rows = u64::from(counts.rows[class]);
        let persons = counts.persons.as_ref().map_or(rows, |p| p.of(class));
        let population = counts.population.get(class).map_or(0, |&p| u64::from(p));
        let counts = Class::new(rows, persons, values).in_population(population);
        match whole.or_else(|| self.counted_by_model[model].map(|c| &self.counted[c].whole)) {
            Some(whole) => counts.within(whole),
            None => counts,
        }
    }

    /// The values of `class` that the model looks at: borrowed, or put into `room`.
    fn values<'c>(
        &self,
        counts: &'c Counts,
        class: usize,
        model: usize,
        room: &'c mut Vec<(u32, u32)>,
    ) -> &'c [(u32, u32)] {
        let Some(counted) = self.counted_by_model[model] else { return &[] };
        let lists = &counts.counted[counted];
        match &self.counted[counted].value_of_pair {
            None => lists.of(class, room),
            // Pairs of a value and a person, ascending by value: each person counts once for a value.
            Some(value_of) => {
                room.clear();
                lists.for_each(class, |pair, _| {
                    let value = value_of[num::index(pair)];
                    match room.last_mut() {
                        Some((last, persons)) if *last == value => *persons += 1,
                        _ => room.push((value, 1)),
                    }
                });
                room
            }
        }
    }

    /// Leaves out classes that break a model which compares with the released rows, until none does.
    fn compare_with_released(&self, histogram: &Histogram<K>, node: &[usize], holds: &mut [bool]) {
        let unsettled: Vec<usize> = (0..self.models.len())
            .filter(|&m| {
                let scope = self.models[m].scope();
                scope == Scope::Surroundings || scope == Scope::Class && !self.is_settled(m)
            })
            .collect();
        loop {
            let mut all_hold = true;
            for &m in &unsettled {
                let Some(counted) = self.counted_by_model[m] else { continue };
                let fails: Vec<usize> = if self.models[m].scope() == Scope::Surroundings {
                    self.fail_in_surroundings(histogram, node, holds, m)
                } else {
                    let whole = self.whole_of(histogram, counted, |class| holds[class]);
                    let mut room = Vec::new();
                    let mut fails = |&class: &usize| {
                        !self.model_holds(&histogram.counts, class, m, Some(&whole), &mut room)
                    };
                    (0..holds.len()).filter(|&class| holds[class]).filter(|class| fails(class)).collect()
                };
                all_hold &= fails.is_empty();
                fails.into_iter().for_each(|class| holds[class] = false);
            }
            if all_hold {
                return;
            }
        }
    }

    /// The distribution of a counted column in the classes that `of` says.
    fn whole_of(&self, histogram: &Histogram<K>, counted: usize, of: impl Fn(usize) -> bool) -> Whole {
        let column = &self.counted[counted];
        let mut rows = vec![0u64; column.whole.rows().len()];
        let mut pairs = std::collections::BTreeSet::new();
        for class in (0..histogram.len()).filter(|&c| of(c)) {
            histogram.counts.counted[counted].for_each(class, |value, n| match &column.value_of_pair {
                None => rows[num::index(value)] += u64::from(n),
                Some(value_of) if pairs.insert(value) => {
                    rows[num::index(value_of[num::index(value)])] += 1;
                }
                Some(_) => {}
            });
        }
        column.whole.with_rows(rows)
    }

    /// Classes for which no set around them will do: the classes equal on the first j columns, for each j.
    fn fail_in_surroundings(
        &self,
        histogram: &Histogram<K>,
        node: &[usize],
        holds: &[bool],
        model: usize,
    ) -> Vec<usize> {
        let Some(counted) = self.counted_by_model[model] else { return Vec::new() };
        let mut open: Vec<usize> = (0..histogram.len()).filter(|&class| holds[class]).collect();
        let fields = self.layout.fields();
        let keys = histogram.keys.to_vec();
        let mut room = Vec::new();
        for j in (0..=node.len()).rev() {
            if open.is_empty() {
                break;
            }
            // The key with the columns from j on left out, not at their coarsest: those may still differ.
            let prefix = |class: usize| {
                (0..j).fold(K::ZERO, |key, c| key.or(K::of(fields[c], keys[class].get(fields[c]))))
            };
            let mut members: std::collections::BTreeMap<K, Vec<usize>> = std::collections::BTreeMap::new();
            for class in (0..histogram.len()).filter(|&class| holds[class]) {
                members.entry(prefix(class)).or_default().push(class);
            }
            let mut wholes: std::collections::BTreeMap<K, Whole> = std::collections::BTreeMap::new();
            open.retain(|&class| {
                let key = prefix(class);
                let around = wholes.entry(key).or_insert_with(|| {
                    let inside: std::collections::BTreeSet<usize> = members[&key].iter().copied().collect();
                    self.whole_of(histogram, counted, |c| inside.contains(&c))
                });
                !self.model_holds(&histogram.counts, class, model, Some(around), &mut room)
            });
        }
        open
    }

    /// Models that look at what is released as a whole.
    fn models_of_releases(&self) -> Vec<&dyn PrivacyModel> {
        let models = self.models.iter().map(AsRef::as_ref);
        models.filter(|m| matches!(m.scope(), Scope::Release { .. })).collect()
    }

    /// Leaves out the smallest classes until every model of the release admits the rest; of equal sizes, those whose
    /// rows lose least by it. Whether any had to be left out.
    fn leave_out_smallest(&self, histogram: &Histogram<K>, node: &[usize], holds: &mut [bool]) -> bool {
        let of_release = self.models_of_releases();
        if of_release.is_empty() {
            return false;
        }
        let (keys, fields) = (histogram.keys.to_vec(), self.layout.fields());
        let mut smallest_first: Vec<(u32, f64, K, usize)> = (0..histogram.len())
            .filter(|&class| holds[class])
            .map(|class| {
                let code = |column: usize| keys[class].get(fields[column]);
                let cost = self.costs.cost_of_leaving_out(self.metric, node, code);
                (histogram.counts.rows[class], cost, keys[class], class)
            })
            .collect();
        smallest_first.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        let sizes: Vec<u64> = smallest_first.iter().map(|c| u64::from(c.0)).collect();
        let left_out = least_left_out(&sizes, |released| of_release.iter().all(|m| m.admits(released)));
        for (.., class) in &smallest_first[..left_out] {
            holds[*class] = false;
        }
        left_out > 0
    }

    /// Rows that every finer node leaves out for models of the release: there each class, whatever it is divided into,
    /// counts at least once and keeps at most what it retains.
    fn lost_to_models_of_releases(&self, retained: &[u64]) -> u64 {
        let is_monotone = |m: &&dyn PrivacyModel| m.scope() == Scope::Release { monotone: true };
        let monotone: Vec<&dyn PrivacyModel> =
            self.models_of_releases().into_iter().filter(is_monotone).collect();
        if monotone.is_empty() {
            return 0;
        }
        let mut ascending: Vec<u64> = retained.iter().copied().filter(|&r| r > 0).collect();
        ascending.sort_unstable();
        let left_out = least_left_out(&ascending, |released| monotone.iter().all(|m| m.admits(released)));
        ascending[..left_out].iter().sum()
    }
}

/// How many of the ascending `sizes` must be left out, from the smallest on, until `admits` says yes.
fn least_left_out(sizes: &[u64], admits: impl Fn(&ClassSizes) -> bool) -> usize {
    let (mut low, mut high) = (0, sizes.len());
    while low < high {
        let middle = low.midpoint(high);
        if admits(&ClassSizes::of(sizes[middle..].iter().copied())) {
            high = middle
        } else {
            low = middle + 1
        }
    }
    low
}

/// A class with less than one in so many rows is not worth to ask its model how many of them can be kept.
const WORTH_A_BOUND: u64 = 2048;
