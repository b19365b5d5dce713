//! What attacks came to, for those who hold the internal folder: whether the figures keep the limit that the card claims.
//!
//! The experiment is not done again. Its counts are read, and the interval is worked out from them here, in code of its own:
//! Newcombe, *Interval Estimation for the Difference between Independent Proportions*, Statistics in Medicine 17, 1998, method 10,
//! of Wilson's limits.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Card;
use crate::{claim::Statement, num};

/// `attacks.json`, as far as it is held against the card.
#[derive(Deserialize)]
pub(super) struct Attacks {
    releases: BTreeMap<String, Report>,
}

#[derive(Deserialize)]
struct Report {
    known: Vec<String>,
    attacks: Vec<Attack>,
}

#[derive(Deserialize)]
struct Attack {
    name: String,
    column: Option<String>,
    decides: bool,
    attack: Counts,
    control: Counts,
}

#[derive(Deserialize)]
struct Counts {
    hits: u64,
    trials: u64,
}

/// Whether the card claims an excess.
pub(super) fn is_claimed(card: &Card) -> bool {
    card.claims.iter().any(|c| matches!(c.statement, Statement::ExcessRisk { .. }))
}

/// Holds the figures against each claim; says how many there are.
pub(super) fn check(found: &Attacks, card: &Card) -> Result<String, String> {
    let mut attempts = 0;
    for claim in &card.claims {
        let Statement::ExcessRisk { attacks, columns, sensitive, max_excess, confidence, .. } =
            &claim.statement
        else {
            continue;
        };
        let release = &claim.release;
        let report =
            found.releases.get(release).ok_or_else(|| format!("it has no attacks on '{release}'"))?;
        if (confidence - CONFIDENCE).abs() > 1e-9 {
            return Err(format!("it has intervals of {CONFIDENCE}, the claim about '{release}' another"));
        }
        let decided: Vec<&Attack> = report.attacks.iter().filter(|a| a.decides).collect();
        if !attacks.iter().all(|name| decided.iter().any(|a| a.name == *name))
            || !decided.iter().all(|a| attacks.contains(&a.name))
        {
            return Err(format!("it has other attacks on '{release}' than the card"));
        }
        let mut inferred: Vec<&String> = decided.iter().filter_map(|a| a.column.as_ref()).collect();
        let mut wanted: Vec<&String> = sensitive.iter().collect();
        inferred.sort_unstable();
        wanted.sort_unstable();
        if report.known != *columns || inferred != wanted {
            return Err(format!(
                "it has attacks by other columns on '{release}', or on others, than the card"
            ));
        }
        for attack in decided {
            if (attack.column.is_some()) != (attack.name == "inference") {
                return Err(format!(
                    "it has a column for another attack on '{release}' than inference, or none for it"
                ));
            }
            if [&attack.attack, &attack.control].iter().any(|counts| counts.hits > counts.trials) {
                return Err(format!(
                    "{} of '{release}' has more successes than attempts",
                    attack.name.replace('_', " ")
                ));
            }
            let upper = upper_limit(&attack.attack, &attack.control);
            if upper > max_excess + 1e-9 {
                return Err(format!(
                    "{} of '{release}' adds up to {upper:.4} by its counts, the card says {max_excess}",
                    attack.name.replace('_', " ")
                ));
            }
            attempts = [&attack.attack, &attack.control]
                .iter()
                .fold(attempts, |sum: u64, c| sum.saturating_add(c.trials));
        }
    }
    Ok(format!("the counts of {attempts} attempts keep the limit that the card claims"))
}

/// The upper limit of the difference of two shares.
fn upper_limit(attack: &Counts, control: &Counts) -> f64 {
    let ((p, _, high), (q, low, _)) = (wilson(attack), wilson(control));
    (p - q + (high - p).hypot(q - low)).min(1.0)
}

/// A share with its limits; anything is possible where nothing was tried.
fn wilson(counts: &Counts) -> (f64, f64, f64) {
    if counts.trials == 0 {
        return (0.0, 0.0, 1.0);
    }
    let (n, z) = (num::to_f64(counts.trials), QUANTILE);
    let p = num::to_f64(counts.hits.min(counts.trials)) / n;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let (middle, scale) = (p + z * z / (2.0 * n), 1.0 + z * z / n);
    (p, ((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

/// That of the intervals in the folder.
const CONFIDENCE: f64 = 0.95;
/// The 97.5 % quantile of the normal distribution.
const QUANTILE: f64 = 1.959_963_984_540_054;
