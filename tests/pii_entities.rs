//! The entities of the room `pii`, written from the identifiers' own rules and not from the code.

use std::collections::BTreeSet;

use incog::pii::{Entity, Finding, Scanner, known_entities};
use proptest::prelude::*;

#[derive(serde::Deserialize)]
struct Identifiers {
    case: Vec<Identifier>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Identifier {
    #[serde(deserialize_with = "entity")]
    entity: Entity,
    text: String,
    value: String,
    #[allow(dead_code, reason = "for the reader of the file")]
    why: String,
}

fn entity<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Entity, D::Error> {
    let name = <String as serde::Deserialize>::deserialize(deserializer)?;
    Entity::new(name).map_err(serde::de::Error::custom)
}

impl Identifier {
    /// Before the value, the value, behind it.
    fn parts(&self) -> (&str, &str, &str) {
        let (before, behind) = self.text.split_once(&self.value).unwrap();
        (before, &self.value, behind)
    }

    fn is_bare(&self) -> bool {
        self.text == self.value
    }
}

#[derive(serde::Deserialize)]
struct Negatives {
    case: Vec<Negative>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Negative {
    text: String,
    why: String,
}

fn identifiers() -> Vec<Identifier> {
    let read: Identifiers = toml::from_str(include_str!("data/pii/identifiers.toml")).unwrap();
    read.case
}

/// Entity, first byte, byte behind the last.
type Place = (String, usize, usize);

fn places(haystack: impl AsRef<[u8]>) -> Vec<Place> {
    let place = |f: &Finding| (f.entity().to_string(), f.start(), f.end());
    Scanner::new().scan(haystack.as_ref()).iter().map(place).collect()
}

/// What `expect` says of each line, all at once: one run shows every disagreement.
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// `haystack` must hold `value` at `start` and nothing else.
fn expect(wrong: &mut Vec<String>, entity: &Entity, haystack: &[u8], start: usize, value: &str) {
    let got = places(haystack);
    if got != [(entity.to_string(), start, start + value.len())] {
        wrong.push(format!("{entity} {value:?} in {:?}: {got:?}", String::from_utf8_lossy(haystack)));
    }
}

#[test]
fn each_identifier_is_found_exactly_and_alone() {
    let mut wrong = Vec::new();
    for case in identifiers() {
        let (before, value, _) = case.parts();
        expect(&mut wrong, &case.entity, case.text.as_bytes(), before.len(), value);
    }
    assert_none(&wrong);
}

#[test]
fn every_known_entity_has_identifiers() {
    let tested: BTreeSet<Entity> = identifiers().into_iter().map(|case| case.entity).collect();
    let known: BTreeSet<Entity> =
        known_entities().iter().filter(|e| **e != Entity::PERSON).cloned().collect();
    assert_eq!(tested, known);
    assert_eq!(known.len(), 86);
}

#[test]
fn nothing_is_found_in_what_only_looks_like_an_identifier() {
    let read: Negatives = toml::from_str(include_str!("data/pii/negatives.toml")).unwrap();
    let found = |case: &Negative| {
        let got = Scanner::new().scan(case.text.as_bytes());
        let shown: Vec<_> = got.iter().map(|f| (f.entity().as_str(), &case.text[f.range()])).collect();
        (!got.is_empty()).then(|| format!("{}: {:?}: {shown:?}", case.why, case.text))
    };
    assert_none(&read.case.iter().filter_map(found).collect::<Vec<_>>());
}

#[test]
fn an_identifier_that_needs_no_label_is_found_at_both_ends() {
    let mut wrong = Vec::new();
    for case in identifiers().iter().filter(|case| case.is_bare()) {
        for (before, behind) in
            [("", " is what it says"), ("it says ", ""), ("\n", "\n"), ("(", ")"), ("\"", "\"")]
        {
            let text = format!("{before}{}{behind}", case.value);
            expect(&mut wrong, &case.entity, text.as_bytes(), before.len(), &case.value);
        }
    }
    assert_none(&wrong);
}

#[test]
fn every_entity_that_needs_no_label_is_tested_without_one() {
    let bare: BTreeSet<Entity> =
        identifiers().into_iter().filter(Identifier::is_bare).map(|c| c.entity).collect();
    for entity in known_entities() {
        let name = entity.as_str();
        let secret = name.starts_with("SECRET_") || name.starts_with("CRYPTO_");
        assert!(!secret || bare.contains(entity), "{name}");
    }
    for entity in [
        Entity::AR_CUIT,
        Entity::BE_NN,
        Entity::BR_CNPJ,
        Entity::BR_CPF,
        Entity::CH_AHV,
        Entity::CL_RUT,
        Entity::CN_RESIDENT_ID,
        Entity::CREDIT_CARD,
        Entity::EMAIL_ADDRESS,
        Entity::FI_HETU,
        Entity::IBAN,
        Entity::IN_GSTIN,
        Entity::IP_ADDRESS,
        Entity::IT_FISCAL_CODE,
        Entity::KR_RRN,
        Entity::MAC_ADDRESS,
        Entity::MX_CURP,
        Entity::SG_NRIC_FIN,
        Entity::UK_NINO,
        Entity::URL,
    ] {
        assert!(bare.contains(&entity), "{entity}");
    }
}

#[test]
fn nothing_is_found_in_nothing() {
    assert_eq!(places(""), []);
    for byte in 0..=u8::MAX {
        assert_eq!(places([byte]), []);
        assert_eq!(places([byte; 4096]), [], "{byte}");
    }
}

#[test]
fn nul_and_broken_utf_8_around_a_text_change_nothing() {
    let mut wrong = Vec::new();
    for case in identifiers() {
        let (before, value, _) = case.parts();
        for around in [&b"\0"[..], b"\0\0\0", b"\xFF\xFE\x80", b"\x80", b"\xC3", b"\xE2\x80", b"\xF0\x9F\x98"]
        {
            let haystack = [around, case.text.as_bytes(), around].concat();
            expect(&mut wrong, &case.entity, &haystack, around.len() + before.len(), value);
        }
    }
    assert_none(&wrong);
}

#[test]
fn the_case_of_a_label_does_not_matter() {
    let mut wrong = Vec::new();
    // In a key the case separates words: `idCard` is two of them, `IDCARD` is one.
    let prose = |case: &&Identifier| !case.is_bare() && !case.text.contains(['{', '<', '/', '=']);
    for case in identifiers().iter().filter(prose) {
        let (before, value, behind) = case.parts();
        for (before, behind) in
            [(before.to_uppercase(), behind.to_uppercase()), (before.to_lowercase(), behind.to_lowercase())]
        {
            let text = format!("{before}{value}{behind}");
            expect(&mut wrong, &case.entity, text.as_bytes(), before.len(), value);
        }
    }
    assert_none(&wrong);
}

/// Entities whose numbers have a check, and where it stands: the letter or digit so far from the end.
const CHECKED: &[(Entity, usize)] = &[
    (Entity::AR_CUIT, 0),
    (Entity::AU_ABN, 0),
    (Entity::AU_ACN, 0),
    (Entity::AU_MEDICARE, 1),
    (Entity::AU_TFN, 0),
    (Entity::BE_NN, 0),
    (Entity::BG_EGN, 0),
    (Entity::BR_CNPJ, 0),
    (Entity::BR_CPF, 0),
    (Entity::CA_SIN, 0),
    (Entity::CH_AHV, 0),
    (Entity::CL_RUT, 0),
    (Entity::CN_RESIDENT_ID, 0),
    (Entity::CREDIT_CARD, 0),
    (Entity::CRYPTO_BTC, 0),
    (Entity::CZ_RC, 0),
    (Entity::DE_ID_CARD, 0),
    (Entity::DE_TAX_ID, 0),
    (Entity::EE_IK, 0),
    (Entity::ES_NIE, 0),
    (Entity::ES_NIF, 0),
    (Entity::FI_HETU, 0),
    (Entity::FR_NIR, 0),
    (Entity::FR_SIRET, 0),
    (Entity::HR_OIB, 0),
    (Entity::IBAN, 0),
    (Entity::IE_PPS, 0),
    (Entity::IL_ID, 0),
    (Entity::IMEI, 0),
    (Entity::IN_AADHAAR, 0),
    (Entity::IN_GSTIN, 0),
    (Entity::IT_FISCAL_CODE, 0),
    (Entity::IT_VAT, 0),
    (Entity::JP_MY_NUMBER, 0),
    (Entity::KR_RRN, 0),
    (Entity::MX_CURP, 0),
    (Entity::NL_BSN, 0),
    (Entity::NO_FNR, 0),
    (Entity::NZ_IRD, 0),
    (Entity::PL_NIP, 0),
    (Entity::PL_PESEL, 0),
    (Entity::PT_NIF, 0),
    (Entity::RO_CNP, 0),
    (Entity::SECRET_GITHUB_TOKEN, 0),
    (Entity::SE_PERSONNUMMER, 0),
    (Entity::SG_NRIC_FIN, 0),
    (Entity::TH_PIN, 0),
    (Entity::TR_TCKN, 0),
    (Entity::UK_NHS, 0),
    (Entity::UK_UTR, 9),
    (Entity::US_ABA_ROUTING, 0),
    (Entity::US_DEA, 0),
    (Entity::US_NPI, 0),
    (Entity::VIN, 8),
    (Entity::ZA_ID, 0),
];

/// The value with another letter or digit `from_end`.
fn with_wrong_check(value: &str, from_end: usize) -> String {
    let (at, old) =
        value.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()).rev().nth(from_end).unwrap();
    let new = match old {
        '9' => '0',
        'Z' => 'A',
        'z' => 'a',
        _ => char::from(old as u8 + 1),
    };
    format!("{}{new}{}", &value[..at], &value[at + 1..])
}

/// Fine-grained tokens of GitHub have no published check, European vehicles need none.
fn is_checked(case: &Identifier) -> bool {
    !case.value.starts_with("github_pat_") && !case.value.starts_with("WP0")
}

#[test]
fn a_wrong_check_digit_is_no_identifier() {
    let mut wrong = Vec::new();
    let cases = identifiers();
    for (entity, from_end) in CHECKED {
        for case in cases.iter().filter(|case| case.entity == *entity && is_checked(case)) {
            let changed = with_wrong_check(&case.value, *from_end);
            let text = format!("The item {changed} is in stock.");
            let got = places(&text);
            if !got.is_empty() {
                wrong.push(format!("{entity} {text:?}: {got:?}"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn a_wallet_in_mixed_case_with_one_letter_in_the_other_case_is_none() {
    let mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    for (at, letter) in mixed.char_indices().skip(2).filter(|(_, c)| c.is_ascii_alphabetic()) {
        let mut other = mixed.to_owned();
        let turned = if letter.is_ascii_lowercase() {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        };
        other.replace_range(at..=at, &turned.to_string());
        assert_eq!(places(&other), [], "{other}");
    }
}

/// Values that are found without a label.
const PLAIN: &[(Entity, &str)] = &[
    (Entity::CREDIT_CARD, "4111 1111 1111 1111"),
    (Entity::CREDIT_CARD, "5105-1051-0510-5100"),
    (Entity::US_SSN, "536-90-4399"),
    (Entity::PHONE_NUMBER, "+44 20 7946 0958"),
    (Entity::PHONE_NUMBER, "201-555-0123"),
    (Entity::IBAN, "GB82 WEST 1234 5698 7654 32"),
    (Entity::EMAIL_ADDRESS, "ada.lovelace@example.org"),
];

fn full_width(digit: char) -> char {
    match digit {
        '0'..='9' => char::from_u32(u32::from('０') + (u32::from(digit) - u32::from('0'))).unwrap(),
        other => other,
    }
}

#[test]
fn a_disguised_value_is_found_where_it_stands() {
    let mut wrong = Vec::new();
    for (entity, value) in PLAIN {
        let digits: String = value.chars().map(full_width).collect();
        let one: String =
            value.chars().enumerate().map(|(i, c)| if i == 2 { full_width(c) } else { c }).collect();
        for disguised in [
            (*value).to_owned(),
            digits,
            one,
            value.replace(' ', "\u{a0}"),
            value.replace(' ', "\u{202f}"),
            value.replace(' ', "\u{2009}"),
            value.replace('-', "\u{2013}"),
            value.replace('-', "\u{2011}"),
            value.replace('-', "\u{2212}"),
            value.replace('@', "\u{ff20}"),
        ] {
            for (before, behind) in [("", ""), ("give ", " to her"), ("é", ",")] {
                // A letter beside a value makes it a part of a word.
                let before = if before == "é" { "é: " } else { before };
                let text = format!("{before}{disguised}{behind}");
                expect(&mut wrong, entity, text.as_bytes(), before.len(), &disguised);
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn a_zero_width_space_anywhere_inside_hides_nothing() {
    let mut wrong = Vec::new();
    for (entity, value) in PLAIN {
        for at in 1..value.len() {
            let text = format!("give {}\u{200b}{} to her", &value[..at], &value[at..]);
            expect(&mut wrong, entity, text.as_bytes(), 5, &text[5..text.len() - 7]);
        }
    }
    assert_none(&wrong);
}

/// What holds of the findings in any haystack.
fn check_shape(haystack: &[u8]) {
    let found = Scanner::new().scan(haystack);
    let mut end = 0;
    for finding in &found {
        assert!(finding.start() >= end, "out of order or overlapping: {found:?}");
        assert!(finding.start() < finding.end(), "empty: {found:?}");
        end = finding.end();
        assert!(end <= haystack.len(), "outside: {found:?}");
        if let Ok(text) = std::str::from_utf8(haystack) {
            assert!(text.is_char_boundary(finding.start()) && text.is_char_boundary(end), "{found:?}");
        }
    }
}

/// A piece of a haystack: a text of the tables, a part of one, a separator, or anything.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let texts: Vec<Vec<u8>> = identifiers().into_iter().map(|case| case.text.into_bytes()).collect();
    let values: Vec<Vec<u8>> = identifiers().into_iter().map(|case| case.value.into_bytes()).collect();
    let cut = (prop::sample::select(texts.clone()), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(text, at, first)| {
            let at = at.index(text.len());
            if first { text[..at].to_vec() } else { text[at..].to_vec() }
        },
    );
    let signs =
        ["", " ", "\n", ", ", "\"", "-", ".", "@", "\0", "\u{200b}", "\u{a0}", "–", "１", "é", "+", ":"];
    prop_oneof![
        prop::sample::select(texts),
        prop::sample::select(values),
        cut,
        prop::sample::select(signs.to_vec()).prop_map(|sign| sign.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
        "[0-9 .:/+-]{1,24}".prop_map(String::into_bytes),
        "\\PC{0,12}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn any_bytes_have_findings_in_order_and_inside(haystack in prop::collection::vec(any::<u8>(), 0..512)) {
        check_shape(&haystack);
    }

    #[test]
    fn any_text_has_findings_between_characters(haystack in "[\\PC\\n]{0,200}") {
        check_shape(haystack.as_bytes());
    }

    #[test]
    fn pieces_of_identifiers_have_findings_in_order_and_inside(pieces in prop::collection::vec(piece(), 0..10)) {
        check_shape(&pieces.concat());
    }
}
