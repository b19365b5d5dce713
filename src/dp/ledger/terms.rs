//! What a ledger was created with, as text: its name, its key's name, its rules. Nothing changes it later.

use std::sync::Arc;

use crate::{
    digest,
    dp::ledger::{LedgerKey, Rules, chain::from_hex},
    error::{Error, Result},
    rng::SecureRng,
};

/// What a ledger was created with. For implementers of [`Audited`](super::Audited).
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::Terms};
/// let terms = Terms::new(Budget::parse("1", "0")?, None)?;
/// // A ledger of your own stores the text, and reads it when it is opened.
/// assert_eq!(Terms::parse(terms.text())?, terms);
/// assert_eq!(terms.rules().limits()[0].to_string(), "ε = 1 for the whole ledger");
/// assert_eq!(Terms::parse("incog-ledger/2\n").unwrap_err().kind(), incog::ErrorKind::Data);
/// // Two ledgers with one budget are two ledgers.
/// assert_ne!(Terms::new(Budget::parse("1", "0")?, None)?.id(), terms.id());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    id: [u8; 16],
    key_id: Option<String>,
    rules: Rules,
    text: String,
}

impl Terms {
    /// Terms of a new ledger: a drawn name, `rules`, and the name of `key` if its chain is to have one.
    ///
    /// # Errors
    /// As [`RulesBuilder::build`](super::RulesBuilder::build); `Io` if the system has no entropy.
    pub fn new(rules: impl Into<Rules>, key: Option<&Arc<LedgerKey>>) -> Result<Self> {
        let mut id = [0; 16];
        SecureRng::from_os()?.fill(&mut id)?;
        Terms::of(id, key.map(|key| key.id()), rules.into())
    }

    /// What [`text`](Self::text) wrote.
    ///
    /// # Errors
    /// `Data` if it is no such text.
    pub fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        if lines.next() != Some(FORMAT) {
            return Err(Error::damaged_terms());
        }
        let mut field = |name: &str| {
            lines
                .next()
                .and_then(|line| line.strip_prefix(name)?.strip_prefix(' '))
                .ok_or_else(Error::damaged_terms)
        };
        let id = from_hex(field("id")?).and_then(|id| id.try_into().ok()).ok_or_else(Error::damaged_terms)?;
        let key_id = Some(field("key")?).filter(|id| *id != "none").map(str::to_owned);
        let rules = Rules::read(lines).map_err(|_| Error::damaged_terms())?;
        let terms = Terms::of(id, key_id, rules)?;
        if terms.text == text { Ok(terms) } else { Err(Error::damaged_terms()) }
    }

    /// The name of the ledger, drawn when it was created.
    #[must_use]
    pub fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// The name of the key of its chain.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The budgets.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Lines of text: what the chain starts with.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn of(id: [u8; 16], key_id: Option<String>, rules: Rules) -> Result<Self> {
        rules.check()?;
        let mut text =
            format!("{FORMAT}\nid {}\nkey {}", digest::hex(&id), key_id.as_deref().unwrap_or("none"));
        for line in rules.lines() {
            text.push('\n');
            text.push_str(&line);
        }
        Ok(Terms { id, key_id, rules, text })
    }
}

/// The first line.
const FORMAT: &str = "incog-ledger/1";
