//! How do I anonymize a CSV file in a batch job?
//!
//! `cargo run --example anonymize_by_policy --features pipeline`

use std::fs;

use incog::{
    evidence::Verifier,
    pipeline::{Policy, Replace, SILENT, rescan},
};

const POLICY: &str = r#"
version = 1
purpose = "ward planning"
[input]
path = "stays.csv"
[columns]
name = { role = "identifying", action = "drop" }
age  = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20, 40] } }
ward = { role = "quasi" }
days = { role = "sensitive" }
[release.table]
columns = ["age", "ward", "days"]
models = [{ k_anonymity = 5 }, { l_diversity = 2, variant = "distinct", column = "days" }]
max_suppressed = 0.05
search = "optimal"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("incog-example-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let rows =
        (0..200).map(|i| format!("person {i},{},{},{}\n", 20 + i * 7 % 60, ["A", "B"][i % 2], 1 + i % 9));
    fs::write(folder.join("stays.csv"), format!("name,age,ward,days\n{}", rows.collect::<String>()))?;

    // Nothing is written until the plan is applied; what stands against it is listed with the way out.
    let plan = Policy::parse(POLICY, &folder)?.plan(SILENT)?;
    for refusal in plan.refusals() {
        println!("refused: {refusal}");
    }
    let applied = plan.apply(&folder.join("release"), Replace::No, SILENT)?;
    for claim in &applied.card().claims {
        println!("{claim} ({})", claim.check.word());
    }

    // Anyone who has the folder can check it.
    println!("verified: {}", Verifier::new(&rescan()).verify(applied.folder())?.verified);
    fs::remove_dir_all(&folder)?;
    Ok(())
}
