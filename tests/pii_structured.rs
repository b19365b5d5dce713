//! Tests of redaction that knows the form of its text: JSON and JSON Lines.

use std::borrow::Cow;

use incog::{
    ErrorKind,
    pii::{Drop, Entity, Finding, JsonRedactor, JsonRedactorBuilder, Mask, Operator, Redactor, Scanner},
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
