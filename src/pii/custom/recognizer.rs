//! A recognizer as its owner describes it.

use std::{borrow::Cow, fmt, fs::File, io::Read, path::Path, sync::Arc};

use super::{
    check::{self, Holds},
    labels::Labels,
    list,
    pattern::Pattern,
};
use crate::{
    Error, Result, num,
    pii::{Confidence, Entity},
};

/// A recognizer of your own, for [`ScannerBuilder::recognizer`](crate::pii::ScannerBuilder::recognizer): a pattern or
/// a word list, with labels, a check and a confidence.
///
/// It searches the same bytes as the catalog: full-width characters, no-break spaces and unusual dashes are searched
/// as their plain forms, invisible characters not at all.
///
/// # Guarantee
/// For all haystacks, a search by a recognizer takes time linear in the length. The constant is the recognizer's: a
/// pattern whose findings have `shortest` to `longest` bytes (at most 1,024) reads each byte at most
/// `1 + longest / shortest` times, a word list at most as many times as its longest entry has bytes (at most 256).
///
/// # Examples
/// ```
/// use incog::pii::{Entity, Recognizer, Redactor, Scanner};
/// let staff = Recognizer::pattern(Entity::new("STAFF_ID")?, r"\bE-\d{6}\b")?.labels(["staff", "employee"]);
/// let names = Recognizer::words(Entity::PERSON, ["Ada", "Lovelace", "Byron"])?.joined();
/// let scanner = Scanner::builder().recognizer(staff).recognizer(names).build()?;
/// let redactor = Redactor::builder(scanner).build();
/// assert_eq!(redactor.redact("Ada Lovelace (staff: E-481516)"), "[PERSON] (staff: [STAFF_ID])");
///
/// let error = Recognizer::pattern(Entity::new("STAFF_ID")?, r"E-\d+").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "recognizer of STAFF_ID: what the pattern finds may be longer than 1024 bytes; bound its repetitions, \
///      as in {1,64} instead of +",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Recognizer {
    pub(super) entity: Entity,
    pub(super) source: Source,
    pub(super) check: Option<(Cow<'static, str>, Holds)>,
    pub(super) labels: Vec<String>,
    pub(super) needs_label: bool,
    confidence: Confidence,
    labelled: Option<Confidence>,
    pub(super) joined: bool,
    pub(super) case_sensitive: bool,
}

/// What a recognizer looks for.
#[derive(Clone)]
pub(super) enum Source {
    Pattern(Arc<Pattern>),
    Words(Arc<[String]>),
}

impl Recognizer {
    /// Finds what a regular expression matches, leftmost first, in the syntax of the crate
    /// [`regex`](https://docs.rs/regex/1/regex/#syntax). Without flags it is Unicode-aware and case-sensitive;
    /// `(?i)` and `(?-u)` change that. Whole words are the pattern's business: write `\b`.
    ///
    /// A place that the pattern matches and that has no label or fails the check is passed over as a whole.
    ///
    /// # Errors
    /// `Parameter` if `pattern` is no regular expression, is longer than 4,096 bytes, may match nothing or more than
    /// 1,024 bytes, or compiles to more than 10 MiB. The message says how to write it instead.
    pub fn pattern(entity: Entity, pattern: &str) -> Result<Self> {
        let pattern = Pattern::new(&entity, pattern)?;
        Ok(Recognizer::new(entity, Source::Pattern(Arc::new(pattern))))
    }

    /// Finds the entries of a list wherever they stand as whole words, in any case.
    ///
    /// Entries that overlap are covered together: with `New York` and `York City`, `New York City` is one finding.
    /// An entry may hold spaces and punctuation. Case is ignored for ASCII letters; of an entry with other letters,
    /// the all-lower and the all-upper forms are found as well.
    ///
    /// **What to expect.** A list finds what is on it: of the names in a text, about the share of people whose names
    /// it holds, less typing errors, nicknames and inflected forms, so the recall on names without a language model
    /// is that of the list. The other way round, names that are also words or places (`Rose`, `Mark`, `Paris`) are
    /// found wherever the word stands. Leave them out, ask for a label ([`needs_label`](Self::needs_label)), or
    /// accept it.
    ///
    /// # Errors
    /// `Parameter` if an entry is empty, has more than 256 bytes or neither letter nor digit, or if there are none,
    /// more than 1,000,000, or more than 64 MiB. Entries are named by their place, from 1, never by their text.
    pub fn words<S: Into<String>>(entity: Entity, list: impl IntoIterator<Item = S>) -> Result<Self> {
        let words = list::checked(&entity, list.into_iter().map(Into::into))?;
        Ok(Recognizer::new(entity, Source::Words(words)))
    }

    /// The same from a file: UTF-8, one entry a line. Empty lines and lines that start with `#` do not count.
    ///
    /// # Errors
    /// `Policy` if the file cannot be read or is not UTF-8; otherwise as [`words`](Self::words). The message names
    /// the file and the line.
    pub fn words_of_file(entity: Entity, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut bytes = Vec::new();
        // No more than may be: the path may be a device without end.
        File::open(path)
            .and_then(|file| file.take(list::FILE + 1).read_to_end(&mut bytes))
            .map_err(|e| Error::list_unreadable(path, &e))?;
        if num::count(bytes.len()) > list::FILE {
            return Err(Error::list_too_large(entity.as_str()));
        }
        let words = list::of_file(&entity, path, &bytes)?;
        Ok(Recognizer::new(entity, Source::Words(words)))
    }

    fn new(entity: Entity, source: Source) -> Self {
        Recognizer {
            entity,
            source,
            check: None,
            labels: Vec::new(),
            needs_label: false,
            confidence: Confidence::VERY_LIKELY,
            labelled: None,
            joined: false,
            case_sensitive: false,
        }
    }

    /// Only what satisfies `holds`, which gets the bytes found. `name` stands in the reason of a finding. The time
    /// that `holds` takes is yours; a panic of it is a panic of the search.
    pub fn check(
        mut self,
        name: impl Into<Cow<'static, str>>,
        holds: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.check = Some((name.into(), Arc::new(holds)));
        self
    }

    /// Only what satisfies a check of this crate: `luhn` on digits, `iban`, and `mod97` (ISO/IEC 7064, as in a legal
    /// entity identifier). Spaces, dashes, dots and slashes do not count.
    ///
    /// # Errors
    /// `Parameter` if there is no such check; the message lists the known ones.
    pub fn check_named(mut self, name: &str) -> Result<Self> {
        let Some((name, holds)) = check::named(name) else {
            return Err(Error::unknown_check(self.entity.as_str(), name, check::NAMES));
        };
        self.check = Some((Cow::Borrowed(name), Arc::new(holds)));
        Ok(self)
    }

    /// Words that announce a finding: before it in the clause, behind it (`.. is my staff number`), as its key or as
    /// its column. They are folded like the catalog's: `staff id` is also `Staff-ID`, `staff_id`, `staffId`,
    /// `staffid`. Whole words.
    pub fn labels<S: Into<String>>(mut self, labels: impl IntoIterator<Item = S>) -> Self {
        self.labels.extend(labels.into_iter().map(Into::into));
        self
    }

    /// Without a label nothing is found.
    pub fn needs_label(mut self) -> Self {
        self.needs_label = true;
        self
    }

    /// How sure a finding without a label is. By default [`Confidence::VERY_LIKELY`].
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// How sure a finding with a label is. By default 0.95, or what it is without one if that is more.
    pub fn labelled(mut self, confidence: Confidence) -> Self {
        self.labelled = Some(confidence);
        self
    }

    /// Findings of this word list become one when only a space, a hyphen, or a comma and a space stand between them:
    /// a given name and a surname are one person. An enumeration of names becomes one finding too.
    pub fn joined(mut self) -> Self {
        self.joined = true;
        self
    }

    /// The entries of this word list are found as they are written and in no other case.
    pub fn case_sensitive(mut self) -> Self {
        self.case_sensitive = true;
        self
    }

    /// What it finds.
    #[must_use]
    pub fn entity(&self) -> &Entity {
        &self.entity
    }

    /// The confidence of findings without and with a label, in thousandths.
    pub(super) fn permille(&self) -> (u16, u16) {
        let alone = self.confidence.permille();
        (alone, self.labelled.map_or(alone.max(LABELLED), Confidence::permille))
    }

    /// Its labels, folded.
    ///
    /// # Errors
    /// `Parameter` for settings that contradict each other or have no effect.
    pub(super) fn checked_labels(&self) -> Result<Labels> {
        let entity = self.entity.as_str();
        if self.needs_label && self.labels.is_empty() {
            return Err(Error::needs_labels(entity));
        }
        if let Source::Pattern(_) = self.source {
            if self.joined {
                return Err(Error::setting_of_words(entity, "joined", "let the pattern match the whole"));
            }
            if self.case_sensitive {
                return Err(Error::setting_of_words(
                    entity,
                    "case_sensitive",
                    "a pattern is, unless it has (?i)",
                ));
            }
        }
        Labels::new(&self.entity, &self.labels)
    }
}

impl fmt::Debug for Recognizer {
    /// Neither patterns nor words: both may say more than their owner wants in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Pattern(_) => "pattern".to_owned(),
            Source::Words(words) => format!("{} words", words.len()),
        };
        f.debug_struct("Recognizer")
            .field("entity", &self.entity)
            .field("source", &source)
            .field("check", &self.check.as_ref().map(|(name, _)| name))
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}

/// What a label is worth when nothing else is said.
const LABELLED: u16 = 950;
