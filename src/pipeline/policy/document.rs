//! The policy file as it is written: every key that there is, and nothing checked but its type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{audit::table::AttackKind, kanon::Outside, pii};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) version: u32,
    pub(super) purpose: String,
    pub(super) purposes: Option<BTreeMap<String, Vec<String>>>,
    pub(super) person: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) undeclared: Option<Undeclared>,
    pub(super) input: Option<InputEntry>,
    #[serde(default)]
    pub(super) inputs: BTreeMap<String, InputEntry>,
    pub(super) columns: Option<BTreeMap<String, ColumnEntry>>,
    #[serde(default)]
    pub(super) release: BTreeMap<String, ReleaseEntry>,
    #[serde(default)]
    pub(super) overrides: Vec<OverrideEntry>,
    pub(super) gate: Option<GateEntry>,
    pub(super) scanner: Option<pii::Document>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GateEntry {
    pub(super) attacks: Option<Vec<AttackKind>>,
    pub(super) auxiliary: Option<String>,
    pub(super) max_excess_risk: f64,
    pub(super) control: Option<f64>,
    pub(super) samples: Option<usize>,
}

/// What a policy says on the scanner, whatever else it says. The names of all other keys are known, so that a
/// misspelt one is no silence.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScannerDocument {
    pub(super) version: u32,
    pub(super) scanner: Option<pii::Document>,
    #[serde(rename = "purpose")]
    _purpose: Option<IgnoredAny>,
    #[serde(rename = "purposes")]
    _purposes: Option<IgnoredAny>,
    #[serde(rename = "person")]
    _person: Option<IgnoredAny>,
    #[serde(rename = "tenant")]
    _tenant: Option<IgnoredAny>,
    #[serde(rename = "undeclared")]
    _undeclared: Option<IgnoredAny>,
    #[serde(rename = "input")]
    _input: Option<IgnoredAny>,
    #[serde(rename = "inputs")]
    _inputs: Option<IgnoredAny>,
    #[serde(rename = "columns")]
    _columns: Option<IgnoredAny>,
    #[serde(rename = "release")]
    _release: Option<IgnoredAny>,
    #[serde(rename = "overrides")]
    _overrides: Option<IgnoredAny>,
    #[serde(rename = "gate")]
    _gate: Option<IgnoredAny>,
}

/// What happens to a column of the input that the policy does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Undeclared {
    /// The run is refused.
    #[default]
    Deny,
    /// It does not leave.
    Drop,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputEntry {
    pub(super) path: String,
    pub(super) format: Option<String>,
    pub(super) delimiter: Option<char>,
    pub(super) encoding: Option<String>,
    pub(super) decimal: Option<char>,
    pub(super) retention: Option<RetentionEntry>,
    pub(super) lock: Option<String>,
    /// Of one table of several; of the only one these stand at the top.
    pub(super) person: Option<String>,
    pub(super) undeclared: Option<Undeclared>,
    pub(super) columns: Option<BTreeMap<String, ColumnEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetentionEntry {
    pub(super) column: String,
    pub(super) days: u32,
    pub(super) as_of: Option<String>,
    pub(super) undated: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnEntry {
    pub(super) role: Role,
    pub(super) action: Option<Action>,
    pub(super) hierarchy: Option<HierarchyEntry>,
    pub(super) weight: Option<f64>,
    pub(super) finest: Option<usize>,
    pub(super) coarsest: Option<usize>,
    pub(super) missing: Option<Vec<String>>,
    pub(super) outside: Option<Outside>,
    pub(super) key: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) format: Option<String>,
    pub(super) canonical: Option<String>,
    pub(super) per: Option<String>,
    pub(super) days: Option<u32>,
    pub(super) use_row: Option<Vec<String>>,
    pub(super) default: Option<OperatorName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Identifying,
    Quasi,
    Sensitive,
    Insensitive,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Keep,
    Drop,
    Token,
    Fpe,
    DateShift,
    Scrub,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OperatorName {
    Label,
    Mask,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum HierarchyEntry {
    Automatic {
        parts: Option<usize>,
    },
    Flat {},
    Interval {
        widths: Vec<f64>,
        #[serde(default)]
        origin: f64,
    },
    Ip {
        v4: Vec<u32>,
        v6: Vec<u32>,
    },
    Order {
        values: Vec<String>,
        #[serde(default)]
        groups: Vec<usize>,
    },
    Prefix {
        keep: Vec<usize>,
    },
    Date {
        levels: Vec<String>,
    },
    File {
        path: String,
        delimiter: Option<char>,
    },
    Tree {
        tree: toml::Table,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseEntry {
    pub(super) input: Option<String>,
    pub(super) columns: Option<Vec<String>>,
    pub(super) models: Option<Vec<toml::Table>>,
    pub(super) max_suppressed: Option<f64>,
    pub(super) metric: Option<crate::kanon::Metric>,
    pub(super) search: Option<String>,
    pub(super) max_steps: Option<u64>,
    pub(super) max_seconds: Option<f64>,
    pub(super) compare: Option<Vec<String>>,
    pub(super) safe_pub: Option<SafePubEntry>,
    pub(super) frozen: Option<String>,
    pub(super) too_few: Option<crate::kanon::TooFew>,
    pub(super) membership: Option<MembershipEntry>,
    pub(super) domain: Option<String>,
    pub(super) shuffle: Option<bool>,
    pub(super) ledger: Option<String>,
    pub(super) key: Option<String>,
    pub(super) budget: Option<BudgetEntry>,
    pub(super) bounds: Option<BoundsEntry>,
    pub(super) queries: Option<Vec<QueryEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SafePubEntry {
    pub(super) epsilon: f64,
    pub(super) delta: f64,
    pub(super) sampling: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MembershipEntry {
    pub(super) key: String,
    #[serde(default)]
    pub(super) earlier: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetEntry {
    pub(super) epsilon: f64,
    pub(super) delta: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoundsEntry {
    pub(super) rows_per_person: u32,
    pub(super) groups_per_person: u32,
    pub(super) rows_per_group: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryEntry {
    pub(super) count: Option<String>,
    pub(super) sum: Option<String>,
    pub(super) mean: Option<String>,
    pub(super) variance: Option<String>,
    pub(super) histogram: Option<String>,
    pub(super) quantiles: Option<Vec<f64>>,
    pub(super) of: Option<String>,
    pub(super) by: Option<String>,
    pub(super) keys: Option<Vec<String>>,
    pub(super) clamp: Option<ClampEntry>,
    pub(super) bins: Option<u32>,
    pub(super) edges: Option<Vec<f64>>,
    pub(super) unreadable: Option<UnreadableEntry>,
    #[serde(rename = "where")]
    pub(super) only: Option<BTreeMap<String, toml::Value>>,
    pub(super) at_least: Option<u64>,
    pub(super) epsilon: Option<f64>,
    pub(super) accuracy: Option<f64>,
}

/// `[0, 50000]` or `{ find = 0.1 }`.
#[derive(Clone, Copy, Deserialize)]
#[serde(
    untagged,
    expecting = "clamp takes [LOW, HIGH], or { find = EPSILON } for bounds that are found in the data"
)]
pub(super) enum ClampEntry {
    Public([f64; 2]),
    Found(FindEntry),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindEntry {
    pub(super) find: f64,
}

/// A word, or a number.
#[derive(Deserialize)]
#[serde(untagged, expecting = "unreadable takes 'lower', 'upper', 'left_out' or a number")]
pub(super) enum UnreadableEntry {
    Value(f64),
    Word(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverrideEntry {
    pub(super) rule: Rule,
    pub(super) release: String,
    pub(super) who: String,
    pub(super) why: String,
    pub(super) until: String,
}

/// A refusal that a person may overrule, in writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rule {
    /// The smallest class, with the insensitive columns counted, is below k.
    KWithInsensitive,
    /// A release without models holds columns that leave as they are.
    KeptColumns,
}
