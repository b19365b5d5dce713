//! Canaries, and the search for them.

use std::{collections::HashMap, fmt};

use crate::{
    audit::leak::decode::{Encoding, Reading},
    error::{Error, ErrorKind, Result},
    rng::SecureRng,
};

/// Values that must not come out, and how long a part of one must be to count.
///
/// Letters and digits are compared, in any case; what stands between them is not. So `4111 1111` is found in
/// `4111-1111`.
///
/// # Guarantee
/// For all canaries and all texts that hold at least [`part`](Self::part) letters and digits of one in a row, in their
/// order or reversed, plain or in one of the encodings of [`leak`](crate::audit::leak) or in two around one another,
/// the canary is found.
///
/// # Examples
/// ```
/// use incog::audit::leak::Canaries;
/// let canaries = Canaries::new(["4111 1111 1111 1111"])?;
/// let leaks = canaries.search(b"paid with 4111-1111-1111-1111");
/// assert_eq!((leaks.len(), leaks[0].position(), leaks[0].is_reversed()), (1, 10, false));
/// assert!(canaries.search(b"paid with 4111 ****").is_empty());
/// assert_eq!(Canaries::new(["4111"]).unwrap_err().kind(), incog::ErrorKind::Parameter);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Canaries {
    /// Letters and digits of each, folded, and the same reversed.
    folded: Vec<[Vec<char>; 2]>,
    part: usize,
}

/// A canary that came out. Shows nothing of it.
///
/// # Examples
/// ```
/// use incog::audit::leak::Canaries;
/// let canaries = Canaries::new(["Ada Lovelace", "4111 1111 1111 1111"])?;
/// for leak in canaries.search(b"order of QWRhIExvdmVsYWNl, card ...") {
///     assert_eq!(leak.to_string(), "canary 1 at byte 9, whole, in base64");
///     assert_eq!((leak.canary(), leak.length()), (0, 11), "letters and digits; the space is none");
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    canary: usize,
    length: usize,
    of: usize,
    at: usize,
    reversed: bool,
    undone: Vec<Encoding>,
}

impl Canaries {
    /// These values, of which 8 letters and digits in a row count as a leak.
    ///
    /// # Errors
    /// `Parameter` if there is none, or one has fewer letters and digits.
    pub fn new<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Result<Self> {
        let fold = |value: S| {
            let forward: Vec<char> = folded(value.as_ref()).map(|(c, _)| c).collect();
            let reversed = forward.iter().rev().copied().collect();
            [forward, reversed]
        };
        let canaries = Canaries { folded: values.into_iter().map(fold).collect(), part: PART };
        if canaries.folded.is_empty() {
            return Err(Error::new(ErrorKind::Parameter, "there must be at least 1 canary, got 0"));
        }
        canaries.checked()
    }

    /// The same, where so many letters and digits in a row count as a leak.
    ///
    /// # Errors
    /// `Parameter` if it is below 4, which other text has too, or above the length of a canary.
    pub fn part(mut self, letters: usize) -> Result<Self> {
        if letters < LEAST {
            return Err(Error::new(
                ErrorKind::Parameter,
                format!("a part of a canary must be at least {LEAST} letters and digits, got {letters}"),
            ));
        }
        self.part = letters;
        self.checked()
    }

    /// A value that no other text holds: 20 random letters.
    ///
    /// # Errors
    /// `Io` if the system has no entropy to give.
    pub fn random() -> Result<String> {
        let mut rng = SecureRng::from_os()?;
        let mut letter =
            || Ok(char::from(b"bcdfghjklmnpqrstvwxz"[usize::try_from(rng.below(20)?).unwrap_or(0)]));
        (0..20).map(|_| letter()).collect()
    }

    /// Where each canary comes out first, in each reading of `output`.
    #[must_use]
    pub fn search(&self, output: &[u8]) -> Vec<Leak> {
        let plain = Reading::plain(output);
        let starts = self.starts();
        let mut leaks = self.found(&starts, &plain);
        for once in plain.undo(self.part) {
            leaks.extend(self.found(&starts, &once));
            for twice in once.undo(self.part) {
                leaks.extend(self.found(&starts, &twice));
            }
        }
        // One place for each canary: the longest part, with the fewest encodings undone.
        leaks.sort_by_key(|leak| (leak.canary, std::cmp::Reverse(leak.length), leak.undone.len(), leak.at));
        leaks.dedup_by_key(|leak| leak.canary);
        leaks
    }

    fn checked(self) -> Result<Self> {
        let short = self.folded.iter().position(|[forward, _]| forward.len() < self.part);
        match short {
            Some(canary) => Err(Error::new(
                ErrorKind::Parameter,
                format!(
                    "canary {} must have at least {} letters and digits, got {}; choose a longer value, or a smaller part",
                    canary + 1,
                    self.part,
                    self.folded[canary][0].len()
                ),
            )),
            None => Ok(self),
        }
    }

    /// Where each part of a canary starts: the canary, whether it is reversed, and the place in it.
    fn starts(&self) -> HashMap<&[char], Vec<(usize, bool, usize)>> {
        let mut starts: HashMap<&[char], Vec<(usize, bool, usize)>> = HashMap::new();
        for (canary, directions) in self.folded.iter().enumerate() {
            for (letters, reversed) in directions.iter().zip([false, true]) {
                for (place, window) in letters.windows(self.part).enumerate() {
                    starts.entry(window).or_default().push((canary, reversed, place));
                }
            }
        }
        starts
    }

    fn found(&self, starts: &HashMap<&[char], Vec<(usize, bool, usize)>>, reading: &Reading) -> Vec<Leak> {
        let mut letters: Vec<char> = Vec::with_capacity(reading.bytes.len());
        let mut places: Vec<usize> = Vec::with_capacity(reading.bytes.len());
        let mut start = 0;
        for chunk in reading.bytes.utf8_chunks() {
            for (letter, at) in folded(chunk.valid()) {
                letters.push(letter);
                places.push(start + at);
            }
            start += chunk.valid().len() + chunk.invalid().len();
            // What is no text is no separator of letters either.
            if !chunk.invalid().is_empty() {
                letters.push('\0');
                places.push(start - 1);
            }
        }
        let mut best: HashMap<usize, Leak> = HashMap::new();
        for (at, window) in letters.windows(self.part).enumerate() {
            for &(canary, reversed, place) in starts.get(window).into_iter().flatten() {
                let whole = &self.folded[canary][usize::from(reversed)];
                let pairs = letters[at..].iter().zip(&whole[place..]);
                let length = pairs.take_while(|(one, other)| one == other).count();
                if best.get(&canary).is_none_or(|leak| leak.length < length) {
                    let at = reading.at[places[at]];
                    let undone = reading.undone.clone();
                    best.insert(canary, Leak { canary, length, of: whole.len(), at, reversed, undone });
                }
            }
        }
        best.into_values().collect()
    }
}

/// Letters and digits, in lower case, and where each starts.
fn folded(text: &str) -> impl Iterator<Item = (char, usize)> {
    let letters = text.char_indices().filter(|(_, c)| c.is_alphanumeric());
    letters.flat_map(|(at, c)| c.to_lowercase().map(move |lower| (lower, at)))
}

impl Leak {
    /// Which canary, counted from 0.
    #[must_use]
    pub fn canary(&self) -> usize {
        self.canary
    }

    /// How many of its letters and digits come out in a row.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// At which byte of the output it starts, or what it is encoded in.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Whether it stands there reversed.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        self.reversed
    }

    /// The encodings around it, the outermost first.
    #[must_use]
    pub fn encodings(&self) -> &[Encoding] {
        &self.undone
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "canary {} at byte {}", self.canary + 1, self.at)?;
        match self.length == self.of {
            true => f.write_str(", whole")?,
            false => write!(f, ", {} of its {} letters and digits", self.length, self.of)?,
        }
        if self.reversed {
            f.write_str(", reversed")?;
        }
        for (place, encoding) in self.undone.iter().enumerate() {
            write!(f, "{}{}", if place == 0 { ", in " } else { " in " }, encoding.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Canaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canaries({}, parts of {})", self.folded.len(), self.part)
    }
}

/// As many letters and digits as random text of a megabyte shares with a canary once in a million.
const PART: usize = 8;

const LEAST: usize = 4;
