//! Somebody sends me a release folder. What of it is true, and who made it?
//!
//! `cargo run --example verify_what_you_received --features pipeline`
//!
//! From the command line: `incog verify FOLDER --trust KEY.pub`.

use std::{fs, path::Path};

use incog::{
    evidence::{Outcome, SigningKey, Verifier},
    pipeline::{Policy, Replace, SILENT, rescan},
};

const POLICY: &str = r#"
version = 1
purpose = "ward planning"
[input]
path = "stays.csv"
[columns]
age  = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20, 40] } }
ward = { role = "quasi" }
days = { role = "sensitive" }
[release.table]
columns = ["age", "ward", "days"]
models = [{ k_anonymity = 5 }]
search = "optimal"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("incog-received-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let rows = (0..200).map(|i| format!("{},{},{}\n", 20 + i * 7 % 60, ["A", "B"][i % 2], 1 + i % 9));
    fs::write(folder.join("stays.csv"), format!("age,ward,days\n{}", rows.collect::<String>()))?;

    // The sender signs. You have the public key from them by another way than the folder.
    let key = SigningKey::generate()?;
    let public = key.public();
    let release = folder.join("release");
    Policy::parse(POLICY, &folder)?.plan(SILENT)?.signed_by(key).apply(&release, Replace::No, SILENT)?;
    let check = |release: &Path| -> incog::Result<bool> {
        let scan = rescan(); // looks through released text again
        let verification = Verifier::new(&scan).trust(public).verify(release)?;
        for checked in verification.checks.iter().filter(|c| c.outcome != Outcome::NotChecked) {
            println!("  {:?}: {}: {}", checked.outcome, checked.what, checked.detail);
        }
        Ok(verification.verified)
    };
    println!("as it came:");
    assert!(check(&release)?);

    // One cell less general than the sender's, and everything that depends on it differs.
    let table = release.join("table.csv");
    let text = fs::read_to_string(&table)?;
    fs::write(&table, text.replacen(",A,", ",B,", 1))?;
    println!("with one other cell:");
    assert!(!check(&release)?);
    fs::remove_dir_all(&folder)?;
    Ok(())
}
