//! Notes: one to four sentences, with identifiers and decoys at known places.

use std::fmt::Write;

use rand::{RngExt, rngs::StdRng};

use super::{
    data::{Decoy, Planted},
    draw::{DAYS_PER_YEAR, LAST_DAY, civil, iso_date, pick, skewed, weighted, whole},
    person::{Contact, PHONE_FORMATS, Person, Phone, Stay},
    words::{CLINICAL, DECOYS, FEMALE, FOREIGN, HANDLES, MAIL_HOSTS, MALE, OWN, SURNAMES},
};

/// A note while it is written: the text, and what was put where.
#[derive(Debug)]
pub(super) struct Note {
    row: usize,
    pub(super) text: String,
    pub(super) planted: Vec<Planted>,
    pub(super) decoys: Vec<Decoy>,
}

/// What stands for a slot of a sentence.
enum Slot {
    Plain(String),
    Own(&'static str, String),
    Foreign(&'static str, String),
    Decoy(String),
}

impl Note {
    pub(super) fn draw(
        rng: &mut StdRng,
        row: usize,
        person: &Person,
        stay: &Stay,
        contact: &Contact,
    ) -> Self {
        let mut note = Note { row, text: String::new(), planted: Vec::new(), decoys: Vec::new() };
        let separator = if rng.random_bool(0.08) { "\n" } else { " " };
        let mut templates: Vec<&str> = Vec::new();
        for _ in 0..rng.random_range(1..=4) {
            let template = loop {
                let sort = weighted(rng, SENTENCE_SHARES);
                let template = pick(rng, [CLINICAL, OWN, FOREIGN, DECOYS][sort]);
                if !templates.contains(&template) {
                    break template;
                }
            };
            if !templates.is_empty() {
                note.text.push_str(separator);
            }
            templates.push(template);
            note.write(template, |slot| fill(rng, slot, person, stay, contact));
        }
        note
    }

    /// Appends `template` with each `{slot}` filled, and notes what went where.
    fn write(&mut self, template: &str, mut fill: impl FnMut(&str) -> Slot) {
        // Odd parts are slots: "a {b} c" is cut into "a ", "b", " c".
        for (i, part) in template.split(['{', '}']).enumerate() {
            if i % 2 == 0 {
                self.text.push_str(part);
                continue;
            }
            let slot = fill(part);
            let (Slot::Plain(text) | Slot::Own(_, text) | Slot::Foreign(_, text) | Slot::Decoy(text)) = &slot;
            let (row, start, end) = (self.row, self.text.len(), self.text.len() + text.len());
            self.text.push_str(text);
            match slot {
                Slot::Plain(_) => {}
                Slot::Own(kind, text) => {
                    self.planted.push(Planted { row, start, end, text, kind, own: true })
                }
                Slot::Foreign(kind, text) => {
                    self.planted.push(Planted { row, start, end, text, kind, own: false })
                }
                Slot::Decoy(text) => self.decoys.push(Decoy { row, start, end, text }),
            }
        }
    }
}

fn fill(rng: &mut StdRng, slot: &str, person: &Person, stay: &Stay, contact: &Contact) -> Slot {
    let Person { given, surname, .. } = person;
    match slot {
        "diagnosis" => Slot::Plain(stay.diagnosis.into()),
        "ward" => Slot::Plain(stay.ward.into()),
        "title" => Slot::Plain(if person.female { "Mrs" } else { "Mr" }.into()),
        "name" => Slot::Own("PERSON", person.full_name()),
        "surname" => Slot::Own("PERSON", (*surname).into()),
        "surname_given" => Slot::Own("PERSON", format!("{surname}, {given}")),
        "initial_surname" => Slot::Own("PERSON", format!("{}. {surname}", person.initial())),
        // Another way to write it than the column's.
        "phone" => {
            let format = contact.phone_format + rng.random_range(1..PHONE_FORMATS);
            Slot::Own("PHONE_NUMBER", contact.phone.formatted(format))
        }
        "mrn" => Slot::Own("MEDICAL_RECORD_NUMBER", contact.mrn.clone()),
        "email" => Slot::Own("EMAIL_ADDRESS", contact.email.clone()),
        "other_name" => Slot::Foreign("PERSON", other_name(rng, surname)),
        "other_phone" => {
            let format = rng.random_range(0..PHONE_FORMATS);
            Slot::Foreign("PHONE_NUMBER", Phone::draw(rng).formatted(format))
        }
        "other_email" => {
            let (handle, host) = (pick(rng, HANDLES), pick(rng, MAIL_HOSTS));
            Slot::Foreign("EMAIL_ADDRESS", format!("{handle}{}@{host}", rng.random_range(1..1000)))
        }
        "card" => Slot::Foreign("CREDIT_CARD", card(rng)),
        "iban" => Slot::Foreign("IBAN", iban(rng)),
        "ssn" => {
            let (area, group, serial) =
                (rng.random_range(1..666), rng.random_range(1..100), rng.random_range(1..10_000));
            Slot::Foreign("US_SSN", format!("{area:03}-{group:02}-{serial:04}"))
        }
        "birth_date" => {
            let (year, month, day) = civil(LAST_DAY - whole(rng.random_range(20.0..90.0) * DAYS_PER_YEAR));
            Slot::Foreign("DATE_OF_BIRTH", format!("{day} {} {year}", MONTHS[month - 1]))
        }
        "url" => {
            let id: u32 = rng.random_range(10_000..1_000_000);
            Slot::Foreign("URL", format!("https://portal.{}/patients/{id}/images", pick(rng, MAIL_HOSTS)))
        }
        // RFC 5737: blocks that are reserved for documentation.
        "ip" => {
            let block = pick(rng, &["192.0.2", "198.51.100", "203.0.113"]);
            Slot::Foreign("IP_ADDRESS", format!("{block}.{}", rng.random_range(1..255)))
        }
        "device" => {
            let letter = pick(rng, &["A", "B", "C", "X"]);
            Slot::Decoy(format!("SN-{:04}-{letter}", rng.random_range(0..10_000)))
        }
        "version" => Slot::Decoy(format!(
            "{}.{}.{}",
            rng.random_range(1..10),
            rng.random_range(0..30),
            rng.random_range(0..10)
        )),
        "pressure" => Slot::Decoy(format!("{}/{}", rng.random_range(95..190), rng.random_range(55..110))),
        "dose" => {
            Slot::Decoy(format!("{} mg", pick(rng, &["2.5", "5", "10", "12.5", "40", "250", "500", "1000"])))
        }
        "timestamp" => Slot::Decoy(format!(
            "{}T{:02}:{:02}:{:02}Z",
            iso_date(stay.admitted),
            rng.random_range(0..24),
            rng.random_range(0..60),
            rng.random_range(0..60)
        )),
        "uuid" => {
            let bits: u128 = rng.random();
            // RFC 9562 section 5.4: version 4, variant 10.
            let bits = bits & !(0xf << 76) & !(0b11 << 62) | (4 << 76) | (0b10 << 62);
            let hex = format!("{bits:032x}");
            Slot::Decoy([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
        }
        "serial" => Slot::Decoy(rng.random_range(100_000_000_000..1_000_000_000_000u64).to_string()),
        "lab" => Slot::Decoy(format!("{}.{} mmol/L", rng.random_range(3..6), rng.random_range(0..10))),
        _ => unreachable!("a sentence has the unknown slot {slot}"),
    }
}

/// Somebody of another surname, so that the row's own name does not give the other away.
fn other_name(rng: &mut StdRng, surname: &str) -> String {
    let given = if rng.random_bool(0.5) { skewed(rng, FEMALE) } else { skewed(rng, MALE) };
    loop {
        let other = skewed(rng, SURNAMES);
        if other != surname {
            return format!("{given} {other}");
        }
    }
}

/// Sixteen digits that start like the test cards of payment services, with a Luhn check digit.
fn card(rng: &mut StdRng) -> String {
    let mut digits = format!(
        "{}{:09}",
        pick(rng, &["424242", "400000", "411111", "555555"]),
        rng.random_range(0..1_000_000_000)
    );
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, byte)| {
            let digit = u32::from(byte - b'0');
            if i % 2 == 1 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    let _ = write!(digits, "{}", (10 - sum % 10) % 10);
    if rng.random_bool(0.5) { grouped(&digits) } else { digits }
}

/// A German IBAN of an invented account, with its check digits (ISO 13616, ISO 7064 MOD 97-10).
fn iban(rng: &mut StdRng) -> String {
    let account: u64 = rng.random_range(100_000_000_000_000_000..1_000_000_000_000_000_000);
    // DE is 1314, and 00 stands for the check digits.
    let check = 98 - (u128::from(account) * 1_000_000 + 131_400) % 97;
    let iban = format!("DE{check:02}{account}");
    if rng.random_bool(0.5) { grouped(&iban) } else { iban }
}

/// In groups of four.
fn grouped(text: &str) -> String {
    let groups: Vec<String> =
        text.as_bytes().chunks(4).map(|g| g.iter().copied().map(char::from).collect()).collect();
    groups.join(" ")
}

/// Of clinical, own, foreign and decoy sentences.
const SENTENCE_SHARES: [f64; 4] = [46.0, 28.0, 9.0, 17.0];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn cards_and_ibans_have_their_check_digits() {
        let mut rng = StdRng::seed_from_u64(7);
        for _ in 0..100 {
            let number: Vec<u32> = card(&mut rng).chars().filter_map(|c| c.to_digit(10)).collect();
            let doubled = |d: u32| if d > 4 { 2 * d - 9 } else { 2 * d };
            let sum: u32 =
                number.iter().rev().enumerate().map(|(i, &d)| if i % 2 == 0 { d } else { doubled(d) }).sum();
            assert_eq!((number.len(), sum % 10), (16, 0));

            let iban = iban(&mut rng).replace(' ', "");
            let rearranged = format!("{}{}{}", &iban[4..], "1314", &iban[2..4]);
            assert_eq!((iban.len(), rearranged.parse::<u128>().unwrap() % 97), (22, 1));
        }
    }
}
