//! What each query does to the data, on random pairs of neighboring tables: the same steps with the same noise, and
//! exact inputs within the declared sensitivity.
//!
//! `INCOG_PAIRS` says how many pairs there are for each query and relation; 33,334 are 100,000 for each query. Seed 1.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

use incog::dp::{
    Bins, Budget, Condition, ContributionBounds, Delta, Epsilon, Neighbors, NoiseKind, PrivacyUnit, Query,
    QueryBuilder, Records, Rho, Session, Unreadable, ledger::MemoryLedger,
};

/// A row: person, group, number.
type Row = (u32, u32, f64);

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % bound).unwrap()
    }

    fn number(&mut self) -> f64 {
        let special = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -9_223_372_036_854_775_808.0,
            9_223_372_036_854_775_807.0,
            5e-324,
            -0.0,
            -7.0,
            -2.0,
            3.0,
        ];
        match self.below(3) {
            0 => special[self.below(10)],
            1 => [1.0, 2.0, 2.5][self.below(3)],
            _ => f64::from(u32::try_from(self.below(1 << 20)).unwrap()) / 65_536.0 - 8.0,
        }
    }

    fn row(&mut self, person: u32) -> Row {
        (person, u32::try_from(self.below(4)).unwrap(), self.number())
    }

    /// Rows of one person: often many, often all alike, which is the worst case.
    fn rows(&mut self, person: u32) -> Vec<Row> {
        let rows = [0, 1, 3, 13][self.below(4)];
        let alike = self.row(person);
        let same = self.below(2) == 0;
        (0..rows).map(|_| if same { alike } else { self.row(person) }).collect()
    }

    /// The rows of all persons, where those of each stay in their order.
    fn shuffled(&mut self, mut persons: Vec<Vec<Row>>) -> Vec<Row> {
        persons.iter_mut().for_each(|rows| rows.reverse());
        let mut table = Vec::new();
        loop {
            persons.retain(|rows| !rows.is_empty());
            if persons.is_empty() {
                return table;
            }
            let next = self.below(u64::try_from(persons.len()).unwrap());
            table.extend(persons[next].pop());
        }
    }
}

const LAST: u32 = 6;

/// Two neighboring tables. The person who differs has the last code, so that everybody else's sample is the same.
fn pair(random: &mut Random, relation: Neighbors) -> [Vec<Row>; 2] {
    let others = random.below(u64::from(LAST) + 1);
    let others: Vec<Vec<Row>> =
        (0..u32::try_from(others).unwrap().min(LAST)).map(|person| random.rows(person)).collect();
    [0, 1].map(|side| {
        let mut persons = others.clone();
        if side == 1 || relation == Neighbors::ReplaceOne {
            persons.push(random.rows(LAST));
        }
        random.shuffled(persons)
    })
}

fn session(relation: Neighbors, bounds: ContributionBounds) -> Session {
    Session::builder(PrivacyUnit::person("p").unwrap(), bounds)
        .neighbors(relation)
        .ledger(MemoryLedger::new(Budget::ZERO))
        .data_version("")
        .build()
        .unwrap()
}

fn queries() -> Vec<QueryBuilder> {
    let by = |query: QueryBuilder| query.by("g", ["2", "0"]);
    let sum = || Query::sum("x").clamp(-7.0, 3.0);
    let adults = Condition::within("x", -1.0, 2.0).unwrap().or(Condition::equals("g", "1"));
    // A δ that keeps many of the few keys there are.
    let (epsilon, delta) = (Epsilon::parse("0.5").unwrap(), Delta::parse("0.9").unwrap());
    vec![
        Query::count(),
        by(Query::count()),
        Query::count().only(adults.clone()),
        sum(),
        by(sum()),
        sum().unreadable(Unreadable::LeftOut).only(adults.not()),
        by(Query::sum("x").clamp(1.0, 3.0).unreadable(Unreadable::Value(2.0))),
        Query::mean("x").clamp(-7.0, 3.0),
        by(Query::mean("x").clamp(-7.0, 3.0).unreadable(Unreadable::Upper)),
        Query::variance("x").clamp(-7.0, 3.0),
        by(Query::variance("x").clamp(0.0, 3.0)),
        Query::histogram("x", Bins::uniform(-4.0, 4.0, 4).unwrap()),
        by(Query::histogram("x", Bins::from_edges([-1.0, 0.0, 5.0]).unwrap())
            .unreadable(Unreadable::LeftOut)),
        Query::quantiles("x", [0.5]).clamp(-7.0, 3.0),
        Query::quantiles("x", [0.9]).clamp(-7.0, 3.0).unreadable(Unreadable::LeftOut),
        Query::quantiles("x", [0.1, 0.25, 0.5, 0.75, 0.9, 1.0]).clamp(-7.0, 3.0),
        by(Query::quantiles("x", [0.0, 0.3, 0.5]).clamp(0.0, 3.0)),
        Query::count().by_selected("g", epsilon, delta),
        Query::mean("x").clamp(-7.0, 3.0).by_selected("g", epsilon, delta),
        Query::sum("x").find_clamp(epsilon),
        by(Query::mean("x").find_clamp(epsilon).unreadable(Unreadable::Value(1e9))),
        Query::quantiles("x", [0.25, 0.5]).find_clamp(epsilon),
    ]
}

/// All queries for an ε, and for a ρ with Gaussian noise.
fn priced() -> Vec<Query> {
    let (epsilon, rho) = (Epsilon::parse("1").unwrap(), Rho::parse("0.5").unwrap());
    let for_epsilon = queries().into_iter().map(|query| query.epsilon(epsilon).build().unwrap());
    let for_rho =
        queries().into_iter().map(|query| query.rho(rho).noise(NoiseKind::Gaussian).build().unwrap());
    for_epsilon.chain(for_rho).collect()
}

fn records<'a>(columns: &'a (Vec<u32>, Vec<u32>, Vec<f64>)) -> Records<'a> {
    let people = usize::try_from(LAST).unwrap() + 1;
    let records = Records::new().codes("p", &columns.0, people).unwrap();
    records.codes("g", &columns.1, 4).unwrap().numbers("x", &columns.2).unwrap()
}

fn columns(rows: &[Row]) -> (Vec<u32>, Vec<u32>, Vec<f64>) {
    (
        rows.iter().map(|r| r.0).collect(),
        rows.iter().map(|r| r.1).collect(),
        rows.iter().map(|r| r.2).collect(),
    )
}

#[test]
fn steps_are_equal_and_move_by_at_most_what_is_declared() {
    let pairs: u32 = std::env::var("INCOG_PAIRS").map_or(400, |pairs| pairs.parse().unwrap());
    let relations = [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne, Neighbors::ZeroOut];
    let mut random = Random(1);
    for relation in relations {
        for query in priced() {
            let three_in_two = ContributionBounds::new(3, 2).unwrap();
            for bounds in [three_in_two, ContributionBounds::new(5, 2).unwrap().per_group(2).unwrap()] {
                let session = session(relation, bounds);
                let mut largest: Vec<(f64, f64)> = Vec::new();
                for seed in 0..pairs / 2 {
                    let tables = pair(&mut random, relation).map(|rows| columns(&rows));
                    let seed = u64::from(seed);
                    let first = session.record(&query, records(&tables[0]), seed).unwrap();
                    let second = session.replay(&query, records(&tables[1]), seed, &first).unwrap();
                    let moved = first.compare(&second).unwrap_or_else(|error| {
                        panic!("{relation} {} {bounds:?}: {error}: {tables:?}", query.label())
                    });
                    // Steps that depend on earlier answers may be left out; the first ones never are.
                    largest.resize(largest.len().max(moved.len()), (0.0, 0.0));
                    for (largest, moved) in largest.iter_mut().zip(&moved) {
                        *largest = (largest.0.max(moved.by), moved.declared);
                    }
                }
                // The declared sensitivity is reached, or nearly: it is not merely large enough.
                let least = if query.label().starts_with("quantiles") { 0.05 } else { 0.35 };
                for (by, declared) in &largest {
                    assert!(*by >= least * declared, "{relation} {}: {by} of {declared}", query.label());
                }
            }
        }
    }
}

#[cfg(feature = "ndarray")]
#[test]
fn vectors_move_by_at_most_what_is_declared() {
    use incog::dp::vector::{VectorQuery, VectorQueryBuilder};
    use ndarray::Array2;

    let pairs: u32 = std::env::var("INCOG_PAIRS").map_or(400, |pairs| pairs.parse().unwrap());
    let mut random = Random(3);
    let queries: [fn(f64) -> VectorQueryBuilder; 3] =
        [VectorQuery::sum, VectorQuery::mean, VectorQuery::covariance];
    for relation in [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne, Neighbors::ZeroOut] {
        for query in queries {
            let (rho, epsilon) = (Rho::parse("0.5").unwrap(), Epsilon::parse("1").unwrap());
            for query in [query(2.5).rho(rho), query(2.5).epsilon(epsilon)] {
                let query = query.build().unwrap();
                let session = session(relation, ContributionBounds::new(3, 1).unwrap());
                let mut largest: Vec<(f64, f64)> = Vec::new();
                for seed in 0..u64::from(pairs) / 2 {
                    // Three coordinates from one row's numbers: often infinite, huge, or equal.
                    let traces = pair(&mut random, relation).map(|rows| {
                        let persons: Vec<u32> = rows.iter().map(|row| row.0).collect();
                        let numbers = |row: usize, i: usize| match i {
                            0 => rows[row].2,
                            1 => f64::from(rows[row].1) - 1.0,
                            _ => 0.25,
                        };
                        let vectors = Array2::from_shape_fn((rows.len(), 3), |(row, i)| numbers(row, i));
                        session.record_vectors(&query, &persons, vectors.view(), seed).unwrap()
                    });
                    let moved = traces[0].compare(&traces[1]).unwrap();
                    largest.resize(moved.len(), (0.0, 0.0));
                    for (largest, moved) in largest.iter_mut().zip(&moved) {
                        *largest = (largest.0.max(moved.by), moved.declared);
                    }
                }
                // L1 is declared for the worst direction, that of the diagonal, and for products as if they could be opposite.
                for (by, declared) in &largest {
                    assert!(*by >= 0.1 * declared, "{relation} {query:?}: {by} of {declared}");
                }
            }
        }
    }
}

#[test]
fn a_person_with_a_million_rows_moves_no_more_than_anyone() {
    let mut random = Random(2);
    for relation in [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne] {
        for query in queries() {
            let query = query.epsilon(Epsilon::parse("1").unwrap()).build().unwrap();
            let session = session(relation, ContributionBounds::new(3, 2).unwrap());
            let mut rows: Vec<Row> = (0..3).map(|person| random.row(person)).collect();
            let few = columns(&rows);
            rows.extend(std::iter::repeat_n((LAST, 2, 3.0), 1_000_000));
            let many = columns(&rows);
            let first = session.record(&query, records(&many), 1).unwrap();
            let second = session.replay(&query, records(&few), 1, &first).unwrap();
            first.compare(&second).unwrap();
        }
    }
}

#[test]
fn tables_that_are_no_neighbors_are_found_out() {
    let session = session(Neighbors::AddOrRemoveOne, ContributionBounds::new(3, 2).unwrap());
    let two_more: Vec<Row> = (0..6).map(|row| (row / 3, 2, -7.0)).collect();
    let (empty, two_more) = (columns(&[]), columns(&two_more));
    for query in queries().into_iter().take(5) {
        let query = query.epsilon(Epsilon::parse("1").unwrap()).build().unwrap();
        let first = session.record(&query, records(&empty), 1).unwrap();
        let second = session.replay(&query, records(&two_more), 1, &first).unwrap();
        let found = first.compare(&second);
        // The third query asks only for rows that are not there.
        assert_eq!(found.is_err(), !query.label().contains("where"), "{}", query.label());
    }
}

#[test]
fn a_replay_of_another_query_is_found_out() {
    let session = session(Neighbors::AddOrRemoveOne, ContributionBounds::new(3, 2).unwrap());
    let rows = columns(&[(0, 0, 1.0), (1, 2, 2.0)]);
    let built = |query: QueryBuilder| query.epsilon(Epsilon::parse("1").unwrap()).build().unwrap();
    let queries = [
        built(Query::count()),
        built(Query::count().by("g", ["2", "0"])),
        built(Query::mean("x").clamp(-7.0, 3.0)),
        built(Query::quantiles("x", [0.5]).clamp(-7.0, 3.0)),
    ];
    for (i, query) in queries.iter().enumerate() {
        let first = session.record(query, records(&rows), 1).unwrap();
        for (j, other) in queries.iter().enumerate() {
            let second =
                session.replay(other, records(&rows), 1, &first).and_then(|second| first.compare(&second));
            assert_eq!(second.is_ok(), i == j, "{} {}", query.label(), other.label());
        }
    }
}
