//! Texts to measure the scanner on, from a seed: the same bytes on every machine; and a table.

pub mod adult;

use std::fmt::Write;

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// Sentences; a number in one of ten, an identifier about every 4 KB.
#[must_use]
pub fn prose(size: usize) -> String {
    let mut rng = StdRng::seed_from_u64(1);
    grown(size, |text| {
        for word in 0..rng.random_range(6..16) {
            let next = WORDS[rng.random_range(0..WORDS.len())];
            if word == 0 {
                text.push_str(&next[..1].to_uppercase());
                text.push_str(&next[1..]);
            } else {
                let _ = write!(text, " {next}");
            }
        }
        match rng.random_range(0..1000) {
            0..100 => drop(write!(text, " in {}", rng.random_range(1960..2026))),
            100..115 => drop(write!(text, ", {}", identifier(&mut rng))),
            _ => {}
        }
        text.push_str(if rng.random_bool(0.1) { ".\n" } else { ". " });
    })
}

/// Log lines in JSON, a share of them with an identifier.
#[must_use]
pub fn logs(size: usize, share: f64) -> String {
    let mut rng = StdRng::seed_from_u64(2);
    grown(size, |text| {
        let (id, took) = (rng.next_u64(), rng.random_range(1..3000));
        let _ = write!(
            text,
            "{{\"ts\":\"2024-0{}-1{}T{:02}:{:02}:{:02}.{:06}Z\",\"level\":\"{}\",\"svc\":\"{}\",\"trace_id\":\"{:016x}{id:016x}\",\
             \"request_id\":\"{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}\",\"path\":\"/api/v1/items/{}\",\"status\":200,\"dur_ms\":{took}",
            rng.random_range(1..10),
            rng.random_range(0..10),
            rng.random_range(0..24),
            rng.random_range(0..60),
            rng.random_range(0..60),
            rng.random_range(0..1_000_000),
            ["info", "warn", "debug"][rng.random_range(0..3)],
            ["billing", "worker", "search", "ingest"][rng.random_range(0..4)],
            id.rotate_left(17),
            id >> 32,
            id >> 16 & 0xFFFF,
            id >> 4 & 0xFFF,
            id & 0xFFF,
            id >> 16,
            rng.random_range(1..100_000),
        );
        if rng.random_bool(share) {
            let _ = write!(text, ",\"{}", identifier(&mut rng).replacen(' ', "\":\"", 1));
            text.push('"');
        }
        text.push_str("}\n");
    })
}

/// Source code: names, numbers, hexadecimal constants, versions, floats; no identifier of a person.
#[must_use]
pub fn code(size: usize) -> String {
    let mut rng = StdRng::seed_from_u64(3);
    grown(size, |text| {
        let (a, b) = (WORDS[rng.random_range(0..WORDS.len())], WORDS[rng.random_range(0..WORDS.len())]);
        let n = rng.random_range(0..100_000u32);
        let _ = match rng.random_range(0..8) {
            0 => writeln!(text, "    let {a}_{b} = self.{b}.get({}).unwrap_or(0x{n:04x});", n % 64),
            1 => writeln!(
                text,
                "pub fn {a}_{b}(&mut self, {a}: u{}, at: usize) -> Result<Option<{}>> {{",
                8 << (n % 4),
                b.to_uppercase()
            ),
            2 => writeln!(text, "    // {a} {b} the {a} when v{}.{}.{} is {b}", n % 9, n % 17, n % 31),
            3 => writeln!(
                text,
                "    if {a}.len() >= {} && {b} != {}.{:03} {{ return Err({a}::new()); }}",
                n % 128,
                n % 7,
                n % 1000
            ),
            4 => writeln!(
                text,
                "const {}: [u8; 4] = [0x{:02X}, 0x{:02X}, {}, {}];",
                a.to_uppercase(),
                n % 256,
                n / 7 % 256,
                n % 250,
                n % 19
            ),
            5 => writeln!(text, "import {{ {a}, {b} }} from './{b}/{a}.js';"),
            6 => writeln!(text, "    assert_eq!({a}(\"{b}\"), {n});\n}}\n"),
            _ => writeln!(text, "    {a}: Vec<({b}, [u64; {}])>,", n % 16),
        };
    })
}

/// Rows under a header, with an address and a telephone number each.
#[must_use]
pub fn csv(size: usize) -> String {
    let mut rng = StdRng::seed_from_u64(4);
    let mut text = "id,email,phone,created_at,amount\n".to_owned();
    text.push_str(&grown(size, |text| {
        let n = rng.random_range(10_000..100_000);
        let _ = writeln!(
            text,
            "{n},user{n}@example.org,+1 201 555 0{},2024-01-15,{}.{:02}",
            n % 900 + 100,
            n / 7,
            n % 100
        );
    }));
    text
}

/// Texts made against scanners, by name: each is its unit, repeated.
pub const ADVERSARIAL: [(&str, &str); 30] = [
    ("digits", "1"),
    ("at signs", "@"),
    ("digits and dashes", "1-"),
    ("capitals", "A"),
    ("letters and at signs", "a@"),
    ("domains and at signs", "a.a.a.a@"),
    ("headers of keys", "-----BEGIN RSA PRIVATE KEY-----\n"),
    ("digits and spaces", "1 "),
    ("full-width digits", "１"),
    ("zero-width spaces", "\u{200B}"),
    ("colons", ":"),
    ("digits and dots", "1."),
    ("starts of web tokens", "eyJ"),
    ("open parentheses", "((((1"),
    ("plus signs", "+1"),
    ("spelled addresses", "a at b dot "),
    ("starts of keys", "SG."),
    ("starts of wallets", "0x"),
    ("base58", "1A1zP1eP5QGefi2DMPTfTL5SLmv7"),
    ("hexadecimal", "deadbeef01"),
    ("labels", "ssn ssn ssn 1 "),
    ("pairs of a key and a number", "key=12345678 "),
    ("quotes and commas", "\",\""),
    ("www", "www."),
    ("schemes", "://"),
    ("UUIDs", "8edd824a-d1da-40c6-9cf1-c1b7e054bf14"),
    ("a row without end", "12345678,"),
    ("words of digits and letters", "a1b2c3d4 "),
    ("words in capitals", "ABCDEFGH "),
    ("groups of four", "4111 1111 1111 1111 "),
];

/// A text of at least `size` bytes of a unit.
#[must_use]
pub fn repeated(unit: &str, size: usize) -> String {
    unit.repeat(size.div_ceil(unit.len()))
}

fn grown(size: usize, mut grow: impl FnMut(&mut String)) -> String {
    let mut text = String::with_capacity(size + 1024);
    while text.len() < size {
        grow(&mut text);
    }
    text
}

/// A label and a made value of one of eight kinds.
fn identifier(rng: &mut StdRng) -> String {
    let n = rng.random_range(1000..10_000u32);
    match rng.random_range(0..8) {
        0 => format!("email user{n}@example.org"),
        1 => format!("phone +1 201 555 {n}"),
        2 => format!("ip 198.51.{}.{}", n % 200, n % 250 + 1),
        3 => format!("card {}", card(rng)),
        4 => format!("ssn {}-{:02}-{n}", n % 600 + 1, n % 99 + 1),
        5 => format!("iban {}", iban(rng)),
        6 => format!("mac 0c:1a:{:02x}:9f:{:02x}:5d", n % 256, n / 41),
        _ => format!("url https://example.org/users/{n}"),
    }
}

/// Sixteen digits of a card with their check digit. Source: ISO/IEC 7812-1, annex B.
fn card(rng: &mut StdRng) -> String {
    let mut digits: Vec<u32> = [4].into_iter().chain((0..14).map(|_| rng.random_range(0..10))).collect();
    let doubled = |(i, d): (usize, &u32)| if i % 2 == 0 { d * 2 / 10 + d * 2 % 10 } else { *d };
    let sum: u32 = digits.iter().enumerate().map(doubled).sum();
    digits.push((10 - sum % 10) % 10);
    let text: String = digits.iter().map(ToString::to_string).collect();
    format!("{} {} {} {}", &text[..4], &text[4..8], &text[8..12], &text[12..])
}

/// A German account with its check digits. Source: ISO 13616-1.
fn iban(rng: &mut StdRng) -> String {
    let account = format!("{:018}", rng.random_range(0..1_000_000_000_000_000_000u64));
    let rest = format!("{account}131400").bytes().fold(0, |rest, b| (rest * 10 + u32::from(b - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}

const WORDS: [&str; 32] = [
    "the",
    "patient",
    "was",
    "seen",
    "again",
    "after",
    "weeks",
    "without",
    "fever",
    "and",
    "returned",
    "home",
    "quickly",
    "several",
    "letters",
    "about",
    "winter",
    "market",
    "number",
    "people",
    "garden",
    "because",
    "morning",
    "question",
    "river",
    "nothing",
    "between",
    "window",
    "carefully",
    "problem",
    "travel",
    "yesterday",
];
