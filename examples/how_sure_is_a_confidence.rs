//! How often is a finding right that the scanner calls 0.9 sure? Answers for a labelled text of yours.
//!
//! ```text
//! cargo run --release --example how_sure_is_a_confidence -- labelled.jsonl
//! ```
//!
//! The file has a JSON object per line: `{"text": "...", "spans": [[start, end, "ENTITY"], ..]}`, offsets in bytes. A
//! finding is right if start, end and entity are. Prints a table of reliability in Markdown, and the recall.

use std::{collections::BTreeMap, error::Error, fs};

use incog::pii::{Confidence, Scanner};
use serde::Deserialize;

#[derive(Deserialize)]
struct Document {
    text: String,
    spans: Vec<(usize, usize, String)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let own = r#"{"text": "SSN 123-45-6788, order 123456789", "spans": [[4, 15, "US_SSN"]]}"#;
    let text = std::env::args().nth(1).map_or(Ok(own.to_owned()), fs::read_to_string)?;
    let scanner = Scanner::builder().min_confidence(Confidence::new(0.0)?).build()?;
    let known = scanner.entities();
    let (mut bins, mut found, mut labelled) = (BTreeMap::<u16, (u32, u32)>::new(), 0u32, 0u32);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let document: Document = serde_json::from_str(line)?;
        labelled +=
            document.spans.iter().filter(|s| known.iter().any(|e| e.as_str() == s.2)).map(|_| 1).sum::<u32>();
        for finding in scanner.scan(document.text.as_bytes()) {
            let span = (finding.start(), finding.end(), finding.entity().as_str().to_owned());
            let right = u32::from(document.spans.contains(&span));
            // Tenths of confidence; 0.9 to 1.0 in two halves, since most findings are there.
            let permille = finding.confidence().permille();
            let bin = if permille >= 950 { 950 } else { permille / 100 * 100 };
            let entry = bins.entry(bin).or_default();
            *entry = (entry.0 + 1, entry.1 + right);
            found += if finding.confidence() >= Confidence::LIKELY { right } else { 0 };
        }
    }
    println!("| confidence from | findings | right | share | 95 % interval |\n|---|---|---|---|---|");
    for (bin, (all, right)) in &bins {
        let (low, high) = wilson(f64::from(*right), f64::from(*all));
        let share = f64::from(*right) / f64::from(*all);
        println!(
            "| {:.2} | {all} | {right} | {share:.3} | {low:.3} to {high:.3} |",
            f64::from(*bin) / 1000.0
        );
    }
    println!("\nFrom 0.5 on, {found} of {labelled} labelled values of known entities are found exactly.");
    Ok(())
}

/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
fn wilson(right: f64, all: f64) -> (f64, f64) {
    let z = 1.959_963_984_540_054;
    let share = right / all;
    let middle = share + z * z / (2.0 * all);
    let half = z * (share * (1.0 - share) / all + z * z / (4.0 * all * all)).sqrt();
    let scale = 1.0 + z * z / all;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}
