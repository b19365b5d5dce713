//! The statistics of a policy: checked in the plan, charged and drawn when it is applied.

use super::{
    input::Input,
    policy::{Aggregate, Policy, QuerySpec, StatisticsRelease},
};
use crate::{
    digest,
    dp::{Amount, Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Release, Session},
    error::{Error, Result},
};

/// The queries of `release`, checked, and what they cost together.
pub(super) fn queries(release: &StatisticsRelease) -> Result<(Vec<Query>, Budget)> {
    let budget = Budget::new(release.epsilon, release.delta)?;
    let mut queries = Vec::with_capacity(release.queries.len());
    let mut cost: Option<Budget> = None;
    for spec in &release.queries {
        let query = query(spec)?;
        let price = Budget::pure(query.epsilon());
        cost = Some(match cost {
            Some(sum) => sum.plus(price)?,
            None => price,
        });
        queries.push(query);
    }
    let cost = cost.ok_or_else(|| {
        Error::statistics_without("queries", "queries = [{ count = \"*\", epsilon = 0.5 }]")
    })?;
    if !cost.fits(budget) {
        return Err(Error::costs_more_than_budget(&cost.epsilon_text(), &budget.epsilon_text()));
    }
    Ok((queries, cost))
}

/// Whether `release` can be charged and answered, as far as can be known without spending.
pub(super) fn check(policy: &Policy, input: &Input, release: &StatisticsRelease) -> Result<()> {
    let (_, cost) = queries(release)?;
    let session = session(policy, input, release)?;
    let balance = session.balance()?;
    // A repeat of the same request is answered from the ledger and costs nothing, so only a hint is possible here.
    let price = Amount::from(cost).counted_in(balance.budget.currency())?;
    if !price.fits(balance.remaining) && session.ledger().entries()?.is_empty() {
        let left = balance.remaining.budget().unwrap_or_default();
        return Err(Error::costs_more_than_budget(&cost.epsilon_text(), &left.epsilon_text()));
    }
    Ok(())
}

/// Charges the ledger and answers the queries of `release`.
pub(super) fn run(
    policy: &Policy,
    input: &Input,
    name: &str,
    release: &StatisticsRelease,
) -> Result<(Vec<Release>, Budget, String)> {
    let (queries, cost) = queries(release)?;
    let mut session = session(policy, input, release)?;
    let currency = session.ledger().currency().word().to_owned();
    let mut answers = Vec::with_capacity(queries.len());
    for (i, query) in queries.iter().enumerate() {
        // The same policy on the same data asks the same thing: it gets the same answer and pays once.
        let request = format!("{name}/{}", i + 1);
        answers.push(session.release(query, &input.table, &request_id(policy, input, &request))?);
    }
    Ok((answers, cost, currency))
}

/// Names one query of this policy on this data to a ledger.
fn request_id(policy: &Policy, input: &Input, query: &str) -> String {
    let text = format!("{}\n{}\n{query}", policy.text, input.sha256);
    format!("{query}/{}", &digest::sha256_hex(text.as_bytes())[..32])
}

fn session(policy: &Policy, input: &Input, release: &StatisticsRelease) -> Result<Session> {
    let person = policy.person.as_deref().ok_or_else(Error::statistics_without_person)?;
    let bounds = ContributionBounds::new(release.rows_per_person, release.groups_per_person)?;
    let path = release.ledger.strip_prefix("sqlite:").ok_or_else(Error::ledger_source)?;
    let builder = Session::builder(PrivacyUnit::person(person)?, bounds).data_version(input.sha256.as_str());
    open(builder, &policy.folder.join(path))?.build()
}

#[cfg(feature = "sqlite")]
fn open(builder: crate::dp::SessionBuilder, path: &std::path::Path) -> Result<crate::dp::SessionBuilder> {
    Ok(builder.ledger(crate::dp::ledger::SqliteLedger::open(path)?))
}

#[cfg(not(feature = "sqlite"))]
fn open(_: crate::dp::SessionBuilder, _: &std::path::Path) -> Result<crate::dp::SessionBuilder> {
    Err(Error::ledger_not_built())
}

fn query(spec: &QuerySpec) -> Result<Query> {
    let builder = match &spec.aggregate {
        Aggregate::Count => Query::count(),
        Aggregate::Sum { column, clamp } => Query::sum(column).clamp(clamp[0], clamp[1]),
        Aggregate::Mean { column, clamp } => Query::mean(column).clamp(clamp[0], clamp[1]),
    };
    let builder = match &spec.by {
        Some((by, keys)) => builder.by(by, keys.iter().cloned()),
        None => builder,
    };
    builder.epsilon(Epsilon::new(spec.epsilon)?).build()
}
