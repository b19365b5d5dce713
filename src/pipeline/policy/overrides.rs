//! Refusals that a person has overruled: by name, with a reason, up to a last day.

use std::collections::BTreeMap;

use super::{Policy, Release, Rule, document, today};
use crate::error::{Error, Result};

/// A refusal that a person has overruled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Override {
    /// The refusal.
    pub(crate) rule: Rule,
    /// The release it concerns.
    pub(crate) release: String,
    /// Who answers for it.
    pub(crate) who: String,
    /// Why.
    pub(crate) why: String,
    /// The last day on which it counts, as `YYYY-MM-DD`.
    pub(crate) until: String,
}

impl Policy {
    /// Whether a person has overruled `rule` for `release`, and the override still counts.
    ///
    /// # Errors
    /// `Refused` if every such override has expired.
    pub(crate) fn overridden(&self, rule: Rule, release: &str) -> Result<bool> {
        let today = today();
        let entries = self.overrides.iter().filter(|o| o.rule == rule && o.release == release);
        match entries.max_by(|a, b| a.until.cmp(&b.until)) {
            None => Ok(false),
            Some(last) if last.until >= today => Ok(true),
            Some(last) => Err(Error::override_expired(rule.word(), &last.until)),
        }
    }
}

impl Override {
    pub(super) fn new(entry: document::OverrideEntry, releases: &BTreeMap<String, Release>) -> Result<Self> {
        if !releases.contains_key(&entry.release) {
            return Err(Error::override_of_unknown_release(&entry.release, releases.keys()));
        }
        if entry.until.parse::<jiff::civil::Date>().is_err() || entry.until.len() != 10 {
            return Err(Error::override_date());
        }
        if entry.who.trim().is_empty() || entry.why.trim().is_empty() {
            return Err(Error::override_without_reason());
        }
        Ok(Override {
            rule: entry.rule,
            release: entry.release,
            who: entry.who,
            why: entry.why,
            until: entry.until,
        })
    }
}

impl Rule {
    /// The word for it in the policy.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Rule::KWithInsensitive => "k_with_insensitive",
            Rule::KeptColumns => "kept_columns",
        }
    }
}
