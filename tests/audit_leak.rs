//! Canaries through code that leaks them, in every way that is said to be found, and through code that does not.

use std::{
    fmt::Write as _,
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
};

use incog::{
    assert_no_leak,
    audit::leak::{Canaries, Encoding, Leak, Sink},
};

const NAME: &str = "Zoé Quxworth-Vandermeer 4711";

fn canaries() -> Canaries {
    Canaries::new([NAME]).unwrap()
}

fn search(output: impl AsRef<[u8]>) -> Option<Leak> {
    let mut leaks = canaries().search(output.as_ref());
    assert!(leaks.len() < 2);
    leaks.pop()
}

/// A table of its own, so that the encoder shares nothing with the decoder.
fn base64(bytes: &[u8], alphabet: &str) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digits = bits.as_bytes().chunks(6).map(|chunk| {
        let digit = format!("{:0<6}", std::str::from_utf8(chunk).unwrap());
        alphabet.as_bytes()[usize::from_str_radix(&digit, 2).unwrap()] as char
    });
    digits.collect()
}

const STANDARD: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn hexadecimal(text: &[u8], between: &str) -> String {
    text.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn escaped(text: &str, form: impl Fn(u32) -> String) -> String {
    text.chars().map(|c| form(u32::from(c))).collect()
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

/// Every encoding by its name, with an encoder.
fn encodings() -> Vec<(Option<Encoding>, Vec<u8>)> {
    let bytes = NAME.as_bytes();
    let of = |encoding: Encoding, text: String| (Some(encoding), text.into_bytes());
    let percent = |all: bool| -> String {
        let one = |&b: &u8| {
            if !all && b.is_ascii_alphanumeric() { char::from(b).into() } else { format!("%{b:02X}") }
        };
        bytes.iter().map(one).collect()
    };
    vec![
        (None, bytes.to_vec()),
        (None, NAME.to_uppercase().into_bytes()),
        (None, NAME.to_lowercase().into_bytes()),
        (None, NAME.replace(['-', ' '], "").into_bytes()),
        (None, NAME.replace(' ', "\n  |").into_bytes()),
        of(Encoding::Base64, base64(bytes, STANDARD)),
        of(Encoding::Base64, base64(bytes, URL)),
        of(
            Encoding::Base64,
            format!("{}\r\n{}", &base64(bytes, STANDARD)[..20], &base64(bytes, STANDARD)[20..]),
        ),
        of(Encoding::Hexadecimal, hexadecimal(bytes, "")),
        of(Encoding::Hexadecimal, hexadecimal(bytes, "").to_uppercase()),
        of(Encoding::Hexadecimal, hexadecimal(bytes, ":")),
        of(Encoding::Hexadecimal, hexadecimal(bytes, " ")),
        of(Encoding::Hexadecimal, hexadecimal(bytes, ", ")),
        of(Encoding::Hexadecimal, format!("[0x{}]", hexadecimal(bytes, ", 0x"))),
        of(Encoding::Percent, percent(true)),
        of(Encoding::Percent, percent(true).to_lowercase()),
        of(Encoding::Escapes, escaped(NAME, |c| format!("\\u{c:04x}"))),
        of(Encoding::Escapes, escaped(NAME, |c| format!("\\u{{{c:x}}}"))),
        of(Encoding::Escapes, NAME.bytes().map(|b| format!("\\x{b:02x}")).collect()),
        of(Encoding::CharacterReferences, escaped(NAME, |c| format!("&#{c};"))),
        of(Encoding::CharacterReferences, escaped(NAME, |c| format!("&#x{c:X};"))),
        of(Encoding::QuotedPrintable, NAME.bytes().map(|b| format!("={b:02X}")).collect()),
        (Some(Encoding::Utf16), utf16(NAME, false)),
        (Some(Encoding::Utf16), utf16(NAME, true)),
    ]
}

#[test]
fn a_canary_is_found_whole_in_every_encoding_and_at_every_offset() {
    for (encoding, text) in encodings() {
        for before in 0..5 {
            let front = &b"v=1; "[..before];
            for (front, back) in [(front, &b""[..]), (front, b"; end\n")] {
                let output = [front, &text, back].concat();
                let leak = search(&output).unwrap_or_else(|| panic!("{encoding:?} {output:?}"));
                assert_eq!(leak.encodings().first(), encoding.as_ref(), "{output:?}");
                assert_eq!((leak.canary(), leak.length()), (0, 25), "{encoding:?} {leak}");
                assert!(leak.position() >= before && leak.position() < before + 4, "{encoding:?} {leak}");
            }
        }
    }
    // Percent encoding of what has to be, and a form.
    let form = NAME.replace('é', "%C3%A9").replace(' ', "+");
    assert_eq!(search(form).unwrap().length(), 25);
}

/// Base64 of a text in which it starts anywhere.
#[test]
fn a_canary_inside_of_encoded_text_is_found() {
    for before in 0..6 {
        let text = format!("{}{NAME}tail", "x; ".repeat(2)[..before].to_owned());
        let encoded = format!("Zm9vYmFy{}", base64(text.as_bytes(), STANDARD));
        assert_eq!(search(&encoded).unwrap().length(), 25, "{encoded}");
        assert_eq!(search(hexadecimal(text.as_bytes(), "")).unwrap().length(), 25, "{before}");
    }
}

#[test]
fn two_encodings_around_one_another_are_found() {
    let inner = encodings();
    for (first, text) in &inner {
        let Some(first) = first else { continue };
        let outer = [
            (Encoding::Base64, base64(text, STANDARD).into_bytes()),
            (Encoding::Hexadecimal, hexadecimal(text, "").into_bytes()),
            (Encoding::Percent, text.iter().flat_map(|b| format!("%{b:02X}").into_bytes()).collect()),
        ];
        for (second, output) in outer {
            let leak = search(&output).unwrap_or_else(|| panic!("{first:?} in {second:?}"));
            assert_eq!(leak.length(), 25, "{first:?} in {second:?}: {leak}");
            assert!(leak.encodings().len() <= 2);
        }
    }
}

#[test]
fn parts_of_the_stated_length_are_found_and_shorter_ones_are_not() {
    let letters: Vec<char> = "zoéquxworthvandermeer4711".chars().collect();
    for part in [4, 8, 12] {
        let canaries = Canaries::new([NAME]).unwrap().part(part).unwrap();
        for start in 0..=letters.len() - part {
            let slice: String = letters[start..start + part].iter().collect();
            let reversed: String = slice.chars().rev().collect();
            for text in [&slice, &reversed] {
                let leaks = canaries.search(format!("<{text}>").as_bytes());
                assert_eq!(leaks[0].length(), part, "{part} {start}");
                let shorter: String = text.chars().skip(1).collect();
                assert!(canaries.search(format!("<{shorter}>").as_bytes()).is_empty(), "{part} {start}");
            }
            assert!(canaries.search(format!("<{reversed}>").as_bytes())[0].is_reversed());
            let encoded = base64(format!("--{slice}--").as_bytes(), STANDARD);
            assert!(!canaries.search(encoded.as_bytes()).is_empty(), "{part} {start}");
        }
    }
}

#[test]
fn text_without_canaries_is_clean() {
    let mut text = String::from("Quxwort; Zoe Quxwor; 4711 Vander mat; eem");
    for line in 0..2000u32 {
        let hash = u64::from(line).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let _ = writeln!(
            text,
            "2026-11-26T08:{line:02} GET /v1/items/{hash:x}?page={line}&q=a%20b+c \\u00e9 &#65; =41"
        );
        let _ = writeln!(text, "{}", base64(&hash.to_be_bytes().repeat(4), STANDARD));
    }
    assert_eq!(canaries().search(text.as_bytes()), []);
    assert_eq!(canaries().search(b""), []);
    // Bytes that are no text, and ends in the middle of an escape.
    for output in [
        &b"\xff\xfe\x00"[..],
        b"%",
        b"%4",
        b"\\",
        b"\\u",
        b"\\u{",
        b"\\u12",
        b"&#",
        b"&#x",
        b"=",
        b"=4",
        b"\\ud800\\u0041",
    ] {
        assert_eq!(canaries().search(output), [], "{output:?}");
    }
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(canaries().search(&all.repeat(3)), []);
}

#[test]
fn canaries_are_checked_and_show_nothing() {
    let says = |result: incog::Result<Canaries>| result.unwrap_err().to_string();
    assert_eq!(says(Canaries::new::<&str>([])), "there must be at least 1 canary, got 0");
    assert_eq!(
        says(Canaries::new([NAME, "ab-cd-efg"])),
        "canary 2 must have at least 8 letters and digits, got 7; choose a longer value, or a smaller part"
    );
    assert_eq!(says(canaries().part(3)), "a part of a canary must be at least 4 letters and digits, got 3");
    assert!(says(canaries().part(26)).starts_with("canary 1 must have at least 26"));
    assert_eq!(format!("{:?}", canaries()), "Canaries(1, parts of 8)");
    let [one, other] = [Canaries::random().unwrap(), Canaries::random().unwrap()];
    assert!(one != other && one.len() == 20 && one.chars().all(|c| c.is_ascii_lowercase()));
}

fn message(code: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(code)).unwrap_err();
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast::<&str>().unwrap().to_string(),
    }
}

/// A logger of somebody: in the first form it writes what it got, in the second it does not.
struct Logger(Sink, bool);

impl Logger {
    fn log(&mut self, name: &str) {
        let shown = if self.1 { name.to_owned() } else { format!("user of {} letters", name.len()) };
        writeln!(self.0, "request by {shown}").unwrap();
    }
}

#[test]
fn sinks_results_and_panics_that_leak_are_caught_and_others_pass() {
    let secret = Canaries::random().unwrap();
    let canaries = Canaries::new([NAME, &secret]).unwrap();
    // Clean: what is written, given back, or said by a panic.
    assert_no_leak!(canaries, |sink| Logger(sink.clone(), false).log(&secret));
    assert_no_leak!(canaries, |_| format!("{} letters", secret.len()));
    assert_no_leak!(canaries, "nothing");
    assert_no_leak!(canaries, vec![0u8; 3]);
    let kept = message(|| assert_no_leak!(canaries, |_| assert!(secret.is_empty(), "no name was given")));
    assert_eq!(kept, "no name was given");
    // On another thread.
    assert_no_leak!(canaries, |sink| {
        let mut logger = Logger(sink.clone(), false);
        std::thread::scope(|scope| drop(scope.spawn(|| logger.log(&secret))));
    });

    // Leaking.
    let written = message(|| assert_no_leak!(canaries, |sink| Logger(sink.clone(), true).log(&secret)));
    assert_eq!(written, "what was written leaks canary 2 at byte 11, whole");
    let encoded = base64(secret.as_bytes(), URL);
    let given = message(|| assert_no_leak!(canaries, |_| format!("id={encoded}")));
    assert_eq!(given, "what was given back leaks canary 2 at byte 3, whole, in base64");
    let panicking =
        message(|| assert_no_leak!(canaries, |_| assert!(secret.is_empty(), "bad name '{secret}'")));
    assert_eq!(panicking, "the message of a panic leaks canary 2 at byte 10, whole");
    let part: String = secret.chars().rev().take(9).collect();
    let both = message(|| assert_no_leak!(canaries, format!("{NAME} {part}")));
    assert_eq!(
        both,
        "the output leaks canary 1 at byte 0, whole; canary 2 at byte 30, 9 of its 20 letters and digits, reversed"
    );
    for text in [written, given, panicking, both] {
        assert_eq!(canaries.search(text.as_bytes()), [], "a message shows a canary");
    }
}
