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
        kernel::{self, Kernel, Length},
        key::{Purpose, checked_domain},
        numerals::{fill, number},
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
    min_len: usize,
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

    /// Encrypts texts in place, several at a time: the same as [`encrypt`](Self::encrypt) of each, and five times as fast
    /// where many have one length, in whatever order.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), for the first text that has one; then nothing is encrypted.
    ///
    /// # Examples
    /// ```
    /// use incog::pseudonym::{Alphabet, Ff1, Key};
    /// let ff1 = Ff1::new(&Key::generate()?, "readmission", Alphabet::DIGITS)?;
    /// let mut texts = ["000042".to_owned(), "0000421".to_owned()];
    /// ff1.encrypt_texts(&mut texts)?;
    /// assert_eq!(texts[1], ff1.encrypt("0000421")?);
    /// ff1.decrypt_texts(&mut texts)?;
    /// assert_eq!(texts, ["000042", "0000421"]);
    ///
    /// let error = ff1.encrypt_texts(&mut ["000042".to_owned(), "0000x1".to_owned()]).unwrap_err();
    /// assert!(error.to_string().starts_with("text 2: byte 4: a character outside the alphabet 0-9"));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn encrypt_texts(&self, texts: &mut [String]) -> Result<()> {
        self.map_texts(texts, Direction::Encrypt)
    }

    /// The inverse of [`encrypt_texts`](Self::encrypt_texts).
    ///
    /// # Errors
    /// As there.
    pub fn decrypt_texts(&self, texts: &mut [String]) -> Result<()> {
        self.map_texts(texts, Direction::Decrypt)
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
            min_len: alphabet.min_len(),
            alphabet,
            domain: domain.to_owned(),
            key_id: key.id(),
        })
    }

    /// Permutes the numerals, each below the radix, in place.
    ///
    /// # Errors
    /// `Value` if there are too few or too many; then nothing is changed.
    pub(super) fn permute(&self, numerals: &mut [u8], direction: Direction) -> Result<()> {
        self.permute_all(&mut [numerals], direction)
    }

    /// As [`permute`](Self::permute), for many texts; those of one length go through the rounds together.
    pub(super) fn permute_all(&self, texts: &mut [&mut [u8]], direction: Direction) -> Result<()> {
        texts.iter().try_for_each(|numerals| self.check_length(numerals.len()))?;
        // The rounds take texts of one length; short groups need not be sorted for that.
        if texts.len() > 1 && !texts.is_sorted_by_key(|numerals| numerals.len()) {
            texts.sort_by_key(|numerals| numerals.len());
        }
        for texts in texts.chunk_by_mut(|a, b| a.len() == b.len()) {
            let length = texts.first().map_or(0, |numerals| numerals.len());
            match self.kernel.length(length) {
                Some(length) => {
                    for texts in texts.chunks_mut(GROUP) {
                        self.walk(length, texts, direction);
                    }
                }
                None => texts.iter_mut().try_for_each(|numerals| self.permute_long(numerals, direction))?,
            }
        }
        Ok(())
    }

    /// At most [`GROUP`] texts of one length.
    fn walk(&self, length: &Length, texts: &mut [&mut [u8]], direction: Direction) {
        let radix = u64::from(self.alphabet.radix());
        let (mut left, mut right) = ([0; GROUP], [0; GROUP]);
        for ((numerals, left), right) in texts.iter().zip(&mut left).zip(&mut right) {
            let (a, b) = numerals.split_at(numerals.len() / 2);
            (*left, *right) = (number(a, radix), number(b, radix));
        }
        self.kernel.walk(length, &mut left[..texts.len()], &mut right[..texts.len()], direction);
        for ((numerals, left), right) in texts.iter_mut().zip(left).zip(right) {
            let (a, b) = numerals.split_at_mut(numerals.len() / 2);
            fill(a, radix, left);
            fill(b, radix, right);
        }
    }

    fn permute_long(&self, numerals: &mut [u8], direction: Direction) -> Result<()> {
        let text = FlexibleNumeralString::from(numerals.iter().map(|&n| u16::from(n)).collect::<Vec<_>>());
        let permuted = match direction {
            Direction::Encrypt => self.cipher.encrypt(&self.tweak, &text),
            Direction::Decrypt => self.cipher.decrypt(&self.tweak, &text),
        };
        // Not reached: the crate refuses nothing but lengths and numerals, and both are checked.
        let permuted = permuted.map_err(|_| Error::too_long(numerals.len(), MAX_LEN))?;
        for (place, numeral) in numerals.iter_mut().zip(Vec::from(permuted)) {
            // Below the radix, which is 128 at most.
            *place = u8::try_from(numeral).unwrap_or_default();
        }
        Ok(())
    }

    fn check_length(&self, length: usize) -> Result<()> {
        if length < self.min_len {
            return Err(Error::domain_too_small(length, self.alphabet.name(), self.min_len));
        }
        if length > MAX_LEN {
            return Err(Error::too_long(length, MAX_LEN));
        }
        Ok(())
    }

    fn map_text(&self, text: &str, direction: Direction) -> Result<String> {
        let mut out = String::with_capacity(text.len());
        match self.halves(text) {
            Some((length, [left, right])) => {
                let (mut left, mut right) = ([left], [right]);
                self.kernel.walk(length, &mut left, &mut right, direction);
                self.push([left[0], right[0]], text.len(), &mut out);
            }
            None => {
                let mut numerals = self.alphabet.numerals(text)?;
                self.permute(&mut numerals, direction)?;
                self.alphabet.push_text(&numerals, &mut out);
            }
        }
        Ok(out)
    }

    fn map_texts(&self, texts: &mut [String], direction: Direction) -> Result<()> {
        // By length, since the rounds take texts of one length.
        let mut order: Vec<(usize, usize)> =
            texts.iter().enumerate().map(|(place, text)| (text.len(), place)).collect();
        order.sort_unstable();
        let (mut left, mut right) = (Vec::with_capacity(texts.len()), Vec::with_capacity(texts.len()));
        for &(_, place) in &order {
            match self.halves(&texts[place]) {
                Some((_, [a, b])) => (_, _) = (left.push(a), right.push(b)),
                None => break,
            }
        }
        // What is left is wrong, or longer than the rounds take. Before anything is changed: which text is wrong first?
        if left.len() < texts.len() {
            for (place, text) in (1..).zip(texts.iter()) {
                let fits =
                    self.alphabet.numerals(text).and_then(|numerals| self.check_length(numerals.len()));
                fits.map_err(|error| error.context(format_args!("text {place}")))?;
            }
        }
        let (order, long) = order.split_at(left.len());
        let (mut left, mut right) = (left.as_mut_slice(), right.as_mut_slice());
        for order in order.chunk_by(|a, b| a.0 == b.0) {
            let ((lefts, rest_left), (rights, rest_right)) =
                (left.split_at_mut(order.len()), right.split_at_mut(order.len()));
            let length = order.first().map_or(0, |first| first.0);
            if let Some(of_length) = self.kernel.length(length) {
                self.kernel.walk(of_length, lefts, rights, direction);
            }
            for (&(_, place), (left, right)) in order.iter().zip(lefts.iter().zip(rights.iter())) {
                texts[place].clear();
                self.push([*left, *right], length, &mut texts[place]);
            }
            (left, right) = (rest_left, rest_right);
        }
        for &(_, place) in long {
            texts[place] = self.map_text(&texts[place], direction)?;
        }
        Ok(())
    }

    /// The halves of `text`, if it is a text over the alphabet that the rounds take.
    fn halves(&self, text: &str) -> Option<(&Length, [u64; 2])> {
        let length = self.kernel.length(text.len()).filter(|_| text.len() >= self.min_len)?;
        let (left, right) = text.as_bytes().split_at(text.len() / 2);
        Some((length, [self.alphabet.number(left)?, self.alphabet.number(right)?]))
    }

    /// Appends the text of `length` characters that has these halves.
    fn push(&self, [left, right]: [u64; 2], length: usize, out: &mut String) {
        let mut text = [0; kernel::MAX_LENGTH];
        let (a, b) = text[..length].split_at_mut(length / 2);
        self.alphabet.write(a, left);
        self.alphabet.write(b, right);
        out.push_str(str::from_utf8(&text[..length]).expect("the symbols are ASCII"));
    }

    fn map_numbers(&self, n: usize, numbers: &mut [u64], direction: Direction) -> Result<()> {
        if n < self.min_len {
            return Err(Error::domain_too_small(n, self.alphabet.name(), self.min_len));
        }
        let known = self.kernel.length(n).and_then(|length| Some((length, length.texts()?)));
        let Some((length, texts)) = known else {
            return Err(Error::too_long(n, self.longest_number()));
        };
        if let Some(place) = numbers.iter().position(|&number| number >= texts) {
            return Err(Error::number_too_long(place, n));
        }
        let (mut left, mut right) = ([0; GROUP], [0; GROUP]);
        for group in numbers.chunks_mut(GROUP) {
            let (left, right) = (&mut left[..group.len()], &mut right[..group.len()]);
            for ((left, right), &number) in left.iter_mut().zip(right.iter_mut()).zip(group.iter()) {
                [*left, *right] = length.halves(number);
            }
            self.kernel.walk(length, left, right, direction);
            for (number, halves) in group.iter_mut().zip(left.iter().zip(right)) {
                *number = length.joined([*halves.0, *halves.1]);
            }
        }
        Ok(())
    }

    /// The longest texts of which there are not more than numbers in a word.
    fn longest_number(&self) -> usize {
        let fits = |n: &usize| self.kernel.length(*n).is_some_and(|length| length.texts().is_some());
        (0..=MAX_LEN).rev().find(fits).unwrap_or(0)
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
pub(super) const MAX_LEN: usize = 256;

/// Texts at a time: as many as the rounds take at once, and few enough for the first cache.
pub(super) const GROUP: usize = 64;

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
            let numerals = |text: &str| {
                alphabet.numerals(text).unwrap().iter().map(|&n| u16::from(n)).collect::<Vec<u16>>()
            };
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
                        min_len: alphabet.min_len(),
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
            let mut numerals: Vec<u8> =
                (0..6).rev().map(|p| u8::try_from(i / 10u32.pow(p) % 10).unwrap()).collect();
            ff1.permute(&mut numerals, Direction::Encrypt).unwrap();
            let rank = numerals.iter().fold(0, |rank, &n| rank * 10 + usize::from(n));
            assert!(!std::mem::replace(&mut seen[rank], true), "two texts become {rank}");
        }
    }

    #[test]
    fn ciphertexts_never_change_between_versions() {
        let ff1 = Ff1::new(&Key::from_bytes([7; 32]), "d", Alphabet::DIGITS).unwrap();
        assert_eq!(ff1.encrypt("0123456789").unwrap(), "9176469803");
    }
}
