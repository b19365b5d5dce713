//! What a plan would release, or a release holds, in figures: internal, because they are exact.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{audit::table::AttackReport, claim::ColumnTreatment, kanon, pseudonym::Frequency};

/// What was released, or would be, with exact figures about the raw table: internal.
///
/// # Examples
/// ```
/// use incog::pipeline::{Policy, SILENT};
/// # let here = std::env::temp_dir().join(format!("incog-doc-summary-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// let summary = Policy::parse(policy, &here)?.plan(SILENT)?.summary();
/// for line in summary.refusals.iter().chain(&summary.warnings) {
///     println!("{line}");
/// }
/// assert!(summary.releases.keys().eq(["table"]) && summary.refusals.is_empty());
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Each release by its name.
    pub releases: BTreeMap<String, ReleaseSummary>,
    /// What stands against it.
    pub refusals: Vec<String>,
    /// What should be known.
    pub warnings: Vec<String>,
    /// What the gate tried on each release under models.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attacks: BTreeMap<String, AttackReport>,
}

/// What one release holds.
///
/// # Examples
/// ```
/// use incog::pipeline::{Policy, ReleaseSummary, SILENT};
/// # let here = std::env::temp_dir().join(format!("incog-doc-release-summary-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// let summary = Policy::parse(policy, &here)?.plan(SILENT)?.summary();
/// match &summary.releases["table"] {
///     ReleaseSummary::Generalized(report) => assert_eq!((report.rows, report.min_class, report.levels["age"]), (3, 3, 1)),
///     other => panic!("a release under models, and not {other:?}"),
/// }
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ReleaseSummary {
    /// Rows under privacy models.
    Generalized(Box<kanon::Report>),
    /// Rows that are pseudonymised only.
    Pseudonymised {
        /// Released rows.
        rows: u64,
        /// What was done to each column.
        columns: Vec<ColumnTreatment>,
        /// What was found in free text, by kind.
        findings: BTreeMap<String, u64>,
        /// What the shares of tokenized and encrypted columns give away.
        frequencies: BTreeMap<String, Frequency>,
    },
    /// Statistics that are planned: nothing is charged yet.
    PlannedStatistics {
        /// What all queries will cost, in the ledger's currency: decimal texts by their names.
        cost: BTreeMap<String, String>,
        /// What is left of the ledger's budget; nothing if it has none for its lifetime.
        remaining: Option<BTreeMap<String, String>>,
        /// Each query with its cost, and `error_95` (`rank_error_95` for quantiles): with probability 95 % no answer is
        /// further from the exact one. Or `error_unknown`, and why.
        queries: Vec<serde_json::Value>,
    },
    /// Rows of a hidden sample that are planned: nothing is charged or drawn yet.
    PlannedSample {
        /// What the draw will cost, in the ledger's currency: decimal texts by their names.
        cost: BTreeMap<String, String>,
        /// What is left of the ledger's budget; nothing if it has none for its lifetime.
        remaining: Option<BTreeMap<String, String>>,
        /// The least number of sampled rows of a class.
        k: u64,
        /// The probability with which a person is in the sample.
        sampling: f64,
    },
    /// Rows of a hidden sample that were charged and drawn.
    Sampled {
        /// Decimal text of the epsilon charged.
        epsilon: String,
        /// Decimal text of the delta charged.
        delta: String,
        /// The level of each column.
        levels: BTreeMap<String, usize>,
        /// Released rows.
        rows: u64,
        /// The least number of sampled rows of a class.
        k: u64,
        /// The probability with which a person is in the sample.
        sampling: f64,
        /// Rows of the smallest released class; nothing if there is none.
        min_class: Option<u64>,
    },
    /// Statistics that were charged and answered.
    Statistics {
        /// Decimal text of the epsilon charged.
        epsilon: String,
        /// Decimal text of the delta charged.
        delta: String,
        /// The answers.
        queries: Vec<serde_json::Value>,
    },
}
