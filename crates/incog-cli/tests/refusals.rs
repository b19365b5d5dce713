//! Bad input of `apply`: a clear sentence, the right exit code, and nothing left behind.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use crate::support::{Folder, POLICY, incog};

/// An edit: file, text in it, replacement.
type Edit = (&'static str, &'static str, &'static str);

struct Case {
    name: &'static str,
    edits: &'static [Edit],
    code: i32,
    names: &'static [&'static str],
}

const IDS: &str = "search = \"optimal\"\n[release.ids]\ncolumns = [\"diagnosis\"]\n";
const SENSITIVE: &str = r#"diagnosis = { role = "sensitive" }"#;

const CASES: &[Case] = &[
    Case {
        name: "a column of the policy that the input does not have",
        edits: &[(
            "policy.toml",
            SENSITIVE,
            "diagnosis = { role = \"sensitive\" }\nweight = { role = \"sensitive\" }",
        )],
        code: 3,
        names: &["weight"],
    },
    Case {
        name: "a column of a release that is not declared",
        edits: &[("policy.toml", r#"["age", "sex", "#, r#"["age", "sex", "height", "#)],
        code: 3,
        names: &["height"],
    },
    Case {
        name: "a column of the input missing from the policy, with the line to paste",
        edits: &[
            ("policy.toml", "sex = { role = \"quasi\" }\n", ""),
            ("policy.toml", r#"["age", "sex", "#, r#"["age", "#),
        ],
        code: 3,
        names: &["[columns]", "\"sex\" = {"],
    },
    Case {
        name: "a value outside a hierarchy",
        edits: &[("people.csv", "CANARY-23;", "CANARY-99;")],
        code: 2,
        names: &["age", "row 3"],
    },
    Case {
        name: "levels that do not nest",
        edits: &[
            ("age.csv", "CANARY-21;twenties;*", "CANARY-21;twenties;early;*"),
            ("age.csv", "CANARY-22;twenties;*", "CANARY-22;twenties;late;*"),
            ("age.csv", "CANARY-23;twenties;*", "CANARY-23;twenties;late;*"),
            ("age.csv", "CANARY-24;twenties;*", "CANARY-24;twenties;late;*"),
            ("age.csv", "CANARY-31;thirties;*", "CANARY-31;thirties;late;*"),
            ("age.csv", "CANARY-32;thirties;*", "CANARY-32;thirties;late;*"),
            ("age.csv", "CANARY-33;thirties;*", "CANARY-33;thirties;late;*"),
            ("age.csv", "CANARY-34;thirties;*", "CANARY-34;thirties;late;*"),
        ],
        code: 2,
        names: &["age", "nest"],
    },
    Case {
        name: "a hierarchy file that does not exist",
        edits: &[("policy.toml", "age.csv", "ages.csv")],
        code: 2,
        names: &["ages.csv"],
    },
    Case {
        name: "a ragged line",
        edits: &[("people.csv", "CANARY-23;CANARY-m;CANARY-flu", "CANARY-23;CANARY-m;CANARY-flu;CANARY-x")],
        code: 4,
        names: &["line 4"],
    },
    Case {
        name: "a short line",
        edits: &[("people.csv", "CANARY-23;CANARY-m;CANARY-flu", "CANARY-23;CANARY-m")],
        code: 4,
        names: &["line 4"],
    },
    Case {
        name: "an input file that does not exist",
        edits: &[("policy.toml", "people.csv", "nobody.csv")],
        code: 4,
        names: &["nobody.csv"],
    },
    Case {
        name: "an input that is a folder",
        edits: &[("policy.toml", "people.csv", "/proc")],
        code: 4,
        names: &["/proc"],
    },
    Case {
        name: "a key in an environment variable that is not set",
        edits: &[
            (
                "policy.toml",
                SENSITIVE,
                r#"diagnosis = { role = "identifying", action = "token", key = "env:INCOG_NO_SUCH_KEY", domain = "d" }"#,
            ),
            ("policy.toml", r#", "diagnosis"]"#, "]"),
            ("policy.toml", "search = \"optimal\"\n", IDS),
        ],
        code: 2,
        names: &["INCOG_NO_SUCH_KEY"],
    },
    Case {
        name: "a key file that does not exist",
        edits: &[
            (
                "policy.toml",
                SENSITIVE,
                r#"diagnosis = { role = "identifying", action = "token", key = "file:no.key", domain = "d" }"#,
            ),
            ("policy.toml", r#", "diagnosis"]"#, "]"),
            ("policy.toml", "search = \"optimal\"\n", IDS),
        ],
        code: 2,
        names: &["no.key"],
    },
    Case {
        name: "k larger than the table",
        edits: &[("policy.toml", "k_anonymity = 2", "k_anonymity = 9")],
        code: 3,
        names: &["9", "8"],
    },
    Case {
        name: "an l that the sensitive column cannot reach",
        edits: &[(
            "policy.toml",
            "{ k_anonymity = 2 }",
            r#"{ k_anonymity = 2 }, { l_diversity = 3, variant = "distinct", column = "diagnosis" }"#,
        )],
        code: 3,
        names: &["diagnosis", "2"],
    },
    Case {
        name: "an unknown policy key",
        edits: &[("policy.toml", "undeclared = \"deny\"", "colour = 1")],
        code: 2,
        names: &["colour", "undeclared", "purpose"],
    },
    Case {
        name: "an unknown setting of a column",
        edits: &[("policy.toml", r#"sex = { role = "quasi" }"#, r#"sex = { role = "quasi", colour = 1 }"#)],
        code: 2,
        names: &["colour", "hierarchy"],
    },
    Case {
        name: "an unknown setting of a release",
        edits: &[("policy.toml", "max_suppressed = 0.0", "max_supressed = 0.0")],
        code: 2,
        names: &["max_supressed", "max_suppressed"],
    },
    Case {
        name: "an unknown role",
        edits: &[("policy.toml", r#"sex = { role = "quasi" }"#, r#"sex = { role = "quazi" }"#)],
        code: 2,
        names: &["quazi", "quasi", "identifying", "sensitive"],
    },
    Case {
        name: "an unknown action",
        edits: &[(
            "policy.toml",
            r#"sex = { role = "quasi" }"#,
            r#"sex = { role = "identifying", action = "tokenise" }"#,
        )],
        code: 2,
        names: &["tokenise", "token", "fpe", "drop"],
    },
    Case {
        name: "an unknown model",
        edits: &[("policy.toml", "k_anonymity", "k_anonimity")],
        code: 2,
        names: &["k_anonimity", "k_anonymity", "l_diversity"],
    },
    Case {
        name: "an unknown metric",
        edits: &[("policy.toml", r#"metric = "loss""#, r#"metric = "los""#)],
        code: 2,
        names: &["los", "loss", "precision"],
    },
    Case {
        name: "an unknown search",
        edits: &[("policy.toml", r#"search = "optimal""#, r#"search = "optimum""#)],
        code: 2,
        names: &["optimum", "optimal"],
    },
    Case {
        name: "undeclared = keep",
        edits: &[("policy.toml", r#""deny""#, r#""keep""#)],
        code: 2,
        names: &["keep", "deny", "drop"],
    },
    Case {
        name: "a policy of another version",
        edits: &[("policy.toml", "version = 1", "version = 2")],
        code: 2,
        names: &["version 2"],
    },
    Case {
        name: "a policy that is no TOML",
        edits: &[("policy.toml", "[input]", "[input")],
        code: 2,
        names: &["line 5"],
    },
    Case {
        name: "a token column under a k-claim",
        edits: &[(
            "policy.toml",
            SENSITIVE,
            r#"diagnosis = { role = "identifying", action = "token", key = "file:incog.key", domain = "d" }"#,
        )],
        code: 3,
        names: &["diagnosis", "token"],
    },
    Case {
        name: "a text column under a k-claim",
        edits: &[(
            "policy.toml",
            SENSITIVE,
            r#"diagnosis = { role = "text", action = "scrub", default = "label" }"#,
        )],
        code: 3,
        names: &["diagnosis"],
    },
    Case {
        name: "k with an insensitive column below the target",
        edits: &[
            ("policy.toml", SENSITIVE, r#"diagnosis = { role = "insensitive", action = "keep" }"#),
            ("people.csv", "CANARY-21;CANARY-f;CANARY-flu", "CANARY-21;CANARY-f;CANARY-unique"),
        ],
        code: 3,
        names: &["diagnosis"],
    },
];

#[test]
fn bad_input_gets_one_sentence_and_leaves_nothing_behind() {
    let mut faults = Vec::new();
    for case in CASES {
        let folder = Folder::people();
        incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
        for (file, old, new) in case.edits {
            folder.edit(file, old, new);
        }
        let before = folder.listing();
        let result = std::panic::catch_unwind(|| {
            incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")])
                .fails(case.code, case.names);
            assert!(folder.listing() == before, "something is left behind or changed");
        });
        if let Err(cause) = result {
            let what = cause.downcast_ref::<String>().cloned();
            let what = what.or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            faults.push(format!("{}: {}", case.name, what.unwrap_or_default()));
        }
    }
    assert!(faults.is_empty(), "{} faults\n\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn an_infeasible_request_is_refused_with_the_cheapest_change() {
    let folder = Folder::people();
    // Decades are the coarsest level, so that no class has more than four rows.
    folder.write("age.csv", folder.read("age.csv").replace(";*", ""));
    folder.edit("policy.toml", "k_anonymity = 2", "k_anonymity = 5");
    let before = folder.listing();
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).fails(3, &["cheapest change"]);
    assert!(folder.listing() == before);
}

#[test]
fn undeclared_columns_are_dropped_when_the_policy_says_so() {
    let folder = Folder::people();
    folder.edit("policy.toml", "sex = { role = \"quasi\" }\n", "");
    folder.edit("policy.toml", r#"["age", "sex", "#, r#"["age", "#);
    folder.edit("policy.toml", r#""deny""#, r#""drop""#);
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).done();
    assert_eq!(folder.read("out/table.csv").lines().next(), Some("age;diagnosis"));
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let folder = Folder::people();
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    fs::set_permissions(folder.path().join("incog.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let token =
        r#"diagnosis = { role = "identifying", action = "token", key = "file:incog.key", domain = "d" }"#;
    folder.edit("policy.toml", SENSITIVE, token);
    folder.edit("policy.toml", r#", "diagnosis"]"#, "]");
    folder.edit("policy.toml", "search = \"optimal\"\n", IDS);
    let before = folder.listing();
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).fails(2, &["incog.key"]);
    assert!(folder.listing() == before);
    fs::set_permissions(folder.path().join("incog.key"), fs::Permissions::from_mode(0o600)).unwrap();
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).done();
    let ids = folder.read("out/ids.csv");
    assert!(!ids.contains("CANARY") && ids.lines().count() == 9, "{ids}");
}

#[test]
fn an_existing_output_folder_is_refused_and_untouched() {
    let folder = Folder::people();
    fs::create_dir(folder.path().join("out")).unwrap();
    folder.write("out/mine.txt", "mine");
    let before = folder.listing();
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).fails(3, &["out", "--replace"]);
    assert!(folder.listing() == before);
    // It is no release, so that --replace does not remove it either.
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out"), "--replace"]).fails(3, &["out"]);
    assert!(folder.listing() == before);
}

#[test]
fn replace_replaces_a_release_and_nothing_else() {
    let folder = Folder::people();
    let apply = ["apply", &folder.file("policy.toml"), "-o", &folder.file("out")];
    incog(&apply).done();
    let first = folder.read("out/table.csv");
    let before = folder.listing();
    incog(&apply).fails(3, &["out", "--replace"]);
    assert!(folder.listing() == before);
    folder.edit("policy.toml", "k_anonymity = 2", "k_anonymity = 8");
    incog(&[&apply[..], &["--replace"]].concat()).done();
    assert_ne!(folder.read("out/table.csv"), first);
    incog(&["verify", &folder.file("out")]).done();
    // A refused replacement keeps the old release.
    folder.edit("policy.toml", "k_anonymity = 8", "k_anonymity = 9");
    let before: Vec<_> =
        folder.listing().into_iter().filter(|(path, _)| !path.ends_with("policy.toml")).collect();
    incog(&[&apply[..], &["--replace"]].concat()).fails(3, &["9"]);
    let after: Vec<_> =
        folder.listing().into_iter().filter(|(path, _)| !path.ends_with("policy.toml")).collect();
    assert!(before == after);
}

/// The insensitive column makes rows unique; an override with a reason lets it pass and is on the card.
fn overridden(until: &str) -> Folder {
    let folder = Folder::people();
    folder.edit("policy.toml", SENSITIVE, r#"diagnosis = { role = "insensitive", action = "keep" }"#);
    folder.edit("people.csv", "CANARY-21;CANARY-f;CANARY-flu", "CANARY-21;CANARY-f;CANARY-unique");
    folder
        .write("policy.toml", format!("{}{}", folder.read("policy.toml"), OVERRIDE.replace("UNTIL", until)));
    folder
}

const OVERRIDE: &str = r#"
[[overrides]]
release = "table"
rule = "k_with_insensitive"
why = "the ward sees the diagnosis anyway"
who = "a tester"
until = "UNTIL"
"#;

#[test]
fn an_override_with_a_reason_passes_and_is_on_the_card() {
    let folder = overridden("2999-12-31");
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).done();
    let card = folder.json("out/card.json");
    let overrides = card["overrides"].as_array().expect("overrides on the card");
    assert_eq!(overrides.len(), 1);
    assert!(overrides[0].to_string().contains("the ward sees the diagnosis anyway"), "{card}");
    incog(&["verify", &folder.file("out")]).done();
}

#[test]
fn an_expired_override_is_refused() {
    let folder = overridden("2020-12-31");
    let before = folder.listing();
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).fails(3, &["2020-12-31"]);
    assert!(folder.listing() == before);
}

#[test]
fn a_missing_ledger_is_named_and_not_created() {
    let folder = Folder::people();
    folder.edit("policy.toml", "undeclared", "person = \"diagnosis\"\nundeclared");
    let stats = r#"
[release.stats]
ledger = "sqlite:missing.db"
budget = { epsilon = 1.0 }
bounds = { rows_per_person = 1, groups_per_person = 1 }
queries = [{ count = "*", by = "sex", keys = ["a", "b"], epsilon = 0.5 }]
"#;
    let table = POLICY.find("[release.table]").unwrap();
    let head = &folder.read("policy.toml")[..table + "person = \"diagnosis\"\n".len()];
    folder.write("policy.toml", format!("{head}{stats}"));
    let before = folder.listing();
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).fails(3, &["missing.db"]);
    assert!(folder.listing() == before);
}

/// A small file system, unmounted on drop.
struct SmallDisk(Folder);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = Folder::new();
        let target = folder.path().to_str()?;
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs", target]).status().ok()?;
        status.success().then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: no small file system can be mounted here");
        return;
    };
    let folder = Folder::people();
    let (header, rows) =
        folder.read("people.csv").split_once('\n').map(|(h, r)| (h.to_owned(), r.to_owned())).unwrap();
    folder.write("people.csv", format!("{header}\n{}", rows.repeat(1000)));
    let run = incog(&["apply", &folder.file("policy.toml"), "-o", &disk.0.file("out")]);
    assert!(!matches!(run.code, Some(0) | None), "{run}");
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{run}");
    assert!(run.stderr.contains("space"), "{run}");
    assert!(disk.0.listing().is_empty(), "{:?}", disk.0.listing().keys());
}
