//! Any pattern of a user: refused with one sentence, or findings in order, apart and on borders of characters, for every
//! way to cut the text.

use arbitrary::Arbitrary;
use incog::pii::{Entity, Recognizer, Redactor, Scanner, StreamRedactor};

#[derive(Arbitrary, Debug)]
pub struct Input<'b> {
    pattern: &'b str,
    words: Vec<&'b str>,
    labels: Vec<&'b str>,
    joined: bool,
    case: bool,
    needs_label: bool,
    sizes: Vec<u8>,
    text: &'b str,
}

pub fn holds(input: Input<'_>) {
    let entity = || Entity::new("MINE").expect("a name");
    let mut own = Vec::new();
    for (is_pattern, made) in [
        (true, Recognizer::pattern(entity(), input.pattern)),
        (false, Recognizer::words(entity(), input.words)),
    ] {
        let Some(mut made) = accepted(made) else { continue };
        if input.joined {
            made = made.joined();
        }
        if input.case && !is_pattern {
            made = made.case_sensitive();
        }
        if input.needs_label {
            made = made.labels(input.labels.iter().copied()).needs_label();
        }
        own.push(made);
    }
    let builder = own.into_iter().fold(Scanner::builder().entities([]), |all, own| all.recognizer(own));
    let Some(scanner) = accepted(builder.build()) else { return };

    let text = input.text;
    let findings = scanner.scan(text.as_bytes());
    assert!(findings.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
    assert!(findings.iter().all(|f| f.start() < f.end() && text.get(f.range()).is_some()));

    let redactor = Redactor::builder(scanner).build();
    let whole = redactor.redact(text);
    let (mut stream, mut cut, mut rest) = (StreamRedactor::new(&redactor), Vec::new(), text.as_bytes());
    for size in input.sizes {
        let (now, later) = rest.split_at(usize::from(size).min(rest.len()));
        stream.push(now, &mut cut);
        rest = later;
    }
    stream.push(rest, &mut cut);
    stream.finish(&mut cut);
    assert!(whole.as_bytes() == cut, "a cut changes what is found");
}

/// What was made; an error is one line, in words, and short.
fn accepted<T>(made: incog::Result<T>) -> Option<T> {
    made.map_err(|error| {
        let words = error.to_string();
        assert!(!words.is_empty() && words.lines().count() == 1, "no sentence");
    })
    .ok()
}
