//! What an outcome establishes.

use super::Anonymizer;
use crate::{
    claim::{Check, Claim, Statement},
    kanon::{Report, model::Guarantee},
};

impl Anonymizer {
    /// What the outcome establishes about `release`, for the card.
    #[must_use]
    pub fn claims(&self, release: &str, report: &Report) -> Vec<Claim> {
        let columns: Vec<String> = self.columns.iter().map(|c| c.name.clone()).collect();
        let mut claims = Vec::new();
        for model in &self.models {
            match model.guarantee() {
                Some(Guarantee::KAnonymity { k }) => {
                    let statement = Statement::KAnonymity {
                        k,
                        columns: columns.clone(),
                        insensitive: self.insensitive.clone(),
                        with_insensitive: (!self.insensitive.is_empty()).then_some(report.k_with_insensitive),
                    };
                    claims
                        .push(Claim::new(release, Check::Recomputed, statement).assuming(
                            "an attacker knows at most the quasi-identifying columns about anyone",
                        ));
                    if let Some(person) = &self.person {
                        let statement = Statement::PersonKAnonymity {
                            k,
                            columns: columns.clone(),
                            person: person.clone(),
                        };
                        claims.push(Claim::new(release, Check::Replayable, statement));
                    }
                }
                Some(Guarantee::DistinctLDiversity { l, column }) => {
                    let statement = Statement::DistinctLDiversity {
                        l,
                        sensitive: column.to_owned(),
                        columns: columns.clone(),
                    };
                    claims.push(Claim::new(release, Check::Recomputed, statement));
                }
                _ => {}
            }
        }
        claims
    }
}
