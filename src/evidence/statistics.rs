//! What `stats.json` says against what is claimed about it: docs/CARD.md section 5.7.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use super::{Card, json, small_file::small_file};
use crate::claim::{Claim, Statement};

/// The statistics of a folder, or why they cannot be read. Empty if they are no output.
pub(super) type Found = Result<BTreeMap<String, Release>, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    releases: BTreeMap<String, Release>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    queries: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    #[serde(rename = "query")]
    _query: String,
    #[serde(rename = "values")]
    _values: Vec<serde::de::IgnoredAny>,
    insecure: bool,
    epsilon: Option<serde_json::Value>,
}

pub(super) fn read(folder: &Path, card: &Card) -> Found {
    if !card.outputs.iter().any(|o| o.file == FILE) {
        return Ok(BTreeMap::new());
    }
    let text = small_file(&folder.join(FILE)).map_err(|e| format!("{FILE} cannot be read: {e}"))?;
    let document: Document =
        json::read(&text).map_err(|why| format!("{FILE} is not of incog-stats/1: {why}"))?;
    if document.schema != "incog-stats/1" {
        return Err(format!("{FILE} is of another schema than incog-stats/1"));
    }
    Ok(document.releases)
}

/// Whether anything is there that contradicts `claim`.
pub(super) fn check(found: &Found, card: &Card, claim: &Claim) -> Result<(), String> {
    if claim.check != crate::claim::Check::Attested {
        return Err(format!("such a claim is attested, and this one says {}", claim.check.word()));
    }
    let releases = found.as_ref().map_err(Clone::clone)?;
    let release =
        releases.get(&claim.release).ok_or_else(|| format!("{FILE} has no release '{}'", claim.release))?;
    if let Some(i) = release.queries.iter().position(|q| q.insecure) {
        return Err(format!("the noise of query {} came from a seed: it protects nobody", i + 1));
    }
    let Statement::DifferentialPrivacy { epsilon, delta, .. } = &claim.statement else { return Ok(()) };
    budget_is(card, &claim.release, epsilon, delta)?;
    let costs: Option<Vec<&str>> = release
        .queries
        .iter()
        .map(|q| q.epsilon.as_ref().and_then(|e| e.as_str()).filter(|e| is_decimal(e)))
        .collect();
    match costs {
        Some(costs) if !costs.is_empty() && sum(&costs) != sum(&[epsilon]) => {
            Err("the epsilons of the queries do not add up to the claim".into())
        }
        _ => Ok(()),
    }
}

/// Whether the card says that this was charged for `release`.
pub(super) fn budget_is(card: &Card, release: &str, epsilon: &str, delta: &str) -> Result<(), String> {
    if card.budget.get(release).is_some_and(|b| b.epsilon == epsilon && b.delta == delta) {
        Ok(())
    } else {
        Err(format!("the budget of '{release}' on the card is another"))
    }
}

/// A release of statistics about which nothing is claimed, or that cannot be read.
pub(super) fn without_claim(found: &Found, claimed: impl Fn(&str) -> bool) -> Option<String> {
    match found {
        Err(why) => Some(why.clone()),
        Ok(releases) => releases
            .keys()
            .find(|name| !claimed(name))
            .map(|name| format!("nothing is claimed about the statistics '{name}'")),
    }
}

/// Digits, and possibly a point and more digits.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(text),
    }
}

/// The exact sum of decimal texts, as digits before and after the point without zeros at the ends. Digit by digit, as on
/// paper: numbers of any length.
fn sum(texts: &[&str]) -> (Vec<u64>, Vec<u64>) {
    let places = texts.iter().map(|t| t.split_once('.').map_or(0, |(_, part)| part.len())).max().unwrap_or(0);
    // From the right.
    let mut digits: Vec<u64> = Vec::new();
    for text in texts {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let padded = format!("{whole}{part:0<places$}");
        for (i, digit) in padded.bytes().rev().enumerate() {
            if i == digits.len() {
                digits.push(0);
            }
            digits[i] += u64::from(digit - b'0');
        }
    }
    let mut carry = 0;
    let mut at = 0;
    while at < digits.len() || carry > 0 {
        if at == digits.len() {
            digits.push(0);
        }
        let value = digits[at] + carry;
        digits[at] = value % 10;
        carry = value / 10;
        at += 1;
    }
    digits.resize(digits.len().max(places), 0);
    let mut whole = digits.split_off(places);
    while whole.last() == Some(&0) {
        whole.pop();
    }
    let zeros = digits.iter().take_while(|&&d| d == 0).count();
    (whole, digits.split_off(zeros))
}

const FILE: &str = "stats.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact() {
        for (texts, total) in [
            (&["0.1", "0.2"][..], "0.3"),
            (&["0.5", "0.50"], "1"),
            (&["99.95", "0.05"], "100.000"),
            (&["0.0000000000000000000000001", "1"], "1.0000000000000000000000001"),
            (&["0", "0.0"], "0"),
        ] {
            assert_eq!(sum(texts), sum(&[total]), "{texts:?}");
        }
        assert_ne!(sum(&["0.1", "0.2"]), sum(&["0.30000000000000004"]));
    }

    #[test]
    fn decimals_are_digits_with_a_point() {
        assert!(["0", "1.5", "007.100"].into_iter().all(is_decimal));
        assert!(!["", ".5", "1.", "1e3", "-1", "+1", " 1", "1.5.5", "inf"].into_iter().any(is_decimal));
    }
}
