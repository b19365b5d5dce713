//! Synthetic patients, their notes with planted identifiers, and an attacker's register.
//!
//! Nobody in it exists: names are combined from a word list, e-mail hosts and phone numbers are reserved for
//! examples, cards are from test ranges. The generator keeps the truth, so that the demo can print how many
//! of the planted identifiers were found, and how many decoys were hit, instead of promising.
//!
//! ```text
//!   person -> ward -> diagnosis -> charge          (each depends on those before it)
//!      └────────────────> note: 1-4 sentences ──> planted, decoys
//!      └────────────────> register: some patients, some others
//! ```

use rand::{SeedableRng, rngs::StdRng};

use super::{
    draw::iso_date,
    note::Note,
    person::{Contact, Person, Stay},
};

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DemoOptions {
    /// Number of patients.
    pub(crate) rows: usize,
    /// The same seed and rows give the same data, with the same version of `rand`.
    pub(crate) seed: u64,
}

impl Default for DemoOptions {
    fn default() -> Self {
        DemoOptions { rows: 20_000, seed: 2026 }
    }
}

/// The data and the truth about it.
#[derive(Debug)]
pub(crate) struct Demo {
    /// `mrn, full_name, email, phone, birth_date, sex, zip, ward, admitted, diagnosis, charge_eur, notes`;
    /// one row per patient.
    pub(crate) patients_csv: String,
    /// What an attacker has: `name, birth_date, sex, zip` of some patients and some others.
    pub(crate) register_csv: String,
    /// For each row of the register, the row of the patient, if the person is one.
    pub(crate) register_truth: Vec<Option<usize>>,
    /// Identifiers in the notes, by row and place.
    pub(crate) planted: Vec<Planted>,
    /// What looks like an identifier in the notes and is none, by row and place.
    pub(crate) decoys: Vec<Decoy>,
}

/// An identifier at a known place. Rows count from 0, ranges are in bytes of the note, end exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planted {
    pub(crate) row: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
    /// Name of the entity, as the scanner calls it.
    pub(crate) kind: &'static str,
    /// Whether it is the row's own name, phone, record number or e-mail, so that the row itself tells it.
    pub(crate) own: bool,
}

/// Something harmless at a known place, which must survive. Rows and ranges as in [`Planted`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoy {
    pub(crate) row: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
}

/// Generates the data.
pub(crate) fn generate(options: &DemoOptions) -> Demo {
    let mut rng = StdRng::seed_from_u64(options.seed);
    let mut demo = Demo {
        patients_csv: String::with_capacity(options.rows * 320),
        register_csv: String::new(),
        register_truth: Vec::new(),
        planted: Vec::new(),
        decoys: Vec::new(),
    };
    let header = [
        "mrn",
        "full_name",
        "email",
        "phone",
        "birth_date",
        "sex",
        "zip",
        "ward",
        "admitted",
        "diagnosis",
        "charge_eur",
        "notes",
    ];
    write_record(&mut demo.patients_csv, header);
    let mut persons = Vec::with_capacity(options.rows);
    for row in 0..options.rows {
        let person = Person::draw(&mut rng);
        let stay = Stay::draw(&mut rng, &person);
        let contact = Contact::draw(&mut rng, &person, row);
        let note = Note::draw(&mut rng, row, &person, &stay, &contact);
        let cells = [
            contact.mrn.as_str(),
            &person.full_name(),
            &contact.email,
            &contact.phone.formatted(contact.phone_format),
            &iso_date(person.born),
            person.sex(),
            &person.zip,
            stay.ward,
            &iso_date(stay.admitted),
            stay.diagnosis,
            &format!("{:.2}", stay.charge),
            &note.text,
        ];
        write_record(&mut demo.patients_csv, cells);
        demo.planted.extend(note.planted);
        demo.decoys.extend(note.decoys);
        persons.push(person);
    }
    register(&mut rng, &persons, &mut demo);
    demo
}

/// Two thousand persons, three fifths of them patients as far as there are as many.
fn register(rng: &mut StdRng, patients: &[Person], demo: &mut Demo) {
    let known = (REGISTER_ROWS * 3 / 5).min(patients.len());
    let mut entries: Vec<(Person, Option<usize>)> = rand::seq::index::sample(rng, patients.len(), known)
        .into_iter()
        .map(|row| (patients[row].clone(), Some(row)))
        .collect();
    entries.extend((known..REGISTER_ROWS).map(|_| (Person::draw(rng), None)));
    // By name, as registers are; so the order says nothing about who is a patient.
    entries.sort_by_cached_key(|(person, _)| (person.surname, person.given, person.born));
    write_record(&mut demo.register_csv, ["name", "birth_date", "sex", "zip"]);
    for (person, row) in entries {
        let name = person.full_name();
        let cells = [name.as_str(), &iso_date(person.born), person.sex(), &person.zip];
        write_record(&mut demo.register_csv, cells);
        demo.register_truth.push(row);
    }
}

/// Appends a line of CSV (RFC 4180), with quotes where needed.
fn write_record<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (i, cell) in cells.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push('\n');
}

const REGISTER_ROWS: usize = 2_000;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn small() -> Demo {
        generate(&DemoOptions { rows: 3_000, seed: 7 })
    }

    /// Cells by RFC 4180, character by character: the obvious twin of `write_record`.
    fn parse(csv: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
        let mut chars = csv.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut cell)),
                '\n' if !quoted => {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                other => cell.push(other),
            }
        }
        assert!(!quoted && cell.is_empty() && row.is_empty());
        rows
    }

    #[test]
    fn planted_texts_and_decoys_stand_where_they_are_said_to() {
        let demo = small();
        let rows = parse(&demo.patients_csv);
        let note = |row: usize| &rows[row + 1][11];
        assert!(demo.planted.len() > 1_000 && demo.decoys.len() > 500);
        for p in &demo.planted {
            assert_eq!(note(p.row).get(p.start..p.end), Some(p.text.as_str()), "{p:?}");
        }
        for d in &demo.decoys {
            assert_eq!(note(d.row).get(d.start..d.end), Some(d.text.as_str()), "{d:?}");
        }
    }

    #[test]
    fn planted_ranges_and_decoys_never_overlap() {
        let demo = small();
        let mut ranges: Vec<_> = demo.planted.iter().map(|p| (p.row, p.start, p.end)).collect();
        ranges.extend(demo.decoys.iter().map(|d| (d.row, d.start, d.end)));
        ranges.sort_unstable();
        assert!(ranges.windows(2).all(|w| w[0].0 < w[1].0 || w[0].2 <= w[1].1));
    }

    #[test]
    fn every_kind_is_planted_and_what_is_own_is_of_the_row() {
        let demo = small();
        let rows = parse(&demo.patients_csv);
        for kind in [
            "PERSON",
            "PHONE_NUMBER",
            "MEDICAL_RECORD_NUMBER",
            "EMAIL_ADDRESS",
            "CREDIT_CARD",
            "IBAN",
            "US_SSN",
            "URL",
            "IP_ADDRESS",
            "DATE_OF_BIRTH",
        ] {
            assert!(demo.planted.iter().any(|p| p.kind == kind), "{kind}");
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        for p in demo.planted.iter().filter(|p| p.own) {
            let row = &rows[p.row + 1];
            match p.kind {
                "MEDICAL_RECORD_NUMBER" => assert_eq!(p.text, row[0]),
                "PERSON" => {
                    assert!(row[1].ends_with(p.text.rsplit(". ").next().unwrap().split(',').next().unwrap()))
                }
                "EMAIL_ADDRESS" => assert_eq!(p.text, row[2]),
                "PHONE_NUMBER" => {
                    assert_ne!(p.text, row[3]);
                    let (found, own) = (digits(&p.text), digits(&row[3]));
                    assert_eq!(found[found.len() - 10..], own[own.len() - 10..]);
                }
                other => panic!("{other} is no column of the row"),
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_data_and_another_seed_other_data() {
        let (a, b) = (small(), small());
        assert_eq!((&a.patients_csv, &a.register_csv), (&b.patients_csv, &b.register_csv));
        assert_eq!((a.planted, a.decoys), (b.planted, b.decoys));
        assert_ne!(a.patients_csv, generate(&DemoOptions { rows: 3_000, seed: 8 }).patients_csv);
    }

    #[test]
    fn tables_are_rectangular_and_their_cells_well_formed() {
        let demo = small();
        let rows = parse(&demo.patients_csv);
        assert_eq!(rows.len(), 3_001);
        assert!(rows.iter().all(|row| row.len() == 12));
        let distinct: HashSet<_> = rows.iter().map(|row| &row[0]).collect();
        assert_eq!(distinct.len(), rows.len(), "record numbers are unique");
        let notes = || rows.iter().map(|row| &row[11]);
        assert!(
            notes().any(|n| n.contains('\n'))
                && notes().any(|n| n.contains('"'))
                && notes().any(|n| n.contains(','))
        );
        for row in &rows[1..] {
            assert!(row.iter().all(|cell| !cell.is_empty()));
            assert!(row[2].is_ascii() && row[2].contains("@example."), "{}", row[2]);
            assert!(row[3].contains("555") && row[6].len() == 5);
            assert!(row[4] < row[8] && row[8].as_str() >= "2024-01-01" && row[8].as_str() <= "2025-12-31");
            assert!(row[5] == "F" || row[7] != "C1");
            assert!(row[10].parse::<f64>().is_ok_and(|charge| charge > 0.0));
        }
        let zips: HashSet<_> = rows[1..].iter().map(|row| &row[6]).collect();
        assert!((90..=120).contains(&zips.len()), "{}", zips.len());
    }

    #[test]
    fn the_register_holds_the_patients_that_it_says_it_holds() {
        let demo = small();
        let (patients, register) = (parse(&demo.patients_csv), parse(&demo.register_csv));
        assert_eq!((register.len(), demo.register_truth.len()), (2_001, 2_000));
        assert_eq!(demo.register_truth.iter().flatten().count(), 1_200);
        for (entry, row) in register[1..].iter().zip(&demo.register_truth) {
            if let Some(row) = row {
                let patient = &patients[row + 1];
                assert_eq!(entry[..], [1, 4, 5, 6].map(|i| patient[i].clone()));
            }
        }
        assert_eq!(generate(&DemoOptions { rows: 0, seed: 7 }).register_truth.len(), 2_000);
    }
}
