//! The keys that a policy names, loaded once.

use std::{collections::HashMap, sync::Arc};

use super::policy::{Policy, Release, SampledRelease, StatisticsRelease, TableRelease};
use crate::{
    dp::ledger::LedgerKey,
    error::{Error, Result},
    evidence,
    pseudonym::{Key, KeyProvider, KeySource, KeyedMac, SubKey},
};

/// The keys that a policy names.
pub(super) struct Keys(HashMap<KeySource, Arc<Key>>);

impl Keys {
    /// Every key that an action of a released column, a ledger or a membership names.
    pub(super) fn load(policy: &Policy, provider: &dyn KeyProvider) -> Result<Self> {
        let mut keys = Keys(HashMap::new());
        for input in policy.inputs.values() {
            for (name, column) in &input.columns {
                if let Some(source) =
                    column.action.key().filter(|_| policy.releases_column(&input.name, name))
                {
                    keys.supply(source, provider).map_err(|e| e.context(format!("column '{name}'")))?;
                }
            }
        }
        for (name, release) in &policy.releases {
            let source = match release {
                Release::Statistics(StatisticsRelease { key: Some(source), .. }) => source,
                Release::Sampled(SampledRelease { key: Some(source), .. }) => source,
                Release::Table(TableRelease { membership: Some(spec), .. }) => &spec.key,
                _ => continue,
            };
            keys.supply(source, provider).map_err(|e| e.context(format!("release '{name}'")))?;
        }
        Ok(keys)
    }

    fn supply(&mut self, source: &KeySource, provider: &dyn KeyProvider) -> Result<()> {
        if !self.0.contains_key(source) {
            self.0.insert(source.clone(), provider.key(source)?);
        }
        Ok(())
    }

    pub(super) fn get(&self, source: &KeySource) -> Result<&Key> {
        self.0.get(source).map(|k| &**k).ok_or_else(|| Error::key_not_loaded(&source.to_string()))
    }

    /// The key of a ledger: that which its release names, or else one of the policy's.
    pub(super) fn of_ledger(&self, named: Option<&KeySource>) -> Option<LedgerKey> {
        let key = match named {
            Some(source) => self.0.get(source).map(|k| &**k),
            None => self.any(),
        };
        key.map(|key| LedgerKey::from_bytes(key.derive(&["ledger"]).mac(b"ledger")))
    }

    /// One of the keys: the one with the smallest id, so that the choice is the same in each run.
    pub(super) fn any(&self) -> Option<&Key> {
        self.0.values().map(|k| &**k).min_by_key(|k| k.id().to_string())
    }

    /// What orders the rows of `release`: a key of the policy, else the digest of its text, and then the order is merely
    /// arbitrary.
    pub(super) fn row_order(&self, policy: &Policy, release: &str) -> RowOrder {
        let derive = |key: &Key| key.derive(&["incog", "row order", release]);
        let key = match self.any() {
            Some(key) => derive(key),
            None => derive(&Key::from_bytes(evidence::sha256_bytes(policy.text.as_bytes()))),
        };
        RowOrder::new(&key)
    }
}

/// Gives each row its place among the others of a release: by what it holds, and not by where it stood.
pub(super) struct RowOrder(KeyedMac);

impl RowOrder {
    fn new(key: &SubKey) -> Self {
        RowOrder(KeyedMac::new(key))
    }

    /// The place of a row whose cells `record` holds.
    pub(super) fn place(&self, record: &[u8]) -> u128 {
        let [a, b, c, d, ..] = self.0.mac(record);
        [a, b, c, d].into_iter().fold(0, |place, word| (place << 32) | u128::from(word))
    }
}
