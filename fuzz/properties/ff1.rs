//! FF1 is what the `fpe` crate computes under the same sub-key, alone and many at once; formats come back.

use aes::Aes256;
use arbitrary::Arbitrary;
use fpe::ff1::{FF1, FlexibleNumeralString};
use hkdf::Hkdf;
use incog::{
    pseudonym::{Alphabet, Ff1, Format, FormatPreserving, Key},
    table::Column,
};
use sha2::Sha256;

#[derive(Arbitrary, Debug)]
pub struct Input {
    key: [u8; 32],
    domain: String,
    letters: bool,
    texts: Vec<Vec<u8>>,
    value: String,
    first: u8,
    last: u8,
}

pub fn holds(input: Input) {
    let key = Key::from_bytes(input.key);
    let alphabet = if input.letters { Alphabet::LOWER_ALNUM } else { Alphabet::DIGITS };
    let Ok(ff1) = Ff1::new(&key, &input.domain, alphabet.clone()) else {
        assert!(input.domain.trim().is_empty());
        return;
    };
    let radix = alphabet.symbols().len();
    let name = if input.letters { "0-9a-z" } else { "0-9" };
    let oracle = FF1::<Aes256>::new(&sub_key(&input.key, &["ff1/1", &input.domain, name]), radix as u32)
        .expect("a radix");
    let tweak = &sub_key(&input.key, &["ff1 tweak/1", &input.domain, name])[..16];

    let mut texts = Vec::new();
    for text in input.texts.iter().take(70) {
        let numerals: Vec<u16> = text.iter().map(|&b| u16::from(b) % radix as u16).collect();
        let symbol = |&n: &u16| char::from(alphabet.symbols().as_bytes()[usize::from(n)]);
        let text: String = numerals.iter().map(symbol).collect();
        let fits = (alphabet.min_len()..=256).contains(&text.len());
        let hidden = ff1.encrypt(&text);
        assert_eq!(hidden.is_ok(), fits);
        let Ok(hidden) = hidden else { continue };
        let wanted = oracle.encrypt(tweak, &FlexibleNumeralString::from(numerals)).expect("the length fits");
        assert_eq!(hidden, Vec::<u16>::from(wanted).iter().map(symbol).collect::<String>());
        assert_eq!(ff1.decrypt(&hidden).expect("of the alphabet"), text);
        texts.push((text, hidden));
    }
    let mut together: Vec<String> = texts.iter().map(|(text, _)| text.clone()).collect();
    ff1.encrypt_texts(&mut together).expect("each fits");
    assert!(together.iter().eq(texts.iter().map(|(_, hidden)| hidden)));

    let keeping = Format::CardKeeping { first: input.first % 20, last: input.last % 20 };
    for format in Format::ALL.iter().copied().chain([keeping]) {
        let fpe = FormatPreserving::new(&key, &input.domain, format).expect("the domain is not empty");
        let Ok(hidden) = fpe.encrypt(&input.value) else { continue };
        assert_eq!(fpe.decrypt(&hidden).expect("of the format"), input.value);
        let layout = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(layout(&hidden), layout(&input.value));
        let column = Column::from_values([&input.value, &hidden]).expect("two values");
        let column = fpe.encrypt_column("c", &column).expect("both are of the format");
        assert_eq!(column.cell(0), Some(hidden.as_str()));
    }
}

/// As `src/pseudonym/key.rs` says: HKDF-SHA-256, each part behind its length.
fn sub_key(key: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    let mut info = Vec::new();
    for part in parts {
        info.extend((part.len() as u64).to_be_bytes());
        info.extend(part.as_bytes());
    }
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(Some(b"incog pseudonym"), key).expand(&info, &mut out).expect("32 bytes");
    out
}
