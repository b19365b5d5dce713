//! The keys that a policy names, loaded once.

use std::{collections::HashMap, fmt, sync::Arc};

use super::policy::{Policy, Release, SampledRelease, StatisticsRelease, TableRelease};
use crate::{
    dp::ledger::LedgerKey,
    error::{Error, Result},
    evidence,
    pseudonym::{Key, KeyProvider, KeySource, KeyedMac, SubKey, SystemKeys},
};

/// Who gives out the keys, if not the environment and files beside the policy.
#[derive(Clone, Default)]
pub(super) struct Provider(pub(super) Option<Arc<dyn KeyProvider>>);

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider")
    }
}

/// The keys that a policy names, and those of its ledgers, which belong to no tenant.
pub(super) struct Keys {
    keys: HashMap<KeySource, Arc<Key>>,
    ledgers: HashMap<KeySource, Arc<Key>>,
}

impl Keys {
    /// Every key that an action of a released column, a ledger or a membership names.
    pub(super) fn load(policy: &Policy) -> Result<Self> {
        let system = SystemKeys::new(&policy.folder);
        let provider: &dyn KeyProvider = policy.keys.0.as_deref().unwrap_or(&system);
        let mut keys = Keys { keys: HashMap::new(), ledgers: HashMap::new() };
        for input in policy.inputs.values() {
            for (name, column) in &input.columns {
                if let Some(source) =
                    column.action.key().filter(|_| policy.releases_column(&input.name, name))
                {
                    keys.supply(source, policy, provider)
                        .map_err(|e| e.context(format!("column '{name}'")))?;
                }
            }
        }
        for (name, release) in &policy.releases {
            let supplied = match release {
                Release::Statistics(StatisticsRelease { key: Some(source), .. })
                | Release::Sampled(SampledRelease { key: Some(source), .. }) => {
                    provider.key(source).map(|key| drop(keys.ledgers.insert(source.clone(), key)))
                }
                Release::Table(TableRelease { membership: Some(spec), .. }) => {
                    keys.supply(&spec.key, policy, provider)
                }
                _ => continue,
            };
            supplied.map_err(|e| e.context(format!("release '{name}'")))?;
        }
        Ok(keys)
    }

    fn supply(&mut self, source: &KeySource, policy: &Policy, provider: &dyn KeyProvider) -> Result<()> {
        if !self.keys.contains_key(source) {
            let key = provider.key(source)?;
            let key = match &policy.tenant {
                Some(tenant) => Arc::new(key.tenant(tenant)?),
                None => key,
            };
            self.keys.insert(source.clone(), key);
        }
        Ok(())
    }

    pub(super) fn get(&self, source: &KeySource) -> Result<&Key> {
        self.keys.get(source).map(|k| &**k).ok_or_else(|| Error::key_not_loaded(&source.to_string()))
    }

    /// The key of a ledger: that which its release names, or else one of the policy's.
    pub(super) fn of_ledger(&self, named: Option<&KeySource>) -> Option<LedgerKey> {
        let key = match named {
            Some(source) => self.ledgers.get(source).map(|k| &**k),
            None => self.any(),
        };
        key.map(|key| LedgerKey::from_bytes(key.derive(&["ledger"]).mac(b"ledger")))
    }

    /// One of the keys: the one with the smallest id, so that the choice is the same in each run.
    pub(super) fn any(&self) -> Option<&Key> {
        self.keys.values().chain(self.ledgers.values()).map(|k| &**k).min_by_key(|k| k.id().to_string())
    }

    /// What names the input with the digest `sha256` on the card, without saying what it is: docs/CARD.md section 4.5.
    pub(super) fn input_id(&self, sha256: &str) -> Option<String> {
        self.any().map(|key| {
            let id = key.derive(&["incog", "input id"]).mac(sha256.as_bytes());
            crate::digest::hex(&id[..16])
        })
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
