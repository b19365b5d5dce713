//! Kernels beside the core: the same cells through an array, and one by one through the scalar functions with a `String`
//! for each. `cargo bench -p incog-arrow`, rows a second.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a bench")]

use std::{hint::black_box, sync::Arc, time::Instant};

use arrow_array::{Array, ArrayRef, DictionaryArray, StringArray, StringViewArray, types::Int32Type};
use incog::{
    kanon::Hierarchy,
    pii::{Redactor, Scanner},
    pseudonym::{Format, FormatPreserving, Key, Tokenizer},
    table::Column,
};
use incog_arrow::kernel;

const ROWS: usize = 200_000;
const RUNS: usize = 5;

/// The best of some runs, in rows a second.
fn rate(name: &str, mut run: impl FnMut()) {
    let seconds = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    let best = seconds.fold(f64::INFINITY, f64::min);
    println!("{name:48} {:10.2} M rows/s", ROWS as f64 / best / 1e6);
}

fn forms(cells: &[String]) -> [(&'static str, ArrayRef); 3] {
    let texts = || cells.iter().map(|cell| Some(cell.as_str()));
    [
        ("Utf8", Arc::new(texts().collect::<StringArray>())),
        ("Utf8View", Arc::new(texts().collect::<StringViewArray>())),
        ("Dictionary", Arc::new(texts().collect::<DictionaryArray<Int32Type>>())),
    ]
}

fn beside(
    name: &str,
    cells: &[String],
    kernel: impl Fn(&dyn Array) -> incog::Result<ArrayRef>,
    scalar: impl Fn(&str) -> String,
) {
    for (form, array) in forms(cells) {
        rate(&format!("{name}, {form}"), || drop(black_box(kernel(&array).unwrap())));
    }
    rate(&format!("{name}, one by one"), || {
        black_box(cells.iter().map(|cell| scalar(cell)).collect::<StringArrayOf>());
    });
}

/// What a caller without kernels has: a `String` for each row, then an array.
struct StringArrayOf(#[allow(dead_code, reason = "it is only made")] StringArray);

impl FromIterator<String> for StringArrayOf {
    fn from_iter<I: IntoIterator<Item = String>>(cells: I) -> Self {
        StringArrayOf(cells.into_iter().map(Some).collect())
    }
}

fn main() {
    let key = Key::from_bytes([7; 32]);
    let notes: Vec<String> = (0..ROWS)
        .map(|i| match i % 10 {
            0 => format!("please call user{i}@example.org about order {i}"),
            _ => format!("order {i} was packed and left the house in the afternoon"),
        })
        .collect();
    let redactor = Redactor::builder(Scanner::new()).build();
    beside("redact", &notes, |a| kernel::redact("n", a, &redactor), |t| redactor.redact(t).into_owned());
    let scanner = Scanner::new();
    for (form, array) in forms(&notes) {
        rate(&format!("contains, {form}"), || {
            drop(black_box(kernel::contains("n", &array, &scanner).unwrap()))
        });
    }
    rate("contains, one by one", || {
        black_box(notes.iter().filter(|text| !scanner.scan(text.as_bytes()).is_empty()).count());
    });

    let numbers: Vec<String> = (0..ROWS).map(|i| format!("{}", 1_000_000_000 + i * 7)).collect();
    let tokenizer = Tokenizer::new(&key, "d", "MRN").unwrap();
    beside("token", &numbers, |a| kernel::token("n", a, &tokenizer), |t| tokenizer.token(t));
    let fpe = FormatPreserving::new(&key, "d", Format::Digits).unwrap();
    beside("fpe_encrypt", &numbers, |a| kernel::fpe_encrypt("n", a, &fpe), |t| fpe.encrypt(t).unwrap());

    let zips: Vec<String> = (0..ROWS).map(|i| format!("{:05}", i * 31 % 20_000)).collect();
    let hierarchy = Hierarchy::prefix(&[5, 3, 0]).unwrap();
    let column = Column::from_values(&zips).unwrap();
    let levels = hierarchy.levels("zip", &column).unwrap();
    let labels: std::collections::HashMap<&str, &str> =
        (0u32..).zip(column.dictionary()).map(|(code, zip)| (zip, levels.label(1, code))).collect();
    beside("generalize", &zips, |a| kernel::generalize("zip", a, &hierarchy, 1), |t| labels[t].to_owned());
}
