//! Words of the demo's data: names, places, wards, diagnoses, sentences.
//!
//! Written for the demo. Names are combined at random, so a full name that somebody bears is a coincidence.

/// Given names of girls and women, from common to rare.
pub(crate) const FEMALE: &[&str] = &[
    "Maria",
    "Anna",
    "Emma",
    "Sofia",
    "Laura",
    "Julia",
    "Olivia",
    "Fatima",
    "Elena",
    "Ingrid",
    "Aisha",
    "Mei",
    "Chloé",
    "Priya",
    "Hannah",
    "Zoë",
    "Yuki",
    "Carmen",
    "Katarzyna",
    "Leila",
    "Grace",
    "Amara",
    "Greta",
    "Svetlana",
    "Noor",
    "Beatriz",
    "Siobhan",
    "Thandiwe",
    "Mary Ann",
    "Åsa",
];

/// Given names of boys and men, from common to rare.
pub(crate) const MALE: &[&str] = &[
    "John",
    "Peter",
    "Michael",
    "José",
    "Thomas",
    "David",
    "Mohammed",
    "Luca",
    "Paul",
    "Andrej",
    "Omar",
    "Wei",
    "François",
    "Arjun",
    "Jonas",
    "Kenji",
    "Diego",
    "Piotr",
    "Hassan",
    "Liam",
    "Kofi",
    "Björn",
    "Dmitri",
    "Mateo",
    "Sean",
    "Tariq",
    "Jean-Luc",
    "Sipho",
    "Łukasz",
    "Søren",
];

/// Family names, from common to rare.
pub(crate) const SURNAMES: &[&str] = &[
    "Smith",
    "Müller",
    "Garcia",
    "Nguyen",
    "Rossi",
    "Johnson",
    "Schmidt",
    "Khan",
    "Williams",
    "Silva",
    "Martin",
    "Kim",
    "Novak",
    "Brown",
    "Fernández",
    "Wang",
    "Jensen",
    "O'Neill",
    "Ali",
    "Kowalski",
    "Weber",
    "Tanaka",
    "Davies",
    "Patel",
    "Lopez",
    "Ivanova",
    "Dubois",
    "Hansen",
    "Fischer",
    "Okafor",
    "Moreau",
    "Sato",
    "Campbell",
    "Haddad",
    "Costa",
    "Svensson",
    "Meyer",
    "Singh",
    "Bianchi",
    "McCarthy",
    "Yilmaz",
    "Horvat",
    "van der Berg",
    "Petrov",
    "Lindqvist",
    "Mensah",
    "Kaya",
    "Schröder",
    "Nowak",
    "Ramirez",
    "D'Angelo",
    "Chen",
    "Virtanen",
    "Osei",
    "Murphy",
    "Castillo",
    "Papadopoulos",
    "de la Cruz",
    "Nakamura",
    "Kovács",
    "Abebe",
    "Jansen",
    "Popescu",
    "Lefèvre",
    "Dlamini",
    "Sørensen",
    "Wójcik",
    "Hoffmann",
    "Delgado",
    "Nkosi",
    "Bergström",
    "Ben Salah",
    "Smith-Jones",
    "Østergaard",
    "Tshabalala",
];

/// Words for the local part of somebody else's address.
pub(crate) const HANDLES: &[&str] =
    &["bluebird", "night.owl", "gardener", "old.oak", "river", "cyclist", "bookworm", "sunny.side", "harbor"];

pub(crate) const MAIL_HOSTS: &[&str] = &["example.com", "example.org", "example.net"];

/// Area codes for numbers 555-0100 to 555-0199, which are reserved for fiction.
pub(crate) const AREA_CODES: &[&str] = &[
    "201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216", "217",
    "218", "301", "302", "303", "304", "305", "307", "308", "309", "310", "312", "313", "314", "315", "316",
    "317", "318", "401", "402", "404", "405", "406", "407", "408", "409", "410", "412", "413", "414", "415",
    "417", "419", "502", "503", "504", "505", "507", "508", "509", "510", "512", "513", "515", "516", "517",
    "518", "520", "601", "602", "603", "605", "606", "607", "608", "609", "610", "612", "614", "615", "616",
    "617", "618", "619", "701", "702", "703", "704", "706", "707", "708", "712", "713", "714", "715", "716",
    "717", "718", "719", "802", "803", "804",
];

/// Regions of ZIP codes with the share of patients who live there; each has ten codes.
pub(crate) const ZIP_REGIONS: &[(&str, f64)] = &[
    ("606", 22.0),
    ("607", 14.0),
    ("604", 12.0),
    ("605", 10.0),
    ("601", 9.0),
    ("600", 9.0),
    ("603", 7.0),
    ("602", 6.0),
    ("609", 4.0),
    ("611", 3.0),
    ("613", 2.5),
    ("618", 1.5),
];

/// Last two digits of the ten codes of a region, from crowded to remote.
pub(crate) const ZIP_ENDINGS: &[&str] = &["14", "47", "25", "09", "32", "51", "18", "60", "73", "96"];

/// Wards by group. The index of the group is the index of a diagnosis's weight.
pub(crate) const WARDS: &[&[&str]] = &[&["A1", "A2", "A3"], &["B1", "B2"], &["C1"], &["D1"]];
pub(crate) const MATERNITY: usize = 2;

/// A diagnosis: its name, its weight in each group of wards, and the age it is most common at.
pub(crate) struct Diagnosis {
    pub(crate) name: &'static str,
    pub(crate) weights: [f64; 4],
    pub(crate) age: f64,
}

const fn diagnosis(name: &'static str, weights: [f64; 4], age: f64) -> Diagnosis {
    Diagnosis { name, weights, age }
}

pub(crate) const DIAGNOSES: &[Diagnosis] = &[
    diagnosis("hypertension", [9.0, 0.5, 0.0, 0.5], 64.0),
    diagnosis("type 2 diabetes", [7.0, 0.5, 0.0, 0.5], 60.0),
    diagnosis("pneumonia", [6.0, 0.0, 0.0, 3.0], 66.0),
    diagnosis("heart failure", [6.0, 0.0, 0.0, 4.0], 76.0),
    diagnosis("COPD", [4.0, 0.0, 0.0, 1.5], 70.0),
    diagnosis("asthma", [3.5, 0.0, 0.0, 0.5], 24.0),
    diagnosis("gastroenteritis", [3.5, 0.5, 0.0, 0.2], 30.0),
    diagnosis("migraine", [2.5, 0.0, 0.0, 0.0], 36.0),
    diagnosis("depression", [2.5, 0.0, 0.0, 0.0], 42.0),
    diagnosis("HIV infection", [0.8, 0.0, 0.0, 0.1], 40.0),
    diagnosis("appendicitis", [0.2, 6.0, 0.0, 0.2], 22.0),
    diagnosis("hip fracture", [0.2, 5.0, 0.0, 0.5], 80.0),
    diagnosis("gallstones", [0.5, 5.0, 0.0, 0.1], 52.0),
    diagnosis("knee replacement", [0.0, 4.5, 0.0, 0.0], 68.0),
    diagnosis("inguinal hernia", [0.0, 4.0, 0.0, 0.0], 50.0),
    diagnosis("breast cancer", [0.8, 2.0, 0.0, 0.2], 60.0),
    diagnosis("delivery", [0.0, 0.0, 8.0, 0.0], 30.0),
    diagnosis("cesarean section", [0.0, 0.5, 4.0, 0.0], 33.0),
    diagnosis("pre-eclampsia", [0.1, 0.0, 2.5, 0.3], 31.0),
    diagnosis("gestational diabetes", [0.1, 0.0, 2.5, 0.0], 33.0),
    diagnosis("sepsis", [0.6, 0.4, 0.2, 6.0], 70.0),
    diagnosis("stroke", [2.0, 0.3, 0.0, 5.0], 74.0),
];

/// Sentences that hold nothing personal but what other columns say.
pub(crate) const CLINICAL: &[&str] = &[
    "Admitted to ward {ward} with {diagnosis}.",
    "Known {diagnosis}, stable under treatment.",
    "No complaints overnight, slept well.",
    "Wound dry and clean, dressing changed.",
    "Appetite good, mobilised with physiotherapy.",
    "Patient says \"much better today\" and wants to go home.",
    "Denies chest pain, nausea or fever.",
    "Plan: repeat bloods tomorrow, then review.",
    "Family informed, questions answered.",
    "Allergy status checked: none known.",
    "Discharge planned for the weekend; letter to follow.",
    "Reports \"pressure\" behind the eyes, no visual loss.",
];

/// Sentences with the row's own identifiers.
pub(crate) const OWN: &[&str] = &[
    "{name} was seen on the morning round.",
    "Reviewed {name} with the team, {diagnosis} improving.",
    "{title} {surname} is to be called back for results.",
    "Spoke to {surname} about discharge.",
    "Consent signed by {surname_given}.",
    "Chart of {surname_given} updated.",
    "Referral for {initial_surname} sent to the specialist.",
    "{initial_surname} prefers a morning appointment.",
    "Call back on {phone} after 5 pm.",
    "Mobile {phone} confirmed at the desk.",
    "See previous stay under MRN {mrn}.",
    "Labels printed, record number {mrn}.",
    "Send the report to {email}.",
    "Contact by e-mail only: {email}, please.",
];

/// Sentences with identifiers of others, or of no column of the row.
pub(crate) const FOREIGN: &[&str] = &[
    "Next of kin can be reached at {other_phone}.",
    "Emergency contact: brother, phone {other_phone}.",
    "Partner asks for a copy to {other_email}.",
    "Deposit paid by credit card {card}.",
    "Refund to IBAN {iban} requested.",
    "Insurance form lists social security number {ssn}.",
    "Spouse, born {birth_date}, is also treated here.",
    "Images at {url} for the referring doctor.",
    "Portal login from IP address {ip} reported by the patient.",
    "Picked up by {other_name}, who will stay for the night.",
];

/// Sentences with decoys: numbers and names that belong to nobody and must survive.
pub(crate) const DECOYS: &[&str] = &[
    "Infusion by pump {device}, no alarms.",
    "Monitor {device} exchanged for a spare.",
    "Pump runs firmware {version} since the last service.",
    "Blood pressure {pressure}, pulse regular.",
    "BP {pressure} sitting, repeat in one hour.",
    "Given {dose} by mouth.",
    "Increased to {dose}, tolerated.",
    "Telemetry gap at {timestamp}, lead replaced.",
    "Order {uuid} released to the pharmacy.",
    "Device log entry {uuid} closed.",
    "Ventilator serial {serial} checked.",
    "Potassium {lab}, creatinine normal.",
];
