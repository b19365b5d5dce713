//! A release folder on a disk that fails: each call on its files fails once and for ever, one after the other.

use std::fs;

use crate::{
    faults::{EIO, ENOSPC, Fault, shim, with_fault},
    support::{Folder, incog},
};

/// Every write, flush, opening, renaming, making and removing of `apply` fails. Then the folder and the one beside it are
/// both the old ones, both the new ones, or both aside for the next run; what is in place verifies; and the next run needs no help.
#[test]
fn a_disk_that_fails_leaves_the_old_release_or_the_new_one_and_the_next_run_needs_no_help() {
    let folder = Folder::people();
    let Some(shim) = shim(&folder) else { return };
    let policy = folder.read("policy.toml");
    for purpose in ["one", "two"] {
        folder.write(&format!("{purpose}.toml"), policy.replace("\"test\"", &format!("\"{purpose}\"")));
    }
    let out = folder.file("faulty");
    let apply = |purpose: &str| {
        let policy = folder.file(&format!("{purpose}.toml"));
        incog(&["apply", &policy, "-o", &out, "--replace"]).done();
    };
    let (mut faults, mut refused) = (0, 0);
    for with_old in [false, true] {
        for kind in ["write", "sync", "open", "rename", "mkdir", "chmod", "remove"] {
            for (mode, errno) in [("once", EIO), ("sticky", ENOSPC), ("short", ENOSPC)] {
                if mode == "short" && kind != "write" {
                    continue;
                }
                for at in 1.. {
                    let case = format!("{kind}-{mode}-{at}, old {with_old}");
                    for path in ["faulty", "faulty.internal"] {
                        let _ = fs::remove_dir_all(folder.file(path));
                    }
                    if with_old {
                        apply("one");
                    }
                    let before = [card(&folder), inside(&folder)];
                    let args = ["apply", &folder.file("two.toml"), "-o", &out, "--replace"];
                    let run = with_fault(&shim, Fault { kind, mode, errno, at }, &args);
                    if !run.met {
                        assert_eq!(run.code, Some(0), "{case}: {}", run.words);
                        break;
                    }
                    faults += 1;
                    let after = [card(&folder), inside(&folder)];
                    let new = Some("two".to_owned());
                    if run.code == Some(0) {
                        assert_eq!(after, [new.clone(), new.clone()], "{case}: done, and not there");
                    } else {
                        refused += 1;
                        // One failure is undone at once. A disk that goes on failing lets nothing be put back: then what is
                        // aside or half in place is there for the next run, and the public folder is never new alone.
                        let [public, internal] = &after;
                        let aside = |old: &str| with_old && folder.has(old);
                        let public_is_old = *public == before[0] || public.is_none() && aside(".faulty.old");
                        let internal_is_there = *internal == before[1]
                            || *internal == new
                            || internal.is_none() && aside(".faulty.internal.old");
                        let whole = after == before || after == [new.clone(), new.clone()];
                        let left = mode == "sticky" && public_is_old && internal_is_there;
                        assert!(whole || left, "{case}: {before:?} became {after:?}: {}", run.words);
                    }
                    if after[0].is_some() {
                        incog(&["verify", &out]).done();
                    }
                    apply("two");
                    assert_eq!([card(&folder), inside(&folder)], [new.clone(), new], "{case}");
                    let left: Vec<_> = fs::read_dir(folder.path())
                        .unwrap()
                        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                        .filter(|name| name.starts_with('.'))
                        .collect();
                    assert!(left.is_empty(), "{case} left {left:?}");
                }
            }
        }
    }
    assert!(faults > 100 && refused > 50, "{faults} faults, {refused} refused");
    println!("{faults} faults, {refused} refused");
}

/// The purpose that the public folder states.
fn card(folder: &Folder) -> Option<String> {
    let there = folder.has("faulty");
    there.then(|| folder.json("faulty/card.json")["purpose"].as_str().unwrap().to_owned())
}

/// The purpose of the policy in the internal folder.
fn inside(folder: &Folder) -> Option<String> {
    let there = folder.has("faulty.internal");
    let policy = there.then(|| folder.read("faulty.internal/policy.toml"))?;
    policy.lines().find_map(|line| Some(line.strip_prefix("purpose = \"")?.strip_suffix('"')?.to_owned()))
}
