//! The words of a claim: one sentence for each statement.

use super::{Claim, ComparedWith, GroundDistance, Statement, Values};

impl Claim {
    /// The claim in plain words, without its assumptions.
    #[must_use]
    pub fn sentence(&self) -> String {
        let release = &self.release;
        match &self.statement {
            Statement::KAnonymity { k, columns, with_insensitive, .. } => {
                let with = with_insensitive
                    .map(|k| format!("; with the insensitive columns: k = {k}"))
                    .unwrap_or_default();
                format!(
                    "each row of '{release}' equals at least {} others on {{{}}}{with}",
                    k.saturating_sub(1),
                    columns.join(", ")
                )
            }
            Statement::PersonKAnonymity { k, columns, person } => format!(
                "each class of '{release}' on {{{}}} belongs to at least {k} distinct persons ({person})",
                columns.join(", ")
            ),
            Statement::DistinctLDiversity { l, sensitive, columns, .. } => format!(
                "each class of '{release}' on {{{}}} holds at least {l} distinct values of {sensitive}",
                columns.join(", ")
            ),
            Statement::EntropyLDiversity { l, of } => {
                format!("each class of {} has an entropy of at least log {l}", of.in_classes_of(release))
            }
            Statement::RecursiveLDiversity { c, l, of } => format!(
                "in each class of {} the most frequent value has fewer than {c} times the rows of the {l}-th and all \
                 rarer ones",
                of.in_classes_of(release)
            ),
            Statement::TCloseness { t, of, ground, reference } => format!(
                "each class of {} is within {t} of {} ({} distances)",
                of.in_classes_of(release),
                reference.words(),
                ground.word()
            ),
            Statement::NTCloseness { n, t, of } => format!(
                "each class of {} is within {t} of some {n} released rows or more around it (equal distances)",
                of.in_classes_of(release)
            ),
            Statement::BetaLikeness { beta, enhanced, of, reference } => format!(
                "no value in a class of {} is more frequent than in {} by more than {beta} times its frequency there{}",
                of.in_classes_of(release),
                reference.words(),
                if *enhanced { ", nor by more than -ln of it" } else { "" }
            ),
            Statement::DeltaDisclosure { delta, of, reference } => format!(
                "each value present in a class of {} has a log ratio to its frequency in {} of at most {delta}",
                of.in_classes_of(release),
                reference.words()
            ),
            Statement::AlphaK { alpha, of } => {
                let counted = if of.person.is_some() { "pairs of a person and a value" } else { "rows" };
                format!(
                    "no value has more than {alpha} of the {counted} of a class of {}",
                    of.in_classes_of(release)
                )
            }
            Statement::KMap { k, columns } => format!(
                "the population has at least {k} rows of each class of '{release}' on {{{}}}",
                columns.join(", ")
            ),
            Statement::DeltaPresence { min, max, columns } => format!(
                "of each class of '{release}' on {{{}}}, between {min} and {max} of the population's rows are in the table",
                columns.join(", ")
            ),
            Statement::AverageRisk { risk, columns } => {
                format!("'{release}' has at most {risk} classes on {{{}}} for each row", columns.join(", "))
            }
            Statement::SampleUniques { share, columns } => format!(
                "at most {share} of the rows of '{release}' stand alone on {{{}}}",
                columns.join(", ")
            ),
            Statement::ExcessRisk { attacks, columns, max_excess, confidence, .. } => format!(
                "attacks on '{release}' ({}) by {{{}}}: excess risk at most {max_excess} ({} %)",
                attacks.join(", ").replace('_', " "),
                columns.join(", "),
                // Ninety-five, and not 95.00000000000001.
                (confidence * 1e4).round() / 1e2
            ),
            Statement::PopulationUniques { share, model, population, columns } => format!(
                "at most {share} of a population of {population} is estimated to stand alone on {{{}}} of '{release}' ({model})",
                columns.join(", ")
            ),
            Statement::Pseudonymised { columns } => {
                let columns: Vec<_> =
                    columns.iter().map(|c| format!("{} ({})", c.column, c.treatment)).collect();
                format!("'{release}' is pseudonymised: {}", columns.join(", "))
            }
            Statement::NothingFound { columns, entities, min_confidence_permille } => format!(
                "a scan of {{{}}} of '{release}' for {} kinds found nothing at confidence {} or above",
                columns.join(", "),
                entities.len(),
                f64::from(*min_confidence_permille) / 1000.0
            ),
            Statement::NothingFoundByPolicy { columns, entities, own, allowed } => format!(
                "a scan of {{{}}} of '{release}' by the policy's scanner for {} kinds, {} with recognizers of its \
                 own, found nothing but {allowed} allowed values",
                columns.join(", "),
                entities.len(),
                own.len(),
            ),
            Statement::PrivacyLoss { amount, neighbors, person } => format!(
                "statistics alone: privacy loss of {amount} per {person}, {}",
                neighbors.replace('_', " ")
            ),
            Statement::SampledRows { epsilon, delta, neighbors, person, k, sampling, .. } => format!(
                "the rows of '{release}' alone: ({epsilon}, {delta})-differential privacy per {person}, {}; of a hidden sample (each \
                 person with probability {sampling:.4}), in classes of at least {k} of its rows",
                neighbors.replace('_', " ")
            ),
            Statement::DifferentialPrivacy { epsilon, delta, neighbors, person } => format!(
                "statistics alone: ({epsilon}, {delta})-differential privacy per {person}, {}",
                neighbors.replace('_', " ")
            ),
        }
    }
}

impl Values {
    fn in_classes_of(&self, release: &str) -> String {
        let persons = self.person.as_ref().map(|p| format!(", in persons ({p})")).unwrap_or_default();
        format!("'{release}' on {{{}}}, by {}{persons},", self.columns.join(", "), self.sensitive)
    }
}

impl GroundDistance {
    const fn word(&self) -> &'static str {
        match self {
            GroundDistance::Equal => "equal",
            GroundDistance::Ordered => "ordered",
            GroundDistance::Hierarchical { .. } => "hierarchical",
        }
    }
}

impl ComparedWith {
    const fn words(&self) -> &'static str {
        match self {
            ComparedWith::Released => "all released rows",
            ComparedWith::Input { .. } | ComparedWith::Withheld => "all rows of the input",
        }
    }
}
