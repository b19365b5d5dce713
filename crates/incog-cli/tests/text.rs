//! `scan` and `redact`.

use serde_json::{Value, json};

use crate::support::{Folder, Run, incog, incog_unguarded, incog_with};

const EMAIL: &str = "ana.silva@mail.org";

fn spans(record: &Value) -> Vec<(u64, u64, String)> {
    record["spans"]
        .as_array()
        .unwrap_or_else(|| panic!("no spans: {record}"))
        .iter()
        .map(|span| {
            (span[0].as_u64().unwrap(), span[1].as_u64().unwrap(), span[2].as_str().unwrap().to_owned())
        })
        .collect()
}

fn entities(run: &Run) -> Vec<String> {
    run.values().iter().map(|finding| finding["entity"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn findings_of_a_text_have_the_fields_of_the_contract() {
    let folder = Folder::new();
    let path = folder.write("note.txt", format!("CANARY first line\nwrite to {EMAIL} soon\n"));
    let run = incog(&["scan", &path, "--json"]).done();
    let findings = run.values();
    assert_eq!(findings.len(), 1, "{run}");
    let finding = findings[0].as_object().unwrap();
    let fields: Vec<&str> = finding.keys().map(String::as_str).collect();
    for field in ["path", "line", "start", "end", "entity", "confidence", "why"] {
        assert!(fields.contains(&field), "{field} is missing in {fields:?}");
    }
    assert_eq!(fields.len(), 7, "{fields:?}");
    assert_eq!(finding["line"], 2);
    assert_eq!(finding["entity"], "EMAIL_ADDRESS");
    let length = finding["end"].as_u64().unwrap() - finding["start"].as_u64().unwrap();
    assert_eq!(usize::try_from(length).unwrap(), EMAIL.len());
    let confidence = finding["confidence"].as_f64().unwrap();
    assert!(confidence > 0.0 && confidence <= 1.0);
    assert!(!run.stdout.contains(EMAIL), "the text is printed\n{run}");
}

#[test]
fn a_finding_may_be_the_first_and_the_last_byte() {
    let run = incog_with(&["scan", "-", "--json"], format!("{EMAIL} and {EMAIL}").as_bytes()).done();
    let findings = run.values();
    assert_eq!(findings.len(), 2, "{run}");
    assert_eq!(findings[0]["start"], 0, "{run}");
    assert_eq!(findings[1]["end"], 2 * EMAIL.len() + 5, "{run}");
    let run = incog_with(&["scan", "-", "--json"], EMAIL.as_bytes()).done();
    assert_eq!(entities(&run), ["EMAIL_ADDRESS"], "{run}");
}

#[test]
fn scan_exits_0_with_and_without_findings_and_on_nothing() {
    for text in ["", "\n", "CANARY nothing here\n", "\u{feff}", "no end of line"] {
        let run = incog_with(&["scan", "-", "--json"], text.as_bytes()).done();
        assert_eq!(run.stdout, "", "{text:?}");
        incog_with(&["scan", "-"], text.as_bytes()).done();
    }
    incog_with(&["scan", "-"], EMAIL.as_bytes()).done();
    incog_with(&["scan"], EMAIL.as_bytes()).done();
}

#[test]
fn jsonl_gives_one_line_a_record_in_order() {
    let records = [
        json!({"id": "a", "text": format!("é {EMAIL}")}).to_string(),
        json!({"text": "CANARY nothing"}).to_string(),
        json!({"id": 7, "text": EMAIL, "other": EMAIL}).to_string(),
    ]
    .join("\n");
    let args = ["scan", "-", "--format", "jsonl", "--field", "text", "--json"];
    let run = incog_with(&args, records.as_bytes()).done();
    let found = run.values();
    assert_eq!(found.len(), 3, "{run}");
    for record in &found {
        let fields: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["id", "spans"], "{run}");
    }
    assert_eq!(found[0]["id"], "a");
    assert!(found[1]["id"].is_number(), "its number: {run}");
    assert_eq!(found[2]["id"], 7);
    let end = u64::try_from(EMAIL.len()).unwrap();
    // Byte offsets in the field: the accented letter has two.
    assert_eq!(spans(&found[0]), [(3, 3 + end, "EMAIL_ADDRESS".to_owned())], "{run}");
    assert_eq!(spans(&found[1]), [], "{run}");
    assert_eq!(spans(&found[2]), [(0, end, "EMAIL_ADDRESS".to_owned())], "{run}");
    assert!(found[0]["spans"][0][3].as_f64().is_some_and(|c| c > 0.0 && c <= 1.0), "{run}");
}

#[test]
fn the_name_of_a_file_says_how_to_read_it_in_any_case() {
    let folder = Folder::new();
    // Each is found, or stays whole, only where the form is known: an escaped address, a column's name.
    let lines = "{\"to\":\"ana\\u0040mail.org\"}\n";
    for (name, text, place, redacted) in [
        ("a.jsonl", lines, "field", "{\"to\":\"[EMAIL_ADDRESS]\"}\n"),
        ("A.JSONL", lines, "field", "{\"to\":\"[EMAIL_ADDRESS]\"}\n"),
        ("a.NdJson", lines, "field", "{\"to\":\"[EMAIL_ADDRESS]\"}\n"),
        ("T.CSV", "ssn,x\n536907712,1\n", "column", "ssn,x\n[US_SSN],1\n"),
        ("t.Tsv", "ssn\tx\n536907712\t1\n", "column", "ssn\tx\n[US_SSN]\t1\n"),
        ("D.JSON", lines, "", "{\"to\":\"[EMAIL_ADDRESS]\"}\n"),
    ] {
        let path = folder.write(name, text);
        let run = incog(&["redact", &path]).done();
        assert_eq!(run.stdout, redacted, "{name}");
        if !place.is_empty() {
            let run = incog(&["scan", &path, "--json"]).done();
            assert!(run.values()[0].get(place).is_some(), "{name}: {run}");
        }
    }
}

#[test]
fn a_line_that_is_no_json_is_unreadable_input() {
    let args = ["scan", "-", "--format", "jsonl", "--field", "text", "--json"];
    incog_with(&args, b"{\"text\":\"a\"}\nCANARY\n").fails(4, &["line 2"]);
}

#[test]
fn the_column_name_is_context_in_a_csv() {
    // A number of nine digits alone is no social security number; under the heading `ssn` it is.
    let with = incog_with(&["scan", "-", "--format", "csv", "--json"], b"ssn,x\n536907712,1\n").done();
    let without = incog_with(&["scan", "-", "--format", "csv", "--json"], b"batch,x\n536907712,1\n").done();
    assert_eq!(entities(&with), ["US_SSN"], "{with}");
    assert!(entities(&without).is_empty(), "{without}");
}

#[test]
fn entities_can_be_chosen() {
    let text = format!("{EMAIL} from 203.0.113.77\n");
    let run = incog_with(&["scan", "-", "--json", "--entity", "IP_ADDRESS"], text.as_bytes()).done();
    assert_eq!(entities(&run), ["IP_ADDRESS"], "{run}");
    let run =
        incog_with(&["scan", "-", "--json", "--entity", "IP_ADDRESS,EMAIL_ADDRESS"], text.as_bytes()).done();
    assert_eq!(entities(&run), ["EMAIL_ADDRESS", "IP_ADDRESS"], "{run}");
    let text = b"CANARY";
    incog_with(&["scan", "-", "--entity", "E_MAIL"], text).fails(2, &["E_MAIL", "EMAIL_ADDRESS"]);
}

#[test]
fn a_confidence_outside_0_to_1_is_refused() {
    for value in ["1.5", "NaN", "high", "-0.1"] {
        let run = incog_with(&["scan", "-", &format!("--min-confidence={value}")], b"CANARY").exits(2);
        assert!(run.stderr.contains("min-confidence") || run.stderr.contains("confidence"), "{run}");
    }
    let run = incog_with(&["scan", "-", "--json", "--min-confidence", "0"], EMAIL.as_bytes()).done();
    assert!(entities(&run).contains(&"EMAIL_ADDRESS".to_owned()), "{run}");
}

#[test]
fn utf_16_is_unreadable_input() {
    let cases: [(&str, &[u8], bool); 4] = [
        ("little", &[0xff, 0xfe], false),
        ("big", &[0xfe, 0xff], true),
        ("little without a mark", &[], false),
        ("big without a mark", &[], true),
    ];
    for (name, mark, big) in cases {
        let mut bytes = mark.to_vec();
        for unit in format!("CANARY {EMAIL}").encode_utf16() {
            bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        }
        for command in ["scan", "redact"] {
            let run = incog_with(&[command, "-"], &bytes).fails(4, &["UTF-16"]);
            assert_eq!(run.stdout, "", "{name}");
        }
    }
}

/// It would be searched, found clean, and passed on whole.
#[test]
fn what_holds_its_text_in_another_form_is_unreadable_input() {
    let starts: [&[u8]; 7] = [
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        b"\x28\xb5\x2f\xfd\x24",
        b"BZh91AY&SY",
        b"\xfd7zXZ\0\0\x04",
        b"PK\x03\x04\x14\0",
        b"%PDF-1.7\n",
        b"PAR1\x15\0",
    ];
    for start in starts {
        for command in ["scan", "redact"] {
            let run = incog_with(&[command, "-"], start).fails(4, &["unpack or export it first"]);
            assert_eq!(run.stdout, "", "{start:?}");
        }
    }
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    for command in ["scan", "redact"] {
        incog(&[command, "/no/such/file.txt"]).fails(4, &["/no/such/file.txt"]);
    }
}

#[test]
fn redact_replaces_by_the_label_unless_told() {
    let text = format!("CANARY {EMAIL} from 203.0.113.77\n");
    // (name, arguments, output); None: anything of the same shape without the address.
    let cases: [(&str, &[&str], Option<&str>); 5] = [
        ("default", &[], Some("CANARY [EMAIL_ADDRESS] from [IP_ADDRESS]\n")),
        ("label", &["--default", "label"], Some("CANARY [EMAIL_ADDRESS] from [IP_ADDRESS]\n")),
        ("mask", &["--default", "mask"], None),
        ("mask of one", &["--operator", "EMAIL_ADDRESS=mask"], None),
        (
            "label of one",
            &["--default", "mask", "--operator", "EMAIL_ADDRESS=label,IP_ADDRESS=label"],
            Some("CANARY [EMAIL_ADDRESS] from [IP_ADDRESS]\n"),
        ),
    ];
    for (name, args, expected) in cases {
        let run = incog_unguarded(&[&["redact", "-"], args].concat(), text.as_bytes()).done();
        assert!(!run.stdout.contains("ana.silva") && !run.stdout.contains("203.0.113.77"), "{name}\n{run}");
        assert!(run.stdout.starts_with("CANARY ") && run.stdout.ends_with('\n'), "{name}\n{run}");
        match expected {
            Some(expected) => assert_eq!(run.stdout, expected, "{name}"),
            None => {
                assert!(!run.stdout.contains("EMAIL_ADDRESS") && run.stdout.contains('*'), "{name}\n{run}");
                assert_eq!(run.stdout.contains("[IP_ADDRESS]"), name == "mask of one", "{run}");
            }
        }
    }
}

#[test]
fn text_without_findings_is_unchanged() {
    for text in ["", "a", "CANARY\r\n\r\nb\n", "no end", "\u{feff}x"] {
        let run = incog_unguarded(&["redact", "-"], text.as_bytes()).done();
        assert_eq!(run.stdout, text);
    }
}

#[test]
fn unknown_operators_and_entities_are_refused() {
    let cases: [(&[&str], &[&str]); 4] = [
        (&["--operator", "EMAIL_ADDRESS=hide"], &["hide", "label", "mask"]),
        (&["--operator", "E_MAIL=mask"], &["E_MAIL", "EMAIL_ADDRESS"]),
        (&["--operator", "mask"], &["ENTITY="]),
        (&["--default", "hide"], &["hide", "label", "mask"]),
    ];
    for (args, names) in cases {
        let run = incog_with(&[&["redact", "-"], args].concat(), b"CANARY").exits(2);
        for name in names {
            assert!(run.stderr.contains(name), "{name}\n{run}");
        }
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn operators_with_a_key_write_stand_ins() {
    let folder = Folder::new();
    let key = format!("file:{}", folder.file("incog.key"));
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    let text = format!("CANARY {EMAIL}, (212) 736-5000, card 4111 1111 1111 1111, born 15.06.1990\n");
    let redact = |args: &[&str]| {
        let run = incog_unguarded(&[&["redact", "-", "--key", &key], args].concat(), text.as_bytes()).done();
        for value in [EMAIL, "736-5000", "4111 1111", "15.06.1990"] {
            assert!(!run.stdout.contains(value), "{value}\n{run}");
        }
        run.stdout
    };
    let token = redact(&["--default", "token"]);
    assert!(token.starts_with("CANARY EMAIL_ADDRESS_") && token.contains(", PHONE_NUMBER_"), "{token}");
    assert_eq!(token, redact(&["--default", "token", "--domain", "redact"]));
    assert_ne!(token, redact(&["--default", "token", "--domain", "other"]));
    let encrypted = redact(&["--default", "encrypt"]);
    assert!(encrypted.starts_with("CANARY [EMAIL_ADDRESS], ("), "{encrypted}");
    let surrogate = redact(&["--default", "surrogate"]);
    assert!(surrogate.contains("@example.") && surrogate.contains(") 555-01"), "{surrogate}");
    let days = ["--operator", "DATE_OF_BIRTH=date-shift"];
    assert!(redact(&days).ends_with("born [DATE_OF_BIRTH]\n"));
    let args = [&days[..], &["--date-form", "day-first", "--shift-days", "5"]].concat();
    assert!(redact(&args).ends_with(".06.1990\n"));
    assert!(redact(&["--operator", "CREDIT_CARD=keep-last"]).contains("card ******1111"));
}

#[test]
fn an_operator_that_needs_a_key_says_how_to_get_one() {
    for operator in ["token", "encrypt", "surrogate", "date-shift"] {
        let entry = format!("EMAIL_ADDRESS={operator}");
        for args in [["--default", operator], ["--operator", &entry]] {
            let run = incog_with(&[&["redact", "-"][..], &args].concat(), b"CANARY");
            assert_eq!(run.fails(2, &[operator, "incog keys generate", "--key file:"]).stdout, "");
        }
    }
    incog_with(&["redact", "-", "--default", "token", "--key", "env:INCOG_KEY"], b"CANARY")
        .fails(2, &["INCOG_KEY"]);
    incog_with(&["redact", "-", "--default", "token", "--key", "CANARY"], b"CANARY").fails(2, &["env:NAME"]);
}

#[test]
fn values_that_share_a_surrogate_are_counted_on_stderr() {
    let folder = Folder::new();
    let key = format!("file:{}", folder.file("incog.key"));
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    let text: String = (0..300).map(|i| format!("3c:52:82:11:{:02x}:{:02x}\n", i / 256, i % 256)).collect();
    let args = ["redact", "-", "--default", "surrogate", "--key", &key];
    let run = incog_with(&args, text.as_bytes()).done();
    assert!(run.stderr.contains("44 values share a surrogate"), "{run}");
    assert!(run.stdout.lines().all(|line| line.starts_with("00:00:5e:00:53:")), "{run}");
}

#[test]
fn a_csv_keeps_its_shape() {
    let csv = format!("id,note\n1,\"write, to {EMAIL}\"\n2,CANARY\n");
    let run = incog_unguarded(&["redact", "-", "--format", "csv"], csv.as_bytes()).done();
    assert_eq!(run.stdout, csv.replace(EMAIL, "[EMAIL_ADDRESS]"));
    let csv = b"id,note\n1,CANARY,3\n";
    incog_with(&["redact", "-", "--format", "csv"], csv).fails(4, &["line 2"]);
}

#[test]
fn jsonl_stays_jsonl() {
    let line = json!({"id": 1, "text": format!("\"{EMAIL}\"\n"), "n": 2.5}).to_string();
    let args = ["redact", "-", "--format", "jsonl", "--field", "text"];
    let run = incog_unguarded(&args, format!("{line}\n").as_bytes()).done();
    let found: Value = run.value();
    assert_eq!(found, json!({"id": 1, "text": "\"[EMAIL_ADDRESS]\"\n", "n": 2.5}));
}

#[test]
fn redact_writes_no_file_over_another_and_none_on_failure() {
    let folder = Folder::new();
    let text = folder.write("note.txt", format!("CANARY {EMAIL}\n"));
    let out = folder.file("out.txt");
    incog(&["redact", &text, "-o", &out]).done();
    assert_eq!(folder.read("out.txt"), "CANARY [EMAIL_ADDRESS]\n");
    let before = folder.listing();
    incog(&["redact", &text, "-o", &out]).fails(3, &["out.txt"]);
    incog(&["redact", &text, "-o", &text]).fails(3, &["note.txt"]);
    incog(&["redact", &folder.file("nothing.txt"), "-o", &folder.file("new.txt")]).fails(4, &["nothing.txt"]);
    let ragged = folder.file("ragged.csv");
    assert!(folder.listing() == before);
    folder.write("ragged.csv", "a,b\nCANARY,2\n3\n");
    let before = folder.listing();
    incog(&["redact", &ragged, "--format", "csv", "-o", &folder.file("new.csv")]).fails(4, &["line 3"]);
    assert!(folder.listing() == before);
}

const OWN: &str = r#"version = 1
[scanner]
allow = ["office@example.org"]
[[scanner.recognizer]]
entity = "STAFF_ID"
pattern = '\bE-\d{6}\b'
[[scanner.recognizer]]
entity = "PERSON"
file = "names.txt"
joined = true
"#;

#[test]
fn a_policy_says_what_scan_and_redact_look_for() {
    let folder = Folder::new();
    let policy = folder.write("policy.toml", OWN);
    folder.write("names.txt", "# people\nAna\nSilva\n");
    let text = format!("Ana Silva, E-123456: {EMAIL}, office@example.org CANARY\n");
    let run = incog_with(&["scan", "-", "--json", "--policy", &policy], text.as_bytes()).done();
    assert_eq!(entities(&run), ["PERSON", "STAFF_ID", "EMAIL_ADDRESS"], "{run}");
    assert_eq!(run.values()[0]["why"], "shape: word list of PERSON", "{run}");
    // What is asked for on the command line counts before the policy.
    let args = ["scan", "-", "--json", "--policy", &policy, "--entity", "STAFF_ID"];
    assert_eq!(entities(&incog_with(&args, text.as_bytes()).done()), ["STAFF_ID"]);

    let args = ["redact", "-", "--policy", &policy, "--operator", "STAFF_ID=drop"];
    let run = incog_unguarded(&args, text.as_bytes()).done();
    assert_eq!(run.stdout, "[PERSON], : [EMAIL_ADDRESS], office@example.org CANARY\n");
    let args = ["redact", "-", "--policy", &policy, "--operator", "STAFF=drop"];
    incog_with(&args, b"CANARY").fails(2, &["STAFF", "STAFF_ID"]);
    // Without a [scanner], and in a whole policy, the catalog is what is looked for.
    let people = Folder::people();
    let run = incog_with(&["scan", "-", "--json", "--policy", &people.file("policy.toml")], text.as_bytes());
    assert_eq!(entities(&run.done()), ["EMAIL_ADDRESS", "EMAIL_ADDRESS"]);
}

#[test]
fn a_scanner_that_cannot_be_used_is_bad_configuration() {
    // (policy, words of the sentence)
    let cases: [(&str, &[&str]); 6] = [
        ("version = 1\n[scaner]\n", &["line 2", "scaner", "scanner"]),
        ("version = 1\n[scanner]\nallowed = []\n", &["line 3", "allowed", "allow"]),
        ("version = 2\n[scanner]\n", &["policy version 2"]),
        (
            "version = 1\n[[scanner.recognizer]]\nentity = 'X'\npattern = 'x+'\n",
            &["recognizer of X", "1024", "{1,64}"],
        ),
        ("version = 1\n[[scanner.recognizer]]\nentity = 'X'\nfile = 'none.txt'\n", &["none.txt"]),
        ("version = 1\n[[scanner.recognizer]]\nentity = 'X'\nfile = 'names.txt'\n", &["names.txt", "line 2"]),
    ];
    let folder = Folder::new();
    folder.write("names.txt", b"Ana\nCANARY\xFF\n");
    for (policy, names) in cases {
        let policy = folder.write("policy.toml", policy);
        for command in ["scan", "redact"] {
            incog_with(&[command, "-", "--policy", &policy], b"CANARY").fails(2, names);
        }
    }
}

#[test]
fn json_keeps_its_form() {
    let folder = Folder::new();
    let text = format!(
        "{{ \"b\":\"{EMAIL}\",\r\n \"a\" : [1.50, {{\"card\": 4111111111111111}}],\"b\":\"CANARY\"}}\n"
    );
    let path = folder.write("x.json", &text);
    let run = incog_unguarded(&["redact", &path], b"").done();
    let expected = text.replace(EMAIL, "[EMAIL_ADDRESS]").replace("4111111111111111", "\"[CREDIT_CARD]\"");
    assert_eq!(run.stdout, expected);
    let run = incog_unguarded(&["redact", "-", "--format", "json"], text.as_bytes()).done();
    assert_eq!(run.stdout, expected);
    let run = incog_unguarded(&["redact", &path, "--field", "a"], b"").done();
    assert!(run.stdout.contains(EMAIL) && run.stdout.contains("[CREDIT_CARD]"), "{run}");
}

#[test]
fn paths_are_kept_and_replaced() {
    let line = json!({"user": {"id": EMAIL, "pin": 7}, "list": [{"mail": EMAIL}]}).to_string();
    let args = ["redact", "-", "--format", "jsonl", "--keep", "user.id", "--always", "**.pin=PIN"];
    let run = incog_unguarded(&[&args[..], &["--operator", "PIN=mask"]].concat(), line.as_bytes()).done();
    let expected = json!({"user": {"id": EMAIL, "pin": "******"}, "list": [{"mail": "[EMAIL_ADDRESS]"}]});
    assert_eq!(run.value(), expected);
    let csv = format!("id,pin\n{EMAIL},7\n");
    let args = ["redact", "-", "--format", "csv", "--keep", "id", "--always", "pin=PIN"];
    let run = incog_unguarded(&args, csv.as_bytes()).done();
    assert_eq!(run.stdout, csv.replace('7', "[PIN]"));
    let keys = json!({EMAIL: 1}).to_string();
    let run = incog_unguarded(&["redact", "-", "--format", "json", "--keys"], keys.as_bytes()).done();
    assert_eq!(run.value(), json!({"[EMAIL_ADDRESS]": 1}));
}

#[test]
fn options_without_effect_are_refused() {
    let cases: [(&[&str], u8, &[&str]); 9] = [
        (&["--keep", "a"], 2, &["--keep", "--format"]),
        (&["--always", "a=X"], 2, &["--always", "--format"]),
        (&["--format", "csv", "--keys"], 2, &["--keys"]),
        (&["--format", "csv", "--field", "a"], 2, &["--field"]),
        (&["--format", "json", "--on-error", "label"], 2, &["--on-error"]),
        (&["--format", "json", "--always", "a"], 2, &["PATH=ENTITY"]),
        (&["--format", "json", "--always", "a=pin"], 2, &["STAFF_ID"]),
        (&["--format", "json", "--keep", "a[0]"], 2, &["items[].card"]),
        (&["--format", "csv", "--keep", "b"], 3, &["'b'", "'a'"]),
    ];
    for (args, code, names) in cases {
        let run = incog_with(&[&["redact", "-"], args].concat(), b"a\nCANARY\n");
        let run = run.fails(code.into(), names);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_line_that_is_no_json_fails_or_is_replaced() {
    let lines = format!("{{\"a\":\"{EMAIL}\"}}\n{{\"a\":CANARY\n{{}}\n");
    let folder = Folder::new();
    let path = folder.write("x.jsonl", &lines);
    let before = folder.listing();
    incog(&["redact", &path, "-o", &folder.file("out.jsonl")]).fails(4, &["x.jsonl", "line 2", "byte 5"]);
    assert!(folder.listing() == before, "nothing is written");
    let run = incog_unguarded(&["redact", &path, "--on-error", "label"], b"").done();
    assert_eq!(run.stdout, "{\"a\":\"[EMAIL_ADDRESS]\"}\n{\"redacted\":\"not JSON\"}\n{}\n");
    assert!(run.stderr.contains("replaced: 1"), "{run}");
    let bad = folder.write("bad.json", "{\"CANARY\":1,}");
    incog(&["redact", &bad]).fails(4, &["bad.json", "byte 12"]);
}
