//! What an outcome establishes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Anonymizer, Outcome};
use crate::{
    claim::{Check, Claim, ComparedWith, GroundDistance, Statement, Values},
    error::Result,
    kanon::{
        hierarchy::Levels,
        model::{Ground, Guarantee, Reference},
    },
    num,
    table::{Column, Table},
};

impl Anonymizer {
    /// What `outcome`, made from `table`, establishes about `release`, for the card. Models of a user's own have no claim.
    ///
    /// Where classes are compared with the input, the claim holds the distribution of the sensitive column in all of its
    /// rows, so that it can be recomputed: it is then public. Of an outcome without rows nothing is claimed but k: it has no
    /// class of which anything else could be true.
    ///
    /// # Errors
    /// `Refused` if a column of the request is not in `table`.
    pub fn claims(&self, release: &str, table: &Table, outcome: &Outcome) -> Result<Vec<Claim>> {
        let columns: Vec<String> = self.columns.iter().map(|c| c.name.clone()).collect();
        let repeated = self.repeating_person(table)?.and(self.person.as_ref());
        let is_empty = outcome.kept_rows().is_empty();
        let rows_alike = |k| {
            let statement = Statement::KAnonymity {
                k,
                columns: columns.clone(),
                insensitive: self.insensitive.clone(),
                with_insensitive: (!self.insensitive.is_empty())
                    .then_some(outcome.report().k_with_insensitive),
            };
            Claim::new(release, Check::Recomputed, statement)
                .assuming("an attacker knows at most the quasi-identifying columns about anyone")
        };
        let mut claims = Vec::new();
        for model in &self.models {
            let Some(guarantee) = model.guarantee() else { continue };
            match guarantee {
                Guarantee::KAnonymity { k } | Guarantee::PersonK { k } => {
                    claims.push(rows_alike(k));
                    if let Some(person) = &self.person {
                        let statement = Statement::PersonKAnonymity {
                            k,
                            columns: columns.clone(),
                            person: person.clone(),
                        };
                        claims.push(Claim::new(release, Check::Replayable, statement));
                    }
                }
                Guarantee::KMap { k } => {
                    let statement = Statement::KMap { k, columns: columns.clone() };
                    claims.push(
                        Claim::new(release, Check::Replayable, statement)
                            .assuming("every row of the table is a row of the population"),
                    );
                }
                Guarantee::DeltaPresence { min, max } => {
                    let statement = Statement::DeltaPresence { min, max, columns: columns.clone() };
                    claims.push(
                        Claim::new(release, Check::Replayable, statement)
                            .assuming("every row of the table is a row of the population"),
                    );
                }
                _ if is_empty => {}
                Guarantee::AverageRisk { risk } => {
                    let statement = Statement::AverageRisk { risk, columns: columns.clone() };
                    claims.push(Claim::new(release, Check::Recomputed, statement));
                }
                Guarantee::SampleUniques { share } => {
                    let statement = Statement::SampleUniques { share, columns: columns.clone() };
                    claims.push(Claim::new(release, Check::Recomputed, statement));
                }
                Guarantee::PopulationUniques { share, model, population } => {
                    let statement = Statement::PopulationUniques {
                        share,
                        model: model.word().to_owned(),
                        population,
                        columns: columns.clone(),
                    };
                    claims.push(Claim::new(release, Check::Attested, statement).assuming(
                        "the released rows are a simple random sample of a population that divides as the estimator says",
                    ));
                }
                _ => {
                    let values = |name: &str| {
                        let declared = self.sensitive.iter().find(|c| c.name == name);
                        Values::new(name, columns.clone())
                            .unknown(declared.map(|c| c.unknown.clone()).unwrap_or_default())
                            .person(repeated.cloned())
                    };
                    if let Some(statement) = self.of_values(guarantee, values, table, outcome)? {
                        // Persons are not released, so what is counted in them cannot be counted again.
                        let distinct = matches!(statement, Statement::DistinctLDiversity { .. });
                        let check = if repeated.is_some() && !distinct {
                            Check::Replayable
                        } else {
                            Check::Recomputed
                        };
                        claims.push(Claim::new(release, check, statement));
                    }
                }
            }
        }
        // A table about which nothing is claimed does not verify.
        if is_empty && claims.is_empty() && self.models.iter().any(|m| m.guarantee().is_some()) {
            claims.push(rows_alike(1));
        }
        Ok(claims)
    }

    /// What a model establishes about the values of a sensitive column.
    fn of_values(
        &self,
        guarantee: Guarantee<'_>,
        values: impl Fn(&str) -> Values,
        table: &Table,
        outcome: &Outcome,
    ) -> Result<Option<Statement>> {
        let compared = |reference, column: &str, by_name| match reference {
            Reference::Released => Ok(ComparedWith::Released),
            Reference::Input if values(column).person.is_some() => Ok(ComparedWith::Withheld),
            Reference::Input => self.distribution(column, table, outcome, by_name),
        };
        Ok(Some(match guarantee {
            Guarantee::DistinctLDiversity { l, column } => {
                let Values { sensitive, columns, unknown, .. } = values(column);
                Statement::DistinctLDiversity { l, sensitive, columns, unknown }
            }
            Guarantee::EntropyLDiversity { l, column } => {
                Statement::EntropyLDiversity { l, of: values(column) }
            }
            Guarantee::RecursiveLDiversity { c, l, column } => {
                Statement::RecursiveLDiversity { c, l, of: values(column) }
            }
            Guarantee::TCloseness { t, ground, reference, column } => {
                let reference = compared(reference, column, ground != Ground::Equal)?;
                let ground = match ground {
                    Ground::Equal => GroundDistance::Equal,
                    Ground::Ordered => GroundDistance::Ordered,
                    Ground::Hierarchical => GroundDistance::Hierarchical {
                        groups: self.groups_of_values(column, table, outcome, &reference)?,
                    },
                };
                Statement::TCloseness { t, of: values(column), ground, reference }
            }
            Guarantee::NTCloseness { n, t, column } => Statement::NTCloseness { n, t, of: values(column) },
            Guarantee::BetaLikeness { beta, enhanced, reference, column } => Statement::BetaLikeness {
                beta,
                enhanced,
                of: values(column),
                reference: compared(reference, column, false)?,
            },
            Guarantee::DeltaDisclosure { delta, reference, column } => Statement::DeltaDisclosure {
                delta,
                of: values(column),
                reference: compared(reference, column, false)?,
            },
            Guarantee::AlphaK { alpha, column } => Statement::AlphaK { alpha, of: values(column) },
            _ => return Ok(None),
        }))
    }

    /// Rows of each value of `name` in all rows that classes are compared with. Values that no released row has are named
    /// only where it matters which they are.
    fn distribution(
        &self,
        name: &str,
        table: &Table,
        outcome: &Outcome,
        by_name: bool,
    ) -> Result<ComparedWith> {
        let column = table.column(name)?;
        let mut rows = vec![0u64; column.dictionary_len()];
        let outside = self.rows_outside(table)?;
        for (&code, _) in column.codes().iter().zip(&outside).filter(|(_, outside)| !**outside) {
            rows[num::index(code)] += 1;
        }
        let released = released_codes(column, outcome);
        let (mut values, mut others) = (BTreeMap::new(), 0);
        for ((code, value), &n) in (0u32..).zip(column.dictionary()).zip(&rows).filter(|(_, n)| **n > 0) {
            if by_name || released.contains(&code) {
                *values.entry(text(column, code, value)).or_default() += n;
            } else {
                others += n;
            }
        }
        Ok(ComparedWith::Input { values, others })
    }

    /// For each row whether it has a value outside of its hierarchy, so that it is in no class.
    fn rows_outside(&self, table: &Table) -> Result<Vec<bool>> {
        let mut outside = vec![false; table.rows()];
        for quasi in self.columns.iter().filter(|c| c.suppresses_outside()) {
            let column = table.column(&quasi.name)?;
            let levels = quasi.levels(column)?;
            let Some(code_outside) = levels.outside() else { continue };
            for (is_outside, &code) in outside.iter_mut().zip(column.codes()) {
                *is_outside |= levels.level(0).codes()[num::index(code)] == code_outside;
            }
        }
        Ok(outside)
    }

    /// For each value of the sensitive column `name` that is in `reference`, the number of its group on each level of its
    /// hierarchy. Where the distribution of the input is not on the card, only released values are.
    fn groups_of_values(
        &self,
        name: &str,
        table: &Table,
        outcome: &Outcome,
        reference: &ComparedWith,
    ) -> Result<BTreeMap<String, Vec<u32>>> {
        let column = table.column(name)?;
        let declared = self.sensitive.iter().find(|c| c.name == name);
        let Some((declared, hierarchy)) = declared.and_then(|c| Some((c, c.hierarchy.as_ref()?))) else {
            return Ok(BTreeMap::new());
        };
        let levels: Levels = hierarchy.levels_with(name, column, &declared.unknown, false)?;
        let released = released_codes(column, outcome);
        let mut groups = BTreeMap::new();
        for (code, value) in (0u32..).zip(column.dictionary()) {
            let value = text(column, code, value);
            let is_named = match reference {
                ComparedWith::Input { values, .. } => values.contains_key(&value),
                _ => released.contains(&code),
            };
            if is_named {
                let of_level = |l| levels.level(l).codes()[num::index(code)];
                groups.insert(value, (1..=levels.height()).map(of_level).collect());
            }
        }
        Ok(groups)
    }
}

/// The codes of `column`, as it was, that some released row has.
fn released_codes(column: &Column, outcome: &Outcome) -> BTreeSet<u32> {
    outcome.kept_rows().iter().map(|&row| column.codes()[row]).collect()
}

/// A value as a card has it; the empty text is a missing one.
fn text(column: &Column, code: u32, value: &str) -> String {
    if Some(code) == column.missing_code() { String::new() } else { value.to_owned() }
}
