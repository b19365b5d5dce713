//! What searches free text: the policy's scanner, and what of it anybody can repeat.

use std::collections::BTreeMap;

use crate::{
    claim::{Check, Claim, Statement},
    error::Result,
    num,
    pii::{self, Confidence, Entity, Scanner},
};

/// The scanners of a policy.
pub(super) struct Scanners {
    policy: Scanner,
    repeatable: Vec<Repeatable>,
}

/// Entities of the catalog that are scanned for at one confidence, so that anybody can scan for them again.
struct Repeatable {
    confidence: Confidence,
    entities: Vec<Entity>,
    scanner: Scanner,
}

impl Scanners {
    pub(super) fn of(policy: &Scanner) -> Result<Self> {
        Ok(Scanners { policy: policy.clone(), repeatable: Repeatable::of(policy)? })
    }

    /// The policy's own.
    pub(super) fn policy(&self) -> &Scanner {
        &self.policy
    }

    /// The policy's own, then those that a verifier will use.
    pub(super) fn all(&self) -> Vec<Scanner> {
        let mut scanners = vec![self.policy.clone()];
        // A verifier's scanner is the policy's own, or one of several that look for a part of it.
        if self.repeatable.len() > 1 || !self.policy.own_entities().is_empty() {
            scanners.extend(self.repeatable.iter().map(|r| r.scanner.clone()));
        }
        scanners
    }

    /// What a scan of `columns` of `release` establishes.
    pub(super) fn claims(&self, release: &str, columns: &[String]) -> Vec<Claim> {
        if columns.is_empty() {
            return Vec::new();
        }
        let repeatable = self.repeatable.iter().map(|r| r.claim(release, columns));
        repeatable.chain(by_policy(release, columns, &self.policy)).collect()
    }
}

impl Repeatable {
    /// What of a scanner can be repeated without the policy. With allowed values nothing can: they are found again.
    fn of(scanner: &Scanner) -> Result<Vec<Repeatable>> {
        if scanner.allowed() > 0 {
            return Ok(Vec::new());
        }
        let mut groups: BTreeMap<u16, Vec<Entity>> = BTreeMap::new();
        // Of an entity with recognizers of the policy's own, those of the catalog can be repeated.
        for entity in scanner.entities().into_iter().filter(|e| pii::known_entities().contains(e)) {
            groups.entry(scanner.threshold(&entity).permille()).or_default().push(entity);
        }
        let group = |(permille, entities): (u16, Vec<Entity>)| {
            let confidence = Confidence::from_permille(permille)?;
            let scanner = Scanner::builder().entities(entities.clone()).min_confidence(confidence).build()?;
            Ok(Repeatable { confidence, entities, scanner })
        };
        groups.into_iter().map(group).collect()
    }

    fn claim(&self, release: &str, columns: &[String]) -> Claim {
        let statement = Statement::NothingFound {
            columns: columns.to_vec(),
            entities: self.entities.iter().map(|e| e.as_str().to_owned()).collect(),
            min_confidence_permille: self.confidence.permille(),
        };
        Claim::new(release, Check::Recomputed, statement).assuming(
            "the scan is repeated with the scanner that redacted the text; what it does not know, it does not find",
        )
    }
}

/// The claim on what only the policy's scanner finds, or leaves: names of entities, never words or patterns.
fn by_policy(release: &str, columns: &[String], scanner: &Scanner) -> Option<Claim> {
    let own = scanner.own_entities();
    if own.is_empty() && scanner.allowed() == 0 {
        return None;
    }
    let statement = Statement::NothingFoundByPolicy {
        columns: columns.to_vec(),
        entities: scanner
            .entities()
            .iter()
            .map(|e| (e.as_str().to_owned(), scanner.threshold(e).permille()))
            .collect(),
        own: own.iter().map(|e| e.as_str().to_owned()).collect(),
        allowed: num::count(scanner.allowed()),
    };
    let claim = Claim::new(release, Check::Replayable, statement);
    Some(claim.assuming("the policy's recognizers find what they are meant to find, and a list who is on it"))
}
