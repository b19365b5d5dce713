//! The search.

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

#[cfg(feature = "rayon")]
use super::parallel;
use super::{
    Confidence, Entity, Finding, Recognizer,
    catalog::{self, Kind, Kinds},
    custom::Custom,
    normalize::Plain,
    recognizer::Haystack,
    resolve::resolve,
    search::Search,
};
use crate::{Error, Result, watch};

/// Finds personal data and secrets in bytes.
///
/// # Guarantee
/// For all haystacks, also those that are not UTF-8, a search returns: findings are sorted, do not overlap and lie
/// inside the haystack. For all haystacks that are UTF-8, they start and end at characters. Time is linear in the
/// length for all haystacks: every look behind and ahead is bounded by a constant or consumes what it read. The
/// constant grows with the recognizers of your own; [`Recognizer`] says how.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, Scanner};
/// let text = "Card 4111 1111 1111 1111, order 4111 1111 1111 1112";
/// let findings = Scanner::new().scan(text.as_bytes());
/// assert_eq!(findings.len(), 1);
/// assert_eq!(&text[findings[0].range()], "4111 1111 1111 1111");
///
/// let scanner = Scanner::builder().entities([Entity::IBAN]).build()?;
/// assert!(scanner.scan(text.as_bytes()).is_empty());
///
/// let error = Scanner::builder().entities([Entity::new("SHOE_SIZE")?]).build().unwrap_err();
/// assert!(error.to_string().starts_with("no recognizer finds entity 'SHOE_SIZE'; known are"));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scanner {
    enabled: Kinds,
    min_confidence: Confidence,
    /// What goes beyond the catalog's defaults; usually nothing.
    custom: Option<Arc<Custom>>,
}

/// Sets up a [`Scanner`].
///
/// # Examples
/// ```
/// use incog::pii::{Confidence, Entity, Recognizer, Scanner};
/// let staff = Recognizer::pattern(Entity::new("STAFF_ID")?, r"\bE-\d{6}\b")?;
/// let scanner = Scanner::builder()
///     .recognizer(staff)
///     .threshold(Entity::PHONE_NUMBER, Confidence::CERTAIN)
///     .allow(["office@example.org"])
///     .build()?;
/// let text = "E-123456 wrote to office@example.org";
/// let found = scanner.scan(text.as_bytes());
/// assert_eq!(found.iter().map(|finding| finding.entity().as_str()).collect::<Vec<_>>(), ["STAFF_ID"]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct ScannerBuilder {
    entities: Option<Vec<Entity>>,
    min_confidence: Option<Confidence>,
    recognizers: Vec<Recognizer>,
    allowed: Vec<String>,
    thresholds: BTreeMap<Entity, Confidence>,
}

impl ScannerBuilder {
    /// Only these entities. By default all of [`known_entities`], and those of your own recognizers.
    pub fn entities(mut self, entities: impl IntoIterator<Item = Entity>) -> Self {
        self.entities = Some(entities.into_iter().collect());
        self
    }

    /// Only findings at least this sure. By default [`Confidence::LIKELY`].
    pub fn min_confidence(mut self, confidence: Confidence) -> Self {
        self.min_confidence = Some(confidence);
        self
    }

    /// Only findings of `entity` at least this sure, whatever [`min_confidence`](Self::min_confidence) says.
    pub fn threshold(mut self, entity: Entity, confidence: Confidence) -> Self {
        self.thresholds.insert(entity, confidence);
        self
    }

    /// Adds a recognizer of your own, beside the catalog and the ones added before. Its entity may be a new one or one
    /// of the catalog. An overlap goes to the surer finding; of equally sure ones to the longer; of equally long ones
    /// to the catalog.
    pub fn recognizer(mut self, recognizer: Recognizer) -> Self {
        self.recognizers.push(recognizer);
        self
    }

    /// Values that are no findings, whatever finds them: test cards, your own address. The whole finding must equal
    /// one but for the case of ASCII letters. What was dropped takes no bytes from other recognizers of your own; what
    /// the catalog would find inside of it is not looked for.
    pub fn allow<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.allowed.extend(values.into_iter().map(Into::into));
        self
    }

    /// What `text` says, in TOML; `folder` is where files of word lists are. Every key, and unknown keys are errors:
    ///
    /// ```toml
    /// entities = ["STAFF_ID", "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"]
    /// min_confidence = 0.6
    /// allow = ["office@example.org"]
    ///
    /// [thresholds]
    /// PHONE_NUMBER = 0.8
    ///
    /// [[recognizer]]
    /// entity = "STAFF_ID"
    /// pattern = '\bE-\d{6}\b'
    /// check = "luhn"
    /// labels = ["staff id", "employee"]
    /// needs_label = true
    /// labelled = 0.9
    ///
    /// [[recognizer]]
    /// entity = "PERSON"
    /// file = "names.txt"          # or words = ["Ada", "Lovelace"]
    /// confidence = 0.7
    /// joined = true
    /// case_sensitive = true
    /// ```
    ///
    /// # Errors
    /// `Policy` with the line if the text is not of this form, or if a file cannot be read; `Parameter` if a
    /// recognizer is outside of its limits.
    #[cfg(feature = "pipeline")]
    pub fn from_toml(text: &str, folder: &std::path::Path) -> Result<Self> {
        super::custom::Document::parse(text)?.into_builder(folder)
    }

    /// The scanner. Takes microseconds without own recognizers: the built-in ones need no compilation. A pattern
    /// takes some tenths of a millisecond, with large Unicode classes some ten; a list of 100,000 names twenty.
    ///
    /// # Errors
    /// `Parameter` if an entity has no recognizer (the error lists the known ones), or if the recognizers exceed a
    /// limit or contradict themselves: 1,000 patterns of 128 MiB, word lists of 1,000,000 entries and 64 MiB.
    pub fn build(self) -> Result<Scanner> {
        let own = |entity: &Entity| self.recognizers.iter().any(|r| r.entity() == entity);
        let mut enabled = if self.entities.is_some() { Kinds::NONE } else { Kinds::ALL };
        for entity in self.entities.iter().flatten().chain(self.thresholds.keys()) {
            if catalog::known(entity).is_none() && !own(entity) {
                let known = catalog::BUILT_IN.iter().chain(self.recognizers.iter().map(Recognizer::entity));
                return Err(Error::unknown_entity(entity.as_str(), known.map(Entity::as_str)));
            }
        }
        for kind in self.entities.iter().flatten().filter_map(catalog::known) {
            enabled = enabled.with(Kinds::of(kind));
        }
        let min_confidence = self.min_confidence.unwrap_or(Confidence::LIKELY);
        let plain = self.recognizers.is_empty() && self.allowed.is_empty() && self.thresholds.is_empty();
        let custom = if plain {
            None
        } else {
            let (entities, thresholds) = (self.entities.as_deref(), self.thresholds);
            let custom = Custom::new(&self.recognizers, entities, &self.allowed, thresholds, min_confidence)?;
            Some(Arc::new(custom))
        };
        Ok(Scanner { enabled, min_confidence, custom })
    }
}

impl fmt::Debug for ScannerBuilder {
    /// Without the allowed values: they are data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScannerBuilder")
            .field("entities", &self.entities)
            .field("min_confidence", &self.min_confidence)
            .field("recognizers", &self.recognizers)
            .field("allowed", &self.allowed.len())
            .field("thresholds", &self.thresholds)
            .finish()
    }
}

impl Scanner {
    /// All built-in recognizers, from [`Confidence::LIKELY`] on.
    #[must_use]
    pub fn new() -> Self {
        Scanner { enabled: Kinds::ALL, min_confidence: Confidence::LIKELY, custom: None }
    }

    /// Sets up a scanner for some entities or another threshold.
    pub fn builder() -> ScannerBuilder {
        ScannerBuilder::default()
    }

    /// The scanner that `text` describes in TOML, as [`ScannerBuilder::from_toml`] says.
    ///
    /// # Errors
    /// As [`ScannerBuilder::from_toml`] and [`ScannerBuilder::build`].
    #[cfg(feature = "pipeline")]
    pub fn from_toml(text: &str, folder: &std::path::Path) -> Result<Self> {
        ScannerBuilder::from_toml(text, folder)?.build()
    }

    /// Findings below this are left out, unless their entity has a [`threshold`](Self::threshold) of its own.
    #[must_use]
    pub fn min_confidence(&self) -> Confidence {
        self.min_confidence
    }

    /// Findings of `entity` below this are left out.
    #[must_use]
    pub fn threshold(&self, entity: &Entity) -> Confidence {
        self.custom.as_ref().and_then(|custom| custom.threshold(entity)).unwrap_or(self.min_confidence)
    }

    /// The entities that this scanner looks for: those of the catalog, then those of its own recognizers.
    #[must_use]
    pub fn entities(&self) -> Vec<Entity> {
        let built_in = catalog::BUILT_IN.iter().filter(|e| self.wants(catalog::kind(e)));
        let mut entities: Vec<Entity> = built_in.cloned().collect();
        for own in self.own_entities() {
            if !entities.contains(own) {
                entities.push(own.clone());
            }
        }
        entities
    }

    /// What its own recognizers look for; it may be an entity of the catalog.
    #[must_use]
    pub fn own_entities(&self) -> &[Entity] {
        self.custom.as_ref().map_or(&[], |custom| custom.entities())
    }

    /// How many values are no findings, because they are allowed.
    #[must_use]
    pub fn allowed(&self) -> usize {
        self.custom.as_ref().map_or(0, |custom| custom.allowed())
    }

    /// What is found in `haystack`.
    #[must_use]
    pub fn scan(&self, haystack: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.scan_into(haystack, &mut findings);
        findings
    }

    /// Appends what is found in `haystack`. Without a finding and without recognizers of your own it allocates nothing,
    /// unless the haystack holds invisible or full-width characters, which are undone in a copy.
    pub fn scan_into(&self, haystack: &[u8], findings: &mut Vec<Finding>) {
        self.search(None, haystack, findings);
    }

    /// What is found in `haystack`, which stands under `label`: the name of a column or a key.
    ///
    /// # Examples
    /// ```
    /// use incog::pii::Scanner;
    /// let scanner = Scanner::new();
    /// assert!(scanner.scan(b"1990-12-31").is_empty());
    /// assert_eq!(scanner.scan_labelled("birth_date", b"1990-12-31").len(), 1);
    /// ```
    #[must_use]
    pub fn scan_labelled(&self, label: &str, haystack: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.search(Some(label), haystack, &mut findings);
        findings
    }

    /// As [`scan`](Self::scan), on all threads of the current pool of `rayon`; the same findings.
    ///
    /// Worth its while from about a megabyte on. Lines are what is divided, so one long line is searched by one thread.
    ///
    /// # Examples
    /// ```
    /// use incog::pii::Scanner;
    /// let scanner = Scanner::new();
    /// let log = "10:00 login ada@example.org\n".repeat(10_000);
    /// assert_eq!(scanner.scan_parallel(log.as_bytes()), scanner.scan(log.as_bytes()));
    /// ```
    #[cfg(feature = "rayon")]
    #[must_use]
    pub fn scan_parallel(&self, haystack: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let hay = Haystack { bytes: haystack, label: None, header: None };
        self.search_with(hay, &mut findings, |hay, plain, findings| {
            parallel::search(self, hay, plain, findings)
        });
        told(haystack.len(), &findings);
        findings
    }

    fn search(&self, label: Option<&str>, haystack: &[u8], findings: &mut Vec<Finding>) {
        let hay = Haystack { bytes: haystack, label, header: None };
        let from = findings.len();
        self.search_with(hay, findings, |hay, plain, findings| {
            Search::new(self, hay, plain, findings).run(0..hay.bytes.len())
        });
        told(haystack.len(), &findings[from..]);
    }

    /// Appends what starts in `part` of `hay`, also what is known by a sign behind it, as an address by its `@`.
    pub(super) fn search_part(&self, hay: Haystack<'_>, part: Range<usize>, findings: &mut Vec<Finding>) {
        let from = findings.len();
        self.search_with(hay, findings, |hay, plain, findings| {
            // In a copy without disguises the offsets are others.
            let all =
                if plain { 0..hay.bytes.len() } else { part.start..hay.bytes.len().min(part.end + SIGN) };
            Search::new(self, hay, plain, findings).run(all)
        });
        let mut place = 0;
        findings.retain(|finding| {
            place += 1;
            place <= from || part.contains(&finding.start())
        });
        told(part.len(), &findings[from..]);
    }

    /// `built_in` searches for what the catalog knows; it says false when disguises are to be undone first, which its
    /// second argument says of a haystack.
    fn search_with(
        &self,
        hay: Haystack<'_>,
        findings: &mut Vec<Finding>,
        built_in: impl Fn(Haystack<'_>, bool, &mut Vec<Finding>) -> bool,
    ) {
        if self.custom.is_none() && holds_nothing(hay.bytes) {
            return;
        }
        let from = findings.len();
        if built_in(hay, false, findings) {
            self.own(hay, findings, from);
        } else {
            findings.truncate(from);
            let plain = Plain::of(hay.bytes);
            let undone = Haystack { bytes: &plain.bytes, label: hay.label, header: hay.header };
            built_in(undone, true, findings);
            self.own(undone, findings, from);
            for finding in &mut findings[from..] {
                let range = plain.original(finding.range(), hay.bytes);
                *finding = finding.clone().moved(range);
            }
        }
        resolve(findings, from);
    }

    /// What recognizers of your own find; and takes away what you allow.
    fn own(&self, hay: Haystack<'_>, findings: &mut Vec<Finding>, from: usize) {
        if let Some(custom) = &self.custom {
            custom.find(hay, findings, from);
        }
    }

    /// Whether `other` finds the same in every text, as far as can be told without a search.
    pub(super) fn is(&self, other: &Scanner) -> bool {
        let custom = match (&self.custom, &other.custom) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        custom && self.enabled == other.enabled && self.min_confidence == other.min_confidence
    }

    pub(super) fn wants(&self, kind: Kind) -> bool {
        self.enabled.has(kind)
    }

    /// Whether a finding of `kind` at `permille` is wanted and sure enough.
    pub(super) fn keeps(&self, kind: Kind, permille: u16) -> bool {
        let own = || self.custom.as_ref().and_then(|custom| custom.floor(kind));
        self.enabled.has(kind) && permille >= own().unwrap_or_else(|| self.min_confidence.permille())
    }
}

/// Whether the text is too short for anything that the catalog knows: most values of a document are.
///
/// What has no digit, sign or capital to be known by has a word to be known by, and the shortest of those, such as
/// `www.a.de`, has eight bytes. One to three digits alone start nothing ([`Search`]).
fn holds_nothing(text: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii() && !b.is_ascii_digit() && !matches!(b, b'@' | b':');
    text.len() < 8 && (text.iter().all(plain) || (text.len() <= 3 && text.iter().all(u8::is_ascii_digit)))
}

impl Default for Scanner {
    fn default() -> Self {
        Scanner::new()
    }
}

/// What the built-in recognizers find.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, Scanner, known_entities};
/// assert!(known_entities().contains(&Entity::EMAIL_ADDRESS));
/// let found = Scanner::new().scan(b"to ada@example.org");
/// assert!(known_entities().contains(found[0].entity()));
/// ```
#[must_use]
pub fn known_entities() -> &'static [Entity] {
    catalog::BUILT_IN
}

/// To those who watch: so many bytes, and what was found in them.
fn told(bytes: usize, found: &[Finding]) {
    watch::scanned(bytes, found.iter().map(|finding| finding.entity().counted_as()));
}

/// How far behind the start of a value the sign may stand that it is known by: further than any local part of an address is long.
const SIGN: usize = 256;
