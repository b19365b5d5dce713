//! What a class must meet while it is being made.
//!
//! Where k is all that is asked, a class is known by its number of rows, and that case is as fast as it can
//! be. Otherwise a class keeps the counts that the models look at.

use super::ground::Ground;
use crate::{
    kanon::model::{Class, PrivacyModel, Scope, Whole},
    num,
};

/// Whether a class may be released, and how far it is from that.
pub(crate) trait Rules: Sync {
    /// What is counted of a class beside its rows.
    type Content: Clone + Default + Send;
    /// Whether it matters which rows come in, and not only how many.
    const GUIDED: bool;

    /// Counts `rows` rows of `atom`.
    fn add(&self, content: &mut Self::Content, atom: u32, rows: u32);
    /// Takes them back.
    fn remove(&self, content: &mut Self::Content, atom: u32, rows: u32);
    /// Counts all of another class.
    fn merge(&self, content: &mut Self::Content, other: &Self::Content);
    /// Whether a class of `rows` rows meets everything.
    fn holds(&self, rows: u32, content: &Self::Content) -> bool;
    /// How far it is from that: zero if it holds. Only to compare.
    fn shortfall(&self, rows: u32, content: &Self::Content) -> f64;
    /// How many rows a class that does not hold takes at once: what is surely missing, at least 1.
    fn missing(&self, rows: u32) -> u32;

    /// How many of `at_most` rows of `atom` a class that holds can spare.
    fn spare(&self, rows: u32, content: &mut Self::Content, atom: u32, at_most: u32) -> u32 {
        let mut without = |take: u32| {
            self.remove(content, atom, take);
            let holds = rows > take && self.holds(rows - take, content);
            self.add(content, atom, take);
            holds
        };
        if without(at_most) {
            return at_most;
        }
        let (mut low, mut high) = (0, at_most);
        while low + 1 < high {
            let middle = low.midpoint(high);
            if without(middle) { low = middle } else { high = middle }
        }
        low
    }

    /// Whether a class that holds still does with `take` rows of `atom` more.
    fn accepts(&self, rows: u32, content: &mut Self::Content, atom: u32, take: u32) -> bool {
        self.add(content, atom, take);
        let holds = self.holds(rows + take, content);
        self.remove(content, atom, take);
        holds
    }
}

/// At least `k` rows, and nothing else.
#[derive(Debug)]
pub(crate) struct Size {
    pub(crate) k: u32,
}

impl Rules for Size {
    type Content = ();
    const GUIDED: bool = false;

    fn add(&self, (): &mut (), _: u32, _: u32) {}

    fn remove(&self, (): &mut (), _: u32, _: u32) {}

    fn merge(&self, (): &mut (), (): &()) {}

    fn holds(&self, rows: u32, (): &()) -> bool {
        rows >= self.k
    }

    fn shortfall(&self, rows: u32, (): &()) -> f64 {
        f64::from(self.k.saturating_sub(rows))
    }

    fn missing(&self, rows: u32) -> u32 {
        self.k.saturating_sub(rows).max(1)
    }

    fn spare(&self, rows: u32, (): &mut (), _: u32, at_most: u32) -> u32 {
        at_most.min(rows.saturating_sub(self.k))
    }

    fn accepts(&self, _: u32, (): &mut (), _: u32, _: u32) -> bool {
        true
    }
}

/// Any models, on counts of sensitive values and persons.
#[derive(Debug)]
pub(crate) struct Models<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) models: &'a [Box<dyn PrivacyModel>],
    /// For each model, which counted column it looks at.
    pub(crate) counted_by_model: &'a [Option<usize>],
    /// For each counted column, its distribution in all rows; none for persons.
    pub(crate) wholes: &'a [Option<Whole>],
    /// Which counted column tells persons apart, if they are not the rows.
    pub(crate) persons: Option<usize>,
    /// The least number of rows of a class that the models surely ask for.
    pub(crate) least_rows: u32,
}

/// For each counted column the values that occur, ascending, with their rows.
pub(crate) type Counts = Vec<Vec<(u32, u32)>>;

impl Models<'_> {
    fn each<'c>(
        &'c self,
        rows: u32,
        content: &'c Counts,
    ) -> impl Iterator<Item = (&'c dyn PrivacyModel, Class<'c>)> + 'c {
        let list = |column: usize| content.get(column).map_or(&[][..], Vec::as_slice);
        let persons = self.persons.map_or(u64::from(rows), |p| num::count(list(p).len()));
        // What depends on the other classes is settled at the end. Where classes are compared with the released rows, these are
        // all rows: then none may be left out.
        let of_class = |model: &dyn PrivacyModel| model.scope() == Scope::Class;
        let models = self.models.iter().zip(self.counted_by_model).filter(move |(m, _)| of_class(m.as_ref()));
        models.map(move |(model, counted)| {
            let class = Class::new(u64::from(rows), persons, counted.map_or(&[][..], list));
            let whole = counted.and_then(|c| self.wholes.get(c)).and_then(Option::as_ref);
            (&**model, whole.map_or(class, |whole| class.within(whole)))
        })
    }
}

impl Rules for Models<'_> {
    type Content = Counts;
    const GUIDED: bool = true;

    fn add(&self, content: &mut Counts, atom: u32, rows: u32) {
        let values = self.ground.values(atom);
        content.resize(values.len(), Vec::new());
        for (list, &value) in content.iter_mut().zip(values) {
            match list.binary_search_by_key(&value, |e| e.0) {
                Ok(at) => list[at].1 += rows,
                Err(at) => list.insert(at, (value, rows)),
            }
        }
    }

    fn remove(&self, content: &mut Counts, atom: u32, rows: u32) {
        let values = self.ground.values(atom);
        for (list, &value) in content.iter_mut().zip(values) {
            if let Ok(at) = list.binary_search_by_key(&value, |e| e.0) {
                list[at].1 -= rows;
                if list[at].1 == 0 {
                    list.remove(at);
                }
            }
        }
    }

    fn merge(&self, content: &mut Counts, other: &Counts) {
        content.resize(other.len().max(content.len()), Vec::new());
        for (list, more) in content.iter_mut().zip(other) {
            let mut merged = Vec::with_capacity(list.len() + more.len());
            let (mut a, mut b) = (list.iter().copied().peekable(), more.iter().copied().peekable());
            loop {
                merged.push(match (a.peek().copied(), b.peek().copied()) {
                    (Some(x), Some(y)) if x.0 == y.0 => {
                        a.next();
                        b.next();
                        (x.0, x.1 + y.1)
                    }
                    (Some(x), y) if y.is_none_or(|y| x.0 < y.0) => {
                        a.next();
                        x
                    }
                    (_, Some(y)) => {
                        b.next();
                        y
                    }
                    (_, None) => break,
                });
            }
            *list = merged;
        }
    }

    fn holds(&self, rows: u32, content: &Counts) -> bool {
        rows >= self.least_rows && self.each(rows, content).all(|(model, class)| model.holds(&class))
    }

    fn shortfall(&self, rows: u32, content: &Counts) -> f64 {
        let size = f64::from(self.least_rows.saturating_sub(rows)) / f64::from(self.least_rows.max(1));
        size + self.each(rows, content).map(|(model, class)| model.shortfall(&class)).sum::<f64>()
    }

    fn missing(&self, rows: u32) -> u32 {
        // With models on values, one row at a time lets each be chosen.
        if self.counted_by_model.iter().all(Option::is_none) {
            self.least_rows.saturating_sub(rows).max(1)
        } else {
            1
        }
    }
}
