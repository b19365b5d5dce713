//! How fast are pseudonyms? Beside it in the same run: the `fpe` crate, one block of AES, one HMAC.

use std::{hint::black_box, time::Duration};

use aes::Aes256;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fpe::ff1::{FF1, FlexibleNumeralString};
use incog::{
    pseudonym::{Alphabet, Ff1, Format, FormatPreserving, Key, Tokenizer},
    table::Column,
};

fn encryption(c: &mut Criterion) {
    let key = Key::from_bytes([7; 32]);
    let ff1 = Ff1::new(&key, "bench", Alphabet::DIGITS).expect("the domain is not empty");
    let alphanumeric = Ff1::new(&key, "bench", Alphabet::LOWER_ALNUM).expect("the domain is not empty");
    let peer = FF1::<Aes256>::new(&[7; 32], 10).expect("10 is a radix");
    for length in [9, 16] {
        let mut group = c.benchmark_group(format!("ff1_{length}_digits"));
        group.throughput(Throughput::Elements(1));
        let text = &"4111111111111111"[..length];
        group.bench_function("incog_text", |b| b.iter(|| ff1.encrypt(black_box(text))));
        group.bench_function("incog_number", |b| {
            b.iter(|| {
                let mut number = [black_box(123_456_789)];
                ff1.encrypt_numbers(length, &mut number).expect("it has nine digits");
                number
            });
        });
        let numerals: Vec<u16> = text.bytes().map(|b| u16::from(b - b'0')).collect();
        group.bench_function("fpe", |b| {
            b.iter(|| peer.encrypt(&[9; 16], &FlexibleNumeralString::from(black_box(&numerals).clone())));
        });
        group.throughput(Throughput::Elements(1000));
        group.bench_function("incog_1000_numbers", |b| {
            let mut numbers: Vec<u64> = (0..1000).collect();
            b.iter(|| ff1.encrypt_numbers(length, black_box(&mut numbers)));
        });
        group.bench_function("incog_1000_texts", |b| {
            let mut texts: Vec<String> = (0..1000).map(|i| format!("{i:0length$}")).collect();
            b.iter(|| ff1.encrypt_texts(black_box(&mut texts)));
        });
        group.finish();
    }
    let mut group = c.benchmark_group("ff1_12_letters_and_digits");
    group.throughput(Throughput::Elements(1));
    group.bench_function("incog_text", |b| b.iter(|| alphanumeric.encrypt(black_box("ab12cd34ef56"))));
    group.finish();
    let cards = FormatPreserving::new(&key, "bench", Format::Card).expect("the domain is not empty");
    let mut group = c.benchmark_group("card");
    group.throughput(Throughput::Elements(1));
    group.bench_function("incog", |b| b.iter(|| cards.encrypt(black_box("4111 1111 1111 1111"))));
    // The encryption of a card is a card.
    let next = |card: &String| cards.encrypt(card).ok();
    let values = std::iter::successors(Some("4111 1111 1111 1111".to_owned()), next).take(1000);
    let column = Column::from_values(values).expect("fewer than 2^32 values");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("incog_column_of_1000", |b| {
        b.iter(|| cards.encrypt_column("card", black_box(&column)).expect("the check digits fit"));
    });
    group.finish();
}

fn tokens(c: &mut Criterion) {
    let key = Key::from_bytes([7; 32]);
    let tokenizer = Tokenizer::new(&key, "bench", "MRN").expect("the domain is not empty");
    let mut group = c.benchmark_group("token");
    group.throughput(Throughput::Elements(1));
    group.bench_function("incog", |b| b.iter(|| tokenizer.token(black_box("0001234567"))));
    let sub_key = key.derive(&["bench"]);
    group.bench_function("hmac_keyed_anew", |b| b.iter(|| sub_key.mac(black_box(b"0001234567"))));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = encryption, tokens
}
criterion_main!(benches);
