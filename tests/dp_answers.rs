//! What answers, statements and queries say of themselves, and conditions of rows.

use incog::{
    ErrorKind,
    dp::{
        Amount, Bins, Budget, Condition, ContributionBounds, Delta, Epsilon, ErrorIn, Event, EventList,
        Neighbors, PrivacyUnit, Query, QueryBuilder, Records, Session, SessionBuilder, Statement, Unreadable,
        accountant::Basic, event::NoiseUnit, ledger::MemoryLedger,
    },
    table::{Column, Table},
};

fn one() -> Epsilon {
    Epsilon::parse("1").unwrap()
}

fn session() -> SessionBuilder {
    let bounds = ContributionBounds::new(5, 2).unwrap();
    Session::builder(PrivacyUnit::person("p").unwrap(), bounds)
        .ledger(MemoryLedger::new(Amount::parse("approximate epsilon=1000 delta=0.1").unwrap()))
        .data_version("v1")
}

fn table() -> Table {
    Table::new([
        ("p", Column::from_values((0..40).map(|i| i.to_string())).unwrap()),
        ("g", Column::from_values((0..40).map(|i| ["a", "b"][i % 2])).unwrap()),
        ("x", Column::from_values((0..40).map(|i| i.to_string())).unwrap()),
    ])
    .unwrap()
}

fn built(query: QueryBuilder) -> Query {
    query.epsilon(one()).build().unwrap()
}

// ---------------------------------------------------------------------------------- answers

#[test]
fn an_answer_says_what_it_is_of_how_far_off_it_may_be_and_what_it_rests_on() {
    let mut session = session().build().unwrap();
    let query = built(Query::count().by("g", ["a", "b"]));
    let release = session.release(&query, &table(), "counts").unwrap();
    assert_eq!(release.label(), query.label());
    assert_eq!(query.label(), "count by g");
    assert!(!release.events().is_empty());
    for value in release.values() {
        assert!(value.error > 0.0);
        assert_eq!(value.interval(), Some((value.value - value.error, value.value + value.error)));
    }
    let sentence = "at most 5 rows of one person in at most 2 groups were counted, sampled by the toolkit";
    assert!(release.claim().assumptions.iter().any(|said| said == sentence));

    let median = built(Query::quantiles("x", [0.5]).clamp(0.0, 64.0));
    let release = session.release(&median, &table(), "median").unwrap();
    assert_eq!((release.values()[0].error_in, release.values()[0].interval()), (ErrorIn::Ranks, None));
}

/// The middle of forty numbers, of which at ε = 64 it is known between which it is.
#[cfg(feature = "audit")]
#[test]
fn a_trial_draws_the_slots_that_its_values_are_made_of() {
    let query =
        Query::quantiles("x", [0.5]).clamp(0.0, 64.0).epsilon(Epsilon::parse("64").unwrap()).build().unwrap();
    let session = session().build().unwrap();
    let table = table();
    let outcome =
        session.trial(&query, &table).unwrap().run(&mut incog::SecureRng::from_os().unwrap()).unwrap();
    assert_eq!((outcome.values.len(), outcome.drawn.len()), (1, 1));
    assert!((15.0..=25.0).contains(&outcome.values[0]), "{}", outcome.values[0]);
    assert!(outcome.drawn[0] > 1);
}

// ---------------------------------------------------------------------------------- statements

#[test]
fn a_statement_answers_what_was_asked_and_names_its_relation_and_bounds() {
    let relations = [
        (Neighbors::AddOrRemoveOne, "one record is added or removed."),
        (Neighbors::ReplaceOne, "one record is replaced by any other, and the number of records is public."),
        (Neighbors::ZeroOut, "one record counts as nothing, and the number of records is public."),
    ];
    for (neighbors, relation) in relations {
        let laplace = Event::laplace(8.0).unwrap().relative_to(NoiseUnit::Sensitivity).unwrap();
        let events = EventList::new(neighbors, [laplace, Event::pure(one())]).unwrap();
        let (delta, epsilon) = (Delta::new(1e-6).unwrap(), Epsilon::parse("2").unwrap());
        let statement = Statement::new(&Basic, &events, &[delta], &[epsilon, one()]).unwrap();
        assert_eq!(statement.epsilons().len(), 1);
        assert_eq!(statement.epsilons()[0].delta, delta);
        assert_eq!(statement.deltas().iter().map(|at| at.epsilon).collect::<Vec<_>>(), [epsilon, one()]);
        let text = statement.to_string();
        assert!(text.contains(&format!("neighbors: {relation}\n")), "{text}");
        assert!(
            text.contains("\n  Laplace noise of 8 times the distance between neighbors, once\n"),
            "{text}"
        );
        assert!(!statement.assumptions().is_empty());
        for assumption in statement.assumptions() {
            assert!(assumption.contains(' ') && text.contains(assumption), "{assumption}");
        }
    }
}

// ---------------------------------------------------------------------------------- queries

#[test]
fn queries_that_say_what_has_no_meaning_are_refused_at_build() {
    let refused = |query: QueryBuilder| query.build().unwrap_err();
    let error = refused(Query::count().unreadable(Unreadable::LeftOut).epsilon(one()));
    assert_eq!(error.kind(), ErrorKind::Parameter, "{error}");
    let selected =
        |delta: &str| Query::count().by_selected("g", one(), Delta::parse(delta).unwrap()).epsilon(one());
    assert_eq!(refused(selected("0")).kind(), ErrorKind::Parameter);
    assert!(selected("0.000001").build().is_ok());
    for probabilities in [&[-0.5][..], &[1.5], &[0.123_456_7], &[f64::NAN], &[0.5, 0.5], &[]] {
        let query = Query::quantiles("x", probabilities.iter().copied()).clamp(0.0, 1.0).epsilon(one());
        assert_eq!(refused(query).kind(), ErrorKind::Parameter, "{probabilities:?}");
    }
}

#[test]
fn a_summand_and_its_query_say_what_an_engine_has_to_add_up() {
    let even = Condition::one_of("g", ["a", "c"]);
    let query = built(Query::sum("x").clamp(-2.0, 5.0).unreadable(Unreadable::LeftOut).only(even.clone()));
    let summands = query.summands().unwrap();
    assert_eq!(summands.len(), 1);
    assert_eq!(summands[0].clamp(), Some((-2.0, 5.0, Unreadable::LeftOut)));
    assert_eq!((query.number_column(), query.condition()), (Some("x"), Some(&even)));
    let query = built(Query::count());
    assert_eq!(query.summands().unwrap()[0].clamp(), None);
    assert_eq!((query.number_column(), query.condition()), (None, None));
    let query = built(Query::histogram("age", Bins::uniform(0.0, 4.0, 4).unwrap()));
    assert_eq!(query.number_column(), Some("age"));
}

/// What unreadable cells count as is part of a request: under one id, another rule is another question.
#[test]
fn a_query_with_another_rule_or_condition_is_another_request() {
    let mut session = session().build().unwrap();
    let sum = || Query::sum("x").clamp(0.0, 50.0);
    let within = |upper: f64| Condition::within("x", 0.0, upper).unwrap();
    let queries = [
        sum(),
        sum().unreadable(Unreadable::Upper),
        sum().unreadable(Unreadable::LeftOut),
        sum().unreadable(Unreadable::Value(3.0)),
        sum().only(within(7.0)),
        sum().only(within(8.0)),
        sum().only(within(7.0).not()),
        sum().only(Condition::missing("x")),
        sum().only(Condition::equals("g", "a")),
        sum().only(Condition::equals("g", "a").and(within(7.0))),
        sum().only(Condition::equals("g", "a").or(within(7.0))),
    ]
    .map(built);
    for (i, query) in queries.iter().enumerate() {
        session.release(query, &table(), &format!("request {i}")).unwrap();
        for (j, other) in queries.iter().enumerate() {
            let again = session.release(other, &table(), &format!("request {i}"));
            assert_eq!(again.is_ok(), i == j, "{} {}", query.label(), other.label());
        }
    }
}

// ---------------------------------------------------------------------------------- conditions

/// Of 6 rows, those that count: by a twin of the words, without noise to speak of (ε = 64, counts of 0 to 6; a count is off
/// by one once in 10^27 times).
#[test]
fn conditions_mean_what_their_words_say() {
    let groups =
        Column::from_codes_with_missing(vec![0, 1, 2, 3, 0, 3], ["a", "b", "c", ""], Some(3)).unwrap();
    let table = Table::new([
        ("p", Column::from_values((0..6).map(|i| i.to_string())).unwrap()),
        ("g", groups),
        ("x", Column::from_values(["1", "2", "3", "1", "no", "7"]).unwrap()),
    ])
    .unwrap();
    let within = |lower: f64, upper: f64| Condition::within("x", lower, upper).unwrap();
    let of = |values: &[&str]| Condition::one_of("g", values.iter().copied());
    let cases = [
        (of(&["a"]), "g = 'a'", 2.0),
        (of(&["a", "b"]), "g in 'a', 'b'", 3.0),
        (of(&["d"]), "g = 'd'", 0.0),
        (of(&["a"]).not(), "not (g = 'a')", 4.0),
        (Condition::missing("g"), "g missing", 2.0),
        (within(1.0, 1.0), "x in [1, 1]", 2.0),
        (within(2.0, f64::INFINITY), "x in [2, inf]", 3.0),
        (of(&["a"]).and(within(1.0, 2.0)), "g = 'a' and x in [1, 2]", 1.0),
        (of(&["a"]).or(within(1.0, 2.0)), "(g = 'a' or x in [1, 2])", 4.0),
        (of(&["b"]).and(within(3.0, 9.0)), "g = 'b' and x in [3, 9]", 0.0),
    ];
    assert!(Condition::within("x", 2.0, 1.0).is_err());
    let bounds = ContributionBounds::new(1, 1).unwrap();
    let mut session = Session::builder(PrivacyUnit::person("p").unwrap(), bounds)
        .ledger(MemoryLedger::new(Amount::from(Budget::parse("1000", "0").unwrap())))
        .data_version("v1")
        .build()
        .unwrap();
    for (condition, words, rows) in cases {
        let epsilon = Epsilon::parse("64").unwrap();
        let query = Query::count().only(condition).epsilon(epsilon).build().unwrap();
        assert_eq!(query.label(), format!("count where {words}"));
        let release = session.release(&query, &table, words).unwrap();
        assert_eq!(release.values()[0].value, rows, "{words}");
    }
}

#[test]
fn codes_are_below_their_number_and_columns_are_kept() {
    assert!(Records::new().codes("p", &[0, 2, 1], 3).is_ok());
    for codes in [[0, 3, 1], [4, 0, 0]] {
        assert_eq!(Records::new().codes("p", &codes, 3).unwrap_err().kind(), ErrorKind::Data);
    }
    let column = Column::from_values(["1", "2", "2"]).unwrap();
    let records = Records::new().column("x", &column).unwrap();
    assert_eq!(records.rows(), 3);
    assert!(records.column("x", &column).is_err(), "the name is taken");
}
