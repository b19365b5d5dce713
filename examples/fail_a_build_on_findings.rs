//! How does my CI fail when somebody commits a secret or real personal data?
//!
//! ```text
//! cargo run --example fail_a_build_on_findings            a folder that it makes
//! cargo run --example fail_a_build_on_findings -- src     yours: exit code 1 if there is something
//! ```
//!
//! From the command line: `incog scan src`.

use std::{
    fs,
    io::{self, Error},
    path::{Path, PathBuf},
    process::ExitCode,
};

use incog::pii::{Confidence, Entity, Scanner};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    // What is in every test suite and nobody's: allowed by name, so that the list can be reviewed.
    let scanner = Scanner::builder()
        .min_confidence(Confidence::VERY_LIKELY)
        .threshold(Entity::PHONE_NUMBER, Confidence::CERTAIN)
        .allow(["ada@example.org", "127.0.0.1", "4111 1111 1111 1111"])
        .build()?;
    if let Some(folder) = std::env::args_os().nth(1) {
        let found = scan(&scanner, Path::new(&folder))?;
        return Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }

    let folder = std::env::temp_dir().join(format!("incog-commit-{}", std::process::id()));
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/mail.rs"), "const TO: &str = \"ada@example.org\"; // v1.2.3.4\n")?;
    fs::write(
        folder.join("src/pay.rs"),
        "// for the demo: AKIAIOSFODNN7EXAMPLE\nlet build = \"20261124.1200\";\n",
    )?;
    fs::write(folder.join("dump.csv"), "ssn,mail\n536-90-4399,grace@example.com\n")?;
    let found = scan(&scanner, &folder)?;
    println!("{found} findings: the build fails");
    fs::remove_dir_all(&folder)?;
    assert_eq!(found, 3);
    Ok(ExitCode::SUCCESS)
}

/// Prints a line for each finding, never what was found: a log of CI is read by many.
fn scan(scanner: &Scanner, at: &Path) -> Result<usize, Error> {
    if at.is_dir() {
        let mut within = fs::read_dir(at)?.map(|e| Ok(e?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
        within.sort();
        return within.iter().map(|path| scan(scanner, path)).sum();
    }
    let bytes = fs::read(at)?; // any bytes: text need not be UTF-8
    let findings = scanner.scan(&bytes);
    for finding in &findings {
        let line = 1 + bytes[..finding.start()].iter().filter(|&&byte| byte == b'\n').count();
        println!("{}:{line}: {}, {}", at.display(), finding.entity(), finding.reason());
    }
    Ok(findings.len())
}
