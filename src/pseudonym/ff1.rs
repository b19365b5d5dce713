//! FF1: encryption of a text over an alphabet into a text of the same length over the same alphabet.
//!
//! \[SP800-38G\] NIST SP 800-38G, *Methods for Format-Preserving Encryption*, 2016, section 5.1, with the limits
//! of its Rev. 1 (second public draft, 2025). FF3 and FF3-1 are left out: they are broken, and withdrawn there.
//!
//! What it does not give: no authenticity (a wrong key or a changed text decrypts to something), no hiding of
//! the length, equal ciphertexts for equal texts of one domain, and no reservation: a ciphertext may by chance
//! be somebody's real number. Its arithmetic does not run in constant time.

use std::fmt;

use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};

use crate::{
    error::{Error, Result},
    pseudonym::{
        Alphabet, Key, KeyId,
        kernel::Kernel,
        key::{Purpose, checked_domain},
    },
};

/// FF1 with AES-256 over one alphabet, keyed for one domain.
///
/// # Guarantee
/// For all keys, domains and lengths `n` of at least [`Alphabet::min_len`], `encrypt` is a permutation of the
/// texts of length `n` over the alphabet, and `decrypt` its inverse. Key and tweak are sub-keys of the
/// domain and the alphabet, so the permutations of two domains are unrelated.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Alphabet, Ff1, Key};
/// let ff1 = Ff1::new(&Key::generate()?, "readmission", Alphabet::DIGITS)?;
/// let hidden = ff1.encrypt("0042007")?;
/// assert_eq!(hidden.len(), 7);
/// assert_eq!(ff1.decrypt(&hidden)?, "0042007");
///
/// let error = ff1.encrypt("2024").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "4 characters of the alphabet 0-9 where format-preserving encryption needs at least 6, because fewer than \
///      a million values can be tried out; use a token for such values"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Ff1 {
    kernel: Kernel,
    /// For texts whose halves do not fit into a word.
    cipher: FF1<Aes256>,
    /// 16 bytes.
    tweak: Vec<u8>,
    alphabet: Alphabet,
    domain: String,
    key_id: KeyId,
}

impl Ff1 {
    /// FF1 for `domain` over `alphabet`.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty.
    pub fn new(key: &Key, domain: &str, alphabet: Alphabet) -> Result<Self> {
        Ff1::for_format(key, domain, alphabet.name(), alphabet)
    }

    /// The encryption of `text`.
    ///
    /// # Errors
    /// `Value` if `text` has a character outside the alphabet, is shorter than [`Alphabet::min_len`], or longer
    /// than 256 characters.
    pub fn encrypt(&self, text: &str) -> Result<String> {
        self.map_text(text, Direction::Encrypt)
    }

    /// The text whose encryption is `text`. Under a wrong key or domain that is some other text, not an error.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    pub fn decrypt(&self, text: &str) -> Result<String> {
        self.map_text(text, Direction::Decrypt)
    }

    /// Encrypts numbers in place: each stands for the text of `length` characters over the alphabet that it is in the
    /// alphabet's radix, with zeros in front. The same as [`encrypt`](Self::encrypt) for those texts, several at a time.
    ///
    /// # Errors
    /// `Value` if `length` is below [`Alphabet::min_len`] or has more texts than a word, or if a number has more
    /// characters; then nothing is encrypted.
    ///
    /// # Examples
    /// ```
    /// use incog::pseudonym::{Alphabet, Ff1, Key};
    /// let ff1 = Ff1::new(&Key::generate()?, "readmission", Alphabet::DIGITS)?;
    /// let mut numbers = [42, 7, 123_456_789];
    /// ff1.encrypt_numbers(9, &mut numbers)?;
    /// assert_eq!(format!("{:09}", numbers[0]), ff1.encrypt("000000042")?);
    /// ff1.decrypt_numbers(9, &mut numbers)?;
    /// assert_eq!(numbers, [42, 7, 123_456_789]);
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn encrypt_numbers(&self, length: usize, numbers: &mut [u64]) -> Result<()> {
        self.map_numbers(length, numbers, Direction::Encrypt)
    }

    /// The inverse of [`encrypt_numbers`](Self::encrypt_numbers).
    ///
    /// # Errors
    /// As there.
    pub fn decrypt_numbers(&self, length: usize, numbers: &mut [u64]) -> Result<()> {
        self.map_numbers(length, numbers, Direction::Decrypt)
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    pub(super) fn for_format(key: &Key, domain: &str, format: &str, alphabet: Alphabet) -> Result<Self> {
        let domain = checked_domain(domain)?;
        let parts = [domain, format];
        let tweak = key.expand(Purpose::Ff1Tweak, &parts).bytes()[..16].to_vec();
        let sub_key = key.expand(Purpose::Ff1, &parts);
        Ok(Ff1 {
            kernel: Kernel::new(sub_key.bytes(), &tweak, alphabet.radix()),
            cipher: cipher(sub_key.bytes(), &alphabet),
            tweak,
            alphabet,
            domain: domain.to_owned(),
            key_id: key.id(),
        })
    }

    /// Permutes the numerals, each below the radix.
    pub(super) fn permute(&self, mut numerals: Vec<u16>, direction: Direction) -> Result<Vec<u16>> {
        let length = numerals.len();
        if length < self.alphabet.min_len() {
            return Err(Error::domain_too_small(length, self.alphabet.name(), self.alphabet.min_len()));
        }
        if length > MAX_LEN {
            return Err(Error::too_long(length, MAX_LEN));
        }
        if let Some(length) = self.kernel.length(length) {
            self.kernel.permute(length, &mut numerals, direction);
            return Ok(numerals);
        }
        let numerals = FlexibleNumeralString::from(numerals);
        let permuted = match direction {
            Direction::Encrypt => self.cipher.encrypt(&self.tweak, &numerals),
            Direction::Decrypt => self.cipher.decrypt(&self.tweak, &numerals),
        };
        // Not reached: the crate refuses nothing but lengths and numerals, and both are checked.
        permuted.map(Vec::from).map_err(|_| Error::too_long(length, MAX_LEN))
    }

    fn map_numbers(&self, n: usize, numbers: &mut [u64], direction: Direction) -> Result<()> {
        if n < self.alphabet.min_len() {
            return Err(Error::domain_too_small(n, self.alphabet.name(), self.alphabet.min_len()));
        }
        let known = self.kernel.length(n).and_then(|length| Some((length, length.texts()?)));
        let Some((length, texts)) = known else {
            return Err(Error::too_long(n, self.longest_number()));
        };
        if let Some(place) = numbers.iter().position(|&number| number >= texts) {
            return Err(Error::number_too_long(place, n));
        }
        let right = length.right();
        let mut halves = [[0; 2]; GROUP];
        for group in numbers.chunks_mut(GROUP) {
            let halves = &mut halves[..group.len()];
            for (half, &number) in halves.iter_mut().zip(group.iter()) {
                *half = [number / right, number % right];
            }
            self.kernel.walk_all(length, halves, direction);
            for (number, [left, rest]) in group.iter_mut().zip(halves) {
                *number = *left * right + *rest;
            }
        }
        Ok(())
    }

    /// The longest texts of which there are not more than numbers in a word.
    fn longest_number(&self) -> usize {
        let fits = |n: &usize| self.kernel.length(*n).is_some_and(|length| length.texts().is_some());
        (0..=MAX_LEN).rev().find(fits).unwrap_or(0)
    }

    fn map_text(&self, text: &str, direction: Direction) -> Result<String> {
        let numerals = text
            .char_indices()
            .map(|(byte, c)| {
                self.alphabet.numeral(c).ok_or_else(|| Error::outside_alphabet(self.alphabet.name(), byte))
            })
            .collect::<Result<Vec<u16>>>()?;
        Ok(self.permute(numerals, direction)?.into_iter().map(|n| self.alphabet.symbol(n)).collect())
    }
}

impl fmt::Debug for Ff1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ff1")
            .field("key_id", &self.key_id)
            .field("domain", &self.domain)
            .field("alphabet", &self.alphabet.name())
            .finish_non_exhaustive()
    }
}

/// Which way to walk the permutation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

fn cipher(key: &[u8; 32], alphabet: &Alphabet) -> FF1<Aes256> {
    FF1::new(key, alphabet.radix().into())
        .expect("alphabets have 2 to 128 characters; FF1 takes up to 65,536")
}

/// NIST SP 800-38G Rev. 1 (draft): radix^minlen is at least one million. A smaller domain can be written down as
/// a table, and message recovery (Hoang, Tessaro, Trieu, *The Curse of Small Domains*, CRYPTO 2018) gets cheap.
pub(super) const MIN_DOMAIN: u64 = 1_000_000;

/// Our own limit; FF1 takes 2^32. It bounds the cost of one value, which grows with the square of its length.
const MAX_LEN: usize = 256;

/// Numbers at a time: few enough for the first cache.
const GROUP: usize = 256;

#[cfg(test)]
mod tests {
    use aes::{Aes128, Aes192};
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        name: String,
        source: String,
        key: String,
        tweak: String,
        radix: u16,
        plaintext: String,
        ciphertext: String,
    }

    fn from_hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_sample_vectors_of_nist_hold() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pseudonym/ff1.toml");
        let cases: Cases = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(cases.case.len(), 10);
        for case in cases.case {
            let alphabet = if case.radix == 10 { Alphabet::DIGITS } else { Alphabet::LOWER_ALNUM };
            assert_eq!(alphabet.radix(), case.radix, "{}", case.name);
            let (key, tweak) = (from_hex(&case.key), from_hex(&case.tweak));
            let numerals =
                |text: &str| text.chars().map(|c| alphabet.numeral(c).unwrap()).collect::<Vec<u16>>();
            let plain = FlexibleNumeralString::from(numerals(&case.plaintext));
            // Keys of this crate have 256 bits; the shorter ones check the cipher crate under it.
            let radix = u32::from(case.radix);
            let encrypted = match key.len() {
                16 => FF1::<Aes128>::new(&key, radix).unwrap().encrypt(&tweak, &plain).map(Vec::<u16>::from),
                24 => FF1::<Aes192>::new(&key, radix).unwrap().encrypt(&tweak, &plain).map(Vec::<u16>::from),
                _ => {
                    let key = key.try_into().unwrap();
                    let ff1 = Ff1 {
                        kernel: Kernel::new(&key, &tweak, alphabet.radix()),
                        cipher: cipher(&key, &alphabet),
                        tweak,
                        alphabet: alphabet.clone(),
                        domain: String::new(),
                        key_id: Key::from_bytes([7; 32]).id(),
                    };
                    assert_eq!(ff1.encrypt(&case.plaintext).unwrap(), case.ciphertext, "{}", case.name);
                    assert_eq!(ff1.decrypt(&case.ciphertext).unwrap(), case.plaintext, "{}", case.name);
                    continue;
                }
            };
            assert_eq!(encrypted.unwrap(), numerals(&case.ciphertext), "{} of {}", case.name, case.source);
        }
    }

    #[test]
    fn encryption_is_a_bijection_of_all_six_digit_texts() {
        let ff1 = Ff1::new(&Key::from_bytes([7; 32]), "bijection", Alphabet::DIGITS).unwrap();
        let mut seen = vec![false; 1_000_000];
        for i in 0..1_000_000u32 {
            let numerals: Vec<u16> =
                (0..6).rev().map(|p| u16::try_from(i / 10u32.pow(p) % 10).unwrap()).collect();
            let hidden = ff1.permute(numerals, Direction::Encrypt).unwrap();
            let rank = hidden.iter().fold(0, |rank, &n| rank * 10 + usize::from(n));
            assert!(!std::mem::replace(&mut seen[rank], true), "two texts become {rank}");
        }
    }

    #[test]
    fn ciphertexts_never_change_between_versions() {
        let ff1 = Ff1::new(&Key::from_bytes([7; 32]), "d", Alphabet::DIGITS).unwrap();
        assert_eq!(ff1.encrypt("0123456789").unwrap(), "9176469803");
    }
}
