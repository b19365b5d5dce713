//! Which of several overlapping findings stays.

use std::collections::BTreeMap;

use super::{Finding, catalog};

/// Keeps, of findings that overlap, the one of highest confidence; of equally sure ones the longest; of equally
/// long ones the entity that comes first in the catalog; then the one that starts first. Repeats until
/// nothing overlaps. Works on `findings[from..]` and leaves it sorted by start.
///
/// # Guarantee
/// For all inputs, what stays does not overlap, is sorted, and does not depend on the order of the input.
pub(super) fn resolve(findings: &mut Vec<Finding>, from: usize) {
    if findings.len() < from + 2 {
        return;
    }
    let apart = |findings: &[Finding]| findings.windows(2).all(|pair| pair[0].end() <= pair[1].start());
    // As the search leaves them, mostly.
    if apart(&findings[from..]) {
        return;
    }
    findings[from..].sort_by_key(|f| (f.start(), f.end()));
    if apart(&findings[from..]) {
        return;
    }
    let mut rest = findings.split_off(from);
    rest.sort_by(|a, b| {
        (b.confidence(), b.range().len())
            .cmp(&(a.confidence(), a.range().len()))
            .then_with(|| catalog::rank(a.entity()).cmp(&catalog::rank(b.entity())))
            .then_with(|| a.entity().cmp(b.entity()))
            .then_with(|| a.start().cmp(&b.start()))
    });
    let mut kept: BTreeMap<usize, Finding> = BTreeMap::new();
    for finding in rest {
        let before = kept.range(..finding.end()).next_back();
        if before.is_none_or(|(_, other)| other.end() <= finding.start()) {
            kept.insert(finding.start(), finding);
        }
    }
    findings.extend(kept.into_values());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pii::{Confidence, Entity, Reason};

    fn finding(start: usize, end: usize, confidence: Confidence) -> Finding {
        Finding::new(start..end, Entity::URL, confidence, Reason::shape("test"))
    }

    /// However many findings stand before those that are looked at, and whatever they are.
    #[test]
    fn only_what_stands_behind_the_place_is_resolved_and_all_of_it() {
        for known in 0..6 {
            let before: Vec<Finding> = (0..known).map(|_| finding(0, 9, Confidence::LIKELY)).collect();
            let mut findings = before.clone();
            findings.push(finding(5, 9, Confidence::CERTAIN));
            findings.push(finding(0, 6, Confidence::LIKELY));
            resolve(&mut findings, known);
            assert_eq!(findings[..known], before);
            assert_eq!(findings[known..], [finding(5, 9, Confidence::CERTAIN)]);
        }
    }
}
