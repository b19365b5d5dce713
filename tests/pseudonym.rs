//! Tests of the room `pseudonym` through its public API.

use std::{fs, sync::Arc};

use incog::{
    Error, ErrorKind,
    pseudonym::{
        Alphabet, DateShift, Ff1, Format, FormatPreserving, Key, KeyProvider, KeySource, SuppliedKeys,
        SystemKeys, Tokenizer,
    },
    table::Column,
};

use crate::temporary::Temporary;

pub(crate) fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

/// A folder of its own for each test, removed at the end.
struct Folder(Temporary);

impl Folder {
    fn new() -> Self {
        Folder(Temporary::new())
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> KeySource {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the temporary folder can be written");
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode))
            .expect("the file is the test's own");
        KeySource::parse(&format!("file:{name}")).expect("a file name is a source")
    }
}

#[test]
fn a_written_key_is_private_reads_back_and_is_never_replaced() {
    let folder = Folder::new();
    let key = Key::generate().unwrap();
    let path = folder.0.join("incog.key");
    key.write_new(&path).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(before.len(), "incogkey1_".len() + 64 + 1);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap()) & 0o777, 0o600);

    let source = KeySource::parse("file:incog.key").unwrap();
    let again = SystemKeys::new(&*folder.0).key(&source).unwrap();
    assert_eq!(token(&again, "d", "x"), token(&key, "d", "x"));

    let error = Key::generate().unwrap().write_new(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().ends_with("a key never replaces a file; choose another path"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn every_way_to_miss_a_key_names_the_place_and_the_way_out() {
    let folder = Folder::new();
    let good = format!("incogkey1_{}\n", "2a".repeat(32));
    let env = KeySource::parse("env:INCOG_TEST_NO_SUCH_VARIABLE").unwrap();
    let path = |name: &str| folder.0.join(name).display().to_string();
    let mut cases = vec![
        (
            env,
            vec![
                "'INCOG_TEST_NO_SUCH_VARIABLE' is not set".into(),
                "run: incog keys generate -o FILE".into(),
            ],
        ),
        (
            KeySource::parse("file:missing.key").unwrap(),
            vec![path("missing.key"), format!("run: incog keys generate -o {}", path("missing.key"))],
        ),
        (
            folder.write("short.key", &good[..40], 0o600),
            vec!["file:short.key: a key is".into(), "30 characters".into()],
        ),
        (folder.write("long.key", &good.repeat(9), 0o600), vec!["file:long.key: a key is".into()]),
        (folder.write("empty.key", "", 0o600), vec!["file:empty.key".into(), "does not start with".into()]),
        (
            folder.write("bare.key", &good[10..], 0o600),
            vec!["file:bare.key".into(), "does not start with".into()],
        ),
        (
            folder.write("typo.key", &good.replace("2a2a2a2a", "2a2O2a2a"), 0o600),
            vec!["file:typo.key".into(), "other than hexadecimal digits".into()],
        ),
    ];
    if cfg!(unix) {
        for mode in [0o640, 0o604, 0o660, 0o601] {
            let name = format!("mode-{mode:o}.key");
            let source = folder.write(&name, &good, mode);
            cases.push((source, vec![format!("mode {mode:o}"), format!("run: chmod 600 {}", path(&name))]));
        }
    }
    for (source, expected) in cases {
        let error = SystemKeys::new(&*folder.0).key(&source).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Key, "{source}");
        for part in expected {
            assert!(error.to_string().contains(&part), "{source}: {error}");
        }
        assert!(!error.to_string().contains("2a2"), "{source}: {error}");
    }
    assert!(folder.write("good.key", &good, 0o600).load(&folder.0).is_ok());
    assert!(folder.write("upper.key", &good.replace("2a", "2A"), 0o400).load(&folder.0).is_ok());
}

#[test]
fn a_source_is_a_place_and_never_a_key() {
    let pasted = format!("incogkey1_{}", "2a".repeat(32));
    let wrong = ["", "INCOG_KEY", "env:", "env:A B", "env:1A", "file:", "vault:x", "ENV:A", &pasted];
    for text in
        wrong.into_iter().map(str::to_owned).chain([format!("env:{pasted}"), format!("file:{pasted}")])
    {
        let error = KeySource::parse(&text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Key);
        assert!(!error.to_string().contains("2a2a"), "{error}");
    }
    for text in ["env:_A1", "file:keys/a.key", "file:/etc/incog/a:b.key"] {
        assert_eq!(KeySource::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn supplied_keys_stand_in_for_sources() {
    let source = KeySource::parse("env:INCOG_KEY").unwrap();
    let supplied = SuppliedKeys::default().supply(source.clone(), Arc::new(key(1)));
    let provider: &dyn KeyProvider = &supplied;
    assert_eq!(provider.key(&source).unwrap().id(), key(1).id());
}

/// The guarantee of `Key`: 2a is the canary byte; its text form and its decimal form must not show.
#[test]
fn no_formatting_shows_the_bytes_of_a_key() {
    let key = key(0x2a);
    let source = KeySource::parse("env:INCOG_KEY").unwrap();
    let date_shift = DateShift::new(&key, "d", 30).unwrap();
    let tokenizer = Tokenizer::new(&key, "d", "MRN").unwrap();
    let ff1 = Ff1::new(&key, "d", Alphabet::DIGITS).unwrap();
    let cards = FormatPreserving::new(&key, "d", Format::Card).unwrap();
    let errors: Vec<Error> = vec![
        Tokenizer::new(&key, "", "MRN").unwrap_err(),
        ff1.encrypt("x").unwrap_err(),
        cards.encrypt("4111").unwrap_err(),
        date_shift.shift("p", "x").unwrap_err(),
        key.write_new(std::path::Path::new("/no/such/folder/incog.key")).unwrap_err(),
    ];
    let shown = [
        format!("{key:?} {key:#?} {} {:?}", key.id(), key.id()),
        format!("{:?} {tokenizer:?} {ff1:?} {cards:?} {date_shift:?}", key.derive(&["x"])),
        format!("{errors:?}"),
        errors.iter().map(ToString::to_string).collect::<String>(),
        format!("{:?}", SuppliedKeys::default().supply(source, key)),
    ];
    for text in shown {
        let text = text.to_lowercase();
        assert!(!text.contains("2a2a") && !text.contains("2a, 2a") && !text.contains("42, 42"), "{text}");
    }
}

#[test]
fn errors_about_cells_name_column_and_row_and_never_the_cell() {
    let key = key(7);
    let column = |cells: [&str; 3]| Column::from_values(cells).unwrap();
    let phones = FormatPreserving::new(&key, "d", Format::Digits).unwrap();
    let cards = FormatPreserving::new(&key, "d", Format::Card).unwrap();
    let shift = DateShift::new(&key, "d", 30).unwrap();
    let persons = column(["p", "q", "r"]);
    let cases = [
        phones.encrypt_column("c", &column(["555-0100", "555-0100", "CANARY-555-0100"])),
        phones.encrypt_column("c", &column(["555-0100", "555-0101", "５５５-0100 CANARY"])),
        phones.encrypt_column("c", &column(["555-0100", "555-0101", "12345"])),
        phones.decrypt_column("c", &column(["555-0100", "555-0101", ""])),
        cards.encrypt_column("c", &column(["4111111111111111", "4111111111111111", "4111111111111112"])),
        cards.encrypt_column("c", &column(["4111111111111111", "4111111111111111", "00000000000000000000"])),
        cards.encrypt_column("c", &column(["4111111111111111", "4111111111111111", "123455"])),
        shift.column("c", &column(["2024-01-01", "2024-01-02", "CANARY"]), &persons),
        shift.column("c", &column(["2024-01-01", "2024-01-02", "2023-02-29"]), &persons),
        shift.column("c", &column(["2024-01-01", "2024-01-02", "2024-01-01T24:00:00"]), &persons),
    ];
    for (i, case) in cases.into_iter().enumerate() {
        let error = case.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value, "case {i}");
        assert!(error.to_string().starts_with("column 'c', row 3: "), "case {i}: {error}");
        let position = error.position().unwrap();
        assert_eq!((position.column.as_deref(), position.row), (Some("c"), Some(3)), "case {i}");
        for cell in ["CANARY", "12345", "4111", "2023-02-29", "24:00"] {
            assert!(!format!("{error} {error:?}").contains(cell), "case {i}: {error}");
        }
    }
}

#[test]
fn missing_cells_stay_missing() {
    let mut builder = incog::table::ColumnBuilder::default();
    builder.push_missing().unwrap();
    builder.push("2024-01-31").unwrap();
    let dates = builder.finish();
    let persons = Column::from_values(["p", "q"]).unwrap();
    let shifted = DateShift::new(&key(7), "d", 30).unwrap().column("admitted", &dates, &persons).unwrap();
    let tokens = Tokenizer::new(&key(7), "d", "DAY").unwrap().column("admitted", &dates).unwrap();
    assert_eq!((shifted.cell(0), tokens.cell(0)), (None, None));
    assert!(shifted.cell(1).is_some() && tokens.cell(1).is_some());

    // The other way round, a date would go out unshifted: refused.
    let dates = Column::from_values(["2024-01-31", "2024-01-31"]).unwrap();
    let mut builder = incog::table::ColumnBuilder::default();
    builder.push("p").unwrap();
    builder.push_missing().unwrap();
    let error =
        DateShift::new(&key(7), "d", 30).unwrap().column("admitted", &dates, &builder.finish()).unwrap_err();
    assert_eq!(error.position().unwrap().row, Some(2));
}

#[test]
fn a_shift_that_leaves_the_calendar_is_refused() {
    let shift = DateShift::new(&key(7), "d", 36_525).unwrap();
    let outcomes: Vec<_> = (0..64).map(|p| shift.shift(&p.to_string(), "9999-12-31")).collect();
    assert!(outcomes.iter().any(Result::is_ok));
    let errors: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(!errors.is_empty());
    assert!(errors.iter().all(|e| e.to_string() == "the shifted date would leave the years 0000 to 9999"));
    for days in [0, 36_526] {
        let error = DateShift::new(&key(7), "d", days).unwrap_err();
        assert_eq!(error.to_string(), format!("a date shift is by 1 to 36525 days, got {days}"));
    }
}

#[test]
fn an_empty_domain_is_refused_everywhere() {
    let key = key(7);
    let outcomes = [
        Tokenizer::new(&key, " ", "MRN").map(|_| ()),
        Ff1::new(&key, "", Alphabet::DIGITS).map(|_| ()),
        FormatPreserving::new(&key, "", Format::Digits).map(|_| ()),
        DateShift::new(&key, "", 30).map(|_| ()),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        assert!(error.to_string().starts_with("a domain must not be empty"), "{error}");
    }
}

/// F1 of the threat table: no length whose domain is below a million goes through.
#[test]
fn small_domains_are_refused_for_every_alphabet_and_format() {
    for (alphabet, least) in [(Alphabet::DIGITS, 6), (Alphabet::LOWER_ALNUM, 4)] {
        assert_eq!(alphabet.min_len(), least);
        let ff1 = Ff1::new(&key(7), "d", alphabet).unwrap();
        for length in 0..300 {
            let outcome = ff1.encrypt(&"1".repeat(length));
            assert_eq!(outcome.is_ok(), (least..=256).contains(&length), "{length}");
        }
    }
    let cards = FormatPreserving::new(&key(7), "d", Format::Card).unwrap();
    for length in 0..25 {
        assert_eq!(cards.encrypt(&"0".repeat(length)).is_ok(), (7..=19).contains(&length), "{length}");
    }
}

#[test]
fn formats_are_found_by_name_and_the_known_ones_are_listed() {
    for &format in Format::ALL {
        assert_eq!(Format::parse(&format.name()).unwrap(), format);
    }
    let error = Format::parse("postcode").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the format is unknown; known are 'digits', 'card', 'card:6:0', 'iban', 'nhs', 'npi', 'aadhaar', 'cpf', 'cnpj', \
         'bsn', 'tfn', 'ahv', 'nif', 'tckn'"
    );
    assert_eq!(Format::parse("card:8:4").unwrap(), Format::CardKeeping { first: 8, last: 4 });
    assert_eq!(Format::parse("card:0:0").unwrap().name(), "card:0:0");
    for name in ["card:", "card:6", "card:6:", "card:+6:0", "card:06:0", "card:6:0:0", "card:256:0", "Card"] {
        assert!(Format::parse(name).is_err(), "{name}");
    }
}

/// The free digits decide: those that are neither kept nor follow from the others.
#[test]
fn a_card_that_keeps_so_much_that_all_of_it_can_be_tried_out_is_refused() {
    let number = "4111111111111111";
    for first in 0..=20 {
        for last in 0..=20 {
            let format = Format::CardKeeping { first, last };
            let cards = FormatPreserving::new(&key(7), "d", format).unwrap();
            let free = 15 - i32::from(first) - i32::from(last);
            match cards.encrypt(number) {
                Ok(hidden) => {
                    assert!(free >= 6, "{format:?}");
                    assert!(luhn_holds(&hidden));
                    let (first, last) = (usize::from(first), 16 - usize::from(last));
                    assert_eq!((&hidden[..first], &hidden[last..]), (&number[..first], &number[last..]));
                    assert_eq!(cards.decrypt(&hidden).unwrap(), number);
                }
                Err(error) => {
                    assert!(free < 6, "{format:?}: {error}");
                    assert_eq!(error.kind(), ErrorKind::Value);
                }
            }
        }
    }
    let six_and_four =
        FormatPreserving::new(&key(7), "d", Format::CardKeeping { first: 6, last: 4 }).unwrap();
    assert!(six_and_four.encrypt(number).unwrap_err().to_string().starts_with("5 free digits where"));
    assert!(six_and_four.encrypt("6304 0000 0000 0000 000").is_ok(), "nineteen digits leave eight");
}

#[test]
fn cards_that_keep_their_ends_are_permuted() {
    let cards = FormatPreserving::new(&key(7), "d", Format::CardKeeping { first: 4, last: 4 }).unwrap();
    // Ten free digits with one that follows from them would be too many to try: a sample by cycle, and no value twice.
    let mut seen = std::collections::BTreeSet::new();
    let mut card = "4111 1111 1111 1111".to_owned();
    for _ in 0..2_000 {
        card = cards.encrypt(&card).unwrap();
        assert!(luhn_holds(&card) && card.starts_with("4111 ") && card.ends_with(" 1111"));
        assert!(seen.insert(card.clone()), "a cycle of a random permutation of 10^7 is rarely this short");
    }
}

/// Numbers for tests of each format, as they are written; the pii scanner's own checks judge what comes out.
#[test]
fn formats_with_check_digits_stay_valid_keep_their_layout_and_come_back() {
    let key = Key::from_bytes([7; 32]);
    let cases: [(Format, &str, &str, usize); 16] = [
        (Format::Nhs, "943 476 5919", "1234567890", 0),
        (Format::Nhs, "943-476-5870", "943-476-5871", 0),
        (Format::Npi, "1234567893", "1234567894", 1),
        (Format::Npi, "1245319599", "3245319599", 1),
        (Format::Aadhaar, "2341 2341 2346", "2341 2341 2347", 1),
        (Format::Iban, "DE89 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00", 2),
        (Format::Iban, "GB82WEST12345698765432", "gb82WEST12345698765432", 2),
        (Format::Iban, "FR1420041010050500013M02606", "FR142", 2),
        (Format::Iban, "de89370400440532013000", "de89 3704 0044 0532 0130 01", 2),
        (Format::Cpf, "529.982.247-25", "111.111.111-11", 0),
        (Format::Cnpj, "11.222.333/0001-81", "11.222.333/0001-82", 0),
        (Format::Bsn, "111222333", "111222334", 0),
        (Format::Tfn, "123 456 782", "123 456 783", 0),
        (Format::Ahv, "756.9217.0769.85", "760.9217.0769.83", 4),
        (Format::Nif, "501964843", "501964844", 2),
        (Format::Tckn, "10000000146", "10000000147", 1),
    ];
    for (format, value, wrong, kept) in cases {
        let mut seen = std::collections::BTreeSet::new();
        for domain in 0..200 {
            let fpe = FormatPreserving::new(&key, &format!("domain {domain}"), format).unwrap();
            let hidden = fpe.encrypt(value).unwrap();
            assert_eq!(fpe.decrypt(&hidden).unwrap(), value);
            assert_eq!(hidden[..kept], value[..kept]);
            let layout = |text: &str| {
                text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>()
            };
            assert_eq!(layout(&hidden), layout(value));
            // What comes out is taken again: its check digit fits.
            assert_eq!(fpe.decrypt(&fpe.encrypt(&hidden).unwrap()).unwrap(), hidden);
            seen.insert(hidden);
        }
        assert!(seen.len() > 195, "{format:?}: domains share what should be drawn anew");
        let fpe = FormatPreserving::new(&key, "d", format).unwrap();
        let error = fpe.encrypt(wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value, "{wrong}");
        assert!(!error.to_string().contains(&wrong[2..]), "an error shows the value");
    }
}

/// A tenth of the NHS numbers has no check digit: the walk over them is a permutation all the same.
#[test]
fn walks_over_invalid_numbers_are_injective_and_end() {
    let nhs = FormatPreserving::new(&Key::from_bytes([7; 32]), "d", Format::Nhs).unwrap();
    let valid = |body: u32| {
        let digits: Vec<u32> = format!("{body:09}").bytes().map(|b| u32::from(b - b'0')).collect();
        let sum: u32 = digits.iter().zip((2..=10).rev()).map(|(d, weight)| d * weight).sum();
        match (11 - sum % 11) % 11 {
            10 => None,
            check => Some(format!("{body:09}{check}")),
        }
    };
    let values: Vec<String> = (123_400_000..123_420_000).filter_map(valid).collect();
    assert!(values.len() > 18_000);
    let hidden: std::collections::BTreeSet<String> = values.iter().map(|v| nhs.encrypt(v).unwrap()).collect();
    assert_eq!(hidden.len(), values.len());
    for value in values.iter().take(500) {
        assert_eq!(&nhs.decrypt(&nhs.encrypt(value).unwrap()).unwrap(), value);
    }
}

/// Luhn by its textbook definition, as a twin of the one inside.
pub(crate) fn luhn_holds(text: &str) -> bool {
    let mut sum = 0;
    for (i, c) in text.chars().rev().filter(char::is_ascii_digit).enumerate() {
        let digit = c.to_digit(10).expect("filtered to digits");
        let doubled = digit * 2;
        sum += if i % 2 == 0 { digit } else { doubled / 10 + doubled % 10 };
    }
    sum % 10 == 0
}

pub(crate) fn layout(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
}

pub(crate) fn token(key: &Key, domain: &str, value: &str) -> String {
    Tokenizer::new(key, domain, "MRN").expect("a valid kind").token(value)
}
