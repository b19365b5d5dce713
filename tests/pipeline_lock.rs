//! The schema lock: what differs from the columns and settings that it holds is refused, and the refusal says what to paste.

use crate::pipeline_inputs::{Folder, seen};

/// `policy` with `new` in place of `old` is refused with what is `said` of the column; and what the refusal says is to be
/// pasted in place of the line of the column is what the lock would hold now.
fn holds_against_the_lock<'s>(
    folder: &Folder,
    policy: &str,
    (old, new): (&str, &str),
    column: &str,
    said: impl IntoIterator<Item = &'s String>,
) {
    assert!(policy.contains(old), "{old}");
    let policy = policy.replacen(old, new, 1);
    let refusals = folder.refusals(&policy);
    let told: Vec<_> = refusals.iter().map(|r| r.split("; look at it").next().unwrap()).collect();
    let expected: Vec<_> = said.into_iter().map(|what| format!("column '{column}' {what}")).collect();
    assert_eq!(told, expected, "{new}: {refusals:?}");
    let Some(refusal) = refusals.first() else { return };
    let entry = refusal.split("; look at it, and if that is meant, set in the lock: ").nth(1).unwrap();
    let lines = folder.read("out/policy.lock");
    let lines = lines.lines().map(|l| if l.starts_with(&format!("\"{column}\" =")) { entry } else { l });
    folder.write("mended.lock", lines.collect::<Vec<_>>().join("\n"));
    let mended = policy.replace("out/policy.lock", "mended.lock");
    assert_eq!(folder.refusals(&mended), Vec::<String>::new(), "{entry}");
}

#[test]
fn a_new_or_changed_column_fails_against_the_lock_even_where_undeclared_ones_are_dropped() {
    let folder = Folder::new();
    let policy = |lock: &str| seen(lock).replacen("purpose =", "undeclared = \"drop\"\npurpose =", 1);
    folder.write("t.csv", "ward,seen,extra\nA,1,x\nA,2,y\n");
    folder.apply(&policy(""), "out").unwrap();
    let locked = policy("lock = \"out/policy.lock\"");
    assert_eq!(folder.refusals(&locked), Vec::<String>::new());
    // Nothing in a column shows nothing.
    folder.write("t.csv", "ward,seen,extra\nA,,x\nA,,y\n");
    assert_eq!(folder.refusals(&locked), Vec::<String>::new());
    // (name, input, part of the sentence)
    let cases = [
        (
            "new",
            "ward,seen,extra,email\nA,1,x,a@example.org\nA,2,y,b@example.org\n",
            "column 'email' is not in",
        ),
        ("changed", "ward,seen,extra\nA,2026-01-01,x\nA,2026-01-02,y\n", "column 'seen' holds 'date' where"),
        ("gone", "ward,seen\nA,1\nA,2\n", "column 'extra' of"),
    ];
    for (name, input, part) in cases {
        folder.write("t.csv", input);
        let refusals = folder.refusals(&locked);
        assert!(refusals.len() == 1 && refusals[0].contains(part), "{name}: {refusals:?}");
    }
    folder.write("t.csv", cases[0].1);
    let refusal = folder.refusals(&locked).remove(0);
    let entry = refusal.split("add to the lock: ").nth(1).expect("the entry to paste");
    let lock = folder.read("out/policy.lock") + entry + "\n";
    folder.write("mended.lock", lock);
    assert_eq!(folder.refusals(&policy("lock = \"mended.lock\"")), Vec::<String>::new());
    folder.write("broken.lock", "version = 1\nCANARY");
    let refusal = folder.refusals(&policy("lock = \"broken.lock\"")).remove(0);
    assert!(refusal.contains("lock '") && refusal.contains("line 2"), "{refusal}");
}

const LOCKED: &str = r#"version = 1
purpose = "test"
undeclared = "drop"
person = "id"
[input]
path = "t.csv"
lock = "out/policy.lock"
[columns]
id   = { role = "insensitive", action = "drop" }
age  = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20] }, finest = 1, coarsest = 2 }
ward = { role = "quasi", hierarchy = { kind = "file", path = "ward.csv" } }
city = { role = "quasi", hierarchy = { kind = "tree", tree = { north = ["K", "L"], south = ["M"] } } }
zip  = { role = "quasi", finest = 1 }
ill  = { role = "sensitive", hierarchy = { kind = "order", values = ["mild", "grave"] } }
[release.table]
columns = ["age", "ward", "city", "zip", "ill"]
models = [{ k_anonymity = 2 }]
search = "optimal"
"#;

#[test]
fn a_column_that_is_declared_in_another_way_than_in_the_lock_is_refused() {
    let folder = Folder::new();
    let row = |id: u32| format!("p{id},CANARY,31,A,K,1000,mild\n");
    folder.write("t.csv", format!("id,note,age,ward,city,zip,ill\n{}{}{}", row(1), row(2), row(3)));
    folder.write("ward.csv", "A,one,*\nB,one,*\n").write("same.csv", "A,one,*\nB,one,*\n");
    folder.write("finer.csv", "A,A and C,one,*\nB,B,one,*\n").write("other.csv", "A;one;*\nB;one;*\n");
    folder.apply(&LOCKED.replace("lock = \"out/policy.lock\"\n", ""), "out").unwrap();
    let lock = folder.0.join("out/policy.lock").display().to_string();
    let hierarchy = format!(
        "has another hierarchy than in '{lock}': its levels, or the finest or coarsest that may leave"
    );
    let role = |is: &str, was: &str| format!("has role {is} where '{lock}' has {was}");
    let action = |is: &str, was: &str| format!("has action {is} where '{lock}' has {was}");
    // (what is changed, into what, the column, all that is said of it)
    let cases: &[(&str, &str, &str, &[String])] = &[
        ("", "", "", &[]),
        // Spelt otherwise, the same hierarchy.
        ("widths = [10, 20]", "origin = 0.0, widths = [10.0,20]", "", &[]),
        ("path = \"ward.csv\"", "path = \"same.csv\", delimiter = \",\"", "", &[]),
        (
            "{ role = \"quasi\", finest = 1 }",
            "{ role = \"quasi\", finest = 1, hierarchy = { kind = \"flat\" } }",
            "",
            &[],
        ),
        ("widths = [10, 20]", "widths = [5, 20]", "age", std::slice::from_ref(&hierarchy)),
        ("widths = [10, 20]", "widths = [10, 20], origin = 5", "age", std::slice::from_ref(&hierarchy)),
        ("finest = 1, coarsest = 2", "coarsest = 2", "age", std::slice::from_ref(&hierarchy)),
        ("coarsest = 2", "coarsest = 1", "age", std::slice::from_ref(&hierarchy)),
        ("finest = 1, coarsest = 2", "finest = 1", "age", std::slice::from_ref(&hierarchy)),
        (
            "kind = \"interval\", widths = [10, 20] }, finest = 1, coarsest = 2",
            "kind = \"automatic\" }",
            "age",
            std::slice::from_ref(&hierarchy),
        ),
        ("ward.csv", "finer.csv", "ward", std::slice::from_ref(&hierarchy)),
        ("\"ward.csv\"", "\"other.csv\", delimiter = \";\"", "ward", std::slice::from_ref(&hierarchy)),
        (
            "north = [\"K\", \"L\"]",
            "north = [\"K\"], east = [\"L\"]",
            "city",
            std::slice::from_ref(&hierarchy),
        ),
        ("{ role = \"quasi\", finest = 1 }", "{ role = \"quasi\" }", "zip", std::slice::from_ref(&hierarchy)),
        (
            "[\"mild\", \"grave\"]",
            "[\"mild\", \"worse\", \"grave\"]",
            "ill",
            std::slice::from_ref(&hierarchy),
        ),
        (
            ", hierarchy = { kind = \"order\", values = [\"mild\", \"grave\"] }",
            "",
            "ill",
            std::slice::from_ref(&hierarchy),
        ),
        (
            "{ role = \"quasi\", finest = 1 }",
            "{ role = \"insensitive\" }",
            "zip",
            &[role("'insensitive'", "'quasi'")],
        ),
        ("action = \"drop\"", "action = \"keep\"", "id", &[action("'keep'", "'drop'")]),
        ("person = \"id\"\n", "", "id", &[format!("no longer names the person, as in '{lock}'")]),
        (
            "[columns]",
            "[columns]\nnote = { role = \"insensitive\" }",
            "note",
            &[role("'insensitive'", "none"), action("'keep'", "none")],
        ),
    ];
    for (old, new, column, said) in cases {
        holds_against_the_lock(&folder, LOCKED, (old, new), column, *said);
    }
    // A lock of an earlier build holds neither hierarchies nor settings: they are not compared, all else is.
    let mut older = folder.read("out/policy.lock");
    for word in [", hierarchy = \"", ", settings = \""] {
        while let Some(at) = older.find(word) {
            let end = at + word.len() + older[at + word.len()..].find('"').unwrap();
            older.replace_range(at..=end, "");
        }
    }
    assert!(!older.contains("hierarchy =") && !older.contains("settings ="));
    folder.write("older.lock", older);
    let older = LOCKED.replace("out/policy.lock", "older.lock");
    assert_eq!(folder.refusals(&older.replace("[10, 20]", "[5, 20]")), Vec::<String>::new());
    let refusals =
        folder.refusals(&older.replace("{ role = \"quasi\", finest = 1 }", "{ role = \"insensitive\" }"));
    assert!(refusals.len() == 1 && refusals[0].contains("has role 'insensitive' where"), "{refusals:?}");
}

const TREATED: &str = r#"version = 1
purpose = "test"
[input]
path = "t.csv"
lock = "out/policy.lock"
[columns]
id    = { role = "identifying", action = "token", key = "env:TEST_KEY" }
phone = { role = "identifying", action = "fpe", key = "env:TEST_KEY" }
seen  = { role = "insensitive", action = "date_shift", per = "id", days = 30, key = "env:TEST_KEY" }
note  = { role = "text", action = "scrub", use_row = ["id", "phone"] }
age   = { role = "quasi", missing = ["-"], outside = "suppress" }
ill   = { role = "sensitive", missing = ["-", "?"] }
[release.visits]
columns = ["id", "phone", "seen", "note"]
[release.table]
columns = ["age", "ill"]
models = [{ k_anonymity = 2 }]
search = "optimal"
"#;

#[test]
fn a_setting_that_is_another_than_in_the_lock_is_refused() {
    let folder = Folder::new();
    let row = |id: u32| format!("p{id},4111 1111 1111 1111,2026-01-0{id},CANARY,30,mild\n");
    folder.write("t.csv", format!("id,phone,seen,note,age,ill\n{}{}{}", row(1), row(2), row(3)));
    folder.apply(&TREATED.replace("lock = \"out/policy.lock\"\n", ""), "out").unwrap();
    let lock = folder.0.join("out/policy.lock").display().to_string();
    let settings = format!(
        "has other settings than in '{lock}': those of its action, what counts as missing, or what is outside of its hierarchy"
    );
    let hierarchy = format!(
        "has another hierarchy than in '{lock}': its levels, or the finest or coarsest that may leave"
    );
    // (what is changed, into what, the column, what is said of it)
    let cases = [
        ("", "", "", None),
        // Spelt otherwise, the same settings. Another key loosens nothing.
        ("per = \"id\", days = 30", "days = 30, per = \"id\"", "", None),
        ("\"fpe\",", "\"fpe\", format = \"digits\",", "", None),
        ("use_row = [\"id\", \"phone\"]", "default = \"label\", use_row = [\"phone\", \"id\"]", "", None),
        ("[\"-\", \"?\"]", "[\"?\", \"-\"]", "", None),
        ("days = 30", "days = 3", "seen", Some(&settings)),
        ("per = \"id\"", "per = \"phone\"", "seen", Some(&settings)),
        ("days = 30", "days = 30, domain = \"shared\"", "seen", Some(&settings)),
        ("\"token\",", "\"token\", domain = \"shared\",", "id", Some(&settings)),
        ("\"token\",", "\"token\", canonical = \"identifier\",", "id", Some(&settings)),
        ("\"fpe\",", "\"fpe\", format = \"card:6:0\",", "phone", Some(&settings)),
        ("use_row = [\"id\", \"phone\"]", "use_row = [\"id\"]", "note", Some(&settings)),
        (", use_row = [\"id\", \"phone\"]", "", "note", Some(&settings)),
        ("[\"id\", \"phone\"] }", "[\"id\", \"phone\"], default = \"mask\" }", "note", Some(&settings)),
        (", outside = \"suppress\"", "", "age", Some(&settings)),
        ("missing = [\"-\"],", "", "age", Some(&settings)),
        ("[\"-\", \"?\"]", "[\"-\"]", "ill", Some(&settings)),
        // The column had no hierarchy, and the lock says so.
        (
            "role = \"sensitive\",",
            "role = \"sensitive\", hierarchy = { kind = \"order\", values = [\"mild\", \"grave\"] },",
            "ill",
            Some(&hierarchy),
        ),
    ];
    for (old, new, column, said) in cases {
        holds_against_the_lock(&folder, TREATED, (old, new), column, said);
    }
}
