//! The search.

use super::{
    Confidence, Entity, Finding, catalog,
    claim::Claims,
    context::Context,
    normalize::Plain,
    recognizer::{Groups, Haystack, Proposal},
    resolve::resolve,
};
use crate::{Error, Result};

/// Finds personal data and secrets in bytes.
///
/// # Guarantee
/// For all haystacks, also those that are not UTF-8, a search returns: findings are sorted, do not overlap and lie
/// inside the haystack. For all haystacks that are UTF-8, they start and end at characters. Time is linear in the
/// length for all haystacks: every look behind and ahead is bounded by a constant or consumes what it read.
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
    /// A bit per entity of the catalog, in its order.
    enabled: u32,
    min_confidence: Confidence,
}

/// Sets up a [`Scanner`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ScannerBuilder {
    entities: Option<Vec<Entity>>,
    min_confidence: Option<Confidence>,
}

impl ScannerBuilder {
    /// Only these entities. By default all of [`known_entities`].
    pub fn entities(mut self, entities: impl IntoIterator<Item = Entity>) -> Self {
        self.entities = Some(entities.into_iter().collect());
        self
    }

    /// Only findings at least this sure. By default [`Confidence::LIKELY`].
    pub fn min_confidence(mut self, confidence: Confidence) -> Self {
        self.min_confidence = Some(confidence);
        self
    }

    /// The scanner. Takes microseconds: the built-in recognizers need no compilation.
    ///
    /// # Errors
    /// `Parameter` if an entity has no recognizer; the error lists the known ones.
    pub fn build(self) -> Result<Scanner> {
        let mut enabled = 0;
        for entity in self.entities.as_deref().unwrap_or(catalog::BUILT_IN) {
            let rank = catalog::rank(entity);
            if rank == catalog::BUILT_IN.len() {
                let known = catalog::BUILT_IN.iter().map(Entity::as_str);
                return Err(Error::unknown_entity(entity.as_str(), known));
            }
            enabled |= 1 << rank;
        }
        Ok(Scanner { enabled, min_confidence: self.min_confidence.unwrap_or(Confidence::LIKELY) })
    }
}

impl Scanner {
    /// All built-in recognizers, from [`Confidence::LIKELY`] on.
    #[must_use]
    pub fn new() -> Self {
        Scanner { enabled: u32::MAX, min_confidence: Confidence::LIKELY }
    }

    /// Sets up a scanner for some entities or another threshold.
    pub fn builder() -> ScannerBuilder {
        ScannerBuilder::default()
    }

    /// Findings below this are left out.
    #[must_use]
    pub fn min_confidence(&self) -> Confidence {
        self.min_confidence
    }

    /// The entities that this scanner looks for.
    #[must_use]
    pub fn entities(&self) -> Vec<Entity> {
        catalog::BUILT_IN.iter().filter(|entity| self.looks_for(entity)).cloned().collect()
    }

    /// What is found in `haystack`.
    #[must_use]
    pub fn scan(&self, haystack: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.scan_into(haystack, &mut findings);
        findings
    }

    /// Appends what is found in `haystack`. Without a finding it allocates nothing, unless the haystack holds
    /// invisible or full-width characters, which are undone in a copy.
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

    fn search(&self, label: Option<&str>, haystack: &[u8], findings: &mut Vec<Finding>) {
        let from = findings.len();
        match Plain::of(haystack) {
            None => Search::new(self, Haystack { bytes: haystack, label }, findings).run(),
            Some(plain) => {
                Search::new(self, Haystack { bytes: &plain.bytes, label }, findings).run();
                for finding in &mut findings[from..] {
                    let range = plain.original(finding.range(), haystack);
                    *finding = finding.clone().moved(range);
                }
            }
        }
        resolve(findings, from);
    }

    fn looks_for(&self, entity: &Entity) -> bool {
        let rank = catalog::rank(entity);
        rank < catalog::BUILT_IN.len() && self.enabled >> rank & 1 == 1
    }

    fn looks_for_any(&self, entities: &[Entity]) -> bool {
        entities.iter().any(|entity| self.looks_for(entity))
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Scanner::new()
    }
}

/// What the built-in recognizers find.
#[must_use]
pub fn known_entities() -> &'static [Entity] {
    catalog::BUILT_IN
}

/// One pass over one haystack.
struct Search<'a, 'h> {
    scanner: &'a Scanner,
    context: Context<'h>,
    claims: Claims,
    proposals: Vec<Proposal>,
    findings: &'a mut Vec<Finding>,
    families: Families,
}

/// Which recognizers run, looked up once a search.
#[allow(clippy::struct_excessive_bools, reason = "a set of switches")]
struct Families {
    keys: bool,
    secrets: bool,
    url: bool,
    email: bool,
    ip: bool,
    mac: bool,
    iban: bool,
    date: bool,
    numbers: bool,
}

impl<'a, 'h> Search<'a, 'h> {
    fn new(scanner: &'a Scanner, hay: Haystack<'h>, findings: &'a mut Vec<Finding>) -> Self {
        let families = Families {
            keys: scanner.looks_for(&Entity::SECRET_PRIVATE_KEY),
            secrets: scanner.looks_for_any(&catalog::BUILT_IN[1..catalog::SECRETS]),
            url: scanner.looks_for(&Entity::URL),
            email: scanner.looks_for(&Entity::EMAIL_ADDRESS),
            ip: scanner.looks_for(&Entity::IP_ADDRESS),
            mac: scanner.looks_for(&Entity::MAC_ADDRESS),
            iban: scanner.looks_for(&Entity::IBAN),
            date: scanner.looks_for(&Entity::DATE_OF_BIRTH),
            numbers: scanner.looks_for_any(&[Entity::CREDIT_CARD, Entity::US_SSN, Entity::PHONE_NUMBER]),
        };
        let (context, claims) = (Context { hay }, Claims::default());
        Search { scanner, context, claims, proposals: Vec::new(), findings, families }
    }

    fn run(mut self) {
        let bytes = self.context.hay.bytes;
        let mut at = 0;
        while at < bytes.len() {
            at = match CLASSES[usize::from(bytes[at])] {
                Class::Plain => at + 1,
                Class::Word => {
                    let next = self.word(at).unwrap_or(at);
                    self.context.hay.run(next.max(at), usize::MAX, |b| b.is_ascii_alphanumeric()).max(at + 1)
                }
                Class::Sign => self.sign(at).unwrap_or(at + 1).max(at + 1),
            };
        }
    }

    /// At a byte that is no letter or digit, and that some identifier has.
    fn sign(&mut self, at: usize) -> Option<usize> {
        let hay = self.context.hay;
        match hay.bytes[at] {
            b'@' if self.families.email => {
                let end = catalog::email(hay, at, &mut self.proposals);
                self.keep(end)
            }
            b':' if self.families.url && hay.starts(at, b"://") => {
                let end = catalog::url(hay, at, &mut self.proposals);
                self.keep(end)
            }
            b':' if self.families.ip && hay.at(at + 1) == b':' => {
                let end = catalog::ipv6(&self.context, at, &mut self.proposals);
                self.keep(end)
            }
            b'-' if self.families.keys => {
                let end = catalog::private_key(hay, at, &mut self.proposals);
                self.keep(None);
                // The key was read to its end: reading it again for what it holds would not be linear.
                end
            }
            _ => None,
        }
    }

    /// At the first letter or digit of a word.
    fn word(&mut self, at: usize) -> Option<usize> {
        let hay = self.context.hay;
        if self.families.secrets {
            let end = catalog::secret(hay, at, &mut self.proposals);
            if let Some(end) = self.keep(end) {
                return Some(end);
            }
        }
        if self.families.url && hay.slice(at, at + 4).eq_ignore_ascii_case(b"www.") {
            let end = catalog::url(hay, at, &mut self.proposals);
            if let Some(end) = self.keep(end) {
                return Some(end);
            }
        }
        let claimed = self.claims.covers(hay, at);
        let digit = hay.bytes[at].is_ascii_digit();
        if self.families.date {
            let end = catalog::birth_date(&self.context, at, &mut self.proposals);
            if let Some(end) = self.keep(end) {
                return Some(end);
            }
        }
        // An account number that is hexadecimal by chance looks like a hash, and its check tells.
        if self.families.iban && hay.at(at + 2).is_ascii_digit() && !digit {
            let end = catalog::iban(&self.context, at, &mut self.proposals);
            if let Some(end) = self.keep(end) {
                return Some(end);
            }
        }
        if claimed {
            return None;
        }
        let end = if digit { self.number(at) } else { self.name(at) };
        if end.is_some() {
            return end;
        }
        if hay.bytes[at].is_ascii_hexdigit() {
            if self.families.mac {
                let end = catalog::mac(&self.context, at, &mut self.proposals);
                if let Some(end) = self.keep(end) {
                    return Some(end);
                }
            }
            if self.families.ip && hay.at(hay.run(at, 5, |b| b.is_ascii_hexdigit())) == b':' {
                let end = catalog::ipv6(&self.context, at, &mut self.proposals);
                return self.keep(end);
            }
        }
        None
    }

    fn number(&mut self, at: usize) -> Option<usize> {
        let hay = self.context.hay;
        if self.families.ip {
            let end = catalog::ipv4(&self.context, at, &mut self.proposals);
            if let Some(end) = self.keep(end) {
                return Some(end);
            }
        }
        if !self.families.numbers {
            return None;
        }
        let groups = Groups::read(hay, at, hay.before(at) == b'(');
        if groups.overlong || groups.digits(groups.count()).len() < FEWEST {
            return None;
        }
        catalog::card(&self.context, at, &groups, &mut self.proposals);
        catalog::ssn(&self.context, at, &groups, &mut self.proposals);
        catalog::phone(&self.context, at, &groups, &mut self.proposals);
        let end = self.proposals.iter().map(|p| p.end).max();
        self.keep(end)
    }

    fn name(&mut self, at: usize) -> Option<usize> {
        let hay = self.context.hay;
        if self.families.email && matches!(hay.bytes[at], b'a' | b'A') {
            let end = catalog::spelled_email(hay, at, &mut self.proposals);
            return self.keep(end);
        }
        None
    }

    /// Turns proposals that are wanted and sure enough into findings; `end` counts only if one is.
    fn keep(&mut self, end: Option<usize>) -> Option<usize> {
        let mut kept = false;
        while let Some(proposal) = self.proposals.pop() {
            let sure = proposal.permille >= self.scanner.min_confidence.permille();
            if sure && self.scanner.looks_for(&proposal.entity) {
                self.findings.push(proposal.into_finding());
                kept = true;
            }
        }
        end.filter(|_| kept)
    }
}

/// What the search does at a byte.
#[derive(Clone, Copy)]
enum Class {
    Plain,
    Word,
    Sign,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut byte = 0u8;
    loop {
        classes[byte as usize] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Class::Word,
            b'@' | b':' | b'-' => Class::Sign,
            _ => Class::Plain,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

/// The fewest digits of a card, a social security number or a telephone number.
const FEWEST: usize = 7;
