//! Values and their codes, for many threads.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    hash::{Hash, Hasher},
    ops::Range,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use zeroize::Zeroizing;

use super::{
    form::{self, Code},
    lookup::Lookup,
};
use crate::{
    Result,
    pii::Entity,
    pseudonym::{Key, SubKey},
};

/// What a session knows.
///
/// # Guarantee
/// For all entities and values, and from all threads, equal values of an entity have one code, and no two others
/// share one.
pub(super) struct Table {
    known: RwLock<Known>,
    codes: SubKey,
    most: usize,
    unknown: AtomicU64,
}

/// The values, in the order in which they came.
#[derive(Default)]
pub(super) struct Known {
    entries: Vec<Entry>,
    by_value: BTreeMap<Entity, HashMap<Value, Code>>,
    by_code: HashMap<Code, usize>,
    labels: BTreeSet<String>,
    lookup: Lookup,
    draws: u64,
}

pub(super) struct Entry {
    pub(super) entity: Entity,
    pub(super) code: Code,
    label: String,
    value: Value,
}

/// One copy for both directions, wiped when the last one goes.
#[derive(Clone)]
struct Value(Arc<Zeroizing<String>>);

impl Table {
    /// # Errors
    /// `Io` if the system has no entropy to give.
    pub(super) fn new(known: Known) -> Result<Self> {
        // Codes need not be repeatable: a table that is opened again has them, and draws others for new values.
        let codes = Key::generate()?.derive(&["placeholder codes"]);
        Ok(Table { known: RwLock::new(known), codes, most: MOST, unknown: AtomicU64::new(0) })
    }

    /// Appends the placeholder of `value`. False if it has none, and there is no room for it.
    pub(super) fn write(&self, entity: &Entity, value: &str, out: &mut String) -> bool {
        if self.read().write(entity, value, out) {
            return true;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster.
        if known.write(entity, value, out) {
            return true;
        }
        if known.entries.len() >= self.most {
            return false;
        }
        let code = loop {
            let [a, b, c, d, e, f, g, h, ..] = self.codes.mac(&known.draws.to_be_bytes());
            known.draws += 1;
            let code = Code::drawn(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
            if !known.by_code.contains_key(&code) {
                break code;
            }
        };
        known.insert(entity.clone(), code, value) && known.write(entity, value, out)
    }

    /// What is known now. Others wait with new values until it is dropped.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Known> {
        // Whoever panicked did so between two insertions: there is nothing in between that can.
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count_unknown(&self, more: u64) {
        self.unknown.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn unknown(&self) -> u64 {
        self.unknown.load(Ordering::Relaxed)
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }
}

impl Known {
    /// Adds a value. False if it, or the code, is there already.
    pub(super) fn insert(&mut self, entity: Entity, code: Code, value: &str) -> bool {
        let of_entity = self.by_value.entry(entity.clone()).or_default();
        if self.by_code.contains_key(&code) || of_entity.contains_key(value) {
            return false;
        }
        let (label, value) = (form::label(&entity), Value(Arc::new(Zeroizing::new(value.to_owned()))));
        of_entity.insert(value.clone(), code);
        self.by_code.insert(code, self.entries.len());
        self.labels.insert(label.clone());
        // Those two are no values that anybody would write again.
        if ![PLACEHOLDER, TEXT].contains(&entity.as_str()) {
            self.lookup.insert(self.entries.len(), value.borrow());
        }
        self.entries.push(Entry { entity, code, label, value });
        true
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = &str> + Clone {
        self.labels.iter().map(String::as_str)
    }

    /// Where values stand in `text`, whatever a search finds there.
    pub(super) fn find(&self, text: &str) -> Vec<(Range<usize>, Entity)> {
        let found = self.lookup.find(text, |number| self.entries[number].value());
        found.into_iter().map(|(place, number)| (place, self.entries[number].entity.clone())).collect()
    }

    /// Where the placeholder starts that `text` ends with, and its value. `code` is the code that `text` ends with.
    pub(super) fn ending(&self, text: &[u8], code: Code) -> Option<(usize, &str)> {
        let entry = &self.entries[*self.by_code.get(&code)?];
        Some((form::start(text, &entry.label)?, entry.value()))
    }

    fn write(&self, entity: &Entity, value: &str, out: &mut String) -> bool {
        let Some(&code) = self.by_value.get(entity).and_then(|values| values.get(value)) else {
            return false;
        };
        form::write(&self.entries[self.by_code[&code]].label, code, out);
        true
    }
}

impl Entry {
    pub(super) fn value(&self) -> &str {
        self.value.borrow()
    }
}

impl Borrow<str> for Value {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let text: &str = self.borrow();
        text.hash(state);
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl Eq for Value {}

impl fmt::Debug for Table {
    /// Counts only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("values", &self.read().entries.len()).finish_non_exhaustive()
    }
}

/// The entity of words that had the form of a placeholder before.
pub(super) const PLACEHOLDER: &str = "PLACEHOLDER";

/// The entity of a whole text.
pub(super) const TEXT: &str = "TEXT";

/// Values of a session. With a third of the codes in use, a new value takes 1.5 draws on average, and a code that a
/// model makes up is somebody's with a chance of a third; with a hundred values it is one in 32,400.
const MOST: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_table_takes_no_new_value_and_keeps_the_old_ones() {
        let table = Table { most: 2, ..Table::new(Known::default()).unwrap() };
        let written = |value: &str| {
            let mut out = String::new();
            table.write(&Entity::URL, value, &mut out).then_some(out)
        };
        let (a, b) = (written("a").unwrap(), written("b").unwrap());
        assert_ne!(a, b);
        assert_eq!(written("c"), None);
        assert_eq!((written("a"), written("b")), (Some(a), Some(b)));
    }

    #[test]
    fn equal_values_of_two_entities_have_two_codes() {
        let table = Table::new(Known::default()).unwrap();
        let (mut a, mut b) = (String::new(), String::new());
        assert!(table.write(&Entity::URL, "x", &mut a) && table.write(&Entity::IBAN, "x", &mut b));
        assert_ne!(a["URL".len()..], b["IBAN".len()..]);
        assert_eq!(format!("{table:?}"), "Table { values: 2, .. }");
    }
}
