//! Tokens back to values, by trying out candidates.
//!
//! A token is an HMAC: nothing in it leads back to the value. Whoever has the key can hash candidates again,
//! all patients of a register say, and see which one has the token. A value that is not among the candidates
//! stays hidden, and with the key a short list of possible values is enough for everybody: so guard the key.

use std::{borrow::Cow, collections::HashMap, fmt, sync::OnceLock};

use crate::{
    error::Result,
    pseudonym::{
        Canonical, Key, KeyId, Keyring, Tokenizer,
        token::{TAIL, Tag, parse_tail},
    },
    table::{Column, ColumnBuilder},
};

/// Resolves the tokens of one domain to those of the candidates that they were made of.
///
/// # Guarantee
/// For all keyrings, domains and candidates: the token of a candidate under any key of the ring resolves to
/// it (with a canonical form: to the first candidate of that form), and a token of any other value, domain or
/// key to nothing, up to chance agreements of 80 bits. In a text, that holds for tokens which no capital
/// letter, digit or underscore precedes: it would be taken for the kind. All else of the text stays as it is.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Detokenizer, Key, Keyring, Tokenizer};
/// let mut ring = Keyring::from(Key::generate()?);
/// let token = Tokenizer::new(ring.current(), "readmission", "MRN")?.token("4711");
/// ring.rotate()?;
///
/// let register = Detokenizer::new(&ring, "readmission", ["4710", "4711", "4712"])?;
/// assert_eq!(register.value(&token), Some("4711"));
/// let (text, counts) = register.text(&format!("admitted {token} today"));
/// assert_eq!((&text[..], counts.resolved), ("admitted 4711 today", 1));
///
/// let other = Detokenizer::new(&ring, "billing", ["4710", "4711", "4712"])?;
/// assert_eq!(other.value(&token), None);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Detokenizer {
    candidates: Vec<Box<str>>,
    keys: HashMap<KeyId, Tags>,
    form: Option<Canonical>,
}

/// The tags of all candidates under one key, made when the first token of that key is met.
struct Tags {
    tokenizer: Tokenizer,
    candidate: OnceLock<HashMap<Tag, usize>>,
}

/// How many tokens were met, and what became of them.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Detokenizer, Key, Keyring, Tokenizer};
/// let (key, other) = (Key::from_bytes([1; 32]), Key::from_bytes([2; 32]));
/// let token = |key: &Key, value| Ok::<_, incog::Error>(Tokenizer::new(key, "readmission", "MRN")?.token(value));
/// let text = [token(&key, "4711")?, token(&key, "4712")?, token(&other, "4711")?].join(" ");
/// let ring = Keyring::from(key);
/// let (_, counts) = Detokenizer::new(&ring, "readmission", ["4711"])?.text(&text);
/// assert_eq!((counts.resolved, counts.unresolved, counts.unknown_key), (1, 1, 1));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TokenCounts {
    /// Resolved to a candidate.
    pub resolved: u64,
    /// Of a key of the ring, and of none of the candidates in this domain: left as they are.
    pub unresolved: u64,
    /// Of a key that is not in the ring: left as they are.
    pub unknown_key: u64,
}

impl Detokenizer {
    /// Tries `candidates` in `domain` under the keys of `ring`.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty.
    pub fn new<S: AsRef<str>>(
        ring: &Keyring,
        domain: &str,
        candidates: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let keys = ring.ids().map(|id| {
            let key: &Key = ring.key(id)?;
            // The kind is no part of what is hashed.
            let tokenizer = Tokenizer::new(key, domain, "ANY")?;
            Ok((id, Tags { tokenizer, candidate: OnceLock::new() }))
        });
        Ok(Detokenizer {
            keys: keys.collect::<Result<_>>()?,
            candidates: candidates.into_iter().map(|c| c.as_ref().into()).collect(),
            form: None,
        })
    }

    /// Resolves tokens of the canonical forms of values. Candidates that are not of the form are no value of
    /// such a token, and are passed over.
    #[must_use]
    pub fn canonical(mut self, form: Canonical) -> Self {
        let canonical = |tags: Tags| Tags {
            tokenizer: tags.tokenizer.canonical(form).into_tokenizer(),
            candidate: OnceLock::new(),
        };
        self.keys = self.keys.into_iter().map(|(id, tags)| (id, canonical(tags))).collect();
        self.form = Some(form);
        self
    }

    /// The candidate that `token` was made of. The case of letters does not matter: others change it.
    #[must_use]
    pub fn value(&self, token: &str) -> Option<&str> {
        let kind = token.len().checked_sub(TAIL)?;
        let bytes = token.as_bytes();
        if kind == 0 || kind_start(&bytes[..kind]) > 0 {
            return None;
        }
        let (id, tag) = parse_tail(&bytes[kind..])?;
        self.look_up(id, tag).ok()
    }

    /// The text with each token of a candidate replaced by it, and what became of the tokens.
    #[must_use]
    pub fn text(&self, text: &str) -> (String, TokenCounts) {
        let mut counts = TokenCounts::default();
        (self.replaced(text, &mut counts).into_owned(), counts)
    }

    /// The column with each token of a candidate in its cells replaced by it; counts are of rows.
    ///
    /// # Errors
    /// `Data` beyond 2^32 - 1 distinct values.
    pub fn column(&self, column: &Column) -> Result<(Column, TokenCounts)> {
        let cell = |value| {
            let mut counts = TokenCounts::default();
            (self.replaced(value, &mut counts), counts)
        };
        let cells: Vec<(Cow<'_, str>, TokenCounts)> = column.dictionary().map(cell).collect();
        let mut counts = TokenCounts::default();
        // By row, not by dictionary entry: tokens of two keys become one value.
        let mut resolved = ColumnBuilder::default();
        for &code in column.codes() {
            if Some(code) == column.missing_code() {
                resolved.push_missing()?;
                continue;
            }
            let (value, of_cell) = &cells[crate::num::index(code)];
            resolved.push(value)?;
            counts.resolved += of_cell.resolved;
            counts.unresolved += of_cell.unresolved;
            counts.unknown_key += of_cell.unknown_key;
        }
        Ok((resolved.finish(), counts))
    }

    /// ```text
    ///   .. seen MRN_zzgq_peqg7mq2vdgqa6qs today ..
    ///           │  └ at: 22 bytes that can only be the tail of a token
    ///           └ start: the kind, read backwards
    /// ```
    fn replaced<'t>(&self, text: &'t str, counts: &mut TokenCounts) -> Cow<'t, str> {
        let bytes = text.as_bytes();
        let mut out = String::new();
        let (mut copied, mut from) = (0, 0);
        while let Some(at) = text[from..].find('_').map(|i| from + i) {
            from = at + 1;
            let start = copied + kind_start(&bytes[copied..at]);
            let Some((id, tag)) = parse_tail(&bytes[at..]).filter(|_| start < at) else { continue };
            // With more letters behind it, it is a longer word; only the MAC says otherwise.
            let ends = bytes.get(at + TAIL).is_none_or(|b| !b.is_ascii_alphanumeric());
            match self.look_up(id, tag) {
                Ok(value) => {
                    out.push_str(&text[copied..start]);
                    out.push_str(value);
                    (copied, from) = (at + TAIL, at + TAIL);
                    counts.resolved += 1;
                }
                Err(Unresolved::NoCandidate) => counts.unresolved += u64::from(ends),
                Err(Unresolved::NoKey) => counts.unknown_key += u64::from(ends),
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[copied..]);
        Cow::Owned(out)
    }

    fn look_up(&self, id: KeyId, tag: Tag) -> std::result::Result<&str, Unresolved> {
        let tags = self.keys.get(&id).ok_or(Unresolved::NoKey)?;
        let candidate = tags.candidate.get_or_init(|| {
            let mut candidates = HashMap::with_capacity(self.candidates.len());
            for (i, value) in self.candidates.iter().enumerate() {
                let canonical = match self.form {
                    None => Cow::Borrowed(&**value),
                    Some(form) => match form.canonical(value) {
                        Ok(canonical) => Cow::Owned(canonical),
                        Err(_) => continue,
                    },
                };
                candidates.entry(tags.tokenizer.tag(&canonical)).or_insert(i);
            }
            candidates
        });
        candidate.get(&tag).map(|&i| &*self.candidates[i]).ok_or(Unresolved::NoCandidate)
    }
}

impl fmt::Debug for Detokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detokenizer")
            .field("keys", &self.keys.keys().collect::<Vec<_>>())
            .field("candidates", &self.candidates.len())
            .field("form", &self.form)
            .finish()
    }
}

impl fmt::Display for TokenCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TokenCounts { resolved, unresolved, unknown_key } = self;
        let all = resolved + unresolved + unknown_key;
        write!(
            f,
            "{resolved} of {all} tokens resolved; {unresolved} are of no candidate in this domain, \
             {unknown_key} of a key that is not in the keyring"
        )
    }
}

enum Unresolved {
    NoCandidate,
    NoKey,
}

/// Where the kind begins that ends at the end of `before`: letters of one case, digits and underscores, from
/// a letter on; the end if there is none.
fn kind_start(before: &[u8]) -> usize {
    let lower = before.iter().rev().find(|b| b.is_ascii_alphabetic()).is_some_and(u8::is_ascii_lowercase);
    let in_kind = |b: &u8| {
        b.is_ascii_digit()
            || *b == b'_'
            || if lower { b.is_ascii_lowercase() } else { b.is_ascii_uppercase() }
    };
    let longest = before.len().saturating_sub(MAX_KIND);
    let start = before.iter().rposition(|b| !in_kind(b)).map_or(0, |i| i + 1).max(longest);
    before[start..].iter().position(u8::is_ascii_alphabetic).map_or(before.len(), |i| start + i)
}

/// As [`Tokenizer::new`] has it.
const MAX_KIND: usize = 64;
