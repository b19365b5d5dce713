//! Releases are whole, and the same from the same: runs of `apply` that are killed at arbitrary moments, and with other
//! numbers of threads. `INCOG_KILLS` says how many are killed; 30 without it.

use std::{
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::support::{Folder, incog};

const POLICY: &str = r#"version = 1
purpose = "PURPOSE"

[input]
path = "visits.csv"

[columns]
mrn  = { role = "identifying", action = "token", key = "file:incog.key" }
age  = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20] } }
ward = { role = "quasi" }
note = { role = "text", action = "scrub", use_row = ["mrn"] }

[release.table]
columns = ["age", "ward"]
models = [{ k_anonymity = 5 }]
max_suppressed = 0.1
search = "local"

[release.notes]
columns = ["mrn", "note"]
"#;

/// 4,000 visits, a key, and a policy for each of two purposes.
fn visits() -> Folder {
    let folder = Folder::new();
    let mut rows = String::from("mrn,age,ward,note\n");
    for i in 0..4000 {
        rows.push_str(&format!("P{i:05},{},W{},P{i:05} called 030 1234567\n", 20 + i % 60, i % 3));
    }
    folder.write("visits.csv", rows);
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    for purpose in ["one", "two"] {
        folder.write(&format!("{purpose}.toml"), POLICY.replace("PURPOSE", purpose));
    }
    folder
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    let folder = visits();
    let mut first = None;
    for threads in ["1", "2", "7"] {
        let out = folder.file(threads);
        let run = Command::new(env!("CARGO_BIN_EXE_incog"))
            .args(["apply", &folder.file("one.toml"), "-o", &out])
            .env("RAYON_NUM_THREADS", threads)
            .stdout(Stdio::null())
            .status();
        assert!(run.unwrap().success());
        let files = ["table.csv", "notes.csv", "card.json", "policy.lock", "report.html"];
        let files = files.map(|file| folder.read(&format!("{threads}/{file}")));
        assert!(first.get_or_insert_with(|| files.clone()) == &files, "{threads} threads");
    }
}

#[test]
fn killed_at_any_moment_the_folder_is_the_old_one_none_or_the_complete_new_one() {
    let kills: u32 = std::env::var("INCOG_KILLS").map_or(30, |n| n.parse().expect("a number"));
    let folder = visits();
    let out = folder.file("out");
    let started = Instant::now();
    incog(&["apply", &folder.file("one.toml"), "-o", &out]).done();
    let whole = started.elapsed();
    std::fs::remove_dir_all(&out).unwrap();

    let mut seen = std::collections::BTreeSet::new();
    // The first runs put a folder where none is; the others replace one.
    for kill in 0..kills {
        let purpose = if kill % 2 == 0 { "one" } else { "two" };
        if kill % 10 == 0 {
            let _ = std::fs::remove_dir_all(&out);
        }
        let before = card(&folder);
        let mut run = Command::new(env!("CARGO_BIN_EXE_incog"))
            .args(["apply", &folder.file(&format!("{purpose}.toml")), "-o", &out, "--replace"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over a run by the golden ratio, and a little beyond its end.
        let share = (f64::from(kill) * 0.618_033_988_75).fract();
        sleep(whole.mul_f64(1.2 * share) + Duration::from_millis(1));
        let _ = run.kill();
        run.wait().unwrap();
        let after = card(&folder);
        match &after {
            // Between its two renames the old folder is aside, where the next run finds it.
            None => {
                assert!(before.is_none() || folder.has(".out.old"), "kill {kill}: the old folder is gone")
            }
            Some(text) => {
                assert!(
                    after == before || text.contains(&format!("\"purpose\": \"{purpose}\"")),
                    "kill {kill}"
                );
                incog(&["verify", &out]).done();
            }
        }
        seen.insert((before.is_some(), after.is_some(), after == before));
    }
    // Whatever was left over, the next run tidies up.
    incog(&["apply", &folder.file("two.toml"), "-o", &out, "--replace"]).done();
    let hidden: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(hidden.is_empty(), "{hidden:?}");
    assert!(seen.len() > 1, "kills came too early or too late: {seen:?}");
}

/// The card of the folder, if there is a folder.
fn card(folder: &Folder) -> Option<String> {
    folder.has("out").then(|| folder.read("out/card.json"))
}
