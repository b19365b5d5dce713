//! Temporary folders, a small table with its policy, and runs of the binary.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

/// Part of every data cell; no command may ever print it.
pub(crate) const CANARY: &str = "CANARY";

/// Eight rows: two decades, two sexes, two diagnoses.
pub(crate) const PEOPLE: &str = "age;sex;diagnosis
CANARY-21;CANARY-f;CANARY-flu
CANARY-22;CANARY-f;CANARY-gout
CANARY-23;CANARY-m;CANARY-flu
CANARY-24;CANARY-m;CANARY-gout
CANARY-31;CANARY-f;CANARY-flu
CANARY-32;CANARY-f;CANARY-gout
CANARY-33;CANARY-m;CANARY-flu
CANARY-34;CANARY-m;CANARY-gout
";

pub(crate) const AGES: &str = "CANARY-21;twenties;*
CANARY-22;twenties;*
CANARY-23;twenties;*
CANARY-24;twenties;*
CANARY-31;thirties;*
CANARY-32;thirties;*
CANARY-33;thirties;*
CANARY-34;thirties;*
";

pub(crate) const POLICY: &str = r#"version = 1
purpose = "test"
undeclared = "deny"

[input]
path = "people.csv"
delimiter = ";"

[columns]
age = { role = "quasi", hierarchy = { kind = "file", path = "age.csv", delimiter = ";" } }
sex = { role = "quasi" }
diagnosis = { role = "sensitive" }

[release.table]
columns = ["age", "sex", "diagnosis"]
models = [{ k_anonymity = 2 }]
max_suppressed = 0.0
metric = "loss"
search = "optimal"
"#;

/// Ages by decades in the file at `path`. `undeclared` is the line about columns that are not named, `declared` those of
/// columns beside the age.
#[cfg(feature = "parquet")]
pub(crate) fn decades(path: &str, undeclared: &str, declared: &str) -> String {
    format!(
        r#"version = 1
purpose = "test"
{undeclared}

[input]
path = "{path}"

[columns]
age = {{ role = "quasi", hierarchy = {{ kind = "interval", widths = [5, 10, 20, 40], origin = 0 }} }}
{declared}

[release.table]
columns = ["age"]
models = [{{ k_anonymity = 2 }}]
search = "local"
"#
    )
}

/// A temporary folder, removed on drop.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("incog-cli-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Input, hierarchy and policy of the small table.
    pub(crate) fn people() -> Self {
        let folder = Self::new();
        folder.write("people.csv", PEOPLE);
        folder.write("age.csv", AGES);
        folder.write("policy.toml", POLICY);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), content).unwrap();
        self.file(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.0.join(name)).is_ok()
    }

    /// Replaces the one occurrence of `old` in a file.
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{name} has no {old:?}");
        self.write(name, text.replacen(old, new, 1));
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.0.join(name)).unwrap().permissions().mode() & 0o777
    }

    pub(crate) fn listing(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.0, &mut files);
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
            files.insert(path, Vec::new());
        } else {
            let content = fs::read(&path).unwrap();
            files.insert(path, content);
        }
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
}

/// What a run of the binary left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) args: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn done(self) -> Self {
        self.exits(0)
    }

    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        assert!(!self.stderr.contains("panicked"), "{self}");
        self
    }

    /// One sentence on stderr that names all of `names`, under exit code `code`.
    pub(crate) fn fails(self, code: i32, names: &[&str]) -> Self {
        let run = self.exits(code);
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "one sentence on one line\n{run}");
        for name in names {
            assert!(run.stderr.contains(name), "the sentence does not name {name:?}\n{run}");
        }
        run
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON on stdout: {e}\n{self}"))
    }

    /// One JSON value a line.
    pub(crate) fn values(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}\n{self}")))
            .collect()
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { args, code, stdout, stderr } = self;
        write!(f, "incog {args}\nexit {code:?}\nstdout: {stdout}\nstderr: {stderr}")
    }
}

/// Runs the binary and checks that it prints no cell.
pub(crate) fn incog(args: &[&str]) -> Run {
    incog_with(args, b"")
}

pub(crate) fn incog_with(args: &[&str], stdin: &[u8]) -> Run {
    let run = incog_unguarded(args, stdin);
    assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY), "a cell is printed\n{run}");
    run
}

/// For `redact`, whose output is the text.
pub(crate) fn incog_unguarded(args: &[&str], stdin: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_incog"))
        .args(args)
        .env_remove("INCOG_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    Run {
        args: args.join(" "),
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
