//! Rows of a hidden sample: checked in the plan, charged and drawn when the policy is applied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    generalized,
    keys::Keys,
    pass::Input,
    plan::PlannedRows,
    policy::{Policy, SampledRelease},
    statistics::request_id,
    summary::ReleaseSummary,
};
use crate::{
    claim::{Check, Claim, Statement},
    digest,
    dp::{
        Amount, Budget, Event, Neighbors,
        ledger::{Ledger, LedgerKey, Request, Reserved, reserve},
    },
    error::{Error, Result},
    kanon::{SafePub, SafePublication},
    num,
    table::{Column, Table},
};

/// Rows that were charged and drawn.
pub(super) struct Sampled {
    pub(super) rows: PlannedRows,
    pub(super) claims: Vec<Claim>,
    pub(super) summary: ReleaseSummary,
    /// What was charged, in the ledger's currency.
    pub(super) charged: Budget,
    pub(super) currency: &'static str,
}

/// What is stored of a draw, so that a repeat of the request gets it again.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawn {
    levels: BTreeMap<String, usize>,
    smallest_class: Option<u64>,
    /// Of each column: values, and the number of its value for each row.
    columns: Vec<(String, Vec<String>, Vec<u32>)>,
}

/// What drawing `release` will cost. Refused if it cannot be charged, as far as can be known without spending.
pub(super) fn check(
    policy: &Policy,
    release: &SampledRelease,
    key: Option<LedgerKey>,
) -> Result<ReleaseSummary> {
    let request = request(policy, release)?;
    let ledger = policy.ledgers.0.ledger(&release.ledger, &policy.folder, key)?;
    let (balance, price) = (ledger.balance()?, price(release)?.counted_in(ledger.currency())?);
    if !price.fits(balance.remaining) && balance.spent.is_zero() {
        return Err(Error::costs_more_than_budget(price, balance.remaining));
    }
    let amounts = |amount: Amount| amount.fields().into_iter().collect();
    Ok(ReleaseSummary::PlannedSample {
        cost: amounts(price),
        remaining: (!balance.budget.is_unlimited()).then(|| amounts(balance.remaining)),
        k: request.k(),
        sampling: request.sampling(),
    })
}

/// Charges the ledger, and draws the rows of `release`; or takes what was drawn for the same policy and data.
pub(super) fn run(
    policy: &Policy,
    keys: &Keys,
    input: &Input,
    (name, release): (&str, &SampledRelease),
    key: Option<LedgerKey>,
) -> Result<Sampled> {
    let safe_pub = request(policy, release)?;
    let person = person(policy, release)?;
    let mut ledger = policy.ledgers.0.ledger(&release.ledger, &policy.folder, key)?;
    let charged = Budget::new(release.epsilon, release.delta)?;
    let neighbors = Neighbors::AddOrRemoveOne;
    let id = request_id(policy, input, name);
    let asked = format!(
        "incog-safe-pub/1\n{}\n{}\n{}",
        release.columns.join("\n"),
        safe_pub.k(),
        safe_pub.sampling()
    );
    let events = vec![Event::approximate(charged.epsilon()?, charged.delta())];
    let cost = price(release)?.counted_in(ledger.currency())?;
    let version = input.version();
    let request = Request::new(id.as_str(), "", digest::sha256_hex(asked.as_bytes()), version, cost, events)?
        .per_unit(format!("{person}, {neighbors}"))?;
    let drawn = match reserve(&mut *ledger, &request)? {
        Reserved::Answered(bytes) => {
            serde_json::from_slice(&bytes).map_err(|_| Error::unreadable_answer())?
        }
        Reserved::AnswerLost => return Err(Error::answer_lost(&id)),
        Reserved::New(reservation) => {
            let drawn = Drawn::of(&safe_pub.draw(&input.table)?);
            ledger.commit(reservation, &serde_json::to_vec(&drawn).map_err(|_| Error::not_json())?)?;
            drawn
        }
    };
    let table = drawn.table()?;
    let statement = Statement::SampledRows {
        epsilon: charged.epsilon_text(),
        delta: charged.delta_text(),
        neighbors: neighbors.word().to_owned(),
        person: person.to_owned(),
        columns: release.columns.clone(),
        k: safe_pub.k(),
        sampling: safe_pub.sampling(),
    };
    let claim = Claim::new(name, Check::Attested, statement)
        .assuming(format!("all rows of one person have one value of '{person}'"))
        .assuming("the columns, their hierarchies, epsilon, delta and the sampling were chosen without looking at the data")
        .assuming("which rows are in the sample stays hidden");
    let classes = Statement::KAnonymity {
        k: safe_pub.k(),
        columns: release.columns.clone(),
        insensitive: Vec::new(),
        with_insensitive: None,
    };
    let columns = &policy.inputs[&release.input].columns;
    let is_declared =
        |c: &&String| columns[*c].hierarchy.as_ref().is_some_and(crate::kanon::Hierarchy::is_declared);
    Ok(Sampled {
        claims: vec![claim, Claim::new(name, Check::Recomputed, classes)],
        summary: ReleaseSummary::Sampled {
            epsilon: charged.epsilon_text(),
            delta: charged.delta_text(),
            levels: drawn.levels.clone(),
            rows: num::count(table.rows()),
            k: safe_pub.k(),
            sampling: safe_pub.sampling(),
            min_class: drawn.smallest_class,
        },
        rows: PlannedRows::Held {
            order: generalized::order(policy, keys, name, &table),
            table,
            kept: Vec::new(),
            verbatim: release.columns.iter().filter(is_declared).cloned().collect(),
        },
        charged,
        currency: ledger.currency().word(),
    })
}

impl Drawn {
    fn of(drawn: &SafePublication) -> Self {
        let column = |(name, column): (&str, &Column)| {
            (name.to_owned(), column.dictionary().map(str::to_owned).collect(), column.codes().to_vec())
        };
        Drawn {
            levels: drawn.levels().clone(),
            smallest_class: drawn.smallest_class(),
            columns: drawn.table().iter().map(column).collect(),
        }
    }

    fn table(&self) -> Result<Table> {
        let column = |(name, values, codes): &(String, Vec<String>, Vec<u32>)| {
            if codes.iter().any(|&code| num::index(code) >= values.len()) {
                return Err(Error::unreadable_answer());
            }
            Ok((name.clone(), Column::from_codes(codes.clone(), values)?))
        };
        Table::new(self.columns.iter().map(column).collect::<Result<Vec<_>>>()?)
    }
}

fn request(policy: &Policy, release: &SampledRelease) -> Result<SafePub> {
    let input = &policy.inputs[&release.input];
    let mut builder =
        SafePub::builder().epsilon(release.epsilon).delta(release.delta).person(person(policy, release)?);
    if let Some(sampling) = release.sampling {
        builder = builder.sampling(sampling);
    }
    for name in &release.columns {
        let column = input.column(name)?.quasi(name).ok_or_else(|| Error::not_quasi(name))?;
        builder = builder.quasi_identifier_with(column);
    }
    builder.build()
}

fn price(release: &SampledRelease) -> Result<Amount> {
    Ok(Amount::from(Budget::new(release.epsilon, release.delta)?))
}

fn person<'p>(policy: &'p Policy, release: &SampledRelease) -> Result<&'p str> {
    policy.inputs[&release.input].person.as_deref().ok_or_else(Error::safe_pub_without_person)
}
