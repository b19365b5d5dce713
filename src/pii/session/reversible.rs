//! The session.

use std::{
    fmt,
    ops::Range,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    Restorer,
    form::{self, Tail},
    lookup::SIGNS,
    stored,
    table::{Known, PLACEHOLDER, TEXT, Table},
};
use crate::{
    Error, Result,
    pii::{Confidence, Counts, Entity, Finding, Label, Operator, Reason, Redactor, Replacement, Scanner},
    pseudonym::{Key, Keyring, vault},
};

/// Replaces what a [`Scanner`] finds by placeholders, and placeholders by what they stand for.
///
/// A placeholder is a bare word such as `EMAIL_ADDRESS_KQ4821`: what it stands for, and a code that is drawn. Equal
/// values of an entity, byte by byte, have the same one in the whole session, whatever the turn and the thread. It
/// says nothing of its value, and it is another one in each session.
///
/// It is read back in any case, with `\_` for `_`, and inside of quotes, brackets, backticks or stars. A text that
/// holds a placeholder already, or a word of that form, gets one for it, so that it comes back as it was: keep the
/// history of a chat as its reader sees it, and redact all of it in each turn.
///
/// # Guarantee
/// For all texts, scanners and sessions, `restore(redact(text))` is `text`, a search of the redacted text finds nothing but
/// inside of placeholders, and no whole word of the text that is a known value is in it. The bytes outside of placeholders are those of the text, in order. A text that
/// frees something new eight times over becomes one placeholder as a whole.
///
/// A value that the session knows, from a text before or from [`know`](Self::know), is replaced in all texts where it
/// stands as a whole word, also where a search would pass it by: without a label, in another case, a number with other
/// separators. Each spelling has a placeholder of its own, or it could not come back as it was. Of a value of two or three
/// letters and digits only the same spelling is found.
///
/// What no recognizer and no session knows stays in the text. A model may be led by what it reads to write a placeholder where its value should not go: restore what is
/// shown to whoever may see the values, and nothing that is sent elsewhere.
///
/// Values are wiped from memory when the session and its restorers are dropped. Texts that are handed in and out are
/// the caller's.
///
/// # Examples
/// ```
/// use incog::pii::{ReversibleSession, Scanner};
/// let session = ReversibleSession::new(Scanner::new())?;
/// let prompt = session.redact("Mail ada@example.org and bob@example.org, then ada@example.org again.")?;
/// let words: Vec<&str> = prompt.split([' ', ',']).collect();
/// assert!(words[1].starts_with("EMAIL_ADDRESS_"));
/// assert_ne!(words[1], words[3]);
/// assert_eq!(words[1], words[6]);
///
/// let answer = format!("Done: \"{}\".", words[1].to_lowercase());
/// assert_eq!(session.restore(&answer), "Done: \"ada@example.org\".");
/// assert_eq!(session.restore("EMAIL_ADDRESS_2"), "EMAIL_ADDRESS_2");
/// assert_eq!(format!("{session:?}"), "ReversibleSession { values: 2, unknown: 0, .. }");
/// # Ok::<(), incog::Error>(())
/// ```
pub struct ReversibleSession {
    scanner: Scanner,
    table: Arc<Table>,
    counts: Counts,
}

impl ReversibleSession {
    /// An empty session.
    ///
    /// # Errors
    /// `Io` if the system has no entropy to give.
    pub fn new(scanner: Scanner) -> Result<Self> {
        Ok(ReversibleSession {
            scanner,
            table: Arc::new(Table::new(Known::default())?),
            counts: Counts::new(),
        })
    }

    /// The session that was sealed at `path` with `key`: its values have the placeholders that they had.
    ///
    /// An older copy of the file opens as well as the newest: who may write it can undo the last turns.
    ///
    /// # Errors
    /// `Io` if the file cannot be read. `Data` if it is none, is cut, or was changed. `Key` if it was sealed with
    /// another key. `Unsupported` if it is of a later version.
    pub fn open(key: &Key, path: impl AsRef<Path>, scanner: Scanner) -> Result<Self> {
        let path = path.as_ref();
        let bytes = vault::open(key, stored::KIND, path)?;
        let known = stored::read(&bytes).ok_or_else(|| Error::vault_contents(path))?;
        Ok(ReversibleSession { scanner, table: Arc::new(Table::new(known)?), counts: Counts::new() })
    }

    /// As [`open`](Self::open), with the key of `ring` that the file was sealed with: also one that was replaced since.
    ///
    /// # Errors
    /// As there; `Key` if the ring does not have it.
    pub fn open_with_keyring(ring: &Keyring, path: impl AsRef<Path>, scanner: Scanner) -> Result<Self> {
        let path = path.as_ref();
        ReversibleSession::open(ring.key(vault::key_id(path)?)?, path, scanner)
    }

    /// Writes the values and their placeholders, encrypted, to a file for its owner only. It is there whole or not at
    /// all. A vault that is there already is replaced; values that were sealed there by another session are gone then.
    ///
    /// The file shows the id of the key, when it was written, and how much is in it, up to the next power of two.
    ///
    /// # Errors
    /// `Refused` if something other than a vault is at `path`, or if the values have more than 1 GiB. `Io` if the file
    /// cannot be written, or if the system has no entropy to give; what was there before is there still.
    pub fn seal(&self, key: &Key, path: impl AsRef<Path>) -> Result<()> {
        let bytes = stored::write(&self.table.read());
        vault::seal(key, stored::KIND, &bytes, path.as_ref())
    }

    /// Makes a value known, such as the name of who the texts are about: it is replaced from now on, although no recognizer
    /// may find it.
    ///
    /// # Errors
    /// `Parameter` if the value has fewer than two letters and digits, or more than 256; `Refused` if the session would
    /// have to hold more than a million values.
    ///
    /// # Examples
    /// ```
    /// use incog::pii::{Entity, ReversibleSession, Scanner};
    /// let session = ReversibleSession::new(Scanner::new())?;
    /// session.know(Entity::PERSON, "Ada Lovelace")?;
    /// session.redact("Her SSN is 536-90-4399.")?;
    /// let prompt = session.redact("What do we know of ADA LOVELACE, 536904399?")?;
    /// assert!(prompt.starts_with("What do we know of PERSON_") && prompt.contains(", US_SSN_"));
    ///
    /// let error = session.know(Entity::PERSON, "A").unwrap_err();
    /// assert!(error.to_string().starts_with("a known value has 2 to 256 letters and digits, got 1"));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn know(&self, entity: Entity, value: &str) -> Result<()> {
        let signs = value.chars().filter(|c| c.is_alphanumeric()).count();
        if !SIGNS.contains(&signs) {
            return Err(Error::known_value_length(signs, &SIGNS));
        }
        match self.table.write(&entity, value, &mut String::new()) {
            true => Ok(()),
            false => Err(Error::session_full(self.table.most())),
        }
    }

    /// `text` with placeholders for what is found in it.
    ///
    /// # Errors
    /// `Refused` if the session would have to hold more than a million values.
    pub fn redact(&self, text: &str) -> Result<String> {
        let full = Arc::new(AtomicBool::new(false));
        let operator = Placeholder { table: Arc::clone(&self.table), full: Arc::clone(&full) };
        let redactor = Redactor::builder(self.scanner.clone()).otherwise(operator).build();

        let mut findings = self.scanner.scan(text.as_bytes());
        let of_form = |range| {
            Finding::new(range, entity(PLACEHOLDER), Confidence::CERTAIN, Reason::shape("placeholder"))
        };
        findings.extend(form::places(text).map(of_form));
        findings.extend(self.known(text, &[]));
        // Replacing one value may join or free another, and a label is a word. So the result is searched again. It is
        // always made from the text anew, so no value holds a placeholder of its own session.
        let replaced = |findings: &[Finding]| {
            let (redacted, places) = redactor.replace(text, findings);
            if full.load(Ordering::Relaxed) {
                Err(Error::session_full(self.table.most()))
            } else {
                Ok((redacted, places))
            }
        };
        let counted = |(redacted, places): (String, Vec<Replacement>)| {
            self.counts.text(places.iter().map(|place| &place.entity));
            redacted
        };
        for _ in 0..PATIENCE {
            let (redacted, places) = replaced(&findings)?;
            let mut freed = self.freed(&redacted);
            // What was found becomes known, and may stand elsewhere in other words.
            freed.extend(self.known(text, &findings));
            if freed.is_empty() {
                return Ok(counted((redacted, places)));
            }
            findings.extend(freed);
        }
        let reason = Reason::shape("text that frees findings");
        replaced(&[Finding::new(0..text.len(), entity(TEXT), Confidence::CERTAIN, reason)]).map(counted)
    }

    /// `text` with the values of its placeholders. What has the form of one and is none of this session stays and is
    /// counted. Values are not searched for placeholders.
    #[must_use]
    pub fn restore(&self, text: &str) -> String {
        let mut restorer = self.restorer();
        let mut out = restorer.push(text);
        out.push_str(&restorer.finish());
        out
    }

    /// Restores an answer that comes in chunks.
    pub fn restorer(&self) -> Restorer {
        Restorer::new(Arc::clone(&self.table))
    }

    /// What was replaced in the texts of this session, for those who watch.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many values it holds.
    #[must_use]
    pub fn values(&self) -> usize {
        self.table.read().entries().len()
    }

    /// How many words that were to be restored had the form of a placeholder and were none of this session.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.table.unknown()
    }

    /// What it searches with.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// The known values in `text` that none of `findings` covers.
    fn known(&self, text: &str, findings: &[Finding]) -> Vec<Finding> {
        let found = self.table.read().find(text);
        // By where findings start, how far these and those before reach.
        let mut reaches: Vec<(usize, usize)> = findings.iter().map(|f| (f.start(), f.end())).collect();
        reaches.sort_unstable();
        let mut furthest = 0;
        for (_, end) in &mut reaches {
            furthest = furthest.max(*end);
            *end = furthest;
        }
        let open = |(place, _): &(Range<usize>, Entity)| {
            let before = &reaches[..reaches.partition_point(|(start, _)| *start <= place.start)];
            before.last().is_none_or(|(_, end)| *end < place.end)
        };
        let finding =
            |(place, entity)| Finding::new(place, entity, Confidence::CERTAIN, Reason::shape("known value"));
        found.into_iter().filter(open).map(finding).collect()
    }

    /// What a search of `redacted` finds outside of placeholders, as ranges of the text that it was made from.
    fn freed(&self, redacted: &str) -> Vec<Finding> {
        let found = self.scanner.scan(redacted.as_bytes());
        if found.is_empty() {
            return found;
        }
        let places = self.places(redacted);
        let last_before = |at: usize| places[..places.partition_point(|p| p.written.start <= at)].last();
        let original = |at: usize, is_end: bool| match last_before(if is_end { at - 1 } else { at }) {
            Some(place) if is_end && at <= place.written.end => place.original.end,
            Some(place) if at < place.written.end => place.original.start,
            Some(place) => place.original.end + (at - place.written.end),
            None => at,
        };
        let outside = |f: &Finding| {
            !f.range().is_empty() && last_before(f.start()).is_none_or(|place| f.end() > place.written.end)
        };
        let moved = |f: Finding| {
            let range = original(f.start(), false)..original(f.end(), true);
            f.moved(range)
        };
        found.into_iter().filter(outside).map(moved).collect()
    }

    /// The placeholders of a redacted text, and where their values stand in the text.
    fn places(&self, redacted: &str) -> Vec<Place> {
        let (known, bytes) = (self.table.read(), redacted.as_bytes());
        let (mut places, mut tail, mut from, mut at_original) = (Vec::new(), Tail::default(), 0, 0);
        for (at, &byte) in bytes.iter().enumerate() {
            let Some(code) = tail.read(byte) else { continue };
            let Some((start, value)) = known.ending(&bytes[from..=at], code) else { continue };
            let written = from + start..at + 1;
            let original = at_original + start..at_original + start + value.len();
            (from, at_original) = (written.end, original.end);
            places.push(Place { written, original });
        }
        places
    }
}

impl fmt::Debug for ReversibleSession {
    /// Counts only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReversibleSession")
            .field("values", &self.values())
            .field("unknown", &self.unknown())
            .finish_non_exhaustive()
    }
}

/// A placeholder and what it stands for, by their places.
struct Place {
    written: Range<usize>,
    original: Range<usize>,
}

/// Writes what the session says.
#[derive(Debug)]
struct Placeholder {
    table: Arc<Table>,
    full: Arc<AtomicBool>,
}

impl Operator for Placeholder {
    fn apply(&self, finding: &Finding, text: &str, out: &mut String) {
        if !self.table.write(finding.entity(), text, out) {
            // Never the text, although the caller throws away what is written from here on.
            self.full.store(true, Ordering::Relaxed);
            Label::new().apply(finding, text, out);
        }
    }
}

fn entity(name: &'static str) -> Entity {
    Entity::new(name).expect("the name is a constant of the right form")
}

/// Rounds before a text becomes one placeholder. Of 14,371 labelled texts none frees anything: this is for texts that
/// were made for it.
const PATIENCE: usize = 8;
