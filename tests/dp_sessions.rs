//! What a session computes before noise comes on it: with a backend that adds none, answers are what rows say.

use incog::{
    dp::{
        Amount, Condition, ContributionBounds, Delta, Epsilon, ErrorIn, PrivacyUnit, Query, QueryBuilder,
        Release, Rho, Session, ledger::MemoryLedger,
    },
    table::{Column, Table},
};

use crate::dp_totals::Silence;

fn epsilon(text: &str) -> Epsilon {
    Epsilon::parse(text).unwrap()
}

/// Rows of a person, a group and a number.
fn table(rows: &[(&str, &str, f64)]) -> Table {
    Table::new([
        ("p", Column::from_values(rows.iter().map(|row| row.0)).unwrap()),
        ("g", Column::from_values(rows.iter().map(|row| row.1)).unwrap()),
        ("x", Column::from_values(rows.iter().map(|row| format!("{:?}", row.2))).unwrap()),
    ])
    .unwrap()
}

/// So many persons with one row each.
fn persons(name: &str, group: &'static str, count: usize, value: f64) -> Vec<(String, &'static str, f64)> {
    (0..count).map(|i| (format!("{name}{i}"), group, value)).collect()
}

fn of(rows: &[(String, &'static str, f64)]) -> Table {
    table(&rows.iter().map(|row| (row.0.as_str(), row.1, row.2)).collect::<Vec<_>>())
}

fn release(query: QueryBuilder, table: &Table, bounds: ContributionBounds) -> Release {
    let mut session = Session::builder(PrivacyUnit::person("p").unwrap(), bounds)
        .ledger(MemoryLedger::new(Amount::parse("approximate epsilon=1000 delta=0.1").unwrap()))
        .data_version("v1")
        .noise_backend(Silence)
        .build()
        .unwrap();
    session.release(&query.epsilon(epsilon("1")).build().unwrap(), table, "a").unwrap()
}

fn values(query: QueryBuilder, table: &Table, bounds: ContributionBounds) -> Vec<f64> {
    release(query, table, bounds).values().iter().map(|value| value.value).collect()
}

/// One person with a row in each of three groups and three in one more.
#[test]
fn a_person_counts_in_as_many_rows_and_groups_as_the_bounds_say() {
    let rows = table(&[
        ("ada", "a", 1.0),
        ("ada", "b", 1.0),
        ("ada", "c", 1.0),
        ("ada", "d", 1.0),
        ("ada", "d", 1.0),
        ("ada", "d", 1.0),
    ]);
    let by_group = || Query::count().by("g", ["a", "b", "c", "d"]);
    let bounds = |rows, groups| ContributionBounds::new(rows, groups).unwrap();
    // Without groups only the number of rows is bounded.
    assert_eq!(values(Query::count(), &rows, bounds(6, 1)), [6.0]);
    assert_eq!(values(Query::count(), &rows, bounds(4, 1)), [4.0]);
    for (rows_per_person, groups) in [(6, 1), (6, 2), (2, 2), (3, 4), (6, 4)] {
        let found = values(by_group(), &rows, bounds(rows_per_person, groups));
        let entered = found.iter().filter(|&&value| value > 0.0).count();
        assert!(entered <= usize::try_from(groups).unwrap(), "{rows_per_person} {groups}: {found:?}");
        assert!(found.iter().sum::<f64>() <= f64::from(rows_per_person), "{found:?}");
    }
    assert_eq!(values(by_group(), &rows, bounds(6, 4)), [1.0, 1.0, 1.0, 3.0]);
    let each = bounds(6, 4).per_group(2).unwrap();
    assert_eq!(values(by_group(), &rows, each), [1.0, 1.0, 1.0, 2.0]);
}

#[test]
fn only_rows_that_meet_the_condition_count_and_only_in_groups_that_are_asked_for() {
    let rows = table(&[("a", "x", 1.0), ("b", "x", 5.0), ("c", "y", 7.0), ("d", "z", 9.0), ("e", "z", 2.0)]);
    let bounds = ContributionBounds::new(1, 1).unwrap();
    let sum = || Query::sum("x").clamp(0.0, 16.0);
    assert_eq!(values(sum().by("g", ["z", "x"]), &rows, bounds), [11.0, 6.0]);
    let large = || Condition::within("x", 5.0, 16.0).unwrap();
    assert_eq!(values(sum().only(large()), &rows, bounds), [21.0]);
    assert_eq!(values(Query::count().only(large()), &rows, bounds), [3.0]);
    assert_eq!(values(Query::count().only(large().not()), &rows, bounds), [2.0]);
    assert_eq!(values(Query::count().only(large()).by("g", ["x", "y", "z"]), &rows, bounds), [1.0, 1.0, 1.0]);
}

/// A key of 1,000 persons is kept but once in e^900, one of a single person once in 10^6.
#[test]
fn selected_keys_have_the_rows_of_their_persons_and_others_have_none() {
    let mut rows = persons("m", "many", 1000, 1.0);
    rows.extend(persons("n", "more", 1200, 2.0));
    rows.extend(persons("f", "few", 1, 16.0));
    let rows = of(&rows);
    let bounds = ContributionBounds::new(1, 1).unwrap();
    let delta = Delta::parse("1e-6").unwrap();
    for (query, expected) in
        [(Query::count(), [1000.0, 1200.0]), (Query::sum("x").clamp(0.0, 16.0), [1000.0, 2400.0])]
    {
        let release = release(query.by_selected("g", epsilon("1"), delta), &rows, bounds);
        let found: Vec<_> =
            release.values().iter().map(|value| (value.key.as_deref(), value.value)).collect();
        assert_eq!(found, [(Some("many"), expected[0]), (Some("more"), expected[1])]);
    }
}

/// Choices are drawn by the session itself: with ε = 1 and 2,000 rows on one value a rank is off by more than 400 less
/// than once in e^100.
#[test]
fn a_quantile_is_where_the_rows_are() {
    let rows = of(&persons("p", "g", 2000, 50.0));
    let query = Query::quantiles("x", [0.5]).clamp(0.0, 100.0);
    let found = values(query, &rows, ContributionBounds::new(1, 1).unwrap());
    assert!((found[0] - 50.0).abs() < 0.1, "{found:?}");
}

/// Without noise the threshold is what noise would put into an empty bin, far below a thousand rows.
#[test]
fn clamp_bounds_are_stated_where_they_were_found_and_only_there() {
    let mut rows = persons("a", "g", 1000, 3.0);
    rows.extend(persons("b", "g", 1000, 40.0));
    let (rows, bounds) = (of(&rows), ContributionBounds::new(1, 1).unwrap());
    let found = release(Query::sum("x").find_clamp(epsilon("1")), &rows, bounds);
    // From the bin of 3 to that of 40: powers of two.
    assert_eq!(found.clamp(), Some((2.0, 64.0)));
    assert!((found.values()[0].value - 43_000.0).abs() < 1.0, "{found}");
    assert_eq!(release(Query::sum("x").clamp(0.0, 64.0), &rows, bounds).clamp(), None);
}

/// As above, of a ledger in ρ: the search for bounds is charged beside the query.
#[test]
fn clamp_bounds_that_are_found_for_a_rho_cost_that_rho() {
    let mut rows = persons("a", "g", 1000, 3.0);
    rows.extend(persons("b", "g", 1000, 40.0));
    let mut session =
        Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(1, 1).unwrap())
            .ledger(MemoryLedger::new(Amount::parse("zcdp rho=1").unwrap()))
            .data_version("v1")
            .noise_backend(Silence)
            .build()
            .unwrap();
    let rho = |text: &str| Rho::parse(text).unwrap();
    let query = Query::sum("x").find_clamp_for_rho(rho("0.25")).rho(rho("0.5")).build().unwrap();
    let found = session.release(&query, &of(&rows), "a").unwrap();
    assert_eq!(found.clamp(), Some((2.0, 64.0)));
    assert_eq!(session.balance().unwrap().remaining.canonical(), "zcdp rho=0.25");
    // What finds them for an ε is another request.
    let other = Query::sum("x").find_clamp(epsilon("0.25")).rho(rho("0.5")).build().unwrap();
    assert_ne!(session.cost(&other).unwrap(), session.cost(&query).unwrap());
}

/// 161 bins share the one chance in a thousand that noise fills an empty one: with `p = e^-1` noise exceeds `h` with
/// probability `2 p^(h+1) / (1 + p)`, which is at most `0.001 / 161` from `h = 12` on.
#[test]
fn a_bin_counts_for_clamp_bounds_only_with_more_than_noise_would_put_there() {
    let bounds = ContributionBounds::new(1, 1).unwrap();
    for (more, clamp) in [(12, (2.0, 4.0)), (13, (2.0, 64.0))] {
        let mut rows = persons("a", "g", 1000, 3.0);
        rows.extend(persons("b", "g", more, 40.0));
        let found = release(Query::sum("x").find_clamp(epsilon("1")), &of(&rows), bounds);
        assert_eq!(found.clamp(), Some(clamp), "{more}");
    }
    // Of both signs, and none full: the fullest.
    let mut rows = persons("a", "g", 100, -40.0);
    rows.extend(persons("b", "g", 100, -3.0));
    let found = release(Query::sum("x").find_clamp(epsilon("1")), &of(&rows), bounds);
    assert_eq!(found.clamp(), Some((-64.0, -2.0)));
    let found = release(Query::sum("x").find_clamp(epsilon("1")), &of(&rows[..5]), bounds);
    assert_eq!(found.clamp(), Some((-64.0, -32.0)));
}

/// The scale is known only once the bounds are; a price of ε is ε-differentially private whatever they are.
#[test]
fn events_state_a_scale_where_it_is_known_before_the_data_and_else_the_price() {
    let rows = of(&persons("a", "g", 100, 3.0));
    let bounds = ContributionBounds::new(2, 1).unwrap();
    for (query, events) in [
        (Query::count(), vec!["discrete_laplace scale=2/1 sensitivity=2 count=1"]),
        (
            Query::sum("x").find_clamp(epsilon("0.5")),
            vec!["discrete_laplace scale=4/1 sensitivity=2 count=1", "pure epsilon=1 count=1"],
        ),
        (
            Query::mean("x").find_clamp(epsilon("0.5")),
            vec![
                "discrete_laplace scale=4/1 sensitivity=2 count=1",
                "pure epsilon=0.5 count=1",
                "pure epsilon=0.5 count=1",
            ],
        ),
    ] {
        let release = release(query, &rows, bounds);
        assert_eq!(release.events().iter().map(ToString::to_string).collect::<Vec<_>>(), events);
    }
}

#[test]
fn the_error_of_a_quantile_is_in_ranks_and_that_of_a_sum_is_not() {
    let (rows, bounds) = (of(&persons("a", "g", 100, 3.0)), ContributionBounds::new(1, 1).unwrap());
    for (query, error_in) in [
        (Query::quantiles("x", [0.5]).clamp(0.0, 8.0), ErrorIn::Ranks),
        (Query::sum("x").clamp(0.0, 8.0), ErrorIn::Value),
        (Query::mean("x").clamp(0.0, 8.0), ErrorIn::Value),
    ] {
        assert_eq!(release(query, &rows, bounds).values()[0].error_in, error_in);
    }
}

/// Two answers with one stream would have one noise, and their difference none. Long ids that differ at one end only.
#[cfg(feature = "insecure-seeded")]
#[test]
fn each_request_has_its_own_stream_and_one_seed_has_the_same_ones_again() {
    let rows = of(&persons("a", "g", 100, 3.0));
    let ids: Vec<String> = (0..20)
        .flat_map(|i| [format!("{i}"), format!("{}{i}", "x".repeat(100)), format!("{i}{}", "x".repeat(100))])
        .collect();
    let answers = |seed| -> Vec<f64> {
        let mut session =
            Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(1, 1).unwrap())
                .ledger(MemoryLedger::new(Amount::parse("pure epsilon=1").unwrap()))
                .data_version("v1")
                .insecure_seed(seed)
                .build()
                .unwrap();
        let query = Query::count().epsilon(epsilon("0.000000001")).build().unwrap();
        ids.iter().map(|id| session.release(&query, &rows, id).unwrap().values()[0].value).collect()
    };
    let (first, other) = (answers(1), answers(2));
    assert_eq!(answers(1), first);
    // With noise of scale 10^9, two of 120 independent answers are the same once in 10^5 seeds.
    let mut all = [first, other].concat();
    all.sort_by(f64::total_cmp);
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
}
