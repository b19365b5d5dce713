//! Tokens: short keyed names for values, equal for equal values of one domain.
//!
//! ```text
//!   MRN_k7qx_mzxw6ytbaaaaaaaa
//!   │   │    └ 80 bits of HMAC-SHA-256 of the value, base32
//!   │   └ id of the key
//!   └ kind, a label
//! ```
//!
//! A token is a pseudonym: whoever holds the key can try out values, and a frequent value has a frequent
//! token. There is no variant without a key, because everybody could try out values then.

use std::{collections::HashMap, fmt};

use crate::{
    error::{Error, Result},
    pseudonym::{
        Canonical, CanonicalTokenizer, Key, KeyId, SubKey, base32,
        key::{Purpose, checked_domain},
        mac::KeyedMac,
    },
    table::Column,
};

/// Replaces values by tokens of one key, domain and kind.
///
/// # Guarantee
/// For all keys, domains and values `x` and `y`: `token(x) == token(y)` if `x == y`, whatever the kinds, except
/// for the kind itself; if `x != y`, or if the domains or keys differ, the tokens are as unrelated as 80 uniform
/// bits, to everyone without the key. HMAC-SHA-256 is taken for a pseudorandom function.
/// \[BCK96\] Bellare, Canetti, Krawczyk, *Keying Hash Functions for Message Authentication*, CRYPTO 1996.
///
/// Values are compared byte by byte: `A.Smith@example.com` and `a.smith@example.com` get two tokens, unless
/// they are tokens of a [canonical](Self::canonical) form.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Key, Tokenizer};
/// let key = Key::from_text(&format!("incogkey1_{}", "2a".repeat(32)))?;
/// let table = Tokenizer::new(&key, "readmission", "MRN")?;
/// let notes = Tokenizer::new(&key, "readmission-notes", "MRN")?;
///
/// let token = table.token("4711");
/// assert!(token.starts_with(&format!("MRN_{}_", key.id())));
/// assert_eq!(token, table.token("4711"));
/// assert_ne!(token, notes.token("4711"));
///
/// let error = Tokenizer::new(&key, "readmission", "mrn").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the kind of a token is 1 to 64 characters of A-Z, 0-9 and _ that start with a letter, as in 'MRN'"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Tokenizer {
    mac: KeyedMac,
    /// From which each canonical form has a key of its own.
    canonical: SubKey,
    domain: String,
    /// `KIND_kid_`
    prefix: String,
    key_id: KeyId,
}

impl Tokenizer {
    /// A tokenizer for `domain`, inside which equal values can be joined, and outside of which they cannot.
    ///
    /// `kind` labels the tokens and is no part of what is hashed, so that a record number in a table and the
    /// same number found in its notes can be joined when their domain is one.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty, or if `kind` is not 1 to 64 characters of `A-Z`, `0-9` and `_` that
    /// start with a letter.
    pub fn new(key: &Key, domain: &str, kind: &str) -> Result<Self> {
        let domain = checked_domain(domain)?;
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if kind.len() > 64
            || !kind.starts_with(|c: char| c.is_ascii_uppercase())
            || !kind.chars().all(allowed)
        {
            return Err(Error::token_kind());
        }
        Ok(Tokenizer {
            mac: KeyedMac::new(&key.expand(Purpose::Token, &[domain])),
            canonical: key.expand(Purpose::CanonicalToken, &[domain]),
            domain: domain.to_owned(),
            prefix: format!("{kind}_{}_", key.id()),
            key_id: key.id(),
        })
    }

    /// Tokens of the canonical forms of values, so that two spellings of one value have one token. They are
    /// unrelated to the tokens of the values themselves, and to those of another form.
    #[must_use]
    pub fn canonical(mut self, form: Canonical) -> CanonicalTokenizer {
        self.mac = KeyedMac::new(&self.canonical.sub_key(form.label()));
        CanonicalTokenizer::new(self, form)
    }

    /// The token of `value`.
    #[must_use]
    pub fn token(&self, value: &str) -> String {
        let mut token = String::with_capacity(self.prefix.len() + TAG_TEXT);
        self.token_into(value, &mut token);
        token
    }

    /// Appends the token of `value` to `out`.
    pub fn token_into(&self, value: &str, out: &mut String) {
        self.write(self.tag(value), out);
    }

    /// The column with each value replaced by its token; missing stays missing.
    ///
    /// # Errors
    /// `Refused` if two values of the column have one token. Among a million values that happens once in
    /// 10^12 times. `name` is the column's name for the message.
    pub fn column(&self, name: &str, column: &Column) -> Result<Column> {
        self.column_by(name, column, |value| self.tag(value))
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Tags first, then one look for collisions among all of them, then the text, each a pass over plain
    /// arrays.
    fn column_by(&self, name: &str, column: &Column, tag: impl Fn(&str) -> Tag) -> Result<Column> {
        let present = |code: u32| Some(code) != column.missing_code();
        let tags: Vec<Tag> = column.dictionary().map(tag).collect();
        let codes = (0u32..).zip(&tags).filter(|&(code, _)| present(code));
        if may_collide(codes.clone().map(|(_, tag)| *tag)) {
            let mut firsts: HashMap<Tag, u32> = HashMap::with_capacity(tags.len());
            for (code, &tag) in codes {
                // No two codes have one value.
                if let Some(first) = firsts.insert(tag, code) {
                    let other = column.first_row(first).map_or(0, |row| crate::num::count(row) + 1);
                    return Err(Error::token_collision(other).in_cell(name, column.first_row(code)));
                }
            }
        }
        let bytes = (self.prefix.len() + TAG_TEXT) * tags.len();
        column.map_values_into(bytes, |code, _, out| {
            self.write(tags[crate::num::index(code)], out);
            Ok(())
        })
    }

    /// Appends the token of `value` to `out`, and gives 128 bits of the value's digest, the token's 80 in front: what
    /// tells tokens of unequal values from those of equal ones without the values.
    #[cfg(feature = "pipeline")]
    pub(crate) fn token_and_digest(&self, value: &str, out: &mut String) -> u128 {
        let mac = self.mac.mac(value.as_bytes());
        self.write(shown(mac), out);
        let [a, b, c, d, ..] = mac;
        [a, b, c, d].into_iter().fold(0, |digest, word| (digest << 32) | u128::from(word))
    }

    pub(super) fn tag(&self, value: &str) -> Tag {
        shown(self.mac.mac(value.as_bytes()))
    }

    fn write(&self, tag: Tag, out: &mut String) {
        out.push_str(&self.prefix);
        let text = tag.map(base32::encode);
        out.push_str(str::from_utf8(text.as_flattened()).expect("base32 is ASCII"));
    }
}

/// Key id and tag of the `_kid_tag` that `bytes` start with, in either case.
pub(super) fn parse_tail(bytes: &[u8]) -> Option<(KeyId, Tag)> {
    let [b'_', id @ .., b'_'] = bytes.first_chunk::<{ TAIL - TAG_TEXT }>()? else { return None };
    let id = KeyId::parse(&str::from_utf8(id).ok()?.to_ascii_lowercase()).ok()?;
    let mut tag = Tag::default();
    let symbols = bytes[TAIL - TAG_TEXT..].first_chunk::<TAG_TEXT>()?.as_chunks::<8>().0;
    for (group, symbols) in tag.iter_mut().zip(symbols) {
        *group = base32::decode(*symbols)?;
    }
    Some((id, tag))
}

/// Whether two of `tags` may be equal: if not, their first 64 bits all differ. Sorting these costs a fraction
/// of a hash table, which misses the cache with each entry.
fn may_collide(tags: impl Iterator<Item = Tag>) -> bool {
    let mut starts: Vec<u64> =
        tags.map(|[[a, b, c, d, e], [f, g, h, ..]]| u64::from_be_bytes([a, b, c, d, e, f, g, h])).collect();
    starts.sort_unstable();
    !starts.is_sorted_by(|a, b| a < b)
}

/// What a token shows of a digest.
fn shown([first, second, third, ..]: [u32; 8]) -> Tag {
    let [[a, b, c, d], [e, f, g, h], [i, j, ..]] = [first, second, third].map(u32::to_be_bytes);
    [[a, b, c, d, e], [f, g, h, i, j]]
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokenizer")
            .field("key_id", &self.key_id)
            .field("domain", &self.domain)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// 80 bits: among n values, two collide with a chance of at most n^2 / 2^81.
pub(super) type Tag = [[u8; 5]; 2];

/// Characters of a tag in a token.
const TAG_TEXT: usize = 16;

/// Bytes of a token behind its kind: `_kid_` and the tag.
pub(super) const TAIL: usize = 6 + TAG_TEXT;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn tokens_never_change_between_versions() {
        let tokenizer = Tokenizer::new(&Key::from_bytes([7; 32]), "d", "MRN").unwrap();
        assert_eq!(tokenizer.token("4711"), "MRN_zzgq_peqg7mq2vdgqa6qs");
    }

    #[test]
    fn a_collision_in_a_column_is_refused_without_its_values() {
        let tokenizer = Tokenizer::new(&Key::from_bytes([7; 32]), "d", "MRN").unwrap();
        let column = Column::from_values(["one", "CANARY1", "one", "CANARY2"]).unwrap();
        let colliding = |value: &str| if value == "one" { Tag::default() } else { [[1; 5]; 2] };
        let error = tokenizer.column_by("mrn", &column, colliding).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(
            error.to_string(),
            "column 'mrn', row 4: its value and that of row 2 have the same token, which would join them; \
             change the domain"
        );
    }
}
