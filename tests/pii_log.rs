//! Lines of any logger, and records of `log`: nothing that is found gets out, however it is cut, formatted or escaped.

use std::io::Write;

use incog::pii::{
    Entity, Finding, JsonRedactor, Operator, Recognizer, RedactedLineWriter, Redactor, Scanner,
};
use proptest::prelude::*;

fn redactor() -> Redactor {
    Redactor::builder(Scanner::new()).build()
}

fn written(lines: &str) -> String {
    let mut writer = RedactedLineWriter::new(redactor(), Vec::new());
    writer.write_all(lines.as_bytes()).unwrap();
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

#[derive(Debug)]
struct Panics;

impl Operator for Panics {
    fn apply(&self, _: &Finding, _: &str, _: &mut String) {
        panic!("as an operator of somebody's may");
    }
}

#[test]
fn lines_are_redacted_as_what_they_are() {
    for (line, expected) in [
        ("to ada@example.org\n", "to [EMAIL_ADDRESS]\n"),
        ("no end: ada@example.org", "no end: [EMAIL_ADDRESS]"),
        ("\n\n", "\n\n"),
        ("", ""),
        ("{\"to\":\"ada\\u0040example.org\",\"n\":1}\n", "{\"to\":\"[EMAIL_ADDRESS]\",\"n\":1}\n"),
        ("{\"card\":4111111111111111}\n", "{\"card\":\"[CREDIT_CARD]\"}\n"),
        ("{\"phone\":{\"number\":\"0301234567\"}}\n", "{\"phone\":{\"number\":\"[PHONE_NUMBER]\"}}\n"),
        (" [\"a\", 4111111111111111]\n", " [\"a\", \"[CREDIT_CARD]\"]\n"),
        ("{\"number\":{\"text\":9434765919}}\n", "{\"number\":{\"text\":\"[PHONE_NUMBER]\"}}\n"),
        ("{not json: ada@example.org}\n", "{not json: [EMAIL_ADDRESS]}\n"),
        ("\u{1b}[32mINFO\u{1b}[0m nothing\n", "\u{1b}[32mINFO\u{1b}[0m nothing\n"),
        ("\u{1b}[3mcard\u{1b}[0m=4111 1111\u{1b}[0m 1111 1111\n", "card=[CREDIT_CARD]\n"),
        // Debug forms of values: the letter of an escape is none of the word behind it.
        ("note=\"x\\n4111 1111 1111 1111\"\n", "note=\"x\\n[CREDIT_CARD]\"\n"),
        ("note=\"x\\tAKIAIOSFODNN7EXAMPLE\" \\\\\n", "note=\"x\\t[SECRET_AWS_ACCESS_KEY]\" \\\\\n"),
        (
            "{\"note\":\"\\\"x\\\\n4111 1111 1111 1111\\\"\"}\n",
            "{\"note\":\"\\\"x\\\\n[CREDIT_CARD]\\\"\"}\n",
        ),
    ] {
        assert_eq!(written(line), expected, "{line}");
    }
}

#[test]
fn rules_for_json_hold_for_lines_that_are_json() {
    let secret = Entity::new("PASSWORD").unwrap();
    let json =
        JsonRedactor::builder(redactor()).always("**.password", secret).keep("build.ip").build().unwrap();
    let mut writer = RedactedLineWriter::new(redactor(), Vec::new()).json(json);
    writer.write_all(b"{\"fields\":{\"password\":\"x\"}}\n{\"a\":1}\npassword=x\n").unwrap();
    // A number is kept as little as a string, and the line stays one of JSON.
    writer.write_all(b"{\"build\":{\"ip\":4111111111111111}}\n").unwrap();
    let out = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert_eq!(
        out,
        "{\"fields\":{\"password\":\"[PASSWORD]\"}}\n{\"a\":1}\npassword=x\n\
         {\"build\":{\"ip\":\"[CREDIT_CARD]\"}}\n"
    );
}

fn staff_id() -> Scanner {
    let staff = Recognizer::pattern(Entity::new("STAFF_ID").unwrap(), r"\bE-\d{6}\b").unwrap();
    Scanner::builder().recognizer(staff).build().unwrap()
}

#[test]
fn lines_of_json_are_searched_by_the_scanner_of_their_own_redactor() {
    let found =
        r#"{"id":"E-123456","to":["E-654321"],"escaped":"\u0045-111111","phone":{"number":"0301234567"}}"#;
    let narrow = Scanner::builder().entities([Entity::EMAIL_ADDRESS]).build().unwrap();
    for lines in [Scanner::new(), narrow, Scanner::builder().allow(["x"]).build().unwrap()] {
        let json = JsonRedactor::builder(Redactor::builder(staff_id()).build()).build().unwrap();
        let mut writer =
            RedactedLineWriter::new(Redactor::builder(lines).build(), Vec::new()).json(json.clone());
        writeln!(writer, "{found}").unwrap();
        let counts = writer.counts().snapshot();
        let out = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert_eq!(out.trim_end(), json.redact(found).unwrap());
        assert_eq!(out.matches("[STAFF_ID]").count(), 3, "{out}");
        assert_eq!(counts.replaced[&Entity::new("STAFF_ID").unwrap()], 3);
    }
}

#[test]
fn what_is_kept_in_lines_of_json_is_what_the_redactor_of_the_lines_does_not_look_for() {
    let line = "{\"build\":{\"ip\":\"198.51.100.7\"},\"to\":\"ada@example.org\",\"from\":\"198.51.100.8\"}\n";
    let (kept, only) = ("build.ip", "to");
    let narrow = || Scanner::builder().entities([Entity::EMAIL_ADDRESS]).build().unwrap();
    for (lines, json, expected) in [
        (
            Scanner::new(),
            JsonRedactor::builder(redactor()).keep(kept),
            "{\"build\":{\"ip\":\"[IP_ADDRESS]\"},\"to\":\"[EMAIL_ADDRESS]\",\"from\":\"[IP_ADDRESS]\"}\n",
        ),
        (
            Scanner::new(),
            JsonRedactor::builder(redactor()).only(only),
            "{\"build\":{\"ip\":\"[IP_ADDRESS]\"},\"to\":\"[EMAIL_ADDRESS]\",\"from\":\"[IP_ADDRESS]\"}\n",
        ),
        (
            narrow(),
            JsonRedactor::builder(redactor()).keep(kept),
            "{\"build\":{\"ip\":\"198.51.100.7\"},\"to\":\"[EMAIL_ADDRESS]\",\"from\":\"[IP_ADDRESS]\"}\n",
        ),
        (
            narrow(),
            JsonRedactor::builder(redactor()).only("from"),
            "{\"build\":{\"ip\":\"198.51.100.7\"},\"to\":\"[EMAIL_ADDRESS]\",\"from\":\"[IP_ADDRESS]\"}\n",
        ),
    ] {
        let json = json.build().unwrap();
        let mut writer = RedactedLineWriter::new(Redactor::builder(lines).build(), Vec::new()).json(json);
        writer.write_all(line.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(writer.finish().unwrap()).unwrap(), expected);
    }
}

#[test]
fn a_line_without_end_is_neither_held_whole_nor_let_out() {
    let mut writer = RedactedLineWriter::new(redactor(), Vec::new());
    for _ in 0..20_000 {
        writer.write_all(b"so ada@example.org, ").unwrap();
    }
    let held = format!("{writer:?}");
    let held: usize = held.split("held_back: ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    assert!(held <= 64 << 10, "{held}");
    writer.write_all(b"end\nnext 198.51.100.7\n").unwrap();
    let counts = writer.counts().snapshot();
    let out = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert_eq!(out, "so [EMAIL_ADDRESS], ".repeat(20_000) + "end\nnext [IP_ADDRESS]\n");
    assert_eq!(counts.replaced[&Entity::EMAIL_ADDRESS], 20_000);

    let mut dropped = Vec::new();
    let mut writer = RedactedLineWriter::new(redactor(), &mut dropped);
    writer.write_all(b"whole\nfrom ada@exam").unwrap();
    writer.flush().unwrap();
    drop(writer);
    assert_eq!(dropped, b"whole\n");
}

#[test]
fn a_line_of_a_writer_whose_redaction_fails_is_withheld_and_counted() {
    let redactor = Redactor::builder(Scanner::new()).otherwise(Panics).build();
    let counts = redactor.counts().clone();
    let mut writer = RedactedLineWriter::new(redactor, Vec::new());
    writer.write_all(b"to ada@example.org\nfine\n").unwrap();
    assert_eq!(writer.finish().unwrap(), b"[line withheld: redaction failed]\nfine\n");
    assert_eq!((counts.snapshot().texts, counts.snapshot().withheld), (2, 1));
}

/// Documents of keys that announce something, alone, together with the one above, or for a list; and of values that are
/// something under such a key only.
fn document() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "\"0301234567\"",
        "\"1990-12-31\"",
        "\"123-45-6789\"",
        "\"S0m3-p4ss\"",
        "\"943 476 5919\"",
        "\"is my phone\"",
        "9434765919",
        "\"ada\\u0040example.org\"",
        "198512",
        "4111111111111111.0",
        "null",
        "\"Ada Lovelace\"",
    ]);
    let key = || {
        prop::sample::select(vec![
            "phone",
            "number",
            "value",
            "birth_date",
            "no",
            "ssn",
            "text",
            "password",
            "account",
            "pin",
            "id",
            "birthDate",
            "customer_phone",
            "Telefon-Nr",
            "date of birth",
            "nhs_number",
            "order",
            "zip",
        ])
    };
    value.prop_map(str::to_owned).prop_recursive(4, 24, 4, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(",")));
        let colon = prop::sample::select(vec![":", ": ", "\t:", ":\t", ":        "]);
        let object = (prop::collection::vec((key(), inner), 0..4), colon).prop_map(|(all, colon)| {
            let all: Vec<String> =
                all.iter().map(|(key, value)| format!("\"{key}\"{colon}{value}")).collect();
            format!("{{{}}}", all.join(","))
        });
        prop_oneof![list, object]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_line_that_is_json_holds_nothing_that_is_found_in_it_value_by_value(line in document()) {
        let json = JsonRedactor::builder(redactor()).build().unwrap();
        let out = written(&line);
        let again = json.redact(&out).unwrap();
        prop_assert!(!line.starts_with(['{', '[']) || again == out, "{line} became {out}");
    }
}

#[test]
fn of_a_long_line_whose_redaction_fails_the_rest_is_withheld() {
    let redactor = Redactor::builder(Scanner::new()).with(Entity::EMAIL_ADDRESS, Panics).build();
    let clean = "so 198.51.100.7, ".repeat(10_000);
    let line = format!("{clean}to canary@example.org {clean}then canary@example.org\nfine 198.51.100.7\n");
    let mut outputs = Vec::new();
    for size in [1, 7, 4_096, 65_536, 1 << 20] {
        let redactor = redactor.clone();
        let counts = redactor.counts().clone();
        let before = counts.snapshot();
        let mut writer = RedactedLineWriter::new(redactor, Vec::new());
        line.as_bytes().chunks(size).for_each(|part| writer.write_all(part).unwrap());
        let out = String::from_utf8(writer.finish().unwrap()).unwrap();
        let (long, next) = out.split_once('\n').unwrap();
        assert_eq!(next, "fine [IP_ADDRESS]\n");
        let written = long.strip_suffix("[line withheld: redaction failed]").unwrap();
        assert!("so [IP_ADDRESS], ".repeat(10_000).starts_with(written) && written.len() > 100_000);
        let now = counts.snapshot();
        assert_eq!((now.texts - before.texts, now.withheld - before.withheld), (2, 1), "{size}");
        outputs.push(out);
    }
    assert!(outputs.iter().all(|out| *out == outputs[0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_way_to_cut_lines_into_writes_gives_what_the_whole_gives(
        parts in prop::collection::vec(
            "[a-z {}\":,]{0,12}|ada@example\\.org|4111 1111 1111 1111|\\\\n|\\\\u0040|\n|\u{1b}\\[1m|\\{\"ip\":\"198\\.51\\.100\\.7\"\\}\n",
            0..30,
        ),
        cuts in prop::collection::vec(0..9usize, 1..40), long in 0..2usize,
    ) {
        let mut text = parts.concat();
        text.push_str(&"z ".repeat(40_000 * long));
        text.push_str(&parts.concat());
        let mut writer = RedactedLineWriter::new(redactor(), Vec::new());
        let (mut rest, mut cuts) = (text.as_bytes(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(1 << cuts.next().unwrap()));
            writer.write_all(now).unwrap();
            writer.flush().unwrap();
            rest = later;
        }
        let cut = writer.finish().unwrap();
        prop_assert!(cut == written(&text).into_bytes());
        for line in String::from_utf8(cut).unwrap().lines() {
            prop_assert!(Scanner::new().scan(line.as_bytes()).is_empty(), "{line}");
        }
    }
}

#[cfg(feature = "log")]
mod records {
    use std::{error::Error, fmt, io};

    use incog::{
        ErrorKind,
        pii::{LineFormat, RedactedLog},
    };
    use log::{Level, LevelFilter, Log, Record, kv::ToValue};

    use super::*;
    use crate::sink::Sink;

    #[derive(Debug)]
    struct Failed(&'static str);

    impl fmt::Display for Failed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "cannot reach {}", self.0)
        }
    }

    impl Error for Failed {}

    const SECRETS: [&str; 9] =
        ["canary1", "canary2", "canary3", "canary4", "canary5", "canary6", "4111", "5500", "198.51.100.7"];

    /// Everything that a record can carry something in.
    fn log_all(logger: &dyn Log) {
        let debug = "x\n5500 0000 0000 0004";
        let (card, failed) = (4_111_111_111_111_111_u64, Failed("canary4@example.org"));
        let fields: [(&str, log::kv::Value<'_>); 9] = [
            ("email", "canary2@example.org".to_value()),
            ("quoted", "a \"b\" canary3@example.org".to_value()),
            ("card", card.to_value()),
            ("error", log::kv::Value::from_dyn_display(&failed)),
            ("debug", log::kv::Value::from_debug(&debug)),
            ("client 198.51.100.7", true.to_value()),
            ("ratio", 0.5.to_value()),
            ("letter", 'c'.to_value()),
            ("none", None::<u64>.to_value()),
        ];
        let record = |message: fmt::Arguments<'_>, target: &str| {
            let record =
                Record::builder().level(Level::Info).target(target).args(message).key_values(&fields).build();
            logger.log(&record);
        };
        record(format_args!("mail to {}", "canary1@example.org"), "shop");
        record(format_args!("over\nlines canary5@example.org"), "canary6@example.org");
        logger.flush();
    }

    #[test]
    fn no_record_lets_anything_out() {
        for format in [LineFormat::Text, LineFormat::Json] {
            let sink = Sink::default();
            let logger = RedactedLog::new(redactor(), sink.clone()).format(format);
            log_all(&logger);
            let text = sink.text();
            // Also not as the name of a key: in JSON, keys are searched with their line.
            for secret in SECRETS {
                assert!(!text.contains(secret), "{format:?}: {secret} in {text}");
            }
            let counts = logger.counts().snapshot();
            assert_eq!((counts.texts, counts.withheld, counts.quiet), (2, 0, 0));
            if format == LineFormat::Json {
                for line in text.lines() {
                    let event: serde_json::Value = serde_json::from_str(line).unwrap();
                    assert_eq!(event["level"], "INFO");
                    assert_eq!(
                        (&event["ratio"], &event["letter"], &event["none"]),
                        (&0.5.into(), &"c".into(), &serde_json::Value::Null)
                    );
                }
            }
        }
    }

    #[test]
    fn the_level_and_the_counts_are_those_of_the_logger() {
        let sink = Sink::default();
        let logger = RedactedLog::new(redactor(), sink.clone()).level(LevelFilter::Warn);
        for level in [Level::Error, Level::Warn, Level::Info, Level::Debug] {
            logger.log(
                &Record::builder().level(level).target("t").args(format_args!("to ada@example.org")).build(),
            );
        }
        let text = sink.text();
        assert_eq!(text.lines().map(|l| l.split(' ').nth(1).unwrap()).collect::<Vec<_>>(), ["ERROR", "WARN"]);
        assert!(text.lines().all(|line| line.ends_with(" t: to [EMAIL_ADDRESS]")), "{text}");
        assert_eq!(logger.counts().snapshot().replaced[&Entity::EMAIL_ADDRESS], 2);
    }

    #[test]
    fn a_record_whose_redaction_fails_is_withheld_and_counted() {
        let sink = Sink::default();
        let redactor = Redactor::builder(Scanner::new()).otherwise(Panics).build();
        let logger = RedactedLog::new(redactor, sink.clone());
        for message in ["to ada@example.org", "fine"] {
            logger.log(&Record::builder().target("t").args(format_args!("{message}")).build());
        }
        let text = sink.text();
        assert!(text.starts_with("[line withheld: redaction failed]\n") && text.ends_with("fine\n"));
        assert_eq!((logger.counts().snapshot().texts, logger.counts().snapshot().withheld), (2, 1));
    }

    struct Unformatted;

    impl fmt::Display for Unformatted {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half a secret")?;
            Err(fmt::Error)
        }
    }

    #[test]
    fn what_cannot_be_formatted_is_withheld_and_the_rest_is_written() {
        let fields = [
            ("before", 1.to_value()),
            ("value", log::kv::Value::from_dyn_display(&Unformatted)),
            ("behind", 2.to_value()),
        ];
        for (format, expected) in [
            (
                LineFormat::Text,
                " t: [withheld: formatting failed] before=1 value=\"[withheld: formatting failed]\" behind=2\n",
            ),
            (
                LineFormat::Json,
                "\"message\":\"[withheld: formatting failed]\",\"before\":1,\
                 \"value\":\"[withheld: formatting failed]\",\"behind\":2}\n",
            ),
        ] {
            let sink = Sink::default();
            let logger = RedactedLog::new(redactor(), sink.clone()).format(format);
            let message = format_args!("so {Unformatted}");
            logger.log(&Record::builder().target("t").args(message).key_values(&fields).build());
            assert!(sink.text().ends_with(expected), "{}", sink.text());
        }
    }

    /// The only test here that touches the logger of the process.
    #[test]
    fn one_logger_is_installed_and_a_second_is_refused() {
        let sink = Sink::default();
        let counts = RedactedLog::new(redactor(), sink.clone()).install().unwrap();
        log::info!(email = "ada@example.org"; "login");
        log::debug!("not at this level");
        assert!(sink.text().ends_with(": login email=[EMAIL_ADDRESS]\n"), "{}", sink.text());
        assert_eq!(counts.snapshot().to_string(), "texts 1, withheld 0, quiet 0, EMAIL_ADDRESS 1");
        let error = RedactedLog::new(redactor(), io::sink()).install().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.to_string().starts_with("the process has a logger already"), "{error}");
    }
}

#[test]
fn bytes_that_are_no_text_are_searched_as_they_leave() {
    // As replacement characters they would part the label from the number by three times as much.
    let line = [b"Dda".as_slice(), &[0xdf; 40], b"1111111\0\n"].concat();
    assert_eq!(Scanner::new().scan(&line).len(), 1);
    assert!(Scanner::new().scan(String::from_utf8_lossy(&line).as_bytes()).is_empty());
    let mut writer = RedactedLineWriter::new(redactor(), Vec::new());
    writer.write_all(&line).unwrap();
    assert_eq!(writer.counts().snapshot().texts, 1);
    assert_eq!(writer.counts().snapshot().replaced.values().sum::<u64>(), 1);
    let written = writer.finish().unwrap();
    assert_eq!(written, [b"Dda".as_slice(), &[0xdf; 40], b"[US_BANK_ACCOUNT]\0\n"].concat());
}
