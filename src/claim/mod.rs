//! What a result establishes, under which assumptions, and how someone else can check it.
//!
//! Engines return claims, never a score. The words are chosen once, here: [`Claim::sentence`] says what
//! holds, and no claim ever says that a table is safe.

mod sentence;
mod statement;

use std::fmt;

pub use statement::{ColumnTreatment, ComparedWith, GroundDistance, Statement, Values};

/// How a claim can be checked by someone who does not trust whoever made it.
///
/// # Examples
/// ```
/// use incog::claim::{Check, Claim, Statement};
/// let (amount, neighbors) = ("zcdp rho=0.125".to_owned(), "add_or_remove_one".to_owned());
/// let loss = Statement::PrivacyLoss { amount, neighbors, person: "patient".into() };
/// let claims = [Claim::new("visits", Check::Attested, loss)];
/// // What a reader has to believe, since nobody outside can see that the noise was drawn.
/// let believed = claims.iter().filter(|claim| claim.check == Check::Attested);
/// let lines: Vec<String> = believed.map(|claim| format!("{}: {claim}", claim.check.word())).collect();
/// assert!(lines[0].starts_with("attested: statistics alone: privacy loss of zcdp rho=0.125 per patient"), "{lines:?}");
/// ```
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
