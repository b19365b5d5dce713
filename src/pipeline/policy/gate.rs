//! What is tried on a release before it leaves, and how much it may give away.

use super::{document::GateEntry, release::Release};
use crate::{
    audit::table::AttackKind,
    error::{Error, Result},
};

/// `[gate]`: attacks on each table under models, decided on by the upper limit of what they add to a control.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::{audit::table::AttackKind, pipeline::Policy};
/// let gate = r#"
/// [gate]
/// attacks = ["singling_out"]
/// max_excess_risk = 0.1
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\n[input]\npath = 'stays.csv'\n[columns]\nage = {{ role = 'quasi' }}\n\
/// #      [release.table]\ncolumns = ['age']\nmodels = [{{ k_anonymity = 5 }}]\nsearch = 'optimal'{gate}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let gate = policy.gate().expect("it has one");
/// assert_eq!((&gate.attacks[..], gate.max_excess_risk), (&[AttackKind::SinglingOut][..], 0.1));
/// assert_eq!(gate.control, 0.1, "a tenth of the persons is held back, unless it says otherwise");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Gate {
    /// What is tried.
    pub attacks: Vec<AttackKind>,
    /// A register of persons that an attacker may have, relative to the policy.
    pub auxiliary: Option<String>,
    /// The largest upper limit (95 %) of an excess over the control at which a release leaves.
    pub max_excess_risk: f64,
    /// The share of persons who are held back from tables under models.
    pub control: f64,
    /// At most so many attempts on each side.
    pub samples: Option<usize>,
}

impl Gate {
    pub(super) fn new<'r>(entry: GateEntry, mut releases: impl Iterator<Item = &'r Release>) -> Result<Self> {
        let attacks = entry.attacks.unwrap_or_default();
        if attacks.is_empty() && entry.auxiliary.is_none() {
            return Err(Error::gate_without_attack());
        }
        if (1..attacks.len()).any(|i| attacks[..i].contains(&attacks[i])) {
            return Err(Error::gate_repeats());
        }
        if !(entry.max_excess_risk > 0.0 && entry.max_excess_risk <= 1.0) {
            return Err(Error::gate_limit(entry.max_excess_risk));
        }
        let control = entry.control.unwrap_or(CONTROL);
        if !(control > 0.0 && control <= 0.9) {
            return Err(Error::gate_control(control));
        }
        if entry.samples == Some(0) {
            return Err(Error::gate_samples());
        }
        if !releases.any(|r| matches!(r, Release::Table(table) if !table.models.is_empty())) {
            return Err(Error::gate_without_table());
        }
        Ok(Gate {
            attacks,
            auxiliary: entry.auxiliary,
            max_excess_risk: entry.max_excess_risk,
            control,
            samples: entry.samples,
        })
    }
}

/// The share of persons who are held back if the policy says nothing else.
const CONTROL: f64 = 0.1;
