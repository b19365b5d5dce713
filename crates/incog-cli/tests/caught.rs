//! What is done to a release that is signed and continues another, and the one sentence that a person reads of it.

use std::{fs, path::Path};

use crate::support::{AGES, Folder, POLICY, copy_folder, incog};

/// The release of the small table, signed, in `first`; its policy with the lock of it and another purpose; and the release of
/// that, which continues it, in `out`.
fn chained() -> Folder {
    let folder = Folder::people();
    incog(&["keys", "generate", "--signing", "-o", &folder.file("ours")]).done();
    let sign = format!("file:{}", folder.file("ours"));
    let (policy, out) = (folder.file("policy.toml"), folder.file("out"));
    let apply = || drop(incog(&["apply", &policy, "-o", &out, "--sign", &sign, "--replace"]).done());
    apply();
    copy_folder(Path::new(&out), &folder.path().join("first"));
    let locked = POLICY.replacen("[input]", "[input]\nlock = \"first/policy.lock\"", 1);
    folder.write("policy.toml", locked.replacen("\"test\"", "\"second\"", 1));
    apply();
    folder
}

/// The line of `column` in the lock of the release `of`.
fn entry(folder: &Folder, column: &str, of: &str) -> String {
    let lock = folder.read(&format!("{of}/policy.lock"));
    lock.lines().find(|l| l.starts_with(&format!("\"{column}\" ="))).unwrap().to_owned()
}

#[test]
fn what_is_done_to_a_policy_a_table_or_a_release_is_caught_with_one_sentence() {
    let folder = chained();
    let (policy, out, lock) =
        (folder.file("policy.toml"), folder.file("out"), folder.file("first/policy.lock"));
    let verify = |dir: &str| {
        let (ours, newest) = (folder.file("ours.pub"), folder.file("newest.json"));
        incog(&["verify", dir, "--trust", &ours, "--earlier", &newest])
    };
    fs::copy(folder.file("out/card.json"), folder.file("newest.json")).unwrap();
    verify(&out).done();
    let before = folder.listing();

    // A hierarchy is loosened: below decades come halves of them.
    let halved = |line: &str| {
        let (age, rest) = line.split_once(';').unwrap();
        let half = if age.ends_with(['1', '2']) { "early" } else { "late" };
        format!("{age};{half} {};{rest}\n", rest.split(';').next().unwrap())
    };
    let finer: String = AGES.lines().map(halved).collect();
    folder.write("age.csv", finer);
    let run = incog(&["apply", &policy, "-o", &out, "--replace"]).exits(3);
    let loose = POLICY.replacen("\"test\"", "\"loose\"", 1);
    folder.write("loose.toml", loose);
    incog(&["apply", &folder.file("loose.toml"), "-o", &folder.file("loose")]).done();
    let age = entry(&folder, "age", "loose");
    assert_ne!(age, entry(&folder, "age", "out"));
    assert_eq!(
        run.stderr,
        format!(
            "incog: column 'age' has another hierarchy than in '{lock}': its levels, or the finest or coarsest that may \
             leave; look at it, and if that is meant, set in the lock: {age}\n"
        )
    );
    fs::remove_dir_all(folder.file("loose")).unwrap();
    fs::remove_dir_all(folder.file("loose.internal")).unwrap();
    fs::remove_file(folder.file("loose.toml")).unwrap();
    folder.write("age.csv", AGES);

    // A column is added to the input, and the policy drops what it does not declare.
    let people = folder.read("people.csv");
    let mail = people.replace('\n', ";CANARY@example.org\n").replacen("CANARY@example.org", "mail", 1);
    folder.write("people.csv", mail);
    folder.edit("policy.toml", "\"deny\"", "\"drop\"");
    let run = incog(&["apply", &policy, "-o", &out, "--replace"]).exits(3);
    assert_eq!(
        run.stderr,
        format!(
            "incog: column 'mail' is not in '{lock}': it is new; look at it, decide about it in the policy, and add to the \
             lock: \"mail\" = {{ kind = \"text\" }}\n"
        )
    );
    folder.edit("policy.toml", "\"drop\"", "\"deny\"");
    folder.write("people.csv", people);
    assert!(folder.listing() == before, "a refused run leaves something");

    type Change = fn(&Folder);
    // (what is done, how, to which release, the first thing that differs)
    let cases: [(&str, Change, &str, &str); 3] = [
        (
            "a cell is edited",
            |f| f.edit("copy/table.csv", "twenties;", "twenty;"),
            "out",
            "table.csv: cells differ from the card in column 'age'",
        ),
        (
            "the card is rolled back",
            |_| (),
            "first",
            "earlier cards: the folder was rolled back: a card that was given continues this one",
        ),
        (
            "a claim is renamed",
            |f| f.edit("copy/card.json", "\"k_anonymity\"", "\"q_anonymity\""),
            "out",
            "card.json: holds an entry that incog-card/1 does not have: unknown variant `q_anonymity`",
        ),
    ];
    for (what, change, of, first) in cases {
        copy_folder(&folder.path().join(of), &folder.path().join("copy"));
        change(&folder);
        let run = verify(&folder.file("copy")).exits(1);
        assert_eq!(run.stdout.lines().last(), Some(format!("first: {first}").as_str()), "{what}\n{run}");
        fs::remove_dir_all(folder.file("copy")).unwrap();
    }
}
