//! Any two neighboring tables, any bounds: a query takes the same steps on both, and its exact totals move by at most what it
//! declares (the property of `tests/dp_replay.rs`, with tables that the fuzzer looks for).

use arbitrary::Arbitrary;
use incog::dp::{
    Bins, Budget, Condition, ContributionBounds, Delta, Epsilon, Neighbors, NoiseKind, PrivacyUnit, Query,
    Records, Session, Unreadable, ledger::MemoryLedger,
};

/// Group and number; the number is any, or a small one.
type Row = (u8, Number);

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Number {
    Any(f64),
    Small(i8),
}

#[derive(Arbitrary, Debug)]
pub struct Input {
    query: u8,
    relation: u8,
    gaussian: bool,
    rows_per_person: u8,
    groups_per_person: u8,
    per_group: u8,
    clamp: (i8, u8),
    seed: u64,
    others: Vec<Vec<Row>>,
    person: [Vec<Row>; 2],
    order: Vec<u8>,
}

pub fn holds(input: Input) {
    let relation = [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne, Neighbors::ZeroOut]
        [usize::from(input.relation) % 3];
    let (rows, groups) =
        (u32::from(input.rows_per_person % 16) + 1, u32::from(input.groups_per_person % 4) + 1);
    let Ok(bounds) = ContributionBounds::new(rows, groups) else { return };
    let bounds = match input.per_group % 4 {
        0 => bounds,
        rows => bounds.per_group(u32::from(rows)).unwrap_or(bounds),
    };
    let query = query(&input);
    let session = Session::builder(PrivacyUnit::person("p").expect("a name"), bounds)
        .neighbors(relation)
        .ledger(MemoryLedger::new(Budget::ZERO))
        .data_version("")
        .build()
        .expect("all is given");
    let [first, second] = [0, 1].map(|side| {
        let mut persons: Vec<&[Row]> = input.others.iter().take(6).map(Vec::as_slice).collect();
        if side == 1 || relation == Neighbors::ReplaceOne {
            persons.resize(6, &[]);
            persons.push(&input.person[side]);
        }
        table(&persons, &input.order)
    });
    let Ok(trace) = session.record(&query, records(&first), input.seed) else { return };
    let other = session.replay(&query, records(&second), input.seed, &trace).expect("the same steps");
    trace.compare(&other).expect("within what is declared");
}

fn query(input: &Input) -> Query {
    let epsilon = Epsilon::parse("1").expect("in range");
    let lower = f64::from(input.clamp.0);
    let upper = lower + f64::from(input.clamp.1) / 8.0 + 0.125;
    let builder = match input.query % 7 {
        0 => Query::count(),
        1 => Query::sum("x").clamp(lower, upper),
        2 => Query::mean("x").clamp(lower, upper),
        3 => Query::variance("x").clamp(lower, upper),
        4 => Query::histogram("x", Bins::uniform(lower, upper, 4).expect("a range")),
        5 => Query::quantiles("x", [0.1, 0.5]).clamp(lower, upper),
        _ => Query::sum("x").find_clamp(epsilon),
    };
    let builder = match input.query / 7 % 4 {
        0 => builder,
        1 => builder.by("g", ["2", "0"]),
        2 => {
            builder.only(Condition::within("x", -1.0, 2.0).expect("a range").or(Condition::equals("g", "1")))
        }
        _ => builder.by_selected("g", epsilon, Delta::parse("0.9").expect("in range")),
    };
    let builder =
        if (input.query / 28).is_multiple_of(2) { builder } else { builder.unreadable(Unreadable::LeftOut) };
    let noise = if input.gaussian { NoiseKind::Gaussian } else { NoiseKind::Laplace };
    // A count has nothing that could be unreadable; some have one kind of noise only.
    let plain = || Query::sum("x").clamp(lower, upper).epsilon(epsilon).build().expect("a query");
    builder.noise(noise).epsilon(epsilon).build().unwrap_or_else(|_| plain())
}

/// Person, group, number of each row, the persons' rows in turn as `order` says; each person's own stay in their order.
type Columns = (Vec<u32>, Vec<u32>, Vec<f64>);

fn table(persons: &[&[Row]], order: &[u8]) -> Columns {
    let mut columns = Columns::default();
    let mut left: Vec<(usize, &[Row])> = persons.iter().copied().enumerate().collect();
    let mut order = order.iter().copied().chain(std::iter::repeat(0));
    loop {
        left.retain(|(_, rows)| !rows.is_empty());
        if left.is_empty() {
            return columns;
        }
        let next = usize::from(order.next().unwrap_or(0)) % left.len();
        let (person, rows) = &mut left[next];
        let (group, number) = rows[0];
        *rows = &rows[1..];
        columns.0.push(*person as u32);
        columns.1.push(u32::from(group % 4));
        columns.2.push(match number {
            Number::Any(number) => number,
            Number::Small(number) => f64::from(number) / 8.0,
        });
    }
}

fn records(columns: &Columns) -> Records<'_> {
    let records = Records::new().codes("p", &columns.0, 7).expect("codes below 7");
    records.codes("g", &columns.1, 4).expect("codes below 4").numbers("x", &columns.2).expect("as long")
}
