//! Persons, their stays, and how to reach them.

use rand::{RngExt, rngs::StdRng};
use rand_distr::{Distribution, LogNormal, Normal};

use super::{
    draw::{DAYS_PER_YEAR, LAST_DAY, pick, real, skewed, weighted, whole},
    words::{
        AREA_CODES, DIAGNOSES, FEMALE, HANDLES, MAIL_HOSTS, MALE, MATERNITY, SURNAMES, WARDS, ZIP_ENDINGS,
        ZIP_REGIONS,
    },
};

/// Who it is. Days count from 1970-01-01.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) given: &'static str,
    pub(super) surname: &'static str,
    pub(super) female: bool,
    pub(super) born: i64,
    pub(super) zip: String,
}

impl Person {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        let female = rng.random_bool(0.54);
        let given = skewed(rng, if female { FEMALE } else { MALE });
        let region = weighted(rng, ZIP_REGIONS.iter().map(|&(_, share)| share));
        Person {
            given,
            surname: skewed(rng, SURNAMES),
            female,
            born: LAST_DAY - whole(age(rng) * DAYS_PER_YEAR),
            zip: format!("{}{}", ZIP_REGIONS[region].0, skewed(rng, ZIP_ENDINGS)),
        }
    }

    pub(super) fn full_name(&self) -> String {
        format!("{} {}", self.given, self.surname)
    }

    pub(super) fn initial(&self) -> char {
        self.given.chars().next().unwrap_or('X')
    }

    pub(super) fn sex(&self) -> &'static str {
        if self.female { "F" } else { "M" }
    }

    fn age_on(&self, day: i64) -> f64 {
        real(day - self.born) / DAYS_PER_YEAR
    }
}

/// A hospital's patients: some children, young adults, and mostly the old.
fn age(rng: &mut StdRng) -> f64 {
    let (mean, deviation) =
        [(8.0, 5.0), (31.0, 7.0), (56.0, 11.0), (75.0, 8.5)][weighted(rng, [7.0, 25.0, 33.0, 35.0])];
    let normal = Normal::<f64>::new(mean, deviation).expect("the deviations above are positive");
    normal.sample(rng).clamp(0.1, 101.0)
}

/// Why and where somebody is treated.
#[derive(Debug)]
pub(super) struct Stay {
    pub(super) ward: &'static str,
    pub(super) admitted: i64,
    pub(super) diagnosis: &'static str,
    pub(super) charge: f64,
}

impl Stay {
    pub(super) fn draw(rng: &mut StdRng, person: &Person) -> Self {
        // Nobody is admitted before birth, and the youngest are a month old on the last day.
        let span = DAYS_OF_ADMISSION.min(LAST_DAY - person.born);
        let admitted = LAST_DAY - rng.random_range(0..span.max(1));
        let age = person.age_on(admitted);
        let maternity = if person.female && (18.0..46.0).contains(&age) { 35.0 } else { 0.0 };
        let group = weighted(rng, [52.0, 30.0, maternity, 4.0 + age / 8.0]);
        let diagnosis = weighted(
            rng,
            DIAGNOSES.iter().map(|d| {
                let distance = (age - d.age) / if group == MATERNITY { 8.0 } else { 22.0 };
                d.weights[group] * ((-distance * distance / 2.0).exp() + 0.03)
            }),
        );
        let (level, spread) = [(8.3, 0.45), (9.0, 0.40), (8.5, 0.30), (9.8, 0.50)][group];
        let charge = LogNormal::<f64>::new(level, spread).expect("the spreads above are positive");
        Stay {
            ward: skewed(rng, WARDS[group]),
            admitted,
            diagnosis: DIAGNOSES[diagnosis].name,
            charge: charge.sample(rng).min(150_000.0),
        }
    }
}

/// How to reach somebody.
#[derive(Debug)]
pub(super) struct Contact {
    pub(super) mrn: String,
    pub(super) email: String,
    pub(super) phone: Phone,
    pub(super) phone_format: usize,
}

impl Contact {
    pub(super) fn draw(rng: &mut StdRng, person: &Person, row: usize) -> Self {
        // A permutation of the eight-digit numbers: the multiplier shares no factor with 9 * 10^7.
        let scrambled = (row as u64).wrapping_mul(38_710_117).wrapping_add(27_182_818) % 90_000_000;
        let (given, surname) = (folded(person.given), folded(person.surname));
        let host = pick(rng, MAIL_HOSTS);
        let email = match rng.random_range(0..10) {
            0..5 => format!("{given}.{surname}@{host}"),
            5..7 => format!("{}{surname}{}@{host}", &given[..1], rng.random_range(10..100)),
            7..9 => format!("{surname}.{given}{}@{host}", rng.random_range(1..10)),
            _ => format!("{}_{}@{host}", pick(rng, HANDLES), rng.random_range(100..1000)),
        };
        let phone = Phone::draw(rng);
        Contact {
            mrn: (10_000_000 + scrambled).to_string(),
            email,
            phone,
            phone_format: rng.random_range(0..4),
        }
    }
}

/// A number 555-01xx, which is reserved for fiction.
#[derive(Debug)]
pub(super) struct Phone {
    area: &'static str,
    line: u32,
}

impl Phone {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        Phone { area: pick(rng, AREA_CODES), line: rng.random_range(100..200) }
    }

    /// The number in one of [`PHONE_FORMATS`] ways to write it.
    pub(super) fn formatted(&self, format: usize) -> String {
        let Phone { area, line } = self;
        match format % PHONE_FORMATS {
            0 => format!("({area}) 555-0{line}"),
            1 => format!("{area}-555-0{line}"),
            2 => format!("+1 {area} 555 0{line}"),
            3 => format!("{area}.555.0{line}"),
            _ => format!("+1 ({area}) 555-0{line}"),
        }
    }
}

/// The name in the letters of an e-mail address.
fn folded(name: &str) -> String {
    let fold = |c: char| match c {
        'á' | 'å' | 'Å' => Some('a'),
        'ç' => Some('c'),
        'é' | 'è' | 'ë' => Some('e'),
        'í' => Some('i'),
        'ł' | 'Ł' => Some('l'),
        'ñ' => Some('n'),
        'ó' | 'ö' | 'ø' | 'Ø' => Some('o'),
        'ü' => Some('u'),
        ' ' | '\'' => None,
        other => Some(other.to_ascii_lowercase()),
    };
    name.chars().filter_map(fold).collect()
}

/// Ways to write a phone number.
pub(super) const PHONE_FORMATS: usize = 5;
const DAYS_OF_ADMISSION: i64 = 731;
