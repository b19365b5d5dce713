//! What a result establishes, under which assumptions, and how someone else can check it.
//!
//! Engines return claims, never a score. The words are chosen once, here: [`Claim::sentence`] says what
//! holds, and no claim ever says that a table is safe.

use std::{collections::BTreeMap, fmt};

/// How a claim can be checked by someone who does not trust whoever made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Check {
    /// From the release folder alone.
    Recomputed,
    /// With the raw data and the keys.
    Replayable,
    /// An experiment, given with its interval.
    Measured,
    /// Trusted: that noise was drawn, that sampling was done, that the budget was charged.
    Attested,
}

/// One statement about a release, with the assumptions it rests on.
///
/// # Examples
/// ```
/// use incog::claim::{Check, Claim, Statement};
/// let claim = Claim::new(
///     "table",
///     Check::Recomputed,
///     Statement::KAnonymity {
///         k: 10,
///         columns: vec!["age".into(), "zip".into()],
///         insensitive: vec![],
///         with_insensitive: None,
///     },
/// );
/// assert_eq!(claim.sentence(), "each row of 'table' equals at least 9 others on {age, zip}");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Claim {
    /// Name of the release that the statement is about.
    pub release: String,
    /// How it can be checked.
    pub check: Check,
    /// What holds.
    pub statement: Statement,
    /// What it rests on, each a sentence.
    pub assumptions: Vec<String>,
}

/// What holds. Meanings never change; a new meaning is a new variant.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[non_exhaustive]
pub enum Statement {
    /// Each released row equals at least `k - 1` others on `columns`.
    KAnonymity {
        /// The size of the smallest class is at least this.
        k: u64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
        /// The insensitive columns, which may be known to someone after all.
        insensitive: Vec<String>,
        /// The smallest class when the insensitive columns count as well; none when there are no such columns.
        with_insensitive: Option<u64>,
    },
    /// Each class of rows that are equal on `columns` belongs to at least `k` persons of `person`.
    PersonKAnonymity {
        /// The least number of distinct persons in a class.
        k: u64,
        /// The quasi-identifying columns.
        columns: Vec<String>,
        /// The raw column that names the person; it is not released.
        person: String,
    },
    /// Each class of rows that are equal on `columns` holds at least `l` distinct values of `sensitive`.
    DistinctLDiversity {
        /// The least number of distinct values in a class.
        l: u64,
        /// The sensitive column.
        sensitive: String,
        /// The quasi-identifying columns.
        columns: Vec<String>,
    },
    /// Identifiers were replaced by keyed stand-ins or removed. Whoever holds the key can undo it, and
    /// what else is in the row may still single a person out.
    Pseudonymised {
        /// What was done, column by column.
        columns: Vec<ColumnTreatment>,
    },
    /// A scan of these text columns found nothing of the named kinds at or above the confidence.
    NothingFound {
        /// The text columns.
        columns: Vec<String>,
        /// The kinds looked for.
        entities: Vec<String>,
        /// Findings below this confidence were not counted, in thousandths.
        min_confidence_permille: u16,
    },
    /// A scan of these text columns by the policy's own scanner found nothing of the named kinds. Recognizers and
    /// allowed values are in the policy and not on the card.
    NothingFoundByPolicy {
        /// The text columns.
        columns: Vec<String>,
        /// The kinds looked for, each with the confidence in thousandths below which findings were not counted.
        entities: BTreeMap<String, u16>,
        /// Kinds for which the policy has recognizers of its own.
        own: Vec<String>,
        /// How many values the policy allows to stay, whatever finds them.
        allowed: u64,
    },
    /// Statistics with differential privacy, for adding or removing all rows of one person.
    DifferentialPrivacy {
        /// Decimal text of the epsilon that was charged.
        epsilon: String,
        /// Decimal text of the delta that was charged.
        delta: String,
        /// The relation between neighboring tables.
        neighbors: String,
        /// The raw column that names the person.
        person: String,
    },
    /// Statistics whose privacy loss is bounded in a measure other than (epsilon, delta), for all rows of one person.
    PrivacyLoss {
        /// The measure and the amount that was charged, as in `zcdp rho=0.125`.
        amount: String,
        /// The relation between neighboring tables.
        neighbors: String,
        /// The raw column that names the person.
        person: String,
    },
}

/// What was done to one column of a pseudonymised release.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct ColumnTreatment {
    /// Name of the column.
    pub column: String,
    /// What was done to it, in a word: `token`, `fpe`, `date_shift`, `scrub`, `generalized`, `kept`.
    pub treatment: String,
}

impl ColumnTreatment {
    /// `treatment` was done to `column`.
    #[must_use]
    pub fn new(column: impl Into<String>, treatment: impl Into<String>) -> Self {
        ColumnTreatment { column: column.into(), treatment: treatment.into() }
    }
}

impl Claim {
    /// A claim about `release` without assumptions.
    #[must_use]
    pub fn new(release: impl Into<String>, check: Check, statement: Statement) -> Self {
        Claim { release: release.into(), check, statement, assumptions: Vec::new() }
    }

    /// The same claim, resting on one more assumption.
    #[must_use]
    pub fn assuming(mut self, assumption: impl Into<String>) -> Self {
        self.assumptions.push(assumption.into());
        self
    }

    /// The claim in plain words, without its assumptions.
    #[must_use]
    pub fn sentence(&self) -> String {
        let release = &self.release;
        match &self.statement {
            Statement::KAnonymity { k, columns, with_insensitive, .. } => {
                let with = with_insensitive
                    .map(|k| format!("; with the insensitive columns: k = {k}"))
                    .unwrap_or_default();
                format!(
                    "each row of '{release}' equals at least {} others on {{{}}}{with}",
                    k.saturating_sub(1),
                    columns.join(", ")
                )
            }
            Statement::PersonKAnonymity { k, columns, person } => format!(
                "each class of '{release}' on {{{}}} belongs to at least {k} distinct persons ({person})",
                columns.join(", ")
            ),
            Statement::DistinctLDiversity { l, sensitive, columns } => format!(
                "each class of '{release}' on {{{}}} holds at least {l} distinct values of {sensitive}",
                columns.join(", ")
            ),
            Statement::Pseudonymised { columns } => {
                let columns: Vec<_> =
                    columns.iter().map(|c| format!("{} ({})", c.column, c.treatment)).collect();
                format!("'{release}' is pseudonymised: {}", columns.join(", "))
            }
            Statement::NothingFound { columns, entities, min_confidence_permille } => format!(
                "a scan of {{{}}} of '{release}' for {} kinds found nothing at confidence {} or above",
                columns.join(", "),
                entities.len(),
                f64::from(*min_confidence_permille) / 1000.0
            ),
            Statement::NothingFoundByPolicy { columns, entities, own, allowed } => format!(
                "a scan of {{{}}} of '{release}' by the policy's scanner for {} kinds, {} with recognizers of its \
                 own, found nothing but {allowed} allowed values",
                columns.join(", "),
                entities.len(),
                own.len(),
            ),
            Statement::PrivacyLoss { amount, neighbors, person } => format!(
                "statistics alone: privacy loss of {amount} per {person}, {}",
                neighbors.replace('_', " ")
            ),
            Statement::DifferentialPrivacy { epsilon, delta, neighbors, person } => format!(
                "statistics alone: ({epsilon}, {delta})-differential privacy per {person}, {}",
                neighbors.replace('_', " ")
            ),
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl Check {
    /// The word for it in cards and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Check::Recomputed => "recomputed",
            Check::Replayable => "replayable",
            Check::Measured => "measured",
            Check::Attested => "attested",
        }
    }
}
