//! What a verifier knows of each kind of claim: how it can be checked, and which columns it is about.
//!
//! One place, so that a new kind of claim is not forgotten in any of them.

use crate::claim::{Check, ComparedWith, GroundDistance, Statement};

/// How claims of this kind can be checked, whatever the card says: a claim must not talk its way out of a check.
pub(super) fn check_of(statement: &Statement) -> Check {
    match statement {
        Statement::KAnonymity { .. }
        | Statement::DistinctLDiversity { .. }
        | Statement::AverageRisk { .. }
        | Statement::SampleUniques { .. }
        | Statement::NothingFound { .. } => Check::Recomputed,
        Statement::EntropyLDiversity { of, .. }
        | Statement::RecursiveLDiversity { of, .. }
        | Statement::TCloseness { of, .. }
        | Statement::NTCloseness { of, .. }
        | Statement::BetaLikeness { of, .. }
        | Statement::DeltaDisclosure { of, .. }
        | Statement::AlphaK { of, .. } => {
            // Persons are not released, so what is counted in them cannot be counted again.
            if of.person.is_some() { Check::Replayable } else { Check::Recomputed }
        }
        Statement::PersonKAnonymity { .. }
        | Statement::KMap { .. }
        | Statement::DeltaPresence { .. }
        | Statement::NothingFoundByPolicy { .. } => Check::Replayable,
        Statement::ExcessRisk { .. } => Check::Measured,
        Statement::PopulationUniques { .. }
        | Statement::SampledRows { .. }
        | Statement::Pseudonymised { .. }
        | Statement::DifferentialPrivacy { .. }
        | Statement::PrivacyLoss { .. } => Check::Attested,
    }
}

/// Why a claim of this kind is not checked, if it is not.
pub(super) fn why_not(statement: &Statement) -> &'static str {
    match statement {
        Statement::NothingFoundByPolicy { .. } => "replayable: needs the policy",
        Statement::KMap { .. } | Statement::DeltaPresence { .. } => "replayable: needs the population",
        Statement::ExcessRisk { .. } => {
            "measured: an experiment on members and on persons held back; to try it again needs the raw data, the keys and \
             the register"
        }
        Statement::PopulationUniques { .. } => {
            "attested: an estimate about people who are not in the release"
        }
        _ if check_of(statement) == Check::Attested => ATTESTED,
        _ => "replayable: needs the raw data and the keys",
    }
}

/// The raw column that names the persons whom a claim about a table counts or protects. They are not released.
pub(super) fn person_of(statement: &Statement) -> Option<&str> {
    match statement {
        Statement::PersonKAnonymity { person, .. } | Statement::SampledRows { person, .. } => Some(person),
        Statement::EntropyLDiversity { of, .. }
        | Statement::RecursiveLDiversity { of, .. }
        | Statement::TCloseness { of, .. }
        | Statement::NTCloseness { of, .. }
        | Statement::BetaLikeness { of, .. }
        | Statement::DeltaDisclosure { of, .. }
        | Statement::AlphaK { of, .. } => of.person.as_deref(),
        _ => None,
    }
}

/// The columns whose equal rows are a class, and the sensitive column, if the claim is about classes.
pub(super) fn quasi_and_sensitive(statement: &Statement) -> Option<(&[String], Option<&str>)> {
    match statement {
        Statement::KAnonymity { columns, .. }
        | Statement::PersonKAnonymity { columns, .. }
        | Statement::KMap { columns, .. }
        | Statement::DeltaPresence { columns, .. }
        | Statement::AverageRisk { columns, .. }
        | Statement::SampleUniques { columns, .. }
        | Statement::PopulationUniques { columns, .. }
        | Statement::SampledRows { columns, .. } => Some((columns, None)),
        Statement::DistinctLDiversity { columns, sensitive, .. } => Some((columns, Some(sensitive))),
        Statement::EntropyLDiversity { of, .. }
        | Statement::RecursiveLDiversity { of, .. }
        | Statement::TCloseness { of, .. }
        | Statement::NTCloseness { of, .. }
        | Statement::BetaLikeness { of, .. }
        | Statement::DeltaDisclosure { of, .. }
        | Statement::AlphaK { of, .. } => Some((&of.columns, Some(&of.sensitive))),
        Statement::Pseudonymised { .. }
        | Statement::ExcessRisk { .. }
        | Statement::NothingFound { .. }
        | Statement::NothingFoundByPolicy { .. }
        | Statement::DifferentialPrivacy { .. }
        | Statement::PrivacyLoss { .. } => None,
    }
}

/// The columns of the released table that a claim about classes names.
pub(super) fn named_columns(statement: &Statement) -> Vec<&str> {
    let (quasi, sensitive) = quasi_and_sensitive(statement).unwrap_or((&[], None));
    let insensitive = match statement {
        Statement::KAnonymity { insensitive, .. } => insensitive.as_slice(),
        _ => &[],
    };
    quasi.iter().chain(insensitive).map(String::as_str).chain(sensitive).collect()
}

/// Whether the claim says something that can be true or false.
pub(super) fn sound(statement: &Statement) -> Result<(), String> {
    match statement {
        Statement::KAnonymity { k: 0, .. }
        | Statement::PersonKAnonymity { k: 0, .. }
        | Statement::SampledRows { k: 0, .. } => Err("k is 0: that claims nothing".into()),
        Statement::KAnonymity { insensitive, with_insensitive, .. }
            if insensitive.is_empty() != with_insensitive.is_none() =>
        {
            Err("k with the insensitive columns is stated, and there are none, or the other way round".into())
        }
        Statement::ExcessRisk { attacks, sensitive, max_excess, confidence, control, .. } => {
            let is_share = |x: &f64| *x > 0.0 && *x < 1.0;
            let known = attacks.iter().all(|name| ATTACKS.contains(&name.as_str()));
            let once = (1..attacks.len()).all(|i| !attacks[..i].contains(&attacks[i]));
            let wants = attacks.iter().any(|name| name == "inference");
            if attacks.is_empty() || !known || !once {
                Err("its attacks are none, one twice, or one that this version does not know".into())
            } else if wants == sensitive.is_empty() {
                Err("inference is tried on sensitive columns, and on those alone".into())
            } else if !(*max_excess > 0.0 && *max_excess <= 1.0 && is_share(confidence) && is_share(control))
            {
                Err("an excess, a confidence or a control is no share: that claims nothing".into())
            } else {
                Ok(())
            }
        }
        Statement::EntropyLDiversity { l, .. } if *l < 1.0 => Err("l is below 1: that claims nothing".into()),
        Statement::RecursiveLDiversity { l: 0, .. } => Err("l is below 1: that claims nothing".into()),
        Statement::TCloseness { reference: ComparedWith::Withheld, of, .. }
        | Statement::BetaLikeness { reference: ComparedWith::Withheld, of, .. }
        | Statement::DeltaDisclosure { reference: ComparedWith::Withheld, of, .. }
            if of.person.is_none() =>
        {
            Err("the distribution that classes are compared with is not on the card".into())
        }
        Statement::TCloseness { reference: ComparedWith::Input { others, .. }, ground, .. }
            if *others > 0 && *ground != GroundDistance::Equal =>
        {
            Err("rows of other values cannot be ordered or grouped".into())
        }
        _ => Ok(()),
    }
}

/// Whether all columns that the claim names are among `names`, each named once.
pub(super) fn named_once(statement: &Statement, names: &[String]) -> Result<(), String> {
    let mut columns: Vec<&str> = Vec::new();
    match (quasi_and_sensitive(statement), statement) {
        (Some((quasi, sensitive)), _) => {
            columns.extend(quasi.iter().map(String::as_str).chain(sensitive));
            if let Statement::KAnonymity { insensitive, .. } = statement {
                columns.extend(insensitive.iter().map(String::as_str));
            }
        }
        (
            None,
            Statement::NothingFound { columns: named, .. }
            | Statement::NothingFoundByPolicy { columns: named, .. },
        ) => columns.extend(named.iter().map(String::as_str)),
        (None, Statement::ExcessRisk { columns: named, sensitive, .. }) => {
            columns.extend(named.iter().chain(sensitive).map(String::as_str));
        }
        _ => {}
    }
    if let Some(name) = columns.iter().find(|name| !names.iter().any(|n| n == **name)) {
        return Err(format!("column '{name}' is not in the file"));
    }
    let count = columns.len();
    columns.sort_unstable();
    columns.dedup();
    if columns.len() < count { Err("a column is named twice".into()) } else { Ok(()) }
}

pub(super) const ATTESTED: &str = "attested: rests on whoever ran the tool";

/// The attacks that a gate decides on.
const ATTACKS: [&str; 4] = ["singling_out", "linkability", "inference", "register_linkage"];
