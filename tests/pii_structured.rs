//! Tests of redaction that knows the form of its text: JSON and JSON Lines.

use std::borrow::Cow;

use incog::{
    ErrorKind,
    pii::{
        Drop, Entity, Finding, JsonRedactor, JsonRedactorBuilder, JsonStream, Mask, Operator, Redactor,
        Scanner,
    },
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn labels() -> Redactor {
    Redactor::builder(Scanner::new()).build()
}

fn json() -> JsonRedactorBuilder {
    JsonRedactor::builder(labels())
}

fn plain() -> JsonRedactor {
    json().build().unwrap()
}

fn entity(name: &str) -> Entity {
    Entity::new(name).unwrap()
}

#[test]
fn values_are_redacted_and_all_else_stays() {
    // (input, output); nothing: the same.
    let cases: [(&str, Option<&str>); 28] = [
        (r#""ada@example.org""#, Some(r#""[EMAIL_ADDRESS]""#)),
        (r#"{"m":"ada\u0040example.org"}"#, Some(r#"{"m":"[EMAIL_ADDRESS]"}"#)),
        (r#"{"m":"\u0061\u0064\u0061@example\u002eorg"}"#, Some(r#"{"m":"[EMAIL_ADDRESS]"}"#)),
        // What surrounds a finding keeps its escapes.
        (
            r#"{"m":"\u00e9\/\"\ud83d\ude00 ada@example.org \ud83d\ude00\n\u003c\/p>"}"#,
            Some(r#"{"m":"\u00e9\/\"\ud83d\ude00 [EMAIL_ADDRESS] \ud83d\ude00\n\u003c\/p>"}"#),
        ),
        // Text in text.
        (
            r#"{"log":"{\"to\":\"ada@example.org\",\"n\":1}"}"#,
            Some(r#"{"log":"{\"to\":\"[EMAIL_ADDRESS]\",\"n\":1}"}"#),
        ),
        (r#"{"u":"http:\/\/example.org\/a\/b"}"#, Some(r#"{"u":"[URL]"}"#)),
        // Duplicate keys, order, white space.
        (
            "{ \"b\" :1,\t\"a\":\"ada@example.org\" ,\r\n\"a\":\"eve@example.org\"}\n",
            Some("{ \"b\" :1,\t\"a\":\"[EMAIL_ADDRESS]\" ,\r\n\"a\":\"[EMAIL_ADDRESS]\"}\n"),
        ),
        // Numbers.
        (r#"{"card":4111111111111111}"#, Some(r#"{"card":"[CREDIT_CARD]"}"#)),
        (r#"{"card":4111111111111111.0}"#, Some(r#"{"card":"[CREDIT_CARD]"}"#)),
        (r#"{"card":4111111111111112}"#, None),
        (r#"{"ssn":536907712,"batch":536907712}"#, Some(r#"{"ssn":"[US_SSN]","batch":536907712}"#)),
        (r"[1e400,-0.0,1.50,100,0.1e+2,123456789012345678901234567890]", None),
        // Labels: the key, that of the list, with that above where it says nothing.
        (r#"{"ssn":[536907712,["536907712"]]}"#, Some(r#"{"ssn":["[US_SSN]",["[US_SSN]"]]}"#)),
        (r#"{"ssn":{"batch":536907712}}"#, None),
        (r#"{"ssn":{"value":536907712}}"#, Some(r#"{"ssn":{"value":"[US_SSN]"}}"#)),
        (
            r##"{"ssn":{"value":[{"#text":"536907712"}]}}"##,
            Some(r##"{"ssn":{"value":[{"#text":"[US_SSN]"}]}}"##),
        ),
        (r#"{"order":{"number":"0301234567"},"number":1}"#, None),
        (r#"{"phone":{"number":"0301234567"}}"#, Some(r#"{"phone":{"number":"[PHONE_NUMBER]"}}"#)),
        (r#"{"ssn":1,"a":536907712}"#, None),
        (r#"{"ssn":{},"a":536907712}"#, None),
        (r#"{"s\u0073n":536907712}"#, Some(r#"{"s\u0073n":"[US_SSN]"}"#)),
        (
            r#"{"birth_date":"1990-12-31","shipped":"1990-12-31"}"#,
            Some(r#"{"birth_date":"[DATE_OF_BIRTH]","shipped":"1990-12-31"}"#),
        ),
        // Keys stay unless asked for.
        (r#"{"ada@example.org":1}"#, None),
        // No findings: byte for byte.
        (r#"{"a":"\u0041\/\ud800","b":[true,false,null,{}]}"#, None),
        (r#""""#, None),
        ("\u{feff}[\"ada@example.org\"]", Some("\u{feff}[\"[EMAIL_ADDRESS]\"]")),
        (r#"["ada@example.org\ud800"]"#, Some(r#"["[EMAIL_ADDRESS]\ud800"]"#)),
        (r#"["４１１１ １１１１ １１１１ １１１１"]"#, Some(r#"["[CREDIT_CARD]"]"#)),
    ];
    let json = plain();
    for (input, output) in cases {
        let redacted = json.redact(input).unwrap();
        assert_eq!(redacted, output.unwrap_or(input));
        assert_eq!(matches!(redacted, Cow::Borrowed(_)), output.is_none(), "{input}");
        assert_eq!(json.redact(&redacted).unwrap(), redacted);
    }
}

#[test]
fn rules_decide_by_path() {
    let secret = || entity("SECRET");
    let input = r#"{"user":{"id":"ada@example.org","pin":1,"tags":["x",true,null,""]},"l":[{"p":"eve@example.org"}]}"#;
    let cases: [(JsonRedactorBuilder, &str); 8] = [
        (
            json().keep("user.id"),
            r#"{"user":{"id":"ada@example.org","pin":1,"tags":["x",true,null,""]},"l":[{"p":"[EMAIL_ADDRESS]"}]}"#,
        ),
        (json().keep("**"), input),
        (json().keep("user").keep("l[]"), input),
        (
            json().keep("**").always("user.pin", secret()),
            r#"{"user":{"id":"ada@example.org","pin":"[SECRET]","tags":["x",true,null,""]},"l":[{"p":"eve@example.org"}]}"#,
        ),
        (
            json().always("user", secret()).keep("user.id").always("**.id", entity("ID")),
            r#"{"user":{"id":"[ID]","pin":"[SECRET]","tags":["[SECRET]","[SECRET]",null,""]},"l":[{"p":"[EMAIL_ADDRESS]"}]}"#,
        ),
        (
            json().only("l"),
            r#"{"user":{"id":"ada@example.org","pin":1,"tags":["x",true,null,""]},"l":[{"p":"[EMAIL_ADDRESS]"}]}"#,
        ),
        (json().only("l").keep("**.p"), input),
        (
            json().only("l[].q").always("l[].p", entity("P")),
            r#"{"user":{"id":"ada@example.org","pin":1,"tags":["x",true,null,""]},"l":[{"p":"[P]"}]}"#,
        ),
    ];
    for (builder, output) in cases {
        assert_eq!(builder.build().unwrap().redact(input).unwrap(), output);
    }
    let error = json().keep("l[0]").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter);
}

#[test]
fn keys_are_searched_when_asked() {
    let input = r#"{"ada\u0040example.org":{"198.51.100.7":1},"a":2}"#;
    let output = r#"{"[EMAIL_ADDRESS]":{"[IP_ADDRESS]":1},"a":2}"#;
    assert_eq!(json().keys(true).build().unwrap().redact(input).unwrap(), output);
    // The key as it is written is the label, so that the output is clean under its own keys.
    let phones = r#"{"+1 201 555 0123":"0301234567"}"#;
    let output = r#"{"[PHONE_NUMBER]":"[PHONE_NUMBER]"}"#;
    assert_eq!(json().keys(true).build().unwrap().redact(phones).unwrap(), output);
    let kept = json().keys(true).keep("*").build().unwrap();
    assert_eq!(kept.redact(input).unwrap(), input);
}

/// Turns digits around, as encryption that keeps the format might.
#[derive(Debug)]
struct Backwards;

impl Operator for Backwards {
    fn apply(&self, _: &Finding, text: &str, out: &mut String) {
        out.extend(text.chars().rev());
    }
}

#[test]
fn a_number_stays_one_if_its_operator_writes_one() {
    let redactor = Redactor::builder(Scanner::new()).otherwise(Backwards).build();
    let json = JsonRedactor::builder(redactor).always("pin", entity("PIN")).build().unwrap();
    let input = r#"{"card":4222222222222220,"pin":1234,"ssn":536907712,"pin":10}"#;
    // The first card ends in 0, so it would begin with one.
    let output = r#"{"card":"0222222222222224","pin":4321,"ssn":217709635,"pin":"01"}"#;
    let card = incog::pii::Scanner::new().scan(b"4222222222222220");
    assert_eq!(card.len(), 1, "the card of the test is one");
    assert_eq!(json.redact(input).unwrap(), output);
}

#[test]
fn what_operators_write_is_escaped() {
    #[derive(Debug)]
    struct Quotes;
    impl Operator for Quotes {
        fn apply(&self, _: &Finding, _: &str, out: &mut String) {
            out.push_str("\"\\\u{1}é");
        }
    }
    let redactor = Redactor::builder(Scanner::new()).otherwise(Quotes).build();
    let json = JsonRedactor::builder(redactor).keys(true).build().unwrap();
    let output = json.redact(r#"{"ada@example.org":["ada@example.org",4111111111111111]}"#).unwrap();
    assert_eq!(output, r#"{"\"\\\u0001é":["\"\\\u0001é","\"\\\u0001é"]}"#);
}

#[test]
fn halves_of_a_pair_do_not_join() {
    let redactor = Redactor::builder(Scanner::new()).otherwise(Drop::new()).build();
    let json = JsonRedactor::builder(redactor).build().unwrap();
    let output = json.redact(r#"["\ud835ada@example.org\udfce"]"#).unwrap();
    assert_eq!(output, "[\"\u{fffd}\u{fffd}\"]");
}

#[test]
fn errors_say_where_and_never_what() {
    let json = plain();
    for (text, byte) in [
        (r#"{"to":"CANARY ada@example.org","x":NaN}"#, 35),
        (r#"{"CANARY":1,"CANARY"}"#, 20),
        ("[\"CANARY\"] CANARY", 11),
        ("\"CANARY", 0),
        ("CANARY", 0),
    ] {
        let error = json.redact(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert_eq!(error.position().unwrap().byte, Some(byte), "{error}");
        assert!(error.to_string().starts_with(&format!("byte {byte}: ")), "{error}");
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    }
    let error = json.redact(&"[".repeat(1 << 20)).unwrap_err();
    assert!(error.to_string().contains("128"), "{error}");
}

#[test]
fn lines_are_documents() {
    let json = plain();
    let input = "\n{\"a\":\"ada@example.org\"}\r\n \t\n[4111111111111111]\n\"x\"";
    let output = "\n{\"a\":\"[EMAIL_ADDRESS]\"}\r\n \t\n[\"[CREDIT_CARD]\"]\n\"x\"";
    assert_eq!(json.redact_lines(input).unwrap(), output);
    for text in ["", "\n", "\n\n{}\n"] {
        assert!(matches!(json.redact_lines(text).unwrap(), Cow::Borrowed(same) if same == text));
    }
    let bad = "{}\n{\"a\":\"ada@example.org\",\"b\":CANARY}\r\n{\"c\":\"eve@example.org\"}\n{\"d\":[\"eve@example.org\"";
    let error = json.redact_lines(bad).unwrap_err();
    let position = error.position().unwrap();
    assert_eq!((position.line, position.byte), (Some(2), Some(27)));
    assert!(!error.to_string().contains("CANARY"));
    let (text, errors) = json.redact_lines_lossy(bad);
    assert_eq!(
        text,
        "{}\n{\"redacted\":\"not JSON\"}\r\n{\"c\":\"[EMAIL_ADDRESS]\"}\n{\"redacted\":\"not JSON\"}"
    );
    assert_eq!(errors.iter().map(|e| e.position().unwrap().line).collect::<Vec<_>>(), [Some(2), Some(4)]);
}

/// What a stream writes of the chunks, up to its error.
fn streamed(mut stream: JsonStream<'_>, chunks: &[&[u8]]) -> (String, Result<u64, String>) {
    let mut out = Vec::new();
    let pushed = chunks.iter().try_for_each(|chunk| stream.push(chunk, &mut out));
    let outcome = match pushed {
        Ok(()) => stream.finish(&mut out).map_err(|error| error.to_string()),
        Err(error) => {
            assert!(stream.push(b" ", &mut Vec::new()).is_err(), "a stream that failed goes on");
            Err(error.to_string())
        }
    };
    (String::from_utf8(out).unwrap(), outcome)
}

/// `bytes`, cut into pieces of these lengths, over and over.
fn cut<'b>(mut bytes: &'b [u8], lengths: &[usize]) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    for &length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at(length.clamp(1, bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

#[test]
fn texts_that_are_no_json_are_refused_by_streams_at_the_same_place() {
    let json = plain();
    for text in [
        "",
        " ",
        "\u{feff}",
        "nul",
        "tru",
        "truex",
        "1 2",
        "[1,]",
        "[1",
        "{\"a\"",
        "{\"a\":}",
        "\"a",
        "\"a\\",
        "\"a\\u12",
        "\"a\\x\"",
        "\"\u{1}\"",
        "-",
        "1.",
        "1e",
        "[1}",
        "]",
        "{\"a\":1,}",
        "[true false]",
        "{\"a\" 1}",
        "01",
    ] {
        let whole = json.redact(text).unwrap_err().to_string();
        for length in 1..4 {
            let (out, outcome) = streamed(json.stream(), &cut(text.as_bytes(), &[length]));
            assert_eq!(outcome.unwrap_err(), whole, "{text:?} by {length}");
            assert!(text.starts_with(&out), "{text:?} by {length}: {out:?}");
        }
    }
    let (out, outcome) = streamed(json.stream(), &[b"{\"to\":\"ada@example.org\",", b"\"x\":\"\xff\"}"]);
    assert_eq!(outcome.unwrap_err(), "byte 29: not UTF-8; convert the text to UTF-8 first");
    assert_eq!(out, "{\"to\":\"[EMAIL_ADDRESS]\"");
    let (out, outcome) = streamed(json.stream(), &["\"é\"".as_bytes().split_at(2).0]);
    assert!(out.is_empty() && outcome.unwrap_err().starts_with("byte 1: not UTF-8"));
}

#[test]
fn lines_of_a_stream_are_those_of_the_whole() {
    let text = "{\"to\":\"ada@example.org\"}\r\n\n[1]\n{\"to\":\"eve@exam\r\n\"ada@example.org\"";
    let json = plain();
    let (whole, errors) = json.redact_lines_lossy(text);
    assert_eq!(errors.len(), 1);
    let failed = json.redact_lines(text).unwrap_err().to_string();
    for length in 1..20 {
        let chunks = cut(text.as_bytes(), &[length]);
        assert_eq!(streamed(json.stream_lines_lossy(), &chunks), (whole.to_string(), Ok(1)));
        let (out, outcome) = streamed(json.stream_lines(), &chunks);
        assert_eq!((out.as_str(), outcome), ("{\"to\":\"[EMAIL_ADDRESS]\"}\r\n\n[1]\n", Err(failed.clone())));
    }
    let (out, bad) = streamed(json.stream_lines_lossy(), &[b"\"\xff\"\n1\n"]);
    assert_eq!((out.as_str(), bad), ("{\"redacted\":\"not JSON\"}\n1\n", Ok(1)));
    let (out, outcome) = streamed(json.stream_lines(), &[b"1\n\"\xff\"\n"]);
    assert_eq!(out, "1\n");
    assert_eq!(outcome.unwrap_err(), "line 2: byte 1: not UTF-8; convert the text to UTF-8 first");
}

#[test]
fn a_document_without_end_is_not_held_and_a_token_without_end_is_refused() {
    let json = plain();
    let (mut stream, mut out) = (json.stream(), Vec::new());
    let element = b"[\"ada@example.org\", 4111111111111111, {\"a\": \"x\"}],\n".repeat(500);
    stream.push(b"[", &mut out).unwrap();
    for _ in 0..400 {
        out.clear();
        stream.push(&element, &mut out).unwrap();
        assert!(out.len() + 100 > element.len() / 52 * 45, "{}", out.len());
        let held: usize = format!("{stream:?}")
            .split(['{', ','])
            .nth(1)
            .unwrap()
            .split(": ")
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        assert!(held < 100, "{held}");
    }
    stream.push(b"null]", &mut out).unwrap();
    stream.finish(&mut out).unwrap();

    // 16 MiB and some: refused, whatever the cut; less: as the whole.
    let long = |length: usize| format!("[1,\"{}\"]", "x".repeat(length)).into_bytes();
    for size in [1 << 10, 1 << 20, 40 << 20] {
        let (out, outcome) = streamed(json.stream(), &cut(&long(17 << 20), &[size]));
        assert!("[1,".starts_with(&out), "{}", out.len());
        assert!(outcome.unwrap_err().starts_with("byte 2: a string or key of more than 16 MiB"));
        let (out, outcome) = streamed(json.stream(), &cut(&long(15 << 20), &[size]));
        assert!(outcome.is_ok() && out.len() == (15 << 20) + 6);
        let (out, outcome) = streamed(json.stream_lines(), &cut(&long(17 << 20), &[size]));
        assert!(out.is_empty() && outcome.unwrap_err().starts_with("line 1: more than 16 MiB"));
        let text = [b"1\n".to_vec(), long(17 << 20), b"\n2\n".to_vec()].concat();
        let (out, bad) = streamed(json.stream_lines_lossy(), &cut(&text, &[size]));
        assert_eq!((out.as_str(), bad), ("1\n{\"redacted\":\"not JSON\"}\n2\n", Ok(1)));
    }
}

/// A key of a megabyte over a list, rules that could branch, text that could be read again for each place.
#[test]
fn json_made_to_be_slow_ends_soon() {
    let n = 1 << 19;
    let long = "key ".repeat(n / 4);
    let cases = [
        format!("{{\"{long}\":[{}1]}}", "1,".repeat(n)),
        format!("{{\"{long}\\n\":[{}[]]}}", "[],".repeat(n / 2)),
        format!("[\"{}\"]", "ada\\u0040example.org ".repeat(n / 16)),
        format!("[\"{}\"]", "\\ud83d".repeat(n / 4)),
        format!("[{}1]", "[1],{\"a\":{\"a\":2}},".repeat(n / 8)),
    ];
    let json = json().keep("**.a.**.a.**.a.b").always("**.**.**.**.x", entity("X")).build().unwrap();
    for text in cases {
        let start = std::time::Instant::now();
        json.redact(&text).unwrap();
        // Quadratic would be hours.
        assert!(start.elapsed().as_secs() < 20, "{}", &text[..20]);
    }
}

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
