//! A row's own values, as the dictionary for that row's free text.
//!
//! A name in a note is hard to know and easy to recognize: the row says whose note it is. So names are found without a
//! language model, as far as they are the row's.

mod phone;
mod record;

use self::{
    phone::{FEWEST_DIGITS, phone_end},
    record::{Record, wordy},
};
use super::{Confidence, Entity, Finding, Reason, fold::fold, resolve::resolve};

/// Finds a row's own identifiers, in their usual variants, in the same row's text.
///
/// | kind | found |
/// |---|---|
/// | name | the full name in any order, each part of two letters or more, initials beside a part, before `'s` |
/// | phone | its digits with any separators, with or without calling code, its last seven digits or more |
/// | e-mail | in any case |
/// | record | with or without separators, leading zeros and prefix letters |
///
/// Words are whole words, in any case and with or without accents. Particles such as `van` and titles such as
/// `Dr` count only beside a part of the name. Nicknames, misspellings and relatives of another name are not found.
///
/// # Guarantee
/// For all texts that hold a value of the row as it stands in the row, set off by characters other than letters and
/// digits, every byte of the value is inside of a finding, if the value has two letters (name), seven digits (phone),
/// an `@` (e-mail) or two characters (record). Time is linear in the length of the text for a given row.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, RowDictionary, RowValue};
/// let row = RowDictionary::builder()
///     .value("full_name", RowValue::Name, "Ada King Lovelace")
///     .value("phone", RowValue::Phone, "+44 20 7946 0958")
///     .value("mrn", RowValue::Record, "MRN-0053378")
///     .build();
/// let text = "A. Lovelace (53378) called from 020 7946-0958.";
/// let mut findings = Vec::new();
/// row.find_into(text, &mut findings);
/// let found: Vec<_> = findings.iter().map(|f| &text[f.range()]).collect();
/// assert_eq!(found, ["A. Lovelace", "53378", "020 7946-0958"]);
/// assert_eq!(findings[0].reason().to_string(), "row: column 'full_name'");
/// ```
pub struct RowDictionary {
    names: Vec<NamePart>,
    phones: Vec<(Vec<u8>, usize)>,
    emails: Vec<(String, usize)>,
    records: Vec<(Record, usize)>,
    columns: Vec<String>,
}

/// Sets up a [`RowDictionary`].
///
/// # Examples
/// A value that is too short to be told from other words is left out:
/// ```
/// use incog::pii::{RowDictionary, RowValue};
/// let found = |row: &RowDictionary| {
///     let mut findings = Vec::new();
///     row.find_into("Mail Bo at bo@example.org.", &mut findings);
///     findings.len()
/// };
/// let row = || RowDictionary::builder().value("mail", RowValue::Email, "bo@example.org");
/// assert_eq!(found(&row().build()), 1);
/// assert_eq!(found(&row().value("given_name", RowValue::Name, "Bo").build()), 2);
/// assert_eq!(found(&row().value("initial", RowValue::Name, "B").build()), 1);
/// ```
#[must_use]
pub struct RowDictionaryBuilder(RowDictionary);

/// What a value of the row is, which decides on its variants.
///
/// # Examples
/// A number is found in other spellings than a record is:
/// ```
/// use incog::pii::{RowDictionary, RowValue};
/// let finds = |kind, value: &str, text: &str| {
///     let mut findings = Vec::new();
///     RowDictionary::builder().value("column", kind, value).build().find_into(text, &mut findings);
///     !findings.is_empty()
/// };
/// assert!(finds(RowValue::Phone, "+44 20 7946 0958", "call 7946-0958"));
/// assert!(finds(RowValue::Record, "MRN-0053378", "see 53378"));
/// assert!(finds(RowValue::Name, "Ada King Lovelace", "LOVELACE, A."));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RowValue {
    /// A person's name, whole or in part, also `Surname, Given`.
    Name,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A record number or another identifier in letters and digits.
    Record,
}

/// A word of a name in one spelling.
struct NamePart {
    folded: Vec<char>,
    /// Whether it is found alone; particles and titles are not.
    alone: bool,
    column: usize,
}

impl RowDictionaryBuilder {
    /// A value and the name of its column. A value that is too short to be told from other words is left out.
    pub fn value(mut self, label: &str, kind: RowValue, value: &str) -> Self {
        let row = &mut self.0;
        let column = row.columns.len();
        row.columns.push(label.to_owned());
        match kind {
            RowValue::Name => row.names.extend(name_parts(value, column)),
            RowValue::Phone => {
                let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).collect();
                let significant = digits.iter().position(|&d| d != b'0').map_or(&[][..], |p| &digits[p..]);
                if significant.len() >= FEWEST_DIGITS {
                    row.phones.push((significant.to_vec(), column));
                }
            }
            RowValue::Email => {
                let value = value.trim();
                if value.contains('@') && value.len() > 2 {
                    row.emails.push((value.to_lowercase(), column));
                }
            }
            RowValue::Record => row.records.extend(Record::new(value).map(|record| (record, column))),
        }
        self
    }

    /// The dictionary. Building it costs about as much as copying the values.
    #[must_use]
    pub fn build(self) -> RowDictionary {
        self.0
    }
}

impl RowDictionary {
    /// Sets up a dictionary for one row.
    pub fn builder() -> RowDictionaryBuilder {
        RowDictionaryBuilder(RowDictionary {
            names: Vec::new(),
            phones: Vec::new(),
            emails: Vec::new(),
            records: Vec::new(),
            columns: Vec::new(),
        })
    }

    /// Appends where `text` holds the row's values. What is appended is sorted and does not overlap.
    pub fn find_into(&self, text: &str, findings: &mut Vec<Finding>) {
        let from = findings.len();
        if !self.names.is_empty() {
            self.find_names(text, findings);
        }
        for (digits, column) in &self.phones {
            self.find_phone(text.as_bytes(), digits, *column, findings);
        }
        for (email, column) in &self.emails {
            self.find_email(text, email, *column, findings);
        }
        for (record, column) in &self.records {
            self.find_record(text.as_bytes(), record, *column, findings);
        }
        resolve(findings, from);
    }

    /// Neighboring words that are parts or initials of the name make one finding.
    fn find_names(&self, text: &str, findings: &mut Vec<Finding>) {
        let mut open: Option<Span> = None;
        for word in words(text) {
            let kind = self.name_word(&text[word.0..word.1]);
            let near = open.as_ref().is_some_and(|span| joins(&text[span.end..word.0]));
            if !near && let Some(span) = open.take() {
                self.push_name(text, span, findings);
            }
            match kind {
                None => {
                    if let Some(span) = open.take() {
                        self.push_name(text, span, findings);
                    }
                }
                Some((strength, column)) => {
                    let span = open.get_or_insert(Span {
                        start: word.0,
                        end: word.1,
                        solid: None,
                        column,
                        trail: word.1,
                    });
                    span.end = word.1;
                    if strength == Strength::Alone {
                        span.solid = Some(span.solid.unwrap_or(word.0));
                        span.column = column;
                        span.trail = word.1;
                    } else if span.solid.is_some() && strength == Strength::Beside {
                        span.trail = word.1;
                    } else if span.solid.is_some() {
                        // `Lovelace, A.` takes the initial; `Lovelace a` may be an article.
                        if text[word.0..].starts_with(char::is_uppercase) {
                            span.trail = word.1;
                        }
                    }
                }
            }
        }
        if let Some(span) = open {
            self.push_name(text, span, findings);
        }
    }

    fn push_name(&self, text: &str, span: Span, findings: &mut Vec<Finding>) {
        if span.solid.is_none() {
            return;
        }
        let mut start = span.start;
        // A lower-case `a` before the name is an article, not an initial.
        let first = &text[start..];
        let mut letters = first.chars();
        if letters.next().is_some_and(|c| c == 'a') && letters.next() == Some(' ') {
            start += 2;
        }
        let mut end = span.trail;
        if text[end..].starts_with('.')
            && text[..end].chars().rev().nth(1).is_none_or(|c| !c.is_alphanumeric())
        {
            end += 1;
        }
        self.push(start, end, Entity::PERSON, span.column, findings);
    }

    fn name_word(&self, word: &str) -> Option<(Strength, usize)> {
        let mut best = None;
        let single = word.chars().nth(1).is_none();
        for part in &self.names {
            if part.folded.iter().copied().eq(word.chars().map(fold)) {
                let strength = if part.alone { Strength::Alone } else { Strength::Beside };
                if part.alone || best.is_none() {
                    best = Some((strength, part.column));
                }
                if part.alone {
                    break;
                }
            }
            if single && best.is_none() && part.folded.first().copied() == word.chars().next().map(fold) {
                best = Some((Strength::Initial, part.column));
            }
        }
        best
    }

    /// Compares digits from the end, so that calling codes and trunk zeros may differ.
    fn find_phone(&self, text: &[u8], phone: &[u8], column: usize, findings: &mut Vec<Finding>) {
        let mut at = 0;
        while at < text.len() {
            let starts = text[at].is_ascii_digit() && (at == 0 || !text[at - 1].is_ascii_alphanumeric());
            match starts.then(|| phone_end(text, at, phone)).flatten() {
                Some((start, end)) => {
                    self.push(start, end, Entity::PHONE_NUMBER, column, findings);
                    at = end;
                }
                None => at += 1,
            }
        }
    }

    fn find_email(&self, text: &str, email: &str, column: usize, findings: &mut Vec<Finding>) {
        let (bytes, local) = (text.as_bytes(), email.find('@').unwrap_or(0));
        for at in bytes.iter().enumerate().filter(|(_, b)| **b == b'@').map(|(i, _)| i) {
            let Some(start) = at.checked_sub(local) else { continue };
            let end = start + email.len();
            let Some(found) = text.get(start..end) else { continue };
            let same = found.eq_ignore_ascii_case(email)
                || found.chars().flat_map(char::to_lowercase).eq(email.chars());
            let before = text[..start].chars().next_back();
            let mut behind = text[end..].chars();
            let (next, further) = (behind.next(), behind.next());
            let open =
                before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '+' | '-' | '%')));
            let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let goes_on = letter(next) || (matches!(next, Some('.' | '-')) && letter(further));
            if same && open && !goes_on {
                self.push(start, end, Entity::EMAIL_ADDRESS, column, findings);
            }
        }
    }

    fn find_record(&self, text: &[u8], record: &Record, column: usize, findings: &mut Vec<Finding>) {
        let mut at = 0;
        while at < text.len() {
            let starts = text[at].is_ascii_alphanumeric() && (at == 0 || !wordy(text[at - 1]));
            match starts.then(|| record.end(text, at)).flatten() {
                Some(end) => {
                    self.push(at, end, Entity::MEDICAL_RECORD_NUMBER, column, findings);
                    at = end;
                }
                None => at += 1,
            }
        }
    }

    fn push(&self, start: usize, end: usize, entity: Entity, column: usize, findings: &mut Vec<Finding>) {
        let reason = Reason::row(&self.columns[column]);
        findings.push(Finding::new(start..end, entity, Confidence::CERTAIN, reason));
    }
}

impl std::fmt::Debug for RowDictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowDictionary").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RowDictionaryBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How much a word says about the name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    /// A part that is found alone.
    Alone,
    /// A particle or title: only beside a part.
    Beside,
    /// The first letter of a part: only beside a part.
    Initial,
}

/// A stretch of words of the name.
struct Span {
    start: usize,
    end: usize,
    /// Where the first part stands that is found alone.
    solid: Option<usize>,
    /// The end of the last word that belongs to the name.
    trail: usize,
    column: usize,
}

fn name_parts(value: &str, column: usize) -> Vec<NamePart> {
    let mut parts = Vec::new();
    for (start, end) in words(value) {
        let folded: Vec<char> = value[start..end].chars().map(fold).collect();
        let alone = folded.len() > 1 && !PARTICLES.iter().any(|p| p.chars().eq(folded.iter().copied()));
        parts.push(NamePart { folded, alone, column });
    }
    // `O'Brien` is also written `OBrien`, and `Müller` `Mueller`.
    let spelled = |c: char| match c {
        'ä' | 'Ä' => Some("ae"),
        'ö' | 'Ö' | 'ø' | 'Ø' => Some("oe"),
        'ü' | 'Ü' => Some("ue"),
        'ß' => Some("ss"),
        _ => None,
    };
    for word in value.split(|c: char| c.is_whitespace() || c == ',') {
        if word.contains(['\'', '’', '-']) || word.chars().any(|c| spelled(c).is_some()) {
            let mut folded = Vec::new();
            for c in word.chars().filter(|c| c.is_alphanumeric()) {
                match spelled(c) {
                    Some(letters) => folded.extend(letters.chars()),
                    None => folded.push(fold(c)),
                }
            }
            if folded.len() > 2 {
                parts.push(NamePart { folded, alone: true, column });
            }
        }
    }
    // A name of nothing but particles, such as Le An, is found by them.
    if !parts.iter().any(|part| part.alone) {
        for part in &mut parts {
            part.alone = part.folded.len() > 1;
        }
    }
    parts
}

/// Runs of letters and digits.
fn words(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        at = text[start..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |n| start + n);
        Some((start, at))
    })
}

/// Whether what stands between two words keeps them in one name: `Lovelace, Ada`, `J. P. Smith`, `O'Brien`.
fn joins(between: &str) -> bool {
    matches!(between, " " | ", " | ". " | "." | "-" | "'" | "’" | "  " | "," | ".-" | "_")
}

/// Words that stand in names and everywhere else, and titles.
const PARTICLES: &[&str] = &[
    "de", "del", "della", "der", "den", "des", "di", "da", "do", "dos", "das", "du", "van", "von", "vom",
    "zu", "zum", "zur", "la", "le", "les", "lo", "el", "al", "bin", "ibn", "ben", "y", "e", "and", "und",
    "et", "st", "san", "ter", "ten", "te", "af", "av", "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir",
    "dame", "herr", "frau", "sr", "sra", "srta", "jr", "ii", "iii", "iv", "m", "mme", "mlle", "dra", "mag",
    "dipl", "ing", "med", "phd", "md", "in", "of", "the", "an", "or", "as", "at", "is", "it", "no", "on",
    "so", "to", "up", "us", "we", "he", "me", "my", "by", "be", "if", "go",
];
