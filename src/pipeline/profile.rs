//! What each column of a table is, as far as its name and its cells tell.
//!
//! Two votes that know nothing of each other, both shown: the *name*, read as whole words, and the *content*,
//! by the share of cells and not by a single hit. Cells are examined whatever their type, and a column in which
//! nothing could be examined is [`ColumnKind::Unknown`], never fine.
//!
//! Each rule answers a fault that column taggers have: a year code becomes a card verification value, context
//! words match inside words, numeric columns are not scanned, success is reported with nothing examined, and
//! nobody can say why a column was tagged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    num,
    pii::{Confidence, Scanner},
    table::{Column, Table},
};

/// What a column seems to be, and why. A proposal for a person to check; holds no value of the column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnProfile {
    /// Name of the column.
    pub name: String,
    /// What it seems to be.
    pub kind: ColumnKind,
    /// How far name and content support that, from 0 to 1. A rank, not a probability.
    pub confidence: f64,
    /// What speaks for it, each a sentence without cell content. Never empty.
    pub why: Vec<String>,
    /// Rows of the table.
    pub rows: u64,
    /// Rows whose cell was examined.
    pub examined: u64,
    /// Rows whose cell is missing or blank.
    pub missing: u64,
    /// Distinct values, missing and blank ones not counted.
    pub distinct: u64,
    /// How nearly all examined cells are written.
    pub value_kind: ValueKind,
    /// Examined rows with a finding, by entity.
    pub findings: BTreeMap<String, u64>,
}

/// What a column is to someone who wants to know whose row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnKind {
    /// It names a person or a row.
    Identifying,
    /// With others it can single out a person, and someone may know it.
    QuasiIdentifying,
    /// What nobody should learn about a person.
    Sensitive,
    /// Sentences, which may hold anything.
    FreeText,
    /// Neither name nor content says that it is about a person.
    Other,
    /// Nothing was examined.
    Unknown,
}

/// How cells are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ValueKind {
    /// Digits, perhaps with a sign.
    Integer,
    /// Digits with a decimal point, at least some of them.
    Number,
    /// `YYYY-MM-DD`.
    Date,
    /// Dates written in another way, or with a time of day.
    OtherDate,
    /// One word with digits in it.
    Code,
    /// Words, or a mixture.
    Text,
    /// Nothing was examined.
    Empty,
}

/// Profiles every column of `table`. Work happens once per distinct value and counts with its rows; beyond
/// 20,000 distinct values of a column a spread of that many is examined, and `why` says so.
///
/// # Errors
/// `Data` if the table has no columns.
///
/// # Examples
/// ```
/// use incog::{pii::Scanner, pipeline::{self, ColumnKind}, table::{Column, Table}};
/// let table = Table::new([
///     ("contact", Column::from_values(["ada@example.org", "bob@example.org"])?),
///     ("ACADEMIC_YEAR_CODE", Column::from_values(["1999", "2000"])?),
///     ("fax", Column::from_values(["", ""])?),
/// ])?;
/// let kinds: Vec<_> = pipeline::profile(&table, &Scanner::new())?.iter().map(|p| p.kind).collect();
/// assert_eq!(kinds, [ColumnKind::Identifying, ColumnKind::Other, ColumnKind::Unknown]);
///
/// let nothing = Table::new::<&str>([])?;
/// let error = pipeline::profile(&nothing, &Scanner::new()).unwrap_err();
/// assert_eq!(error.to_string(), "the file is empty; a table starts with a line of column names");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn profile(table: &Table, scanner: &Scanner) -> Result<Vec<ColumnProfile>> {
    if table.names().is_empty() {
        return Err(Error::empty_table());
    }
    Ok(table.iter().map(|(name, column)| profile_column(name, column, scanner)).collect())
}

fn profile_column(name: &str, column: &Column, scanner: &Scanner) -> ColumnProfile {
    let words = words(name);
    let name_vote = vote_of_name(&words);
    let innocent = name_vote.is_none() && words.iter().any(|w| holds(INNOCENT, w));
    let content = Content::examine(name, column, scanner);
    let content_vote = content.vote(innocent);

    let mut why = Vec::new();
    match &name_vote {
        Some(vote) => why.push(format!("name: {}", vote.why)),
        None if innocent => {
            why.push("name: a word for codes, years or versions, so weak signs do not count".to_owned())
        }
        None => why.push("name: no known word".to_owned()),
    }
    match &content_vote {
        Some(vote) => why.push(format!("content: {}", vote.why)),
        None if content.examined == 0 => {
            why.push("content: no cell was examined, so nothing is known".to_owned())
        }
        None => why.push(format!("content: {} distinct values, no sign of a person", content.distinct)),
    }
    if content.sampled < content.distinct {
        why.push(format!("{} of {} distinct values were examined", content.sampled, content.distinct));
    }
    let (kind, confidence) = if content.examined == 0 {
        (ColumnKind::Unknown, 0.0)
    } else {
        decide(name_vote, content_vote, &mut why)
    };
    ColumnProfile {
        name: name.to_owned(),
        kind,
        confidence: (confidence * 1000.0).round() / 1000.0,
        why,
        rows: content.rows,
        examined: content.examined,
        missing: content.missing,
        distinct: content.distinct,
        value_kind: content.value_kind(),
        findings: content.findings,
    }
}

/// How the cells of a column are written.
pub(super) fn value_kind(column: &Column) -> ValueKind {
    let mut content = Content::default();
    for row in 0..column.len() {
        if let Some(value) = column.cell(row).map(str::trim).filter(|value| !value.is_empty()) {
            content.examined += 1;
            content.shape(value, 1);
        }
    }
    content.value_kind()
}

impl ValueKind {
    /// The word for it in locks and profiles.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            ValueKind::Integer => "integer",
            ValueKind::Number => "number",
            ValueKind::Date => "date",
            ValueKind::OtherDate => "other_date",
            ValueKind::Code => "code",
            ValueKind::Text => "text",
            ValueKind::Empty => "empty",
        }
    }
}

struct Vote {
    kind: ColumnKind,
    confidence: f64,
    why: String,
}

impl Vote {
    fn new(kind: ColumnKind, confidence: f64, why: impl Into<String>) -> Option<Self> {
        Some(Vote { kind, confidence, why: why.into() })
    }
}

fn decide(name: Option<Vote>, content: Option<Vote>, why: &mut Vec<String>) -> (ColumnKind, f64) {
    match (name, content) {
        (None, None) => (ColumnKind::Other, NO_SIGN),
        (Some(vote), None) | (None, Some(vote)) => (vote.kind, vote.confidence),
        (Some(a), Some(b)) if a.kind == b.kind => (a.kind, 1.0 - (1.0 - a.confidence) * (1.0 - b.confidence)),
        (Some(name), Some(content)) => {
            // Sentences can hold anything, whatever the column is called.
            let sentences = content.kind == ColumnKind::FreeText && name.kind != ColumnKind::Identifying;
            let by_content = sentences || content.confidence > name.confidence;
            let (winner, which) = if by_content { (content, "content") } else { (name, "name") };
            why.push(format!("name and content disagree; the {which} has more weight"));
            (winner.kind, winner.confidence * DISAGREEMENT)
        }
    }
}

/// What the cells of a column look like; all counts are rows, unless they say otherwise.
#[derive(Default)]
struct Content {
    rows: u64,
    missing: u64,
    examined: u64,
    distinct: u64,
    /// Distinct values that were examined.
    sampled: u64,
    findings: BTreeMap<String, u64>,
    /// Cells that are one finding from end to end, by entity: all, and those that are very likely.
    whole: BTreeMap<String, (u64, u64)>,
    with_finding: u64,
    integers: u64,
    numbers: u64,
    dates: u64,
    other_dates: u64,
    codes: u64,
    characters: u64,
    words: u64,
    shortest: u64,
    longest: u64,
    least: f64,
    greatest: f64,
}

impl Content {
    fn examine(name: &str, column: &Column, scanner: &Scanner) -> Self {
        let mut rows_of = vec![0u64; column.dictionary_len()];
        for &code in column.codes() {
            rows_of[num::index(code)] += 1;
        }
        let mut content = Content {
            rows: num::count(column.len()),
            shortest: u64::MAX,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            ..Content::default()
        };
        let mut values: Vec<(&str, u64)> = Vec::new();
        for ((code, value), &rows) in (0u32..).zip(column.dictionary()).zip(&rows_of) {
            if rows == 0 {
                continue;
            }
            if Some(code) == column.missing_code() || value.trim().is_empty() {
                content.missing += rows;
            } else {
                values.push((value.trim(), rows));
            }
        }
        content.distinct = num::count(values.len());
        for &(value, rows) in values.iter().step_by(values.len().div_ceil(SAMPLE).max(1)) {
            content.sampled += 1;
            content.examined += rows;
            content.shape(value, rows);
            content.scan(name, value, rows, scanner);
        }
        content
    }

    fn shape(&mut self, value: &str, rows: u64) {
        let length = num::count(value.chars().count());
        self.characters += rows * length;
        self.words += rows * num::count(value.split_whitespace().count());
        self.shortest = self.shortest.min(length);
        self.longest = self.longest.max(length);
        if let Some(number) = decimal(value) {
            self.least = self.least.min(number);
            self.greatest = self.greatest.max(number);
            let count = if value.contains('.') { &mut self.numbers } else { &mut self.integers };
            *count += rows;
        } else if is_date(value) {
            self.dates += rows;
        } else if looks_like_date(value) {
            self.other_dates += rows;
        } else if !value.contains(char::is_whitespace) && value.contains(|c: char| c.is_ascii_digit()) {
            self.codes += rows;
        }
    }

    fn scan(&mut self, name: &str, value: &str, rows: u64, scanner: &Scanner) {
        let mut entities: BTreeMap<String, u64> = BTreeMap::new();
        for finding in scanner.scan_labelled(name, value.as_bytes()) {
            let entity = finding.entity().as_str();
            entities.insert(entity.to_owned(), rows);
            if finding.start() == 0 && finding.end() == value.len() {
                let (all, likely) = self.whole.entry(entity.to_owned()).or_default();
                *all += rows;
                *likely += if finding.confidence() >= Confidence::VERY_LIKELY { rows } else { 0 };
            }
        }
        self.with_finding += if entities.is_empty() { 0 } else { rows };
        for (entity, rows) in entities {
            *self.findings.entry(entity).or_default() += rows;
        }
    }

    fn share(&self, rows: u64) -> f64 {
        num::to_f64(rows) / num::to_f64(self.examined.max(1))
    }

    fn value_kind(&self) -> ValueKind {
        let kinds = [
            (self.integers, ValueKind::Integer),
            (self.integers + self.numbers, ValueKind::Number),
            (self.dates, ValueKind::Date),
            (self.dates + self.other_dates, ValueKind::OtherDate),
            (self.codes + self.integers, ValueKind::Code),
        ];
        match kinds.into_iter().find(|(rows, _)| self.share(*rows) >= NEARLY_ALL) {
            _ if self.examined == 0 => ValueKind::Empty,
            Some((_, kind)) => kind,
            None => ValueKind::Text,
        }
    }

    fn vote(&self, innocent: bool) -> Option<Vote> {
        if self.examined == 0 {
            return None;
        }
        self.vote_of_findings(innocent)
            .or_else(|| self.vote_of_text())
            .or_else(|| self.vote_of_uniqueness())
            .or_else(|| if innocent { None } else { self.vote_of_spread() })
    }

    fn vote_of_findings(&self, innocent: bool) -> Option<Vote> {
        let count = |(all, likely): &(u64, u64)| if innocent { *likely } else { *all };
        let (entity, _) = self.whole.iter().max_by_key(|(_, counts)| count(counts))?;
        let share = self.share(self.whole.values().map(count).sum());
        let kind = match entity.as_str() {
            "DATE_OF_BIRTH" | "GPS_COORDINATES" => ColumnKind::QuasiIdentifying,
            _ => ColumnKind::Identifying,
        };
        let why = format!("{} of examined cells are wholly a finding, mostly {entity}", percent(share));
        if share < SOME {
            None
        } else if share < MOST || entity == "URL" {
            // Too few to tell, or as likely a product's page as a person's: someone has to look.
            Vote::new(kind, UNSURE, why)
        } else {
            Vote::new(kind, if share < NEARLY_ALL { 0.9 } else { 0.95 }, why)
        }
    }

    fn vote_of_text(&self) -> Option<Vote> {
        let words = self.share(self.words);
        let inside = self.share(self.with_finding);
        let prose = words >= 4.0 && self.share(self.characters) >= 20.0;
        let repeats = self.distinct <= FEW && num::to_f64(self.distinct) <= 0.1 * num::to_f64(self.examined);
        if words >= 2.0 && inside >= 0.01 {
            let why = format!("{} of examined cells have a finding between other words", percent(inside));
            return Vote::new(ColumnKind::FreeText, if prose { 0.95 } else { 0.7 }, why);
        }
        if prose && !repeats {
            return Vote::new(ColumnKind::FreeText, 0.75, format!("{words:.0} words a cell on average"));
        }
        None
    }

    /// Rows that all differ: it does not take a name to single one out.
    fn vote_of_uniqueness(&self) -> Option<Vote> {
        let present = self.rows - self.missing;
        let share = num::to_f64(self.distinct) / num::to_f64(present);
        if present < ENOUGH_ROWS || share < NEARLY_ALL {
            return None;
        }
        let numbered = match self.value_kind() {
            // Measurements differ from row to row too; numbers of one length or without gaps are given out.
            ValueKind::Integer => {
                let gapless = self.greatest - self.least <= 2.0 * num::to_f64(self.distinct);
                gapless || (self.shortest == self.longest && self.shortest >= 5)
            }
            ValueKind::Code | ValueKind::Text => true,
            _ => false,
        };
        if !numbered {
            return None;
        }
        let why = format!("{} of rows have a value of their own, so it singles out rows", percent(share));
        Vote::new(ColumnKind::Identifying, 0.7, why)
    }

    fn vote_of_spread(&self) -> Option<Vote> {
        let distinct = self.distinct;
        let quasi = |confidence, why: String| Vote::new(ColumnKind::QuasiIdentifying, confidence, why);
        match self.value_kind() {
            ValueKind::Date | ValueKind::OtherDate => {
                quasi(0.7, format!("{distinct} distinct dates; dates of events can be known to others"))
            }
            ValueKind::Integer | ValueKind::Number if distinct > 20 => {
                quasi(0.6, format!("{distinct} distinct numbers; exact numbers single out rows"))
            }
            ValueKind::Code | ValueKind::Text if distinct > FEW => {
                quasi(0.5, format!("{distinct} distinct values; rare ones single out rows"))
            }
            _ => None,
        }
    }
}

/// The number that `value` is, written with digits, at most one sign and at most one point.
pub(super) fn decimal(value: &str) -> Option<f64> {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if all_digits(whole) && all_digits(fraction) { value.parse().ok() } else { None }
}

fn is_date(value: &str) -> bool {
    value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok()
}

/// `31.12.1999`, `12/31/99`, or a date and a time of day.
fn looks_like_date(value: &str) -> bool {
    if value.get(..10).is_some_and(is_date) {
        return value[10..].starts_with(['T', ' ']);
    }
    let parts: Vec<&str> = value.split(['.', '/', '-']).collect();
    let digits =
        |s: &str, lengths: &[usize]| lengths.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    match parts[..] {
        [a, b, c] => {
            let short = |s: &str| digits(s, &[1, 2]) && s.parse().is_ok_and(|n: u8| (1..=31).contains(&n));
            (short(a) && short(b) && digits(c, &[4]))
                || (digits(a, &[4]) && short(b) && short(c))
                || (value.contains('/') && short(a) && short(b) && digits(c, &[2]))
        }
        _ => false,
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The words of a column's name in lower case, without accents: `patientBirthDate`, `patient_birth_date` and
/// `PATIENT-BIRTH-DATE` are three words each.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, &c) in characters.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| characters[i]);
        let after = characters.get(i + 1);
        let starts = before.is_some_and(|b| {
            (b.is_lowercase() && c.is_uppercase())
                || (b.is_uppercase() && c.is_uppercase() && after.is_some_and(|a| a.is_lowercase()))
                || b.is_numeric() != c.is_numeric()
        });
        if starts || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            c.to_lowercase().for_each(|c| fold(c, word));
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

fn fold(c: char, word: &mut String) {
    let plain = match c {
        'ä' | 'æ' => "ae",
        'ö' | 'ø' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ù' | 'ú' | 'û' => "u",
        'ł' => "l",
        'ś' | 'š' => "s",
        'ý' => "y",
        'ź' | 'ż' | 'ž' => "z",
        c => return word.push(c),
    };
    word.push_str(plain);
}

fn vote_of_name(words: &[String]) -> Option<Vote> {
    if let Some(part) = person_part(words) {
        let why = format!("a person's {part}");
        return Vote::new(ColumnKind::Identifying, 0.9, why);
    }
    // Identifying first: `birth name` is a name.
    let lists = [
        (ColumnKind::Identifying, 0.9, PERSON_NUMBERS, "a word for what identifies"),
        (ColumnKind::Identifying, 0.9, IDENTIFYING, "a word for what identifies"),
        (ColumnKind::QuasiIdentifying, 0.85, BIRTH, "a word for what others may know"),
        (ColumnKind::QuasiIdentifying, 0.85, POSTAL, "a word for what others may know"),
        (ColumnKind::QuasiIdentifying, 0.85, QUASI, "a word for what others may know"),
        (ColumnKind::Sensitive, 0.85, SENSITIVE, "a word for what nobody should learn"),
        (ColumnKind::FreeText, 0.8, TEXT, "a word for text"),
    ];
    lists.into_iter().find_map(|(kind, confidence, phrases, what)| {
        let phrase = find(words, phrases)?;
        Vote::new(kind, confidence, format!("'{phrase}' is {what}"))
    })
}

/// The first of `phrases` whose words stand side by side in `words`; after `=`, with no others.
fn find(words: &[String], phrases: &'static str) -> Option<&'static str> {
    phrases.split(", ").find_map(|phrase| {
        let (whole, phrase) = phrase.strip_prefix('=').map_or((false, phrase), |p| (true, p));
        let wanted: Vec<&str> = phrase.split(' ').collect();
        let found =
            words.windows(wanted.len()).any(|w| w == wanted) && (!whole || words.len() == wanted.len());
        found.then_some(phrase)
    })
}

fn holds(list: &str, word: &str) -> bool {
    list.split(", ").any(|w| w == word)
}

/// `name` or `number` if `words` speak of that of a person, side by side: `patient_id`, `customerName`, `nr_kunde`,
/// but not `driver_version_number`.
fn person_part(words: &[String]) -> Option<&'static str> {
    let beside = |left: &[&str], right: &str| {
        let owner = |word: &str| left.iter().any(|list| holds(list, word));
        words
            .windows(2)
            .any(|w| (owner(&w[0]) && holds(right, &w[1])) || (holds(right, &w[0]) && owner(&w[1])))
    };
    if beside(&[PERSONS, WHICH_NAME], NAME_WORDS) {
        return Some("name");
    }
    beside(&[PERSONS], NUMBER_WORDS).then_some("number")
}

/// Whether a column of this name tells persons apart.
pub(super) fn numbers_persons(name: &str) -> bool {
    let words = words(name);
    person_part(&words) == Some("number") || find(&words, PERSON_NUMBERS).is_some()
}

/// Whether a column of this name holds postal codes.
pub(super) fn is_postal(name: &str) -> bool {
    find(&words(name), POSTAL).is_some()
}

/// Whether a column of this name is about a birth.
pub(super) fn is_birth(name: &str) -> bool {
    find(&words(name), BIRTH).is_some()
}

/// Distinct values of a column that are examined: bounds the time that a column of long texts takes.
const SAMPLE: usize = 20_000;
/// Below this share of cells a finding is chance. From there to [`MOST`] a person has to look: of random digits
/// of a card's length, one in ten passes Luhn.
const SOME: f64 = 0.05;
const MOST: f64 = 0.5;
const NEARLY_ALL: f64 = 0.95;
/// Values that differ in fewer rows than this differ by chance.
const ENOUGH_ROWS: u64 = 50;
/// So many values are a list of categories.
const FEW: u64 = 50;
/// A person has to decide below 0.5.
const UNSURE: f64 = 0.4;
const NO_SIGN: f64 = 0.6;
const DISAGREEMENT: f64 = 0.8;

/// English, German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian; some Russian, Chinese, Japanese.
/// Only words that mean the same in most tables: `cap`, `genre` and `pan` are left out.
const PERSONS: &str = "\
    patient, patients, person, customer, client, user, employee, member, student, pupil, subject, \
    participant, beneficiary, citizen, resident, tenant, borrower, passenger, guest, applicant, owner, \
    holder, cardholder, contact, doctor, physician, nurse, provider, practitioner, author, teacher, \
    mother, father, parent, spouse, guardian, subscriber, voter, driver, patienten, kunde, kunden, \
    mitarbeiter, personal, mitglied, mitglieds, versicherten, arzt, cliente, paciente, empleado, \
    usuario, employe, utilisateur, medecin, paziente, utente, klant, medewerker, kund, medarbejder";
const WHICH_NAME: &str = "\
    first, last, full, given, family, middle, maiden, birth, legal, preferred, nick, emergency, billing, \
    shipping, screen, completo, complet";
const NAME_WORDS: &str = "name, names, nom, nombre, nome, naam, navn, namn, initials";
const NUMBER_WORDS: &str = "\
    id, ids, identifier, number, num, no, nr, key, code, ref, reference, uuid, guid, nummer, numero, \
    kennung";
const PERSON_NUMBERS: &str = "\
    mrn, medical record, patientid, customerid, userid, memberid, employeeid, personid, ssn, social \
    security, nhs number, patientennummer, kundennummer, personalnummer, matrikelnummer, personnummer, \
    national id";
const IDENTIFYING: &str = "\
    =name, =names, fullname, firstname, lastname, surname, forename, maidenname, username, nickname, \
    login, =patient, =customer, =employee, =person, vorname, nachname, familienname, geburtsname, \
    prenom, =nom, nom famille, apellido, apellidos, =nombre, sobrenome, =nome, cognome, voornaam, \
    achternaam, =naam, fornavn, etternavn, efternamn, efternavn, имя, фамилия, фио, 姓名, 氏名, 名前, email, \
    emails, e mail, mail, emailaddress, courriel, correo, phone, phones, telephone, tel, mobile, cell \
    phone, cellphone, fax, telefon, telefonnummer, handy, telefono, telefone, celular, movil, telefoon, \
    телефон, 电话, 電話, address, addr, street, house number, adresse, anschrift, strasse, hausnummer, rue, \
    direccion, calle, endereco, indirizzo, straat, адрес, 地址, 住所, =id, =ids, =uuid, =guid, row id, \
    record id, record number, national insurance, nino, tax id, tin, tax number, passport, identity \
    card, driving licence, driver license, drivers license, licence number, license number, license \
    plate, number plate, kennzeichen, vin, aadhaar, cpf, dni, bsn, steuer id, steuernummer, \
    personalausweis, reisepass, sozialversicherungsnummer, versichertennummer, passeport, pasaporte, \
    codice fiscale, 身份证, iban, account number, account no, account id, account name, account holder, \
    kontonummer, card number, cardnumber, credit card, cc number, cvv, ip, ip address, ipaddress, mac \
    address, imei, imsi, device id, deviceid, cookie, session id, password, passwd, passwort, secret, \
    api key, token, fingerprint, biometric, signature";
const QUASI: &str = "\
    age, alter, edad, idade, leeftijd, возраст, 年齢, 年龄, sex, gender, geschlecht, sexe, sexo, sesso, \
    geslacht, genero, пол, 性别, 性別, city, town, county, state, region, province, country, district, \
    municipality, neighborhood, neighbourhood, canton, kanton, wohnort, stadt, bundesland, ville, \
    commune, pays, ciudad, pais, provincia, cidade, citta, comune, latitude, longitude, lat, lon, lng, \
    gps, location, nationality, citizenship, staatsangehoerigkeit, nationalite, nacionalidad, race, \
    ethnicity, ethnic, marital, maritalstatus, familienstand, civil status, estado civil, etat civil, \
    education, degree, school, ausbildung, bildungsabschluss, occupation, profession, job, jobtitle, \
    beruf, profesion, workclass, employer, arbeitgeber, language, muttersprache, height, weight, \
    household, children, dependents, ward, department, abteilung, hospital, clinic, facility, admission, \
    admitted, discharge, discharged";
const POSTAL: &str = "\
    zip, zipcode, postal, postcode, post code, plz, postleitzahl, postnummer, 邮编";
const BIRTH: &str = "\
    birth, birthdate, birthday, dob, born, birthyear, geburtsdatum, geburtstag, geburtsjahr, naissance, \
    nacimiento, nascimento, nascita, geboortedatum, fodselsdato, 生年月日, 出生日期";
const SENSITIVE: &str = "\
    diagnosis, diagnoses, disease, illness, condition, disorder, symptom, symptoms, icd, medication, \
    medications, drug, prescription, treatment, therapy, procedure, lab result, test result, hiv, \
    disability, pregnancy, blood type, genotype, diagnose, krankheit, medikament, behandlung, therapie, \
    behinderung, diagnostic, maladie, diagnostico, enfermedad, doenca, diagnosi, malattia, диагноз, 诊断, \
    診断, religion, religious, konfession, political, union membership, trade union, sexual orientation, \
    criminal, conviction, offence, offense, salary, wage, wages, income, earnings, gehalt, lohn, \
    einkommen, salaire, revenu, salario, sueldo, ingresos, stipendio, salaris, зарплата, 年収, debt, \
    credit score, creditscore";
const TEXT: &str = "\
    note, notes, comment, comments, remark, remarks, description, text, freetext, narrative, message, \
    messages, body, transcript, feedback, complaint, summary, bemerkung, bemerkungen, notiz, notizen, \
    kommentar, kommentare, beschreibung, anamnese, befund, remarque, remarques, commentaire, \
    commentaires, comentario, comentarios, observaciones, observacoes, osservazioni, opmerking, \
    opmerkingen, комментарий, 备注, 備考";
/// Words that speak against a person: cells that merely look like something are then not believed.
const INNOCENT: &str = "\
    code, codes, year, years, version, versions, revision, build, release, schema, format, currency, \
    unit, status, flag, jahr, annee, ano, anno, jaar, codigo, codice, waehrung";
