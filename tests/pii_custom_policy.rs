//! Recognizers of one's own in a policy: what `[scanner]` says, and releases that follow it.

mod toml {
    use incog::pii::{Entity, Scanner};

    use crate::{
        pii_custom::{entity, found},
        temporary::Temporary,
    };

    fn error(text: &str) -> String {
        Scanner::from_toml(text, ".".as_ref()).unwrap_err().to_string()
    }

    #[test]
    fn every_key_does_what_it_does_in_code() {
        let folder = Temporary::new();
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

mod policy {
    use std::fs;

    use incog::{
        evidence::{self, Outcome},
        pipeline::{Policy, Replace, SILENT, rescan},
    };
    use serde_json::Value;

    use crate::temporary::Temporary;

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
    fn release(scanner: &str) -> (String, Value, Vec<Outcome>) {
        let folder = Temporary::new();
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
        let verification = evidence::Verifier::new(&scan).verify(&out).unwrap();
        assert!(verification.verified, "{verification:?}");
        let outcomes = verification.checks.iter().map(|c| c.outcome).collect();
        (text, serde_json::from_str(&card).unwrap(), outcomes)
    }

    fn statements<'c>(card: &'c Value, kind: &str) -> Vec<&'c Value> {
        let claims = card["claims"].as_array().unwrap();
        claims.iter().filter_map(|c| c["statement"].get(kind)).collect()
    }

    #[test]
    fn without_a_scanner_everything_is_as_it_was() {
        let (text, card, _) = release("");
        assert!(text.contains("Ada Lovelace (E-123456) wrote to [EMAIL_ADDRESS]"), "{text}");
        assert_eq!(statements(&card, "nothing_found").len(), 1);
        assert!(statements(&card, "nothing_found_by_policy").is_empty());
    }

    #[test]
    fn own_recognizers_scrub_and_stand_on_the_card_by_name() {
        let (text, card, outcomes) = release(OWN);
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
        let (text, card, _) = release(scanner);
        assert!(text.contains("[EMAIL_ADDRESS] called +44 20 7946 0958 about [IP_ADDRESS]"), "{text}");
        let found = statements(&card, "nothing_found");
        let sure: Vec<&Value> = found.iter().map(|s| &s["min_confidence_permille"]).collect();
        assert_eq!(sure, [500, 1000]);
        assert_eq!(found[1]["entities"], serde_json::json!(["PHONE_NUMBER"]));
    }

    #[test]
    fn allowed_values_stay_and_are_counted() {
        let (text, card, _) = release("[scanner]\nallow = ['office@example.org']\n");
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
