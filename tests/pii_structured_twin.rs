//! Redaction of JSON held against a slow twin, on documents that are drawn, spelled in every way and cut in every way.

use std::borrow::Cow;

use incog::pii::{Drop, JsonRedactor, Mask, Redactor, Scanner};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::pii_structured::{cut, entity, json, labels, plain, streamed};

/// What keys are called, and a value under them.
fn leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0u64..2_000_000_000).prop_map(Value::from),
        // serde_json reads these exactly.
        any::<i32>().prop_map(|n| json!(f64::from(n) / 4.0)),
        Just(json!(4_111_111_111_111_111_u64)),
        Just(json!(536_907_712)),
        Just(json!("536-90-7712")),
        Just(json!("1990-12-31")),
        Just(json!("030 1234567")),
        texts().prop_map(Value::from),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("ada@example.org".to_owned()),
        Just("4111 1111 1111 1111".to_owned()),
        Just("４１１１-1111-1111-1111".to_owned()),
        Just("GB82WEST12345698765432".to_owned()),
        Just("198.51.100.7".to_owned()),
        Just("phone ".to_owned()),
        Just("http://a.b/".to_owned()),
        Just("😀\u{200b}\u{fffd}".to_owned()),
        "[0-9]{1,9}",
        "[ .,;:@/()+\\-\n\"\\\\<>_=\t\u{1}\u{7f}]{1,3}",
        "[a-zA-Zé]{1,6}",
        ".{0,3}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("ssn".to_owned()),
        Just("customer_phone".to_owned()),
        Just("birthDate".to_owned()),
        Just("value".to_owned()),
        Just("Number".to_owned()),
        Just("ada@example.org".to_owned()),
        "[a-z\"\\\\\n😀]{0,4}",
    ]
}

fn documents() -> impl Strategy<Value = Value> {
    leaves().prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            proptest::collection::vec((names(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// What is written down for `value`, with escapes and white space as `seed` has it.
fn spelled(value: &Value, seed: &mut u64, out: &mut String) {
    let space = |seed: &mut u64, out: &mut String| out.push_str(["", "", " ", "\n\t"][next(seed) % 4]);
    space(seed, out);
    match value {
        Value::String(text) => spell(text, seed, out),
        Value::Array(list) => {
            out.push('[');
            for (i, value) in list.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                spelled(value, seed, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (i, (key, value)) in map.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                space(seed, out);
                spell(key, seed, out);
                space(seed, out);
                out.push(':');
                spelled(value, seed, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    space(seed, out);
}

fn spell(text: &str, seed: &mut u64, out: &mut String) {
    let much = next(seed) % 3;
    out.push('"');
    for c in text.chars() {
        if next(seed) % 3 < much {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else if c == '/' && much == 1 {
            out.push_str("\\/");
        } else {
            let quoted = serde_json::to_string(&c.to_string()).unwrap();
            out.push_str(&quoted[1..quoted.len() - 1]);
        }
    }
    out.push('"');
}

/// Source of the constants: Knuth, MMIX.
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 40) as usize
}

/// The slow twin: over a tree, without places.
fn twin(redactor: &Redactor, label: Option<&str>, value: &Value) -> Value {
    let redact = |text: &str| match label {
        Some(label) => redactor.redact_labelled(label, text).into_owned(),
        None => redactor.redact(text).into_owned(),
    };
    match value {
        Value::String(text) => redact(text).into(),
        Value::Number(number) => {
            let spelled = number.to_string();
            let whole = spelled.strip_suffix(".0").unwrap_or(&spelled);
            let redacted = redact(whole);
            if redacted == whole {
                return value.clone();
            }
            serde_json::from_str::<serde_json::Number>(&redacted).map_or(redacted.into(), Value::from)
        }
        Value::Array(list) => list.iter().map(|value| twin(redactor, label, value)).collect(),
        Value::Object(map) => {
            let member = |(key, value): (&String, &Value)| {
                (key.clone(), twin(redactor, Some(&label_of(label, key)), value))
            };
            Value::Object(map.iter().map(member).collect())
        }
        Value::Bool(_) | Value::Null => value.clone(),
    }
}

/// What announces the value of `key`, under the label `above`.
fn label_of(above: Option<&str>, key: &str) -> String {
    match (above, key) {
        (Some(above), "value") => above.to_owned(),
        (Some(above), "Number") => format!("{above} Number"),
        _ => key.to_owned(),
    }
}

/// Keys in order, lengths, types; a number may have become a string.
fn same_form(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_form(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| same_form(a, b))
        }
        (Value::String(_) | Value::Number(_), Value::String(_)) | (Value::Number(_), Value::Number(_)) => {
            true
        }
        (a, b) => a == b,
    }
}

/// A string or number of the tree in which something is found, if there is one.
fn finding(scanner: &Scanner, label: Option<&str>, value: &Value) -> Option<String> {
    let scan = |text: &str| match label {
        Some(label) => scanner.scan_labelled(label, text.as_bytes()),
        None => scanner.scan(text.as_bytes()),
    };
    match value {
        Value::String(text) => (!scan(text).is_empty()).then(|| text.clone()),
        Value::Number(number) => (!scan(&number.to_string()).is_empty()).then(|| number.to_string()),
        Value::Array(list) => list.iter().find_map(|value| finding(scanner, label, value)),
        Value::Object(map) => {
            map.iter().find_map(|(key, value)| finding(scanner, Some(&label_of(label, key)), value))
        }
        Value::Bool(_) | Value::Null => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_output_is_that_of_a_slow_twin_and_has_the_same_form(document in documents(), seed: u64) {
        let mut text = String::new();
        spelled(&document, &mut { seed }, &mut text);
        for redactor in [
            labels(),
            Redactor::builder(Scanner::new()).otherwise(Mask::new()).build(),
            Redactor::builder(Scanner::new()).otherwise(Drop::new()).build(),
        ] {
            let json = JsonRedactor::builder(redactor.clone()).build().unwrap();
            let redacted = json.redact(&text).unwrap();
            let after: Value = serde_json::from_str(&redacted).unwrap();
            prop_assert_eq!(&after, &twin(&redactor, None, &document), "{}", text);
            prop_assert!(same_form(&document, &after));
            prop_assert_eq!(finding(redactor.scanner(), None, &after), None);
            prop_assert_eq!(json.redact(&redacted).unwrap(), redacted.clone());
            let keys = JsonRedactor::builder(redactor.clone()).keys(true).build().unwrap();
            let redacted_keys = keys.redact(&text).unwrap();
            prop_assert_eq!(keys.redact(&redacted_keys).unwrap(), redacted_keys.clone());
            if after == document {
                prop_assert_eq!(&redacted, &text);
            }
        }
    }

    /// Strings without a finding are in the output as they are spelled in the input.
    #[test]
    fn strings_without_findings_are_byte_for_byte_the_same(
        texts in proptest::collection::vec(texts(), 1..6),
        seed: u64,
    ) {
        let mut seed = seed;
        let spelled: Vec<String> = texts
            .iter()
            .map(|text| {
                let mut line = String::new();
                spell(text, &mut seed, &mut line);
                line
            })
            .collect();
        let redacted = plain().redact_lines(&spelled.join("\n")).unwrap().into_owned();
        let redactor = labels();
        for ((text, before), after) in texts.iter().zip(&spelled).zip(redacted.split('\n')) {
            prop_assert_eq!(before == after, redactor.redact(text) == *text);
        }
    }

    /// Also texts that are no JSON any more, by a byte that is another or lost.
    #[test]
    fn every_way_to_cut_a_document_gives_what_the_whole_gives(
        document in documents(), seed: u64, place: u64, byte in 0u8..128, damage in 0..3, lengths in prop::collection::vec(1..30usize, 1..6),
    ) {
        let mut text = String::new();
        spelled(&document, &mut seed.clone(), &mut text);
        let mut bytes = text.into_bytes();
        let at = place as usize % bytes.len().max(1);
        match damage {
            1 if !bytes.is_empty() => bytes[at] = byte,
            2 => bytes.truncate(at),
            _ => {}
        }
        let json = json().always("**.secret", entity("SECRET")).keep("a").keys(true).build().unwrap();
        let chunks = cut(&bytes, &lengths);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let whole = json.redact(text).map(Cow::into_owned).map_err(|error| error.to_string());
            let (out, outcome) = streamed(json.stream(), &chunks);
            // Before an error, one way to cut may have written less than another, but nothing else.
            let (single, _) = streamed(json.stream(), &cut(&bytes, &[1]));
            prop_assert!(single.starts_with(&out) || out.starts_with(&single), "{single:?} and {out:?}");
            prop_assert_eq!(outcome.map(|_| out), whole);
            let (lossy, errors) = json.redact_lines_lossy(text);
            prop_assert_eq!(streamed(json.stream_lines_lossy(), &chunks), (lossy.into_owned(), Ok(errors.len() as u64)));
            let whole = json.redact_lines(text);
            let (out, outcome) = streamed(json.stream_lines(), &chunks);
            if let Err(error) = &whole {
                // The lines before it, and nothing of its own.
                let good = error.position().unwrap().line.unwrap() as usize - 1;
                let good: String = text.split_inclusive('\n').take(good).collect();
                prop_assert_eq!(&out, &json.redact_lines(&good).unwrap());
            }
            let whole = whole.map(Cow::into_owned).map_err(|error| error.to_string());
            prop_assert_eq!(outcome.map(|_| out), whole);
        } else {
            prop_assert!(streamed(json.stream(), &chunks).1.is_err());
        }
    }

    /// What `serde_json` reads is redacted; what it refuses is refused, but for halves of surrogate pairs, for
    /// numbers beyond its range, and for a byte order mark.
    #[test]
    fn what_is_no_json_is_refused(document in documents(), seed: u64, place: u64, byte in 0u8..128, cut: bool) {
        let mut text = String::new();
        spelled(&document, &mut { seed }, &mut text);
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        if let Some(&at) = places.get(usize::try_from(place).unwrap() % places.len().max(1)) {
            if cut {
                text.truncate(at);
            } else {
                let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
                text.replace_range(at..end, &char::from(byte).to_string());
            }
        }
        let ours = plain().redact(&text);
        match serde_json::from_str::<Value>(&text) {
            Ok(_) => prop_assert!(ours.is_ok(), "{}: {:?}", text, ours),
            Err(e) => {
                let only_theirs = ["surrogate", "out of range", "hex escape"];
                let theirs = only_theirs.iter().any(|why| e.to_string().contains(why));
                prop_assert!(theirs || ours.is_err(), "{}: {}", text, e);
            }
        }
    }
}
