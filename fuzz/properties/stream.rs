//! For every way to cut a text, what a stream writes is what the whole gives; long texts are one short one repeated.

use std::sync::LazyLock;

use incog::pii::{Drop, Redactor, Scanner, StreamRedactor};

static REDACTORS: LazyLock<[Redactor; 2]> = LazyLock::new(|| {
    [
        Redactor::builder(Scanner::new()).build(),
        Redactor::builder(Scanner::new()).otherwise(Drop::new()).build(),
    ]
});

pub fn holds(input: (Vec<u16>, u8, Vec<u8>)) {
    let (sizes, times, unit) = input;
    let text = unit.repeat(1 + usize::from(times));
    for redactor in REDACTORS.iter() {
        let mut whole = Vec::new();
        let mut stream = StreamRedactor::new(redactor);
        stream.push(&text, &mut whole);
        stream.finish(&mut whole);

        let (mut cut, mut rest) = (Vec::new(), text.as_slice());
        let mut stream = StreamRedactor::new(redactor);
        for &size in &sizes {
            let (now, later) = rest.split_at(usize::from(size).min(rest.len()));
            stream.push(now, &mut cut);
            rest = later;
        }
        stream.push(rest, &mut cut);
        stream.finish(&mut cut);
        assert!(whole == cut);
        if let Ok(text) = std::str::from_utf8(&text) {
            assert!(redactor.redact(text).as_bytes() == whole);
        }
    }
}
