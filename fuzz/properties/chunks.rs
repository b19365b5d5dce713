//! For every way to cut JSON, JSON Lines, CSV and log lines, what a stream writes is what the whole gives, errors included.

use std::{io::Write, sync::LazyLock};

use incog::{
    Error, Result,
    pii::{CsvRedactor, Drop, Entity, JsonRedactor, JsonStream, RedactedLineWriter, Redactor, Scanner},
};

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::builder(Scanner::new()).build());
static JSON: LazyLock<[JsonRedactor; 2]> = LazyLock::new(|| {
    let dropped = Redactor::builder(Scanner::new()).otherwise(Drop::new()).build();
    let secret = Entity::new("SECRET").expect("a name");
    [
        JsonRedactor::builder(REDACTOR.clone())
            .always("**.secret", secret)
            .keep("a")
            .keys(true)
            .build()
            .expect("paths"),
        JsonRedactor::builder(dropped).build().expect("no rules"),
    ]
});
static CSV: LazyLock<CsvRedactor> = LazyLock::new(|| CsvRedactor::builder(REDACTOR.clone()).build());

pub fn holds(input: (Vec<u8>, &[u8])) {
    let (sizes, bytes) = input;
    let chunks = cut(bytes, &sizes);
    let text = std::str::from_utf8(bytes);
    for json in JSON.iter() {
        let (document, lines) = (streamed(json.stream(), &chunks), streamed(json.stream_lines(), &chunks));
        let lossy = streamed(json.stream_lines_lossy(), &chunks);
        let Ok(text) = text else {
            assert!(document.is_err() && lossy.is_ok());
            continue;
        };
        assert_eq!(document, json.redact(text).map(|t| (t.into_owned(), 0)).map_err(sentence));
        assert_eq!(lines, json.redact_lines(text).map(|t| (t.into_owned(), 0)).map_err(sentence));
        let (whole, errors) = json.redact_lines_lossy(text);
        assert_eq!(lossy, Ok((whole.into_owned(), errors.len() as u64)));
    }
    if let Ok(text) = text {
        let (mut stream, mut out) = (CSV.stream(), Vec::new());
        let pushed = chunks.iter().try_for_each(|chunk| stream.push(chunk, &mut out));
        let outcome = pushed.and_then(|()| stream.finish(&mut out)).map_err(sentence);
        let out = String::from_utf8(out).expect("text stays text");
        assert_eq!(outcome.map(|()| out), CSV.redact(text).map(|t| t.into_owned()).map_err(sentence));
    }
    let lines = |chunks: &[&[u8]]| {
        let mut writer = RedactedLineWriter::new(REDACTOR.clone(), Vec::new());
        chunks.iter().for_each(|chunk| writer.write_all(chunk).expect("memory"));
        writer.finish().expect("memory")
    };
    let written = lines(&chunks);
    assert!(written == lines(&[bytes]));
    for line in written.split(|&b| b == b'\n') {
        assert!(Scanner::new().scan(line).is_empty());
    }
}

fn streamed(mut stream: JsonStream<'_>, chunks: &[&[u8]]) -> std::result::Result<(String, u64), String> {
    let mut out = Vec::new();
    let pushed: Result<()> = chunks.iter().try_for_each(|chunk| stream.push(chunk, &mut out));
    let bad = pushed.and_then(|()| stream.finish(&mut out)).map_err(sentence);
    let out = String::from_utf8(out);
    bad.map(|bad| (out.expect("text stays text"), bad))
}

fn sentence(error: Error) -> String {
    error.to_string()
}

fn cut<'b>(mut bytes: &'b [u8], sizes: &[u8]) -> Vec<&'b [u8]> {
    let mut chunks = Vec::new();
    for &size in sizes {
        let (now, later) = bytes.split_at(usize::from(size).min(bytes.len()));
        chunks.push(now);
        bytes = later;
    }
    chunks.push(bytes);
    chunks
}
