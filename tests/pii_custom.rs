//! Recognizers of one's own, through the public API.

use std::ops::Range;

use incog::{
    Error,
    pii::{Confidence, Drop, Entity, Finding, Label, Recognizer, Redactor, Scanner, ScannerBuilder},
};
use proptest::prelude::*;
use regex_automata::{
    nfa::thompson::{self, pikevm::PikeVM},
    util::syntax,
};

fn entity(name: &str) -> Entity {
    Entity::new(name).unwrap()
}

fn pattern(pattern: &str) -> Recognizer {
    Recognizer::pattern(entity("OWN"), pattern).unwrap()
}

fn words(list: &[&str]) -> Recognizer {
    Recognizer::words(entity("OWN"), list.iter().copied()).unwrap()
}

fn scanner(recognizer: Recognizer) -> Scanner {
    Scanner::builder().recognizer(recognizer).build().unwrap()
}

/// What is found, as text.
fn found(scanner: &Scanner, text: &str) -> Vec<String> {
    scanner.scan(text.as_bytes()).iter().map(|f| text[f.range()].to_owned()).collect()
}

/// Entity, confidence in thousandths, reason.
fn why(finding: &Finding) -> (String, u16, String) {
    (finding.entity().to_string(), finding.confidence().permille(), finding.reason().to_string())
}

// Patterns

#[test]
fn a_pattern_finds_what_it_matches() {
    // (pattern, text, findings)
    let cases: [(&str, &str, &[&str]); 11] = [
        (r"\bE-\d{6}\b", "E-123456, E-1234567, xE-123456", &["E-123456"]),
        (r"E-\d{6}", "xE-1234567", &["E-123456"]),
        (r"(?i)proj-[a-z]{2,8}", "PROJ-Heron proj-x", &["PROJ-Heron"]),
        // Unicode unless told otherwise.
        (r"\bк\d{3}\b", "к123 и вк123", &["к123"]),
        (r"\w{3,8}", "Zoë, ab", &["Zoë"]),
        (r"(?-u)\w{3,8}", "Zoë Noel", &["Noel"]),
        // The first alternative wins, then the search goes on behind it.
        (r"ab|abc", "abcabc", &["ab", "ab"]),
        (r"(?m)^KEY .{1,20}$", "KEY one\nno KEY two\nKEY three", &["KEY one", "KEY three"]),
        (r"\Aab", "abab", &["ab"]),
        (r"ab\z", "abab", &["ab"]),
        // Unusual dashes, full-width digits and invisible characters are searched as what they stand for.
        (r"\bE-\d{4}\b", "E\u{2010}１2\u{200B}34.", &["E\u{2010}１2\u{200B}34"]),
    ];
    for (regex, text, expected) in cases {
        assert_eq!(found(&scanner(pattern(regex)), text), expected, "{regex}");
    }
}

#[test]
fn a_check_decides_and_is_named() {
    let even = pattern(r"\b\d{4}\b").check("even", |b| b[3] % 2 == 0);
    let findings = scanner(even).scan(b"1235 and 1234");
    assert_eq!(findings.len(), 1);
    assert_eq!(why(&findings[0]), ("OWN".into(), 800, "shape: pattern of OWN; check: even".into()));

    // (check, text, findings)
    let cases: [(&str, &str, &str, &[&str]); 3] = [
        ("luhn", r"\b[0-9-]{9}\b", "1234-5674 1234-5678", &["1234-5674"]),
        ("iban", r"\b[A-Z]{2}\d{2}[A-Z0-9]{15}\b", "XX81 NL91ABNA04171643001", &[]),
        (
            "mod97",
            r"\b[A-Z0-9]{20}\b",
            "5493001KJTIIGC8Y1R12 5493001KJTIIGC8Y1R13",
            &["5493001KJTIIGC8Y1R12"],
        ),
    ];
    for (check, regex, text, expected) in cases {
        let own = Recognizer::pattern(entity("OWN"), regex).unwrap().check_named(check).unwrap();
        let scanner = Scanner::builder().recognizer(own).entities([entity("OWN")]).build().unwrap();
        assert_eq!(found(&scanner, text), expected, "{check}");
    }
}

#[test]
fn a_label_is_looked_for_like_those_of_the_catalog() {
    // (text, label in the reason)
    let cases = [
        ("Staff ID: 12345678", Some("staff id")),
        ("staff-id=12345678", Some("staff id")),
        ("{\"staffId\": \"12345678\"}", Some("staff id")),
        ("his staffid is 12345678", Some("staffid")),
        ("12345678 is my staff id.", Some("staff id")),
        ("12345678 (Mitarbeiternummer)", Some("mitarbeiternummer")),
        ("name,staff_id\nAda,12345678", Some("staff id")),
        ("工号12345678", Some("工号")),
        ("his mitarbeiter-Nr 12345678", None),
        ("distaff ids 12345678", None),
        ("staff id unknown. Order 12345678", None),
        ("12345678", None),
    ];
    let labels = ["Staff-ID", "Mitarbeiternummer", "工号"];
    let own = || pattern("[0-9]{8}").labels(labels);
    let (any, needed) = (scanner(own()), scanner(own().needs_label()));
    let other = |f: &Finding| f.entity() != &entity("OWN");
    for (text, label) in cases {
        let reason = |label: &str| format!("shape: pattern of OWN; label: {label}");
        let expected = label.map_or_else(
            || ("OWN".into(), 800, "shape: pattern of OWN".to_owned()),
            |label| ("OWN".into(), 950, reason(label)),
        );
        let findings = any.scan(text.as_bytes());
        assert_eq!(findings.iter().map(why).collect::<Vec<_>>(), [expected], "{text}");
        let findings = needed.scan(text.as_bytes());
        assert_eq!(findings.iter().any(|f| !other(f)), label.is_some(), "{text}");
    }
    assert_eq!(needed.scan_labelled("staff_id", b"12345678").len(), 1);
    assert!(needed.scan_labelled("order_id", b"12345678").is_empty());
}

#[test]
fn confidences_are_the_recognizers() {
    let c = |permille| Confidence::from_permille(permille).unwrap();
    let label = |r: Recognizer| r.labels(["x"]);
    // (recognizer, confidence alone, with a label)
    let cases = [
        (label(pattern("q{4}")), Some(800), 950),
        (label(pattern("q{4}")).confidence(c(990)), Some(990), 990),
        (label(pattern("q{4}")).confidence(c(400)), None, 950),
        (label(pattern("q{4}")).confidence(c(600)).labelled(c(700)), Some(600), 700),
        (label(words(&["qqqq"])).confidence(c(600)), Some(600), 950),
    ];
    for (own, alone, labelled) in cases {
        let scanner = scanner(own);
        let confidence = |text: &[u8]| scanner.scan(text).first().map(|f| f.confidence().permille());
        assert_eq!((confidence(b"qqqq"), confidence(b"x: qqqq")), (alone, Some(labelled)));
    }
}

// Word lists

#[test]
fn a_word_list_finds_whole_words() {
    // (entries, text, findings)
    let cases: [(&[&str], &str, &[&str]); 14] = [
        (&["Ada"], "Ada, ada ADA's Adam Granada ada_1 x-ada", &["Ada", "ada", "ADA", "ada", "ada"]),
        (&["Zoë"], "ZOË zoë Zoë zoe Zoës", &["ZOË", "zoë", "Zoë"]),
        (&["Jose"], "Jose\u{301} Jose", &["Jose"]),
        (&["Иван"], "Иван ИВАН Иваном", &["Иван", "ИВАН"]),
        (&["王伟"], "我叫王伟。", &["王伟"]),
        (&["C3P0", "Blue Heron"], "blue heron, blue  heron, c3p0 c3p01", &["blue heron", "c3p0"]),
        (&["O'Neill"], "O'Neill O'Neills", &["O'Neill"]),
        (&["A. B."], "xA. B. and A. B.c", &["A. B."]),
        // The longest that is whole; what overlaps is covered together.
        (&["New York", "New York C"], "New York City", &["New York"]),
        (&["New York", "York City"], "New York City", &["New York City"]),
        (&["a b", "b c", "c d"], "a b c d e", &["a b c d"]),
        (&["b", "a b c"], "a b c b", &["a b c", "b"]),
        (&["Jean-Luc"], "Jean\u{2011}Luc", &["Jean\u{2011}Luc"]),
        (&["ann"], "ann ann", &["ann", "ann"]),
    ];
    for (list, text, expected) in cases {
        assert_eq!(found(&scanner(words(list)), text), expected, "{list:?}");
    }
    let findings = scanner(words(&["Ada"])).scan(b"Ada");
    assert_eq!(why(&findings[0]), ("OWN".into(), 800, "shape: word list of OWN".into()));
}

#[test]
fn case_counts_when_asked() {
    let exact = scanner(words(&["Rose", "Zoë"]).case_sensitive());
    assert_eq!(found(&exact, "Rose rose ROSE Zoë ZOË"), ["Rose", "Zoë"]);
}

#[test]
fn joined_words_are_one_finding() {
    let cases: [(&str, &[&str]); 7] = [
        ("Ada Lovelace met Byron", &["Ada Lovelace", "Byron"]),
        ("Lovelace, Ada.", &["Lovelace, Ada"]),
        ("Ada-Byron Lovelace", &["Ada-Byron Lovelace"]),
        ("Ada  Lovelace", &["Ada", "Lovelace"]),
        ("Ada; Lovelace", &["Ada", "Lovelace"]),
        ("Ada King Lovelace", &["Ada", "Lovelace"]),
        ("Ada Lovelace's", &["Ada Lovelace"]),
    ];
    let list = ["Ada", "Lovelace", "Byron"];
    for (text, expected) in cases {
        assert_eq!(found(&scanner(words(&list).joined()), text), expected);
    }
    assert_eq!(found(&scanner(words(&list)), "Ada Lovelace"), ["Ada", "Lovelace"]);
}

#[test]
fn a_word_list_takes_labels_and_checks() {
    let own = words(&["Rose", "Mark"]).labels(["patient"]).needs_label();
    assert_eq!(found(&scanner(own), "Patient: Rose. A rose on the mark."), ["Rose"]);
    let capital = words(&["Rose", "Mark"]).check("capital", |b| b[0].is_ascii_uppercase());
    assert_eq!(found(&scanner(capital), "Rose, a rose, Mark"), ["Rose", "Mark"]);
}

// With the catalog

#[test]
fn own_entities_can_be_chosen_and_have_thresholds() {
    let build = |f: &dyn Fn(ScannerBuilder) -> ScannerBuilder| {
        let own = Recognizer::pattern(entity("STAFF_ID"), r"\bE-\d{6}\b").unwrap();
        f(Scanner::builder().recognizer(own)).build().unwrap()
    };
    let c = |x| Confidence::new(x).unwrap();
    let text = "E-123456 ada@example.org 198.51.100.7";
    let names =
        |s: &Scanner| s.scan(text.as_bytes()).iter().map(|f| f.entity().to_string()).collect::<Vec<_>>();
    let all = build(&|b| b);
    assert_eq!(names(&all), ["STAFF_ID", "EMAIL_ADDRESS", "IP_ADDRESS"]);
    assert_eq!(all.entities().last(), Some(&entity("STAFF_ID")));
    assert_eq!(all.own_entities(), [entity("STAFF_ID")]);

    let own = build(&|b| b.entities([entity("STAFF_ID"), Entity::IP_ADDRESS]));
    assert_eq!(names(&own), ["STAFF_ID", "IP_ADDRESS"]);
    assert_eq!(own.entities(), [Entity::IP_ADDRESS, entity("STAFF_ID")]);
    assert_eq!(names(&build(&|b| b.entities([Entity::IP_ADDRESS]))), ["IP_ADDRESS"]);

    let strict = build(&|b| {
        b.threshold(Entity::EMAIL_ADDRESS, c(1.0))
            .threshold(entity("STAFF_ID"), c(0.81))
            .min_confidence(c(0.1))
    });
    assert_eq!(names(&strict), ["IP_ADDRESS"]);
    assert_eq!(strict.threshold(&Entity::EMAIL_ADDRESS), c(1.0));
    assert_eq!(strict.threshold(&Entity::IP_ADDRESS), c(0.1));
    let lenient = build(&|b| b.threshold(entity("STAFF_ID"), c(0.5)).min_confidence(c(1.0)));
    assert_eq!(names(&lenient), ["STAFF_ID"]);

    for builder in [
        Scanner::builder().entities([entity("SHOE_SIZE")]),
        Scanner::builder().threshold(entity("SHOE_SIZE"), c(0.5)),
    ] {
        let error = builder.recognizer(pattern("x")).build().unwrap_err().to_string();
        assert!(error.starts_with("no recognizer finds entity 'SHOE_SIZE'; known are 'SECRET_"), "{error}");
        assert!(error.ends_with(", 'OWN'"), "{error}");
    }
}

#[test]
fn an_overlap_goes_to_the_surer_finding() {
    let text = "mail ada@example.org";
    let names = |own: Recognizer| {
        scanner(own).scan(text.as_bytes()).iter().map(|f| f.entity().to_string()).collect::<Vec<_>>()
    };
    let local = || pattern(r"ada@example\.org");
    assert_eq!(names(local().confidence(Confidence::CERTAIN)), ["OWN"]);
    assert_eq!(names(local().confidence(Confidence::LIKELY)), ["EMAIL_ADDRESS"]);
    let same = Scanner::new().scan(text.as_bytes())[0].confidence();
    assert_eq!(names(local().confidence(same)), ["EMAIL_ADDRESS"]);
    assert_eq!(names(pattern(r"mail ada@example\.org").confidence(same)), ["OWN"]);
}

#[test]
fn allowed_values_are_no_findings() {
    let card = "4111 1111 1111 1111";
    // (allowed, text, findings)
    let cases: [(&[&str], &str, &[&str]); 6] = [
        (&["Office@Example.org"], "office@example.ORG ada@example.org", &["ada@example.org"]),
        (&[card], "4111 1111 1111 1111", &[]),
        // The whole finding, as it is written.
        (&["4111111111111111"], "4111 1111 1111 1111", &[card]),
        (&["example.org"], "ada@example.org", &["ada@example.org"]),
        (&["E-1"], "E-1 E-2", &["E-2"]),
        // What is allowed takes nothing from others: E-1 is the surer finding, and the longer one stays.
        (&["E-1"], "E-1x", &["E-1x"]),
    ];
    for (allowed, text, expected) in cases {
        let scanner = Scanner::builder()
            .recognizer(pattern(r"E-\d").confidence(Confidence::CERTAIN))
            .recognizer(pattern(r"E-1x"))
            .allow(allowed.iter().copied())
            .build()
            .unwrap();
        assert_eq!(found(&scanner, text), expected, "{allowed:?}");
        assert_eq!(scanner.allowed(), allowed.len());
    }
    // What was in the list before the search stays.
    let scanner = Scanner::builder().allow(["ada@example.org"]).build().unwrap();
    let mut findings = Scanner::new().scan(b"ada@example.org");
    scanner.scan_into(b"ada@example.org", &mut findings);
    assert_eq!(findings.len(), 1);
}

#[test]
fn own_findings_are_redacted() {
    let scanner = Scanner::builder()
        .recognizer(
            Recognizer::words(Entity::PERSON, ["Ada", "Lovelace", "Card", "Person"]).unwrap().joined(),
        )
        .recognizer(Recognizer::pattern(entity("STAFF_ID"), r"\bE-\d{6}\b").unwrap())
        .build()
        .unwrap();
    let text = "Ada Card (E-123456) paid with 4111 1111 1111 1111.";
    let label = Redactor::builder(scanner.clone()).otherwise(Label::new()).build();
    let redacted = label.redact(text);
    assert_eq!(redacted, "[PERSON] ([STAFF_ID]) paid with [CREDIT_CARD].");
    // The list has `Person` and `Card`; a label that was written is no name.
    assert!(scanner.scan(redacted.as_bytes()).is_empty());
    assert_eq!(label.redact(&redacted), redacted);
    assert_eq!(found(&scanner, "[PERSON_1] [CARD] [CREDIT_CARD "), ["PERSON", "CARD", "CARD"]);
    let drop = Redactor::builder(scanner).with(entity("STAFF_ID"), Drop::new()).build();
    assert_eq!(drop.redact(text), "[PERSON] () paid with [CREDIT_CARD].");
}

#[test]
fn neither_debug_nor_reasons_hold_what_is_looked_for() {
    let own = words(&["Canary"]).check("canary", |_| true);
    let regex = pattern("Canary");
    let builder = Scanner::builder().recognizer(own.clone()).recognizer(regex.clone()).allow(["Canary 2"]);
    let scanner = builder.clone().build().unwrap();
    let shown = format!("{own:?} {regex:?} {builder:?} {scanner:?} {:?}", scanner.scan(b"Canary"));
    assert!(!shown.contains("Canary"), "{shown}");
}

#[test]
fn a_scanner_with_own_recognizers_is_shared_between_threads() {
    let own = (0..10).fold(Scanner::builder(), |b, i| b.recognizer(pattern(&format!(r"\bK{i}-\d{{1,8}}\b"))));
    let scanner = own.recognizer(words(&["Ada"])).build().unwrap();
    let text = "K1-23 Ada K7-1 zoë K9-99 ".repeat(50);
    let expected = scanner.scan(text.as_bytes());
    assert_eq!(expected.len(), 200);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let scanner = scanner.clone();
            let (text, expected) = (&text, &expected);
            scope.spawn(move || assert_eq!(&scanner.scan(text.as_bytes()), expected));
        }
    });
}

// Limits

#[test]
fn each_limit_names_the_entity_the_limit_and_the_way_out() {
    let p = |regex: &str| Recognizer::pattern(entity("OWN"), regex).unwrap_err();
    let w = |list: Vec<String>| Recognizer::words(entity("OWN"), list).unwrap_err();
    let b = |own: Recognizer| Scanner::builder().recognizer(own).build().unwrap_err();
    let longer = "recognizer of OWN: what the pattern finds may be longer than 1024 bytes; bound its repetitions, \
                  as in {1,64} instead of +";
    let nothing = "recognizer of OWN: the pattern also matches where there is nothing; let it need a character, as \
                   in {1,64} instead of *";
    let word = |place: &str| {
        format!("{place}: an entry has 1 to 256 bytes and a letter or digit; correct it, or leave it out")
    };
    let large = "recognizer of OWN: the word lists of a scanner have at most 1000000 entries and 64 MiB; leave out \
                 the rare ones";
    let cases: Vec<(Error, &str)> = vec![
        (p("[a-z]+@"), longer),
        (p("x{1025}"), longer),
        (p(r"\w{257}"), longer),
        (p("(x{32}){33}"), longer),
        (p("a*"), nothing),
        (p(r"\b"), nothing),
        (p("a|"), nothing),
        (
            p("[a&&b]"),
            "recognizer of OWN: the pattern can match nothing at all; remove the empty class in it",
        ),
        (p("ab(c"), "recognizer of OWN: byte 2 of the pattern: unclosed group"),
        (p(r"\p{Klingon}"), "recognizer of OWN: byte 0 of the pattern: Unicode property not found"),
        (
            p(&"a".repeat(4097)),
            "recognizer of OWN: a pattern has at most 4096 bytes, got 4097; make several recognizers of it",
        ),
        (
            p(r"\w{1,256}|\w{1,255}x|x\w{1,255}|y\w{1,255}|\w{1,255}z"),
            "recognizer of OWN: the pattern compiles to more than 10 MiB; use smaller repetitions, or (?-u) for ASCII classes",
        ),
        (
            (0..1001).fold(Scanner::builder(), |b, _| b.recognizer(pattern("x"))).build().unwrap_err(),
            "a scanner has at most 1000 patterns, got 1001; join some with |, or use a word list",
        ),
        (
            (0..999).fold(Scanner::builder(), |b, _| b.recognizer(pattern(r"\w{1,32}"))).build().unwrap_err(),
            "the patterns of a scanner compile to at most 128 MiB together; use smaller repetitions, or (?-u) for ASCII classes",
        ),
        (
            pattern("x").check_named("luhm").unwrap_err(),
            "recognizer of OWN: check 'luhm' is unknown; known are 'iban', 'luhn', 'mod97'",
        ),
        (
            b(pattern("x").needs_label()),
            "recognizer of OWN: it needs a label and has none; name some, as in labels = [\"staff id\"]",
        ),
        (
            b(pattern("x").labels(["a", "-"])),
            "recognizer of OWN: label 2: a label has 1 to 64 bytes and a letter or digit",
        ),
        (
            b(pattern("x").labels(["a".repeat(65)])),
            "recognizer of OWN: label 1: a label has 1 to 64 bytes and a letter or digit",
        ),
        (
            b(pattern("x").labels(vec!["a"; 101])),
            "recognizer of OWN: a recognizer has at most 100 labels, got 101; leave out the rare ones",
        ),
        (
            b(pattern("x").joined()),
            "recognizer of OWN: joined has no effect on a pattern; let the pattern match the whole",
        ),
        (
            b(pattern("x").case_sensitive()),
            "recognizer of OWN: case_sensitive has no effect on a pattern; a pattern is, unless it has (?i)",
        ),
        (w(vec![]), "recognizer of OWN: the word list has no entries; name some, or remove the recognizer"),
        (w(vec!["1000001".to_owned(); 1_000_001]), large),
        (w(vec!["x".repeat(256); 262_145]), large),
    ];
    for (error, expected) in cases {
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.kind(), incog::ErrorKind::Parameter);
    }
    for list in [["Canary", ""], ["Canary", " - "], ["Canary", &"Canary".repeat(43)]] {
        let error = w(list.map(str::to_owned).to_vec());
        assert_eq!(error.to_string(), word("recognizer of OWN: entry 2"));
    }
    // What is just inside of the limits.
    for regex in ["x{1024}", r"\w{1,128}", "(x{32}){32}", r"(?-u)[^\n]{1,1024}"] {
        assert_eq!(pattern(regex).entity(), &entity("OWN"));
    }
}

#[test]
fn a_word_list_file_names_its_lines() {
    let folder = std::env::temp_dir().join(format!("incog-list-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("names.txt");
    let read = |content: &[u8]| {
        std::fs::write(&path, content).unwrap();
        Recognizer::words_of_file(entity("OWN"), &path)
    };
    let own = read(b"\xEF\xBB\xBF# names\r\nAda\r\n\r\n  Lovelace \n#Byron").unwrap();
    assert_eq!(found(&scanner(own), "Ada Lovelace Byron names"), ["Ada", "Lovelace"]);
    let at = |line: &str| format!("word list '{}', {line}", path.display());
    let usable = "an entry has 1 to 256 bytes and a letter or digit; correct it, or leave it out";
    let cases: [(&[u8], String); 3] = [
        (b"Ada\nCanary\xFF\n", at("line 2: not UTF-8; save the file as UTF-8")),
        (b"Ada\n\n...\n", at(&format!("line 3: {usable}"))),
        (
            b"#\n",
            "recognizer of OWN: the word list has no entries; name some, or remove the recognizer".into(),
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(read(content).unwrap_err().to_string(), expected);
    }
    let error = Recognizer::words_of_file(entity("OWN"), folder.join("none.txt")).unwrap_err().to_string();
    assert!(error.contains("none.txt' cannot be read: "), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}

// TOML

#[cfg(feature = "pipeline")]
mod toml {
    use incog::pii::{Entity, Scanner};

    use super::{entity, found};

    fn error(text: &str) -> String {
        Scanner::from_toml(text, ".".as_ref()).unwrap_err().to_string()
    }

    #[test]
    fn every_key_does_what_it_does_in_code() {
        let folder = std::env::temp_dir().join(format!("incog-toml-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("names.txt"), "# people\nAda\nLovelace\n").unwrap();
        let text = r#"
            entities = ["STAFF_ID", "PERSON", "PROJECT", "EMAIL_ADDRESS", "PHONE_NUMBER"]
            min_confidence = 0.6
            allow = ["office@example.org"]

            [thresholds]
            PHONE_NUMBER = 0.8
            PROJECT = 0.3

            [[recognizer]]
            entity = "STAFF_ID"
            pattern = '\b\d{8}\b'
            check = "luhn"
            labels = ["staff id"]
            needs_label = true
            labelled = 0.9

            [[recognizer]]
            entity = "PERSON"
            file = "names.txt"
            confidence = 0.7
            joined = true

            [[recognizer]]
            entity = "PROJECT"
            words = ["Heron"]
            confidence = 0.3
            case_sensitive = true
        "#;
        let scanner = Scanner::from_toml(text, &folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(scanner.min_confidence().permille(), 600);
        assert_eq!(scanner.threshold(&Entity::PHONE_NUMBER).permille(), 800);
        assert_eq!(scanner.entities().len(), 5);
        // (text, entity and thousandths of what is found)
        let cases: [(&str, &[(&str, u16)]); 8] = [
            ("staff id 12345674", &[("STAFF_ID", 900)]),
            ("staff id 12345678", &[]),
            ("order 12345674", &[]),
            ("ada lovelace", &[("PERSON", 700)]),
            ("Heron heron", &[("PROJECT", 300)]),
            ("office@example.org ada.l@example.org", &[("EMAIL_ADDRESS", 950)]),
            ("198.51.100.7", &[]),
            ("people", &[]),
        ];
        for (text, expected) in cases {
            let findings = scanner.scan(text.as_bytes());
            let got: Vec<_> =
                findings.iter().map(|f| (f.entity().as_str(), f.confidence().permille())).collect();
            assert_eq!(got, expected, "{text}");
        }
        assert_eq!(Scanner::from_toml("", ".".as_ref()).unwrap().entities(), Scanner::new().entities());
    }

    #[test]
    fn unknown_keys_list_the_known_ones() {
        let own = "[[recognizer]]\nentity = \"OWN\"\n";
        let one = "recognizer of OWN: it has one of pattern, words and file; give exactly one";
        let cases = [
            (
                "\nentitys = []".to_owned(),
                "line 2: unknown field `entitys`, expected one of `entities`, `min_confidence`, `thresholds`, `allow`, `recognizer`",
            ),
            (
                format!("{own}regex = 'x'"),
                "line 3: unknown field `regex`, expected one of `entity`, `pattern`, `words`, `file`, `check`, `labels`, \
                 `needs_label`, `confidence`, `labelled`, `joined`, `case_sensitive`",
            ),
            (own.to_owned(), one),
            (format!("{own}pattern = 'x'\nwords = ['y']"), one),
            (
                format!("{own}pattern = 'x+'"),
                "recognizer of OWN: what the pattern finds may be longer than 1024 bytes",
            ),
            (
                format!("{own}pattern = 'x'\ncheck = 'sum'"),
                "recognizer of OWN: check 'sum' is unknown; known are 'iban'",
            ),
            (format!("{own}words = ['x', '']"), "recognizer of OWN: entry 2: an entry has"),
            (format!("{own}file = 'none.txt'"), "word list './none.txt' cannot be read: "),
            ("min_confidence = 2".to_owned(), "line 1: "),
            (
                "[thresholds]\nSHOE_SIZE = 0.5".to_owned(),
                "no recognizer finds entity 'SHOE_SIZE'; known are ",
            ),
            ("entities = ['shoe size']".to_owned(), "line 1: an entity is named by 1 to 64 characters"),
            ("[[recognizer]]\npattern = 'x'".to_owned(), "line 1: missing field `entity`"),
        ];
        for (text, expected) in cases {
            let error = error(&text);
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn what_is_found_does_not_depend_on_where_the_recognizer_is_written() {
        let text = "[[recognizer]]\nentity = 'OWN'\nwords = ['Heron']";
        let scanner = Scanner::from_toml(text, ".".as_ref()).unwrap();
        assert_eq!(scanner.own_entities(), [entity("OWN")]);
        assert_eq!(found(&scanner, "Heron"), ["Heron"]);
    }
}

// Policies

#[cfg(feature = "pipeline")]
mod policy {
    use std::{fs, path::PathBuf};

    use incog::{
        evidence::{self, Outcome},
        pipeline::{Policy, Replace, SILENT, rescan},
    };
    use serde_json::Value;

    const POLICY: &str = r#"
version = 1
purpose = "test"
[input]
path = "t.csv"
[columns]
notes = { role = "text", action = "scrub" }
[release.notes]
columns = ["notes"]
"#;

    const NOTES: &str = "notes
Ada Lovelace (E-123456) wrote to ada@example.org
office@example.org called +44 20 7946 0958 about 198.51.100.7
Rose had E-12 and E-1234567
";

    const OWN: &str = r#"
[[scanner.recognizer]]
entity = "STAFF_ID"
pattern = '\bE-\d{6}\b'
[[scanner.recognizer]]
entity = "PERSON"
file = "names.txt"
joined = true
"#;

    /// The released text, the card, and what becomes of each check of it.
    fn release(name: &str, scanner: &str) -> (String, Value, Vec<Outcome>) {
        let folder: PathBuf =
            std::env::temp_dir().join(format!("incog-scanner-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("t.csv"), NOTES).unwrap();
        fs::write(folder.join("names.txt"), "Ada\nLovelace\nRose\n").unwrap();
        let out = folder.join("out");
        let policy = Policy::parse(&format!("{POLICY}{scanner}"), &folder).unwrap();
        policy.plan(SILENT).unwrap().apply(&out, Replace::No, SILENT).unwrap();
        let text = fs::read_to_string(out.join("notes.csv")).unwrap();
        let card = fs::read_to_string(out.join("card.json")).unwrap();
        for word in ["Ada", "Lovelace", "Rose", "names.txt", "office", "d{6}"] {
            assert!(!card.contains(word), "{word}: {card}");
        }
        let scan = rescan();
        let verification = evidence::verify(&out, &scan).unwrap();
        assert!(verification.verified, "{verification:?}");
        fs::remove_dir_all(&folder).unwrap();
        let outcomes = verification.checks.iter().map(|c| c.outcome).collect();
        (text, serde_json::from_str(&card).unwrap(), outcomes)
    }

    fn statements<'c>(card: &'c Value, kind: &str) -> Vec<&'c Value> {
        let claims = card["claims"].as_array().unwrap();
        claims.iter().filter_map(|c| c["statement"].get(kind)).collect()
    }

    #[test]
    fn without_a_scanner_everything_is_as_it_was() {
        let (text, card, _) = release("default", "");
        assert!(text.contains("Ada Lovelace (E-123456) wrote to [EMAIL_ADDRESS]"), "{text}");
        assert_eq!(statements(&card, "nothing_found").len(), 1);
        assert!(statements(&card, "nothing_found_by_policy").is_empty());
    }

    #[test]
    fn own_recognizers_scrub_and_stand_on_the_card_by_name() {
        let (text, card, outcomes) = release("own", OWN);
        assert!(text.contains("[PERSON] ([STAFF_ID]) wrote to [EMAIL_ADDRESS]"), "{text}");
        assert!(text.contains("[PERSON] had E-12 and E-1234567"), "{text}");
        let own = statements(&card, "nothing_found_by_policy");
        assert_eq!(own.len(), 1);
        assert_eq!(own[0]["own"], serde_json::json!(["STAFF_ID", "PERSON"]));
        assert_eq!(own[0]["entities"]["STAFF_ID"], 500);
        assert_eq!(own[0]["allowed"], 0);
        let all = statements(&card, "nothing_found");
        assert_eq!(all[0]["entities"].as_array().unwrap().len(), incog::pii::known_entities().len());
        assert!(outcomes.contains(&Outcome::NotChecked), "only with the policy");
    }

    #[test]
    fn thresholds_are_on_the_card_and_verify() {
        let scanner = "[scanner]\nentities = ['EMAIL_ADDRESS', 'IP_ADDRESS', 'PHONE_NUMBER']\n\
                       [scanner.thresholds]\nPHONE_NUMBER = 1.0\n";
        let (text, card, _) = release("thresholds", scanner);
        assert!(text.contains("[EMAIL_ADDRESS] called +44 20 7946 0958 about [IP_ADDRESS]"), "{text}");
        let found = statements(&card, "nothing_found");
        let sure: Vec<&Value> = found.iter().map(|s| &s["min_confidence_permille"]).collect();
        assert_eq!(sure, [500, 1000]);
        assert_eq!(found[1]["entities"], serde_json::json!(["PHONE_NUMBER"]));
    }

    #[test]
    fn allowed_values_stay_and_are_counted() {
        let (text, card, _) = release("allowed", "[scanner]\nallow = ['office@example.org']\n");
        assert!(text.contains("office@example.org called [PHONE_NUMBER]"), "{text}");
        assert!(statements(&card, "nothing_found").is_empty());
        assert_eq!(statements(&card, "nothing_found_by_policy")[0]["allowed"], 1);
    }

    #[test]
    fn a_policy_refuses_what_the_scanner_refuses() {
        let parse = |scanner: &str| {
            Policy::parse(&format!("{POLICY}{scanner}"), ".".as_ref()).unwrap_err().to_string()
        };
        let error = parse("[scanner]\ncolour = 1\n");
        assert!(error.starts_with("line 11: unknown field `colour`, expected one of `entities`"), "{error}");
        let error = parse("[[scanner.recognizer]]\nentity = 'X'\npattern = 'x+'\n");
        assert!(error.starts_with("[scanner]: recognizer of X: what the pattern finds"), "{error}");
    }
}

// Properties

/// Patterns of all kinds: with literals, with Unicode classes and boundaries, anchored, overlapping each other.
const PATTERNS: [&str; 16] = [
    r"\ba{1,3}\b",
    r"[a-b]{1,9}@",
    r"a@|@b",
    r"\w{2,5}",
    r"(?i)AB",
    r"(?-u)\b[0-9]{2}\b",
    r".{0,20}1",
    r"(?m)^.{1,3}$",
    r"é{1,2}\b",
    r"\Bb",
    r"\b{start}b",
    r"[^a]{3}",
    r"a.{4}b",
    r"\Aa",
    r"b\z",
    r"(?-u:\xFF)",
];

fn haystack() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"a"[..],
        b"A",
        b"b",
        b"B",
        b"aa",
        b"ab",
        b"1",
        b"0",
        b"10",
        b" ",
        b"-",
        b"@",
        b"\n",
        b", ",
        "é".as_bytes(),
        "ß".as_bytes(),
        b"\xFF",
        b"\xC3",
        b"ada",
        b"lovelace",
        b"new york",
        b"york city",
    ]);
    prop_oneof![
        3 => prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat()),
        1 => prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|mut bytes| {
                // Nothing that is searched as something else, and no script without spaces.
                bytes.iter_mut().filter(|b| matches!(b, 0xC2 | 0xE0..=0xF4)).for_each(|b| *b = b'a');
                bytes
            }),
    ]
}

/// Pike's simulation of each pattern by itself, then the overlap rule as it is written in the documentation.
fn slow(patterns: &[PikeVM], bytes: &[u8]) -> Vec<(Range<usize>, usize)> {
    let mut all = Vec::new();
    for (number, pattern) in patterns.iter().enumerate() {
        let mut cache = pattern.create_cache();
        all.extend(pattern.find_iter(&mut cache, bytes).map(|m| (m.range(), number)));
    }
    all.sort_by_key(|(range, number)| (std::cmp::Reverse(range.len()), *number, range.start));
    let mut kept: Vec<(Range<usize>, usize)> = Vec::new();
    for (range, number) in all {
        if kept.iter().all(|(other, _)| other.end <= range.start || range.end <= other.start) {
            kept.push((range, number));
        }
    }
    kept.sort_by_key(|(range, _)| range.start);
    kept
}

fn pike(regex: &str) -> PikeVM {
    PikeVM::builder()
        .syntax(syntax::Config::new().utf8(false))
        .thompson(thompson::Config::new().utf8(false))
        .build(regex)
        .unwrap()
}

fn of_patterns(numbers: &[usize]) -> Scanner {
    let name = |number: usize| entity(&format!("P{number:02}"));
    let builder = numbers.iter().enumerate().fold(Scanner::builder(), |b, (place, &number)| {
        b.recognizer(Recognizer::pattern(name(place), PATTERNS[number]).unwrap())
    });
    builder.entities((0..numbers.len()).map(name)).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn patterns_find_what_a_naive_search_finds(
        bytes in haystack(),
        numbers in prop::collection::vec(0..PATTERNS.len(), 1..6),
        repeat in prop_oneof![4 => Just(1usize), 1 => Just(60)],
    ) {
        // Repeated, it is longer than the stretches in which text that is not ASCII is searched.
        let bytes = bytes.repeat(repeat);
        let twins: Vec<PikeVM> = numbers.iter().map(|&n| pike(PATTERNS[n])).collect();
        let found = of_patterns(&numbers).scan(&bytes);
        let got: Vec<(Range<usize>, usize)> =
            found.iter().map(|f| (f.range(), f.entity().as_str()[1..].parse().unwrap())).collect();
        prop_assert_eq!(got, slow(&twins, &bytes));
        prop_assert!(found.iter().all(|f| f.start() < f.end() && f.end() <= bytes.len()));
    }

    #[test]
    fn word_lists_cover_every_occurrence_that_is_a_whole_word(bytes in haystack()) {
        let list = ["Ada", "Lovelace", "New York", "York City", "a", "ab", "1", "é", "10 a"];
        let mut covered = vec![false; bytes.len() + 1];
        let edge = |at: usize| {
            let before = bytes[..at].utf8_chunks().last().and_then(|c| {
                if c.invalid().is_empty() { c.valid().chars().last() } else { None }
            });
            let behind = bytes[at..].utf8_chunks().next().and_then(|c| c.valid().chars().next());
            let wordy = |c: char| c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}');
            !(before.is_some_and(wordy) && behind.is_some_and(wordy))
        };
        for start in 0..bytes.len() {
            for word in list.iter().flat_map(|w| [w.to_lowercase(), w.to_uppercase()]) {
                let end = start + word.len();
                if end <= bytes.len() && bytes[start..end].eq_ignore_ascii_case(word.as_bytes()) && edge(start) && edge(end) {
                    covered[start..end].fill(true);
                }
            }
        }
        let own = words(&list);
        let scanner = Scanner::builder().recognizer(own).entities([entity("OWN")]).build().unwrap();
        let findings = scanner.scan(&bytes);
        let mut got = vec![false; bytes.len() + 1];
        for finding in &findings {
            got[finding.range()].fill(true);
        }
        prop_assert_eq!(got, covered);
        prop_assert!(findings.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
    }

    #[test]
    fn findings_in_utf_8_are_whole_characters(text in "[aéßж€😀 b]{0,40}") {
        let scanner = scanner(Recognizer::pattern(entity("OWN"), r"(?s-u:.{3})").unwrap());
        for finding in scanner.scan(text.as_bytes()) {
            prop_assert!(text.get(finding.range()).is_some());
        }
    }

    #[test]
    fn redacted_text_holds_nothing_of_the_own_recognizers(text in "[ab1@é ,ADa-]{0,60}") {
        let scanner = Scanner::builder()
            .recognizer(words(&["ada", "a b", "1"]).joined())
            .recognizer(Recognizer::pattern(entity("P"), r"[ab]{1,9}@\b").unwrap())
            .build()
            .unwrap();
        let redactor = Redactor::builder(scanner).build();
        let out = redactor.redact(&text);
        prop_assert!(redactor.scanner().scan(out.as_bytes()).is_empty(), "{}", out);
    }
}

// Time

/// Seconds for one search, the best of three.
fn seconds(scanner: &Scanner, bytes: &[u8]) -> f64 {
    let run = || _ = std::hint::black_box(scanner.scan(bytes));
    (0..3).map(|_| crate::cpu::seconds(run)).fold(f64::INFINITY, f64::min)
}

#[test]
fn eight_times_the_text_does_not_take_sixty_four_times_the_time() {
    // (recognizers, what the text repeats, bytes of the shorter text). Linear searches have a ratio of 8, and up
    // to 14 where a list of findings outgrows a cache; quadratic ones have 64.
    let a: &[&str] = &["a"];
    let runs: Vec<String> = (1..=200).map(|n| "a".repeat(n)).collect();
    let long = ["a ".repeat(127) + "b"];
    let cases: Vec<(&str, Vec<Recognizer>, &str, usize)> = vec![
        ("classes before a literal", vec![pattern("[a-z]{1,64}@")], "a", 1 << 16),
        ("classes before a class", vec![pattern("[a-z]{1,64}[0-9]")], "a", 1 << 16),
        ("a literal that never comes", vec![pattern("(?-u).{0,1000}x")], "a", 1 << 13),
        ("a literal that never comes, in stretches", vec![pattern(r"(?-u).{0,1000}x\b")], "a ", 1 << 13),
        ("reads far ahead for each finding", vec![pattern("a{1000}b|a")], "a", 1 << 13),
        ("finds a literal, then reads far", vec![pattern("(?-u)ab[^b]{0,900}c|ab")], "ab", 1 << 12),
        ("literal at the end", vec![pattern(r"[a-z ]{1,500}zz\b")], "zz ", 1 << 12),
        ("Unicode boundaries", vec![pattern(r"\b\w{2,60}\b:")], "é a ", 1 << 14),
        ("too many states", vec![pattern("a.{20}b")], "abacbbcaacb", 1 << 12),
        ("fifty patterns", (0..50).map(|i| pattern(&format!("a{{1,{}}}b", i + 1))).collect(), "a", 1 << 12),
        ("a run of words", vec![words(a)], "a ", 1 << 18),
        (
            "entries of every length",
            vec![words(&runs.iter().map(String::as_str).collect::<Vec<_>>())],
            "a",
            1 << 16,
        ),
        ("an entry of many words", vec![words(&long.each_ref().map(String::as_str))], "a ", 1 << 13),
        ("joined without end", vec![words(a).joined()], "a ", 1 << 18),
        ("a label for each", vec![pattern("[0-9]").labels(["x"])], "1 ", 1 << 12),
    ];
    for (name, own, text, bytes) in cases {
        let only =
            own.into_iter().fold(Scanner::builder(), ScannerBuilder::recognizer).entities([entity("OWN")]);
        let scanner = only.build().unwrap();
        let text = text.repeat(8 * bytes / text.len() + 1);
        let ratio = || {
            let (short, long) = (&text.as_bytes()[..bytes], &text.as_bytes()[..8 * bytes]);
            let (short, long) = (seconds(&scanner, short), seconds(&scanner, long));
            println!("{name}: {:.1} MB/s, ratio {:.2}", bytes as f64 / 1e6 / short, long / short);
            long / short
        };
        // Other work on the machine may disturb one measurement; it does not make ten of them quadratic.
        assert!((0..10).any(|_| ratio() < 8.0 * 8.0_f64.sqrt()), "{name}");
    }
}
