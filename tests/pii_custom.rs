//! Recognizers of one's own, through the public API.

use incog::{
    Error,
    pii::{Confidence, Drop, Entity, Finding, Label, Recognizer, Redactor, Scanner, ScannerBuilder},
};

pub(crate) fn entity(name: &str) -> Entity {
    Entity::new(name).unwrap()
}

pub(crate) fn pattern(pattern: &str) -> Recognizer {
    Recognizer::pattern(entity("OWN"), pattern).unwrap()
}

pub(crate) fn words(list: &[&str]) -> Recognizer {
    Recognizer::words(entity("OWN"), list.iter().copied()).unwrap()
}

pub(crate) fn scanner(recognizer: Recognizer) -> Scanner {
    Scanner::builder().recognizer(recognizer).build().unwrap()
}

/// What is found, as text.
pub(crate) fn found(scanner: &Scanner, text: &str) -> Vec<String> {
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
