//! The card: what a release says about itself, for programs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::claim::Claim;

/// The schema that this version writes. Its meaning never changes; another meaning is another number.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, SCHEMA, Tool};
/// let card = Card::new(Tool::this_build(), "ward planning".into(), "00".into());
/// assert_eq!((card.schema.as_str(), SCHEMA), ("incog-card/1", "incog-card/1"));
/// ```
pub const SCHEMA: &str = "incog-card/1";

/// A release's card: public, without a raw value.
///
/// # Examples
/// A field that this version does not know may say anything, so such a card is none:
/// ```
/// use incog::evidence::{Card, Tool};
/// let card = Card::new(Tool::this_build(), "ward planning".into(), "00".into());
/// let mut json = serde_json::to_value(&card).unwrap();
/// assert_eq!(serde_json::from_value::<Card>(json.clone()).unwrap(), card);
/// json["certified"] = true.into();
/// assert!(serde_json::from_value::<Card>(json).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Card {
    /// [`SCHEMA`].
    pub schema: String,
    /// What made the release.
    pub tool: Tool,
    /// What the data may be used for.
    pub purpose: String,
    /// SHA-256 of the policy file.
    pub policy_sha256: String,
    /// Refusals that a person overruled.
    pub overrides: Vec<OverrideRecord>,
    /// What the release was made from.
    pub inputs: Vec<InputRecord>,
    /// What left.
    pub outputs: Vec<Output>,
    /// What holds, and how to check it.
    pub claims: Vec<Claim>,
    /// What holds of the releases together.
    pub joint: Vec<String>,
    /// What the released rows are still good for, by release.
    pub utility: BTreeMap<String, Utility>,
    /// What was charged, by release.
    pub budget: BTreeMap<String, Budget>,
    /// What nobody should conclude.
    pub not_established: Vec<String>,
    /// SHA-256 of the card that this release continues.
    pub parent: Option<String>,
}

/// What made the release.
///
/// # Examples
/// Whether another build may come to other rows:
/// ```
/// use incog::evidence::Tool;
/// let here = Tool::this_build();
/// let of_card = Tool::new("incog".into(), "0.0.1".into(), vec!["pipeline".into()]);
/// assert_ne!((&of_card.version, &of_card.features), (&here.version, &here.features));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tool {
    /// `incog`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The features it was built with.
    pub features: Vec<String>,
}

/// A refusal that a person overruled.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, OverrideRecord, Tool};
/// # let mut card = Card::new(Tool::this_build(), "ward planning".into(), "00".into());
/// # card.overrides.push(OverrideRecord::new(
/// #     "kept_columns".into(), "notes".into(), "A. Silva".into(), "no person in it".into(), "2026-12-31".into(),
/// # ));
/// for o in &card.overrides {
///     println!("{} of '{}': {} answers for it until {}: {}", o.rule, o.release, o.who, o.until, o.why);
/// }
/// assert!(card.overrides.iter().all(|o| o.until.as_str() >= "2026-07-01"), "days are text that can be compared");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OverrideRecord {
    /// The refusal.
    pub rule: String,
    /// The release it concerns.
    pub release: String,
    /// Who answers for it.
    pub who: String,
    /// Why.
    pub why: String,
    /// The last day on which it counts.
    pub until: String,
}

/// What the release was made from, named so that only holders of the key can tell which file it was.
///
/// # Examples
/// Two releases of one file, as far as a reader can tell:
/// ```
/// use incog::evidence::InputRecord;
/// let same = |a: &InputRecord, b: &InputRecord| a.keyed_id.is_some() && a.keyed_id == b.keyed_id;
/// let first = InputRecord::new(Some("9f86d081".into()));
/// assert!(same(&first, &first.clone()));
/// assert!(!same(&InputRecord::new(None), &InputRecord::new(None)), "without a key nothing is known");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct InputRecord {
    /// Keyed digest of the input file; none when the policy uses no key.
    pub keyed_id: Option<String>,
}

/// One file of the release.
///
/// # Examples
/// Whether the file at hand is the one that was released:
/// ```
/// use incog::evidence::{Output, sha256_hex};
/// let released = Output::new("table.csv".into(), sha256_hex(b"age\n30-39\n"), Some(','), Some(1), vec![]);
/// assert_eq!(released.sha256, sha256_hex(b"age\n30-39\n"));
/// assert_ne!(released.sha256, sha256_hex(b"age\n30-38\n"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Output {
    /// Its name in the folder.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// For tables: the byte between two cells.
    pub delimiter: Option<char>,
    /// For tables: the number of rows.
    pub rows: Option<u64>,
    /// For tables: the columns, in order.
    pub columns: Vec<OutputColumn>,
}

/// One column of a released table.
///
/// # Examples
/// A digest for each column says which one was changed:
/// ```
/// use incog::{evidence::{OutputColumn, column_sha256}, table::Column};
/// let ages = Column::from_values(["30-39", "40-49"])?;
/// let released = OutputColumn::new("age".into(), column_sha256(&ages, &[0, 1]));
/// assert_eq!(released.sha256, column_sha256(&ages, &[0, 1]));
/// assert_ne!(released.sha256, column_sha256(&ages, &[1, 0]), "the order of rows counts");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OutputColumn {
    /// Its name.
    pub name: String,
    /// SHA-256 of its cells; see [`column_sha256`](super::column_sha256).
    pub sha256: String,
}

/// What released rows are still good for. Measured against the raw table, so rounded to four digits.
///
/// # Examples
/// ```
/// use std::collections::BTreeMap;
/// use incog::evidence::{Card, Tool, Utility};
/// # let mut card = Card::new(Tool::this_build(), "ward planning".into(), "00".into());
/// # let levels = BTreeMap::from([("age".to_owned(), 1)]);
/// # card.utility.insert("table".into(), Utility::new(levels, "optimal".into(), true, 0.25));
/// for (release, utility) in &card.utility {
///     println!("{release}: {:.0} % of what the columns told is lost", 100.0 * utility.loss);
/// }
/// assert_eq!(card.utility["table"].levels["age"], 1);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Utility {
    /// The level of each quasi-identifying column.
    pub levels: BTreeMap<String, usize>,
    /// How the levels were found.
    pub search: String,
    /// Whether no choice of levels loses less by the measure that was minimized.
    pub optimal: bool,
    /// Information loss, from 0 (as the raw table) to 1 (nothing left).
    pub loss: f64,
}

/// What statistics were charged.
///
/// # Examples
/// ```
/// use incog::evidence::{Budget, Card, Tool};
/// # let mut card = Card::new(Tool::this_build(), "ward planning".into(), "00".into());
/// # let charged = |epsilon: &str| Budget::new(epsilon.into(), "0".into(), "pure".into(), "basic composition".into());
/// # card.budget.extend([("stats".to_owned(), charged("0.5")), ("more".to_owned(), charged("0.25"))]);
/// let all = card.budget.values().map(|charged| incog::dp::Budget::parse(&charged.epsilon, &charged.delta));
/// assert_eq!(all.collect::<incog::Result<Vec<_>>>()?.len(), 2);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Budget {
    /// Decimal text of the epsilon charged.
    pub epsilon: String,
    /// Decimal text of the delta charged.
    pub delta: String,
    /// The ledger's currency.
    pub currency: String,
    /// How costs were added up.
    pub accountant: String,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $type:ident { $($field:ident: $of:ty),* $(,)? })*) => {$(
        impl $type {
            $(#[$doc])*
            #[must_use]
            #[allow(clippy::too_many_arguments, reason = "one argument per field of the format")]
            pub fn new($($field: $of),*) -> Self {
                $type { $($field),* }
            }
        }
    )*};
}

constructors! {
    /// What made the release.
    Tool { name: String, version: String, features: Vec<String> }
    /// A refusal that `who` overruled.
    OverrideRecord { rule: String, release: String, who: String, why: String, until: String }
    /// An input.
    InputRecord { keyed_id: Option<String> }
    /// A file of the release.
    Output { file: String, sha256: String, delimiter: Option<char>, rows: Option<u64>, columns: Vec<OutputColumn> }
    /// A column of a released table.
    OutputColumn { name: String, sha256: String }
    /// What released rows are still good for.
    Utility { levels: BTreeMap<String, usize>, search: String, optimal: bool, loss: f64 }
    /// What statistics were charged.
    Budget { epsilon: String, delta: String, currency: String, accountant: String }
}

/// Every feature of this crate, and whether it is on.
const FEATURES: [(&str, bool); 16] = [
    ("audit", cfg!(feature = "audit")),
    ("csv", cfg!(feature = "csv")),
    ("dp", cfg!(feature = "dp")),
    ("futures", cfg!(feature = "futures")),
    ("insecure-seeded", cfg!(feature = "insecure-seeded")),
    ("kanon", cfg!(feature = "kanon")),
    ("log", cfg!(feature = "log")),
    ("metrics", cfg!(feature = "metrics")),
    ("ndarray", cfg!(feature = "ndarray")),
    ("pii", cfg!(feature = "pii")),
    ("pipeline", cfg!(feature = "pipeline")),
    ("pseudonym", cfg!(feature = "pseudonym")),
    ("rayon", cfg!(feature = "rayon")),
    ("serde", cfg!(feature = "serde")),
    ("sqlite", cfg!(feature = "sqlite")),
    ("tracing", cfg!(feature = "tracing")),
];

impl Tool {
    /// This build of the library: `incog`, its version, and all features that are on, in the order of their names.
    ///
    /// # Examples
    /// ```
    /// let tool = incog::evidence::Tool::this_build();
    /// assert_eq!(tool.name, "incog");
    /// assert!(tool.features.contains(&"pipeline".to_owned()));
    /// ```
    #[must_use]
    pub fn this_build() -> Self {
        let features = FEATURES.iter().filter(|(_, on)| *on).map(|(name, _)| (*name).to_owned());
        Tool::new("incog".to_owned(), env!("CARGO_PKG_VERSION").to_owned(), features.collect())
    }
}

impl Card {
    /// A card of `tool` for `purpose`, under the policy with this digest; everything else empty.
    #[must_use]
    pub fn new(tool: Tool, purpose: String, policy_sha256: String) -> Self {
        Card {
            schema: SCHEMA.to_owned(),
            tool,
            purpose,
            policy_sha256,
            overrides: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            claims: Vec::new(),
            joint: Vec::new(),
            utility: BTreeMap::new(),
            budget: BTreeMap::new(),
            not_established: Vec::new(),
            parent: None,
        }
    }
}
