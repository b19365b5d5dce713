//! Memory: inputs without end, of all formats, through `incog redact -`, with the most that the process ever held.
//!
//! 32 MiB each; 8 GiB, with an optimized binary and what it took, by
//! `INCOG_LONG_LINE_MIB=8192 cargo test --release -p incog-cli --test cli -- --nocapture long_line`.

use std::{
    fs,
    io::{Read, Write},
    process::{Command, Stdio},
    thread,
    time::Instant,
};

/// Megabytes that a process may hold, whatever its input. Its own code and libraries are part of them.
const MOST: u64 = 64;

/// What a process held at most, and what it wrote.
struct Held {
    mebibytes: u64,
    written: u64,
}

/// Feeds `start`, `unit` over and over, and `end` to `incog redact -`, as many bytes as are asked for.
fn redact(name: &str, args: &[&str], [start, unit, end]: [&str; 3]) -> Held {
    let length: u64 = std::env::var("INCOG_LONG_LINE_MIB").map_or(32, |mib| mib.parse().unwrap()) << 20;
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
    let reader = thread::spawn(move || {
        let (mut buffer, mut written) = (vec![0; 1 << 20], 0);
        loop {
            match stdout.read(&mut buffer).unwrap() {
                0 => return written,
                read => written += read as u64,
            }
        }
    });
    let block = unit.repeat((1 << 20) / unit.len());
    stdin.write_all(start.as_bytes()).unwrap();
    for _ in 0..=length / block.len() as u64 {
        stdin.write_all(block.as_bytes()).unwrap();
    }
    stdin.write_all(end.as_bytes()).unwrap();
    // It waits for more now, so it is still there to be asked.
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").trim().parse().unwrap();
    drop(stdin);
    let written = reader.join().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    println!(
        "{name}: {} MiB in {:.1} s, {:.1} MiB peak",
        length >> 20,
        begun.elapsed().as_secs_f64(),
        kibibytes as f64 / 1024.0
    );
    Held { mebibytes: kibibytes.div_ceil(1024), written }
}

#[test]
fn inputs_without_end_are_redacted_in_little_memory() {
    let cases: [(&str, &[&str], [&str; 3]); 7] = [
        ("a line of letters", &[], ["", "a", ""]),
        ("a line of addresses and cards", &[], ["", "ada@example.org,4111 1111 1111 1111;", ""]),
        ("a line of digits", &[], ["", "1", ""]),
        (
            "lines of JSON",
            &["--format", "jsonl"],
            ["", "{\"to\":\"ada@example.org\",\"n\":[1,2.5,null]}\n", ""],
        ),
        (
            "a document of JSON",
            &["--format", "json"],
            ["[", "{\"to\":\"ada@example.org\",\"n\":[1,2.5,null]},\n", "0]"],
        ),
        ("a table", &["--format", "csv"], ["id,to,note\n", "17,ada@example.org,\"a, \"\"b\"\"\"\n", ""]),
        (
            "lines of JSON and one without end",
            &["--format", "jsonl", "--on-error", "label"],
            ["{}\n\"", "x", "\"\n{}\n"],
        ),
    ];
    for (name, args, input) in cases {
        let held = redact(name, args, input);
        assert!(held.mebibytes <= MOST, "{name}: {} MiB", held.mebibytes);
        assert!(held.written > 20, "{name}");
    }
}
