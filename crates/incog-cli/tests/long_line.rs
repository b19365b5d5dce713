//! Memory: inputs without end, of all formats, through `incog redact -`, with the most that the process held; and what came
//! out of them.
//!
//! 64 MiB each; 8 GiB, with an optimized binary and what it took, by
//! `INCOG_LONG_LINE_MIB=8192 cargo test --release -p incog-cli --test cli -- --nocapture long_line`.

use std::{
    fs,
    io::{Read, Write},
    process::{Command, Stdio},
    thread,
    time::Instant,
};

/// Mebibytes that a process may hold, whatever its input. Its own code and libraries are part of them.
const MOST: u64 = 64;

/// Mebibytes that it may hold more after the second half of its input than after the first, which is longer than all that
/// is ever held back.
const MORE: u64 = 2;

/// What a process held at most, and what it wrote.
struct Held {
    halfway: u64,
    mebibytes: u64,
    written: u64,
    /// How many units went in.
    units: u64,
    /// How often each of the words came out.
    seen: Vec<u64>,
}

/// How often labels are written for a number of units.
type Labels = fn(u64) -> [u64; 3];

/// How often a word stands in what comes in parts.
struct Seen {
    word: &'static str,
    /// Where the word may have begun.
    tail: Vec<u8>,
    times: u64,
}

impl Seen {
    fn read(&mut self, part: &[u8]) {
        self.tail.extend_from_slice(part);
        self.times += String::from_utf8_lossy(&self.tail).matches(self.word).count() as u64;
        self.tail.drain(..(self.tail.len() + 1).saturating_sub(self.word.len()));
    }
}

/// The most that the process held so far.
fn mebibytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap().div_ceil(1024)
}

/// Feeds `start`, `unit` over and over, and `end` to `incog redact -`, as many bytes as are asked for.
fn redact(name: &str, args: &[&str], [start, unit, end]: [&str; 3], words: &[&'static str]) -> Held {
    let length: u64 = std::env::var("INCOG_LONG_LINE_MIB").map_or(64, |mib| mib.parse().unwrap()) << 20;
    let mut child = Command::new(env!("CARGO_BIN_EXE_incog"))
        .args(["redact", "-"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen: Vec<Seen> = words.iter().map(|&word| Seen { word, tail: Vec::new(), times: 0 }).collect();
    let reader = thread::spawn(move || {
        let (mut buffer, mut written) = (vec![0; 1 << 20], 0);
        loop {
            let read = stdout.read(&mut buffer).unwrap();
            if read == 0 {
                return (written, seen.iter().map(|word| word.times).collect());
            }
            written += read as u64;
            seen.iter_mut().for_each(|word| word.read(&buffer[..read]));
        }
    });
    let block = unit.repeat((1 << 20) / unit.len());
    let blocks = length / block.len() as u64;
    let mut halfway = 0;
    stdin.write_all(start.as_bytes()).unwrap();
    for number in 0..=blocks {
        stdin.write_all(block.as_bytes()).unwrap();
        if number == blocks / 2 {
            halfway = mebibytes(child.id());
        }
    }
    stdin.write_all(end.as_bytes()).unwrap();
    // It waits for more now, so it is still there to be asked.
    let mebibytes = mebibytes(child.id());
    drop(stdin);
    let (written, seen) = reader.join().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    println!(
        "{name}: {} MiB in {:.1} s, {halfway} MiB peak halfway, {mebibytes} MiB in the end",
        length >> 20,
        begun.elapsed().as_secs_f64(),
    );
    let units = (blocks + 1) * (block.len() / unit.len()) as u64;
    Held { halfway, mebibytes, written, units, seen }
}

#[test]
fn inputs_without_end_are_redacted_in_little_memory() {
    // Arguments, input, and how often addresses, cards and URLs are in what becomes of so many units.
    let cases: [(&str, &[&str], [&str; 3], Labels); 8] = [
        ("a line of letters", &[], ["", "a", ""], |_| [0, 0, 0]),
        ("a line of addresses and cards", &[], ["", "ada@example.org,4111 1111 1111 1111;", ""], |n| {
            [n, n, 0]
        }),
        ("a value without end", &[], ["see https://a.example/", "a", " "], |_| [0, 0, 1]),
        ("a line of digits", &[], ["", "1", ""], |_| [0, 0, 0]),
        (
            "lines of JSON",
            &["--format", "jsonl"],
            ["", "{\"to\":\"ada@example.org\",\"n\":[1,2.5,null]}\n", ""],
            |n| [n, 0, 0],
        ),
        (
            "a document of JSON",
            &["--format", "json"],
            ["[", "{\"to\":\"ada@example.org\",\"n\":[1,2.5,null]},\n", "0]"],
            |n| [n, 0, 0],
        ),
        (
            "a table",
            &["--format", "csv"],
            ["id,to,note\n", "17,ada@example.org,\"a, \"\"b\"\"\"\n", ""],
            |n| [n, 0, 0],
        ),
        (
            "lines of JSON and one without end",
            &["--format", "jsonl", "--on-error", "label"],
            ["{}\n\"", "ada@example.org ", "\"\n{}\n"],
            |_| [0, 0, 0],
        ),
    ];
    for (name, args, input, labels) in cases {
        let words = ["[EMAIL_ADDRESS]", "[CREDIT_CARD]", "[URL]", "ada", "4111"];
        let held = redact(name, args, input, &words);
        assert!(held.mebibytes <= MOST, "{name}: {} MiB", held.mebibytes);
        assert!(
            held.mebibytes <= held.halfway + MORE,
            "{name}: {} MiB, then {}",
            held.halfway,
            held.mebibytes
        );
        assert!(held.written >= 10, "{name}");
        let [addresses, cards, urls] = labels(held.units);
        assert_eq!(held.seen, [addresses, cards, urls, 0, 0], "{name}");
    }
}
