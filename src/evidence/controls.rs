//! The control matrix: risks, what is done about them, and where the card of a release shows it.
//!
//! The matrix is data, `docs/controls.toml`; here it is filled for one release.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{Card, Outcome, Verification, sign::SIGNATURE_FILE, verify::UNSIGNED};

/// A risk, and what is done about it.
///
/// # Examples
/// ```
/// use incog::evidence::controls;
/// let attacks = controls().iter().find(|control| control.id == "attacks").expect("it is in the matrix");
/// println!("{}\n{}", attacks.risk, attacks.control);
/// assert!(!attacks.tests.is_empty() && !attacks.card.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Control {
    /// Its name.
    pub id: String,
    /// What can go wrong.
    pub risk: String,
    /// What is done about it.
    pub control: String,
    /// The tests that try to break it.
    pub tests: Vec<String>,
    /// Where the card shows it: members, `claims/KIND`, `policy.lock`, `signature`.
    pub card: Vec<String>,
}

/// What a release shows of a control.
///
/// # Examples
/// ```
/// use incog::evidence::Standing;
/// assert_eq!(Standing::Stated.words(), "stated, not checked");
/// let passes = |standing| !matches!(standing, Standing::Differs);
/// assert!(passes(Standing::Absent) && !passes(Standing::Differs));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// Checked, and as claimed.
    Holds,
    /// Checked, and not as claimed.
    Differs,
    /// On the card, and not checked: attested, replayable, or nothing was verified.
    Stated,
    /// Not in this release.
    Absent,
}

impl Standing {
    /// In a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Standing::Holds => "holds",
            Standing::Differs => "DIFFERS",
            Standing::Stated => "stated, not checked",
            Standing::Absent => "not in this release",
        }
    }
}

/// A control, filled for a release.
///
/// # Examples
/// What a card states without a verification:
/// ```
/// use incog::evidence::{Card, InputRecord, Standing, Tool, controls_in};
/// let mut card = Card::new(Tool::this_build(), "ward planning".into(), "00".into());
/// card.inputs.push(InputRecord::new(Some("9f86d081".into())));
/// let matrix = controls_in(&card, None);
/// let input = matrix.iter().find(|row| row.control.id == "which-input").expect("it is in the matrix");
/// assert_eq!((input.standing, &input.subjects[..]), (Standing::Stated, &["/inputs".to_owned()][..]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ControlInRelease {
    /// The control.
    #[serde(flatten)]
    pub control: &'static Control,
    /// What the release shows of it.
    pub standing: Standing,
    /// JSON Pointers into the card, or names of files beside it, that show it.
    pub subjects: Vec<String>,
}

/// The matrix, as `docs/controls.toml` has it.
///
/// # Examples
/// ```
/// let matrix = incog::evidence::controls();
/// assert!(matrix.iter().all(|control| !control.tests.is_empty()));
/// ```
#[must_use]
pub fn controls() -> &'static [Control] {
    #[derive(Deserialize)]
    struct Matrix {
        control: Vec<Control>,
    }
    static MATRIX: OnceLock<Vec<Control>> = OnceLock::new();
    MATRIX.get_or_init(|| {
        // Tests read it, so it is never empty.
        toml::from_str(include_str!("../../docs/controls.toml"))
            .map_or_else(|_| Vec::new(), |m: Matrix| m.control)
    })
}

/// The matrix for the release of `card`, with what `verification` found, if there was one.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, Standing, Tool, controls, controls_in};
/// let card = Card::new(Tool::new("incog".into(), "0.1.0".into(), vec![]), "ward planning".into(), "00".into());
/// let matrix = controls_in(&card, None);
/// assert_eq!(matrix.len(), controls().len());
/// // Nothing was verified, so nothing holds: it is stated by the card, or absent.
/// assert!(matrix.iter().all(|row| matches!(row.standing, Standing::Stated | Standing::Absent)));
/// ```
#[must_use]
pub fn controls_in(card: &Card, verification: Option<&Verification>) -> Vec<ControlInRelease> {
    controls()
        .iter()
        .map(|control| {
            let subjects: Vec<String> =
                control.card.iter().flat_map(|place| subjects(card, verification, place)).collect();
            ControlInRelease { control, standing: standing(&subjects, verification), subjects }
        })
        .collect()
}

fn standing(subjects: &[String], verification: Option<&Verification>) -> Standing {
    if subjects.is_empty() {
        return Standing::Absent;
    }
    let checks = verification.iter().flat_map(|v| &v.checks).filter(|c| subjects.contains(&c.subject));
    let outcomes: Vec<Outcome> = checks.map(|c| c.outcome).collect();
    if outcomes.contains(&Outcome::Differs) {
        Standing::Differs
    } else if outcomes.contains(&Outcome::Holds) {
        Standing::Holds
    } else {
        Standing::Stated
    }
}

/// What on this card is at `place`.
fn subjects(card: &Card, verification: Option<&Verification>, place: &str) -> Vec<String> {
    if let Some(kind) = place.strip_prefix("claims/") {
        let of_kind = card.claims.iter().enumerate().filter(|(_, claim)| {
            let statement = serde_json::to_value(&claim.statement).unwrap_or_default();
            statement.get(kind).is_some()
        });
        return of_kind.map(|(i, _)| format!("/claims/{i}")).collect();
    }
    // One that nobody trusts is there, too, and says nothing.
    let signed = || {
        verification.is_some_and(|v| {
            let mut checks = v.checks.iter();
            checks.any(|c| c.subject == SIGNATURE_FILE && c.detail != UNSIGNED)
        })
    };
    match place {
        "outputs" => {
            let each = (0..card.outputs.len()).map(|i| format!("/outputs/{i}"));
            ["/outputs".to_owned()].into_iter().chain(each).collect()
        }
        "policy.lock" if card.outputs.iter().any(|o| o.file == place) => vec![place.to_owned()],
        // Whether a card is signed is not on the card.
        "signature" if signed() => vec![SIGNATURE_FILE.to_owned()],
        "policy.lock" | "signature" => Vec::new(),
        member => {
            let value = serde_json::to_value(card).ok().and_then(|card| card.get(member).cloned());
            let there = value.is_some_and(|value| match value {
                serde_json::Value::Null => false,
                serde_json::Value::Array(items) => !items.is_empty(),
                serde_json::Value::Object(members) => !members.is_empty(),
                _ => true,
            });
            if there { vec![format!("/{member}")] } else { Vec::new() }
        }
    }
}
