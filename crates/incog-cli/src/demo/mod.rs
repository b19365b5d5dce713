//! The demo: synthetic patients with a known truth, and the way from them to a checked release.

pub(crate) mod data;
mod draw;
mod note;
mod person;
pub(crate) mod score;
mod words;

/// The policy that the demo applies to so many patients. A small control leaves wide intervals, and a gate would refuse
/// whatever it is given; so few patients are released without one.
pub(crate) fn policy(rows: usize) -> &'static str {
    let without = || POLICY.split_once("\n# Attacks before").map_or(POLICY, |(before, _)| before);
    if rows < LEAST_FOR_GATE { without() } else { POLICY }
}

const POLICY: &str = include_str!("policy.toml");
/// A control of 1,000: what an interval leaves open is about 0.03.
const LEAST_FOR_GATE: usize = 10_000;
