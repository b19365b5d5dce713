//! Optima of the search against those of another tool, on a real table.

use std::{fs::File, path::PathBuf};

use incog::{
    kanon::{
        Anonymizer, AnonymizerBuilder, Hierarchy, Metric,
        model::{
            AverageRisk, BetaLikeness, DeltaDisclosure, DeltaPresence, Ground, KAnonymity, LDiversity,
            SampleUniques, TCloseness,
        },
    },
    table::{
        Table,
        csv::{Dialect, read_path},
    },
};

use crate::kanon::score;

fn shared(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("INCOG_SHARED").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: INCOG_SHARED is not set");
    }
    folder.map(|f| f.join(path))
}

/// The model that the reference calls `name`, with its parameters; none if it rests on the other tool's own.
fn reference_model(builder: AnonymizerBuilder, model: &str, sensitive: &str) -> Option<AnonymizerBuilder> {
    let mut parts = model.split(':');
    let name = parts.next()?;
    let numbers: Vec<f64> = parts.map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let (first, whole) = (numbers[0], numbers[0] as u64);
    Some(match name {
        "k" => builder.model(KAnonymity::new(whole).unwrap()),
        "distinct-l" => builder.model(LDiversity::distinct(sensitive, whole).unwrap()),
        "entropy-l" => builder.model(LDiversity::entropy(sensitive, first).unwrap()),
        "recursive-cl" => builder.model(LDiversity::recursive(sensitive, first, numbers[1] as u64).unwrap()),
        "t-equal" => builder.model(TCloseness::new(sensitive, first, Ground::Equal).unwrap()),
        "basic-b" => builder.model(BetaLikeness::basic(sensitive, first).unwrap()),
        "enhanced-b" => builder.model(BetaLikeness::enhanced(sensitive, first).unwrap()),
        "d-disclosure" => builder.model(DeltaDisclosure::new(sensitive, first).unwrap()),
        "d-presence" => builder.model(DeltaPresence::new(first, numbers[1]).unwrap()),
        "avg-risk" => builder.model(AverageRisk::new(first).unwrap()),
        "sample-uniq" => builder.model(SampleUniques::new(first).unwrap()),
        _ => return None,
    })
}

/// Scores that are lower than the reference's, at a limit of 5 %, as a plain recomputation at the reference's own levels gives
/// them: (models, metric, score).
///
/// DIFFERENCE: models of the release as a whole leave out part of the classes of one size. There it is any of them, here those
/// that lose most; as many rows either way. And one class, of six rows with three values twice each, has an entropy of exactly
/// ln 3, which rounding makes too little there.
const DIFFERENCES: [(&str, &str, f64); 4] = [
    ("avg-risk:0.05", "loss-arith", 0.176_046_817_44),
    ("k:2+avg-risk:0.01", "loss-arith", 0.302_289_765_16),
    ("sample-uniq:0.01", "loss-arith", 0.162_639_371_86),
    ("k:5+entropy-l:3", "loss-arith", 0.225_557_500_26),
];

/// Reference optima of another tool (ARX 3.9.2), confirmed by enumeration; tolerance 1e-6 relative.
///
/// DIFFERENCE: by the entropy measure suppressed rows are charged otherwise there; such entries are left out. Delta-presence
/// and k-map are of every tenth row, from the first on, in the whole table.
#[test]
fn optima_on_the_adult_table_equal_the_reference() {
    let (Some(reference), Some(folder)) = (shared("reference/arx.json"), shared("data/adult")) else {
        return;
    };
    let reference: serde_json::Value = serde_json::from_reader(File::open(reference).unwrap()).unwrap();
    let (table, _) = read_path(&folder.join("adult.csv"), Dialect::new(';').unwrap()).unwrap();
    let tenth: Vec<usize> = (0..table.rows()).step_by(10).collect();
    let columns = table.iter().map(|(name, column)| (name.to_owned(), column.select(&tenth)));
    let subset = Table::new(columns.collect::<Vec<_>>()).unwrap();
    let mut tried = 0;
    for entry in reference["entries"].as_array().unwrap() {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        let metric = match text("metric") {
            "loss-arith" => Metric::Loss,
            "loss-geo" => Metric::LossGeometric,
            "precision" => Metric::Precision,
            "discernability" => Metric::Discernibility,
            "aecs" => Metric::AverageClassSize,
            "entropy" if entry["suppressed"].as_u64() == Some(0) => Metric::Entropy,
            _ => continue,
        };
        let mut builder = Some(
            Anonymizer::builder().metric(metric).max_suppressed(entry["suppression_limit"].as_f64().unwrap()),
        );
        for model in text("models").split('+') {
            builder = builder.and_then(|b| reference_model(b, model, text("sensitive")));
        }
        let (Some(mut builder), Some(score_there), Some("optimal")) =
            (builder, entry["score"].as_f64(), entry["algorithm"].as_str())
        else {
            continue;
        };
        if let Some(sensitive) = entry["sensitive"].as_str() {
            builder = builder.sensitive(sensitive);
        }
        for name in entry["qi"].as_array().unwrap() {
            let name = name.as_str().unwrap();
            let file = File::open(folder.join(format!("adult_hierarchy_{name}.csv"))).unwrap();
            builder = builder.quasi_identifier(name, Hierarchy::from_lines(file, ';').unwrap());
        }
        let request = builder.build().unwrap();
        let of_population = ["d-presence", "k-map"].iter().any(|m| text("models").contains(m));
        let outcome =
            if of_population { request.run_within(&subset, &table) } else { request.run(&table) }.unwrap();
        let here = score(&outcome, metric);
        let what = format!("{} {} {}", text("models"), entry["suppression_limit"], text("metric"));
        let expected = DIFFERENCES
            .iter()
            .find(|d| d.0 == text("models") && d.1 == text("metric") && entry["suppression_limit"] == 0.05)
            .map_or(score_there, |d| d.2);
        assert!(
            (here - expected).abs() <= 1e-6 * expected.abs().max(1.0),
            "{what}: {here}, expected {expected}, reference {score_there}"
        );
        eprintln!(
            "{what}: {here} after {} of {} nodes",
            outcome.report().nodes_checked,
            outcome.report().lattice_nodes
        );
        tried += 1;
    }
    assert!(tried >= 70, "only {tried} entries were tried");
}
