//! `--version`, `completions` and `man`: what the command says of itself.

use std::process::Command;

use crate::{
    canaries::every_command,
    support::{Folder, incog},
};

/// The commands of `incog` itself.
fn commands() -> impl Iterator<Item = String> {
    every_command().into_iter().filter(|command| !command.contains(' '))
}

#[test]
fn the_version_says_what_is_compiled_in_and_which_formats_are_read() {
    assert_eq!(incog(&["-V"]).done().stdout, format!("incog {}\n", env!("CARGO_PKG_VERSION")));
    let long = incog(&["--version"]).done().stdout;
    let lines: Vec<&str> = long.lines().collect();
    assert_eq!(lines[0], format!("incog {}", env!("CARGO_PKG_VERSION")), "{long}");
    let features: Vec<&str> =
        lines[1].strip_prefix("features of the library: ").unwrap().split(", ").collect();
    for on in ["dp", "kanon", "pii", "pipeline", "pseudonym", "rayon", "sqlite"] {
        assert!(features.contains(&on), "{long}");
    }
    let compiled_in = [
        ("datafusion", cfg!(feature = "datafusion")),
        ("parquet", cfg!(feature = "parquet")),
        ("postgres", cfg!(feature = "postgres")),
    ];
    let mut words: Vec<&str> = compiled_in.into_iter().filter(|(_, on)| *on).map(|(word, _)| word).collect();
    if words.is_empty() {
        words.push("none");
    }
    assert_eq!(lines[2], format!("features of the command: {}", words.join(", ")));
    assert_eq!(lines[3], "formats: policy 1, card incog-card/1", "{long}");
    assert_eq!(lines.len(), 4, "{long}");
}

#[test]
fn a_release_says_the_same_features_as_the_version() {
    let folder = Folder::people();
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).done();
    let said = folder.json("out/card.json")["tool"]["features"].as_array().unwrap().clone();
    let said: Vec<&str> = said.iter().filter_map(|word| word.as_str()).collect();
    let long = incog(&["--version"]).done().stdout;
    assert!(long.contains(&format!("features of the library: {}\n", said.join(", "))), "{said:?}\n{long}");
}

#[test]
fn a_shell_completes_commands_options_and_values() {
    let folder = Folder::new();
    let script = folder.write("incog.bash", incog(&["completions", "bash"]).done().stdout);
    let completed = |words: &[&str]| -> Vec<String> {
        let (last, at) = (words.last().unwrap(), words.len() - 1);
        let line = format!(
            "source '{script}'; COMP_WORDS=({}); COMP_CWORD={at}; _incog incog '{last}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words[at - 1]
        );
        let output = Command::new("bash").args(["--norc", "-c", &line]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(completed(&["incog", "ver"]), ["verify"]);
    assert_eq!(completed(&["incog", "ledger", "sp"]), ["spend"]);
    assert_eq!(completed(&["incog", "verify", "--tr"]), ["--trust"]);
    assert_eq!(completed(&["incog", "export", "--format", "cro"]), ["croissant-rai"]);
}

#[test]
fn every_shell_gets_a_script_that_knows_every_command() {
    let all: Vec<String> = commands().collect();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = incog(&["completions", shell]).done().stdout;
        for command in &all {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    let refused = incog(&["completions", "tcsh"]).exits(2);
    assert!(refused.stderr.contains("bash"), "{}", refused.stderr);
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::new();
    incog(&["man", "--out", &folder.file("man1")]).done();
    let whole = folder.read("man1/incog.1");
    assert_eq!(whole, incog(&["man"]).done().stdout);
    for command in commands() {
        let page = folder.read(&format!("man1/incog-{command}.1"));
        assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH DESCRIPTION"), "{command}: {page}");
        assert!(whole.contains(&format!("incog\\-{command}(1)")), "incog.1 does not name {command}: {whole}");
    }
    // Commands of commands, too.
    assert!(folder.read("man1/incog-ledger-spend.1").contains("incog ledger spend"));
    // What is there stays.
    incog(&["man", "--out", &folder.file("man1")]).fails(3, &["man1/incog.1", "exists; choose another file"]);
}
