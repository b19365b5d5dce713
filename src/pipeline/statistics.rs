//! The statistics of a policy: checked in the plan, charged and drawn when it is applied or asked.

use std::{collections::BTreeMap, fmt};

use serde_json::{Value, json};

use super::{
    Progress,
    engine::Seen,
    keys::Keys,
    pass::{Input, Keep, Pass},
    plan::held_columns,
    policy::{Decimal, Policy, Price, QuerySpec, Release as Planned, StatisticsRelease},
    source::of_file,
    summary::ReleaseSummary,
};
use crate::{
    digest,
    dp::{
        Amount, Budget, Currency, Epsilon, ErrorIn, PrivacyUnit, Query, Release, ReleasedValue, Session,
        Totals,
        ledger::{Balance, LedgerKey, MemoryLedger},
    },
    error::{Error, Result},
    num,
};

/// The answers to the queries of one release, and what they were charged.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use incog::dp::{Budget, ledger::{Ledger, LedgerKey, MemoryLedger}};
/// use incog::pipeline::{LedgerProvider, Policy, SILENT};
/// # /// In memory, for this page.
/// # struct InMemory(MemoryLedger);
/// # impl LedgerProvider for InMemory {
/// #     fn ledger(&self, _: &str, _: &std::path::Path, _: Option<LedgerKey>) -> incog::Result<Box<dyn Ledger>> {
/// #         Ok(Box::new(self.0.handle()))
/// #     }
/// # }
/// # let here = std::env::temp_dir().join(format!("incog-doc-statistics-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "id,ward\np1,A\np2,A\np3,B\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # person = "id"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # id = { role = "identifying", action = "drop" }
/// # ward = { role = "quasi" }
/// # [release.stats]
/// # ledger = "memory:"
/// # budget = { epsilon = 1.0 }
/// # bounds = { rows_per_person = 1, groups_per_person = 1 }
/// # queries = [{ count = "*", by = "ward", keys = ["A", "B"], epsilon = 0.5 }]
/// # "#;
/// let ledger = InMemory(MemoryLedger::new(Budget::parse("1", "0")?));
/// let answers = Policy::parse(policy, &here)?.ledgers(Arc::new(ledger)).answer(SILENT)?;
/// let statistics = &answers["stats"];
/// for value in statistics.answers()[0].values() {
///     println!("{}: {} ± {}", value.key.as_deref().unwrap_or("all"), value.value, value.error);
/// }
/// assert_eq!(statistics.charged().budget(), Some(Budget::parse("0.5", "0")?));
/// assert_eq!(statistics.balance().remaining.budget(), Some(Budget::parse("0.5", "0")?));
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Statistics {
    answers: Vec<Release>,
    charged: Amount,
    balance: Balance,
    /// What was left of the ledger's budget before the first query and after each, in thousandths; nothing if the
    /// ledger is unbounded.
    left: Vec<u64>,
}

impl Policy {
    /// Charges the ledgers and answers the queries of all releases of statistics, by name. Writes no folder. A later
    /// [`apply`](super::Plan::apply) of the same policy on the same data gets the same answers and pays nothing.
    ///
    /// # Errors
    /// `Refused` if a column is not in the policy, or not in the input; `BudgetExceeded` if too little is left;
    /// `Data` if the input cannot be read; `Key` if a key is missing, malformed or readable by others; `Policy` if no release has
    /// queries; otherwise as [`Session::release`].
    pub fn answer(&self, progress: Progress<'_>) -> Result<BTreeMap<String, Statistics>> {
        let releases: Vec<_> = self
            .releases
            .iter()
            .filter_map(|(name, release)| match release {
                Planned::Statistics(release) => Some((name, release)),
                _ => None,
            })
            .collect();
        if releases.is_empty() {
            return Err(Error::statistics_without("a release with queries", "[release.stats]"));
        }
        let mut inputs = BTreeMap::new();
        for (_, release) in &releases {
            if !inputs.contains_key(&release.input) {
                inputs.insert(release.input.clone(), self.read_input(&release.input, progress)?);
            }
        }
        // One key for this and for a later `apply`, or stored answers would not open.
        let keys = Keys::load(self)?;
        let within = |name: &str, error: Error| error.context(format!("release '{name}'"));
        // All are checked before the first is charged.
        for (name, release) in &releases {
            check(self, &inputs[&release.input], release, keys.of_ledger(release.key.as_ref()))
                .map_err(|error| within(name, error))?;
        }
        let mut summed = Vec::with_capacity(releases.len());
        for (name, release) in releases {
            let totals = totals(self, &inputs[&release.input], name, release, progress);
            summed.push((name, release, totals.map_err(|error| within(name, error))?));
        }
        let answered = summed.into_iter().map(|(name, release, totals)| {
            let (input, key) = (&inputs[&release.input], keys.of_ledger(release.key.as_ref()));
            let answers = run(self, input, (name, release), totals.as_deref(), key)
                .map_err(|error| within(name, error))?;
            Ok((name.clone(), answers))
        });
        answered.collect()
    }

    /// The columns of the table `name` that are looked at as a whole.
    pub(super) fn read_input(&self, name: &str, progress: Progress<'_>) -> Result<Input> {
        let input = &self.inputs[name];
        let read = || {
            let pass = Pass::open(self, input)?;
            if let Some(fault) = pass.faults().into_iter().next() {
                return Err(fault);
            }
            let (passed, faults) = pass.run(&held_columns(self, input), &[], Keep::InMemory, progress)?;
            faults.into_iter().next().map_or(Ok(passed.input), Err)
        };
        read().map_err(|e| self.of_input(e, name))
    }
}

impl Statistics {
    /// One for each query, in the order of the policy.
    #[must_use]
    pub fn answers(&self) -> &[Release] {
        &self.answers
    }

    /// What the queries cost together, whether it was charged now or before.
    #[must_use]
    pub fn charged(&self) -> Amount {
        self.charged
    }

    /// The state of the ledger afterwards.
    #[must_use]
    pub fn balance(&self) -> Balance {
        self.balance
    }

    pub(super) fn left(&self) -> &[u64] {
        &self.left
    }

    /// The answers as `stats.json` holds them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "queries": self.queries() })
    }

    pub(super) fn queries(&self) -> Vec<Value> {
        self.answers.iter().map(answer).collect()
    }
}

/// One query as `stats.json` holds it. Keys that have nothing to say are left out.
fn answer(release: &Release) -> Value {
    let mut object = json!({
        "query": release.label(),
        "values": release.values().iter().map(value).collect::<Vec<Value>>(),
        "insecure": release.is_insecure(),
    });
    for (name, amount) in release.cost().fields() {
        object[name] = amount.into();
    }
    if let Some((lower, upper)) = release.clamp() {
        object["clamp"] = json!([lower, upper]);
    }
    object
}

fn value(value: &ReleasedValue) -> Value {
    let error = match value.error_in {
        ErrorIn::Ranks => "rank_error_95",
        _ => "error_95",
    };
    let mut object = json!({ "key": value.key, "value": value.value, error: value.error });
    if let Some(part) = &value.part {
        object["part"] = part.as_str().into();
    }
    object
}

impl fmt::Debug for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statistics").field("charged", &self.charged).finish_non_exhaustive()
    }
}

/// What the queries of `release` will cost, and how far their answers will be from the exact ones. Refused if they cannot
/// be charged and answered, as far as can be known without spending.
pub(super) fn check(
    policy: &Policy,
    input: &Input,
    release: &StatisticsRelease,
    key: Option<LedgerKey>,
) -> Result<ReleaseSummary> {
    let (queries, cost) = queries(policy, release)?;
    if policy.engine.0.is_some() {
        check_engine(policy, release, &queries)?;
    }
    let session = session(policy, input, release, key)?;
    let balance = session.balance()?;
    // A repeat of the same request is answered from the ledger and costs nothing, so only a hint is possible here.
    let price = cost.counted_in(balance.budget.currency())?;
    if !price.fits(balance.remaining) && balance.spent.is_zero() {
        return Err(Error::costs_more_than_budget(cost, balance.remaining));
    }
    let expected = |(query, spec): (&Query, &QuerySpec)| {
        let mut object = json!({ "query": query.label() });
        for (name, amount) in session.cost(query)?.fields() {
            object[name] = amount.into();
        }
        match session.error(query, 0.95) {
            Ok(error) => object[if spec.in_ranks { "rank_error_95" } else { "error_95" }] = error.into(),
            Err(why) => object["error_unknown"] = why.to_string().into(),
        }
        Ok(object)
    };
    let amounts = |amount: Amount| amount.fields().into_iter().collect();
    Ok(ReleaseSummary::PlannedStatistics {
        cost: amounts(price),
        remaining: (!balance.budget.is_unlimited()).then(|| amounts(balance.remaining)),
        queries: queries.iter().zip(&release.queries).map(expected).collect::<Result<_>>()?,
    })
}

/// Whether an engine can make the totals of all `queries` as they are meant.
fn check_engine(policy: &Policy, release: &StatisticsRelease, queries: &[Query]) -> Result<()> {
    let input = &policy.inputs[&release.input];
    if input.retention.is_some() {
        return Err(Error::engine_statistics("under [retention]"));
    }
    if input.decimal == Decimal::Comma {
        return Err(Error::engine_statistics("of numbers with a decimal comma"));
    }
    let unsupported = |e: Error| e.with_remedy("ask it in a policy of its own, without an engine");
    queries.iter().try_for_each(|query| query.summands().map(drop).map_err(unsupported))
}

/// What the engine of `policy` adds up for each query of `release`, if it has one. Nothing is charged.
pub(super) fn totals(
    policy: &Policy,
    input: &Input,
    name: &str,
    release: &StatisticsRelease,
    progress: Progress<'_>,
) -> Result<Option<Vec<Totals>>> {
    let Some(engine) = &policy.engine.0 else { return Ok(None) };
    let (queries, _) = queries(policy, release)?;
    check_engine(policy, release, &queries)?;
    let (unit, of) = (unit(policy, release)?, &policy.inputs[&release.input]);
    let mut totals = Vec::with_capacity(queries.len());
    for (i, query) in queries.iter().enumerate() {
        progress("adding up", num::count(i), num::count(queries.len()));
        let request = request_id(policy, input, &format!("{name}/{}", i + 1));
        let found = engine.totals(&of.path, &unit, release.bounds, query, &request);
        totals.push(found.map_err(|e| of_file(e, of))?);
    }
    // Of the data that the ledger will be told.
    input.seen.as_ref().map_or(Ok(()), Seen::check)?;
    Ok(Some(totals))
}

/// Charges the ledger and answers the queries of `release`; from `totals`, if an engine made some.
pub(super) fn run(
    policy: &Policy,
    input: &Input,
    (name, release): (&str, &StatisticsRelease),
    totals: Option<&[Totals]>,
    key: Option<LedgerKey>,
) -> Result<Statistics> {
    let (queries, charged) = queries(policy, release)?;
    let mut session = session(policy, input, release, key)?;
    let mut answers = Vec::with_capacity(queries.len());
    let mut left = Vec::from_iter(thousandths_left(&session.balance()?));
    for (i, query) in queries.iter().enumerate() {
        // The same policy on the same data asks the same thing: it gets the same answer and pays once.
        let request = request_id(policy, input, &format!("{name}/{}", i + 1));
        answers.push(match totals {
            None => session.release(query, &input.table, &request)?,
            Some(totals) => session.release_totals(query, &totals[i], &request)?,
        });
        left.extend(thousandths_left(&session.balance()?));
    }
    Ok(Statistics { answers, charged, balance: session.balance()?, left })
}

fn thousandths_left(balance: &Balance) -> Option<u64> {
    let left = 1000.0 * (1.0 - balance.spent.share_of(balance.budget)).max(0.0);
    // Rounded down by its text: nothing but a picture depends on it.
    (!balance.budget.is_unlimited()).then(|| format!("{:.0}", left.floor()).parse().unwrap_or(0))
}

/// The queries of `release`, checked, and what they cost together.
fn queries(policy: &Policy, release: &StatisticsRelease) -> Result<(Vec<Query>, Amount)> {
    let budget =
        Amount::from(Budget::new(release.epsilon, release.delta)?).counted_in(Currency::Approximate)?;
    // What a query costs does not depend on the ledger, nor on the data.
    let prices = Session::builder(unit(policy, release)?, release.bounds)
        .ledger(MemoryLedger::new(Amount::zero(Currency::Approximate)))
        .data_version("")
        .build()?;
    let selecting = release.queries.iter().filter(|spec| spec.selected.is_some()).count();
    let selecting = u32::try_from(selecting.max(1)).unwrap_or(u32::MAX);
    let shares = Budget::new(1.0, release.delta)?.split(selecting)?;
    let share = shares.last().copied().unwrap_or_default().delta();
    let mut queries = Vec::with_capacity(release.queries.len());
    let mut cost = Amount::zero(Currency::Approximate);
    for spec in &release.queries {
        let grouped = |epsilon: Epsilon| match &spec.selected {
            Some(column) => spec.query.clone().by_selected(column, epsilon, share),
            None => spec.query.clone(),
        };
        let epsilon = match spec.price {
            Price::Epsilon(epsilon) => epsilon,
            // The errors of the values do not depend on what selecting their keys costs.
            Price::Accuracy(error) => prices.epsilon_for(&grouped(Epsilon::parse("1")?), error, 0.95)?,
        };
        let query = grouped(epsilon).epsilon(epsilon).build()?;
        cost = cost.plus(prices.cost(&query)?)?;
        queries.push(query);
    }
    // What is charged must be a pair that the card can state.
    if !cost.fits(budget) || cost.budget().is_none() {
        return Err(Error::costs_more_than_budget(cost, budget));
    }
    Ok((queries, cost))
}

/// Names one query of this policy on this data to a ledger.
pub(super) fn request_id(policy: &Policy, input: &Input, query: &str) -> String {
    let text = format!("{}\n{}\n{query}", policy.text, input.version());
    format!("{query}/{}", &digest::sha256_hex(text.as_bytes())[..32])
}

fn unit(policy: &Policy, release: &StatisticsRelease) -> Result<PrivacyUnit> {
    let person = policy.inputs[&release.input].person.as_deref();
    PrivacyUnit::person(person.ok_or_else(Error::statistics_without_person)?)
}

fn session(
    policy: &Policy,
    input: &Input,
    release: &StatisticsRelease,
    key: Option<LedgerKey>,
) -> Result<Session> {
    let ledger = policy.ledgers.0.ledger(&release.ledger, &policy.folder, key)?;
    let session = Session::builder(unit(policy, release)?, release.bounds);
    session.data_version(input.version().as_str()).ledger(ledger).build()
}
