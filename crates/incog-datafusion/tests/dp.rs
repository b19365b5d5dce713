//! Differential privacy over plans: what noise would be added to, held against sessions on tables in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use datafusion::{
    arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray},
    datasource::MemTable,
    error::DataFusionError,
    prelude::{DataFrame, SessionContext},
};
use incog::{
    dp::{
        Budget, Condition, ContributionBounds, Delta, Epsilon, PrivacyUnit, Query, QueryBuilder, Session,
        Unreadable,
        ledger::MemoryLedger,
        noise::{NoiseBackend, Scale},
    },
    table::{ColumnBuilder, Table},
};
use incog_datafusion::{Node, release};

use crate::functions::{Folder, session};

/// Adds nothing, and says so.
pub(crate) struct Silence;

impl NoiseBackend for Silence {
    fn add_laplace(&mut self, _: Scale, _: &mut [i128]) -> incog::Result<()> {
        Ok(())
    }

    fn add_gaussian(&mut self, _: Scale, _: &mut [i128]) -> incog::Result<()> {
        Ok(())
    }

    fn is_insecure(&self) -> bool {
        true
    }
}

fn budgeted(bounds: ContributionBounds) -> Session {
    Session::builder(PrivacyUnit::person("p").unwrap(), bounds)
        .ledger(MemoryLedger::new(Budget::parse("64", "0.1").unwrap()))
        .data_version("v1")
        .noise_backend(Silence)
        .build()
        .unwrap()
}

fn bounds(rows: u32, groups: u32) -> ContributionBounds {
    ContributionBounds::new(rows, groups).unwrap()
}

type Row = (Option<i64>, Option<String>, Option<f64>);

/// `own` rows of each of 60 persons, and some of nobody, of no group, without a number.
fn visits(own: i64) -> Vec<Row> {
    let row = |i: i64| {
        let group = (i % 13 != 5).then(|| format!("g{}", (i / 7) % 5));
        let value = (i % 17 != 3).then_some(f64::from(i32::try_from(i % 40).unwrap()) * 0.7 - 3.0);
        ((i % 41 != 40).then_some(i % 60), group, value)
    };
    (0..60 * own).map(row).collect()
}

fn table(rows: &[Row]) -> Table {
    let column = |cell: &dyn Fn(&Row) -> Option<String>| {
        let mut builder = ColumnBuilder::default();
        rows.iter().for_each(|row| builder.push_cell(cell(row).as_deref()).unwrap());
        builder.finish()
    };
    Table::new([
        ("p", column(&|r| r.0.map(|p| p.to_string()))),
        ("g", column(&|r| r.1.clone())),
        ("x", column(&|r| r.2.map(|x| x.to_string()))),
    ])
    .unwrap()
}

async fn frame(engine: &SessionContext, rows: &[Row], parts: usize) -> DataFrame {
    let batches: Vec<Vec<RecordBatch>> = rows
        .chunks(rows.len().div_ceil(parts))
        .map(|rows| {
            let columns: [(&str, ArrayRef); 3] = [
                ("p", Arc::new(rows.iter().map(|r| r.0).collect::<Int64Array>())),
                ("g", Arc::new(rows.iter().map(|r| r.1.as_deref()).collect::<StringArray>())),
                ("x", Arc::new(rows.iter().map(|r| r.2).collect::<Float64Array>())),
            ];
            vec![RecordBatch::try_from_iter(columns).unwrap()]
        })
        .collect();
    let table = MemTable::try_new(batches[0][0].schema(), batches).unwrap();
    engine.deregister_table("visits").unwrap();
    engine.register_table("visits", Arc::new(table)).unwrap();
    engine.table("visits").await.unwrap()
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

fn one() -> Epsilon {
    Epsilon::parse("1").unwrap()
}

/// Every kind of query that totals are made for, in all and by group.
fn queries() -> Vec<Query> {
    let condition = || {
        let within = Condition::within("x", -1.0, 20.0).unwrap();
        within.or(Condition::one_of("g", ["g1", "g2"])).and(Condition::missing("x").not())
    };
    let kinds: [&dyn Fn() -> QueryBuilder; 7] = [
        &Query::count,
        &|| Query::count().only(condition()),
        &|| Query::sum("x").clamp(0.0, 10.0),
        &|| Query::sum("x").clamp(0.0, 10.0).unreadable(Unreadable::Value(3.5)),
        &|| Query::mean("x").clamp(-2.0, 10.0).unreadable(Unreadable::LeftOut),
        &|| Query::mean("x").clamp(-2.0, 10.0).only(condition()),
        &|| Query::variance("x").clamp(-2.0, 10.0).unreadable(Unreadable::Upper),
    ];
    let mut queries = Vec::new();
    for kind in kinds {
        queries.push(kind().epsilon(one()).build().unwrap());
        queries.push(kind().by("g", ["g3", "g0", "none"]).epsilon(one()).build().unwrap());
    }
    queries
}

#[tokio::test]
async fn within_the_bounds_the_totals_are_those_of_a_table_in_memory() {
    let folder = Folder::new("dp-within");
    let engine = session(&Node::in_folder(&folder.0));
    let rows = visits(4);
    let visits = frame(&engine, &rows, 3).await;
    for query in queries() {
        let (mut memory, mut plan) = (budgeted(bounds(4, 4)), budgeted(bounds(4, 4)));
        let expected = memory.release(&query, &table(&rows), "a").unwrap();
        let found = release(&mut plan, &query, visits.clone(), "house", "a").await.unwrap();
        assert_eq!(found.values(), expected.values(), "{}", query.label());
        assert_eq!(found.cost(), expected.cost());
    }
}

#[tokio::test]
async fn beyond_the_bounds_each_person_counts_as_often_as_allowed_in_every_cut_and_order() {
    let folder = Folder::new("dp-beyond");
    let engine = session(&Node::in_folder(&folder.0));
    // Some rows are equal in everything.
    let rows: Vec<Row> = visits(9).into_iter().chain(visits(4)).collect();
    let mut backwards = rows.clone();
    backwards.reverse();
    let kept = |p: i64, g: Option<&str>| {
        rows.iter().filter(|r| r.0 == Some(p) && (g.is_none() || r.1.as_deref() == g)).count()
    };
    let keys = ["g0", "g1", "g2", "g3", "g4"];
    for (rows_of_person, groups, per_group) in [(3, 9, None), (6, 2, None), (6, 3, Some(1)), (1, 1, None)] {
        let mut limits = bounds(rows_of_person, groups);
        if let Some(rows) = per_group {
            limits = limits.per_group(rows).unwrap();
        }
        let all = Query::count().epsilon(one()).build().unwrap();
        let by_group = Query::count().by("g", keys).epsilon(one()).build().unwrap();
        let sums = Query::sum("x").clamp(0.0, 9.0).by("g", keys).epsilon(one()).build().unwrap();
        let mut found = BTreeMap::new();
        for (rows, parts) in [(&rows, 1), (&rows, 5), (&backwards, 3)] {
            let visits = frame(&engine, rows, parts).await;
            for (i, query) in [&all, &by_group, &sums].into_iter().enumerate() {
                let mut session = budgeted(limits);
                let release = release(&mut session, query, visits.clone(), "house", "a").await.unwrap();
                let values: Vec<f64> = release.values().iter().map(|v| v.value).collect();
                assert_eq!(found.entry(i).or_insert_with(|| values.clone()), &values);
            }
        }
        let most = rows_of_person as usize;
        let expected: usize = (0..60).map(|p| kept(p, None).min(most)).sum();
        assert_eq!(found[&0], [real(expected)]);
        // In groups: the most and the least that any choice of groups keeps.
        let (mut least, mut largest) = (0, 0);
        for p in 0..60 {
            let in_group = |key: &&str| kept(p, Some(key)).min(per_group.map_or(usize::MAX, |c| c as usize));
            let mut each: Vec<usize> = keys.iter().map(in_group).filter(|&n| n > 0).collect();
            each.sort_unstable();
            let sum =
                |of: &mut dyn Iterator<Item = &usize>| of.take(groups as usize).sum::<usize>().min(most);
            least += sum(&mut each.iter());
            largest += sum(&mut each.iter().rev());
        }
        let sum: f64 = found[&1].iter().sum();
        assert!((real(least)..=real(largest)).contains(&sum), "{sum} outside {least} to {largest}");
    }
}

#[tokio::test]
async fn rows_are_sampled_evenly_and_anew_for_each_request() {
    let folder = Folder::new("dp-even");
    let engine = session(&Node::in_folder(&folder.0));
    // 2,000 persons with rows 0, 1, 1, 1, of which one counts: the sum is 1,500, with standard deviation 19.4; 7 deviations:
    // false alarm below 1e-11. Equal rows must not share a place: then it would be 1,000.
    let rows: Vec<Row> =
        (0..8000).map(|i| (Some(i % 2000), None, Some(if i < 2000 { 0.0 } else { 1.0 }))).collect();
    let visits = frame(&engine, &rows, 2).await;
    let query = Query::sum("x").clamp(0.0, 1.0).epsilon(one()).build().unwrap();
    let mut sums = Vec::new();
    for request in ["a", "b", "c"] {
        let mut session = budgeted(bounds(1, 1));
        let release = release(&mut session, &query, visits.clone(), "house", request).await.unwrap();
        sums.push(release.values()[0].value);
    }
    assert!(sums.iter().all(|sum| (sum - 1500.0).abs() < 136.0), "{sums:?}");
    let distinct: BTreeSet<u64> = sums.iter().map(|sum| sum.to_bits()).collect();
    assert!(distinct.len() > 1, "three samples with one sum, by chance once in 2,000 runs");
}

#[tokio::test]
async fn a_plan_in_which_one_row_decides_about_another_is_refused_before_the_charge() {
    let folder = Folder::new("dp-rowwise");
    let engine = session(&Node::in_folder(&folder.0));
    frame(&engine, &visits(2), 2).await;
    engine.sql("create view some as select * from visits order by x limit 9").await.unwrap();
    engine.sql("create view large as select p, g, x from visits where x > 1").await.unwrap();
    let mut session = budgeted(bounds(4, 4));
    let query = Query::count().by("g", ["g0"]).epsilon(one()).build().unwrap();
    for sql in [
        "select * from visits limit 9",
        "select * from (select * from visits order by x limit 9) t where x > 0",
        "select distinct p, g, x from visits",
        "select distinct on (g) p, g, x from visits",
        "select p, g, max(x) as x from visits group by p, g",
        "select p, g, row_number() over (order by x) as x from visits",
        "select a.p, a.g, b.x from visits a join visits b on a.p = b.p",
        "select * from visits where x = (select max(x) from visits)",
        "select * from visits where g in (select g from visits where x > 1)",
        "select * from visits where random() < 0.5",
        "select p, g, x + random() as x from visits",
        "with recursive t as (select p, g, x from visits union all select p, g, x from t where x < 0) select * from t",
        "select * from visits intersect select * from visits",
        "select * from some",
    ] {
        let frame = engine.sql(sql).await.unwrap();
        let error = release(&mut session, &query, frame, "house", "a").await.unwrap_err().to_string();
        assert!(error.contains("those of one person must not depend on another's"), "{sql}: {error}");
    }
    assert_eq!(session.balance().unwrap().spent, Budget::ZERO);
    for (i, sql) in [
        "select p, upper(g) as g, x / 2 as x from visits t where x > 0 order by x",
        "select * from visits where x > 1 union all select * from visits where x < 0",
        "select * from large",
    ]
    .iter()
    .enumerate()
    {
        let frame = engine.sql(sql).await.unwrap();
        let release = release(&mut session, &query, frame, "house", &i.to_string()).await.unwrap();
        assert!(release.claim().assumptions.iter().any(|a| a.contains("of its own person alone")), "{sql}");
    }
}

#[tokio::test]
async fn no_cell_decides_whether_there_is_an_error_or_what_it_says() {
    let folder = Folder::new("dp-total");
    let engine = session(&Node::in_folder(&folder.0));
    let days = Date32Array::from(vec![Some(i32::MAX), Some(0), Some(0), None, Some(0)]);
    let columns: [(&str, ArrayRef); 4] = [
        ("p", Arc::new(StringArray::from(vec![Some("a"), Some("b"), Some(""), Some("d"), None]))),
        ("g", Arc::new(days)),
        ("t", Arc::new(StringArray::from(vec!["CANARY", "1", "1", "", "1"]))),
        ("x", Arc::new(Float64Array::from(vec![Some(1.0), Some(f64::NAN), Some(1.0), None, None]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
    engine.register_table("days", Arc::new(table)).unwrap();
    let days = engine.table("days").await.unwrap();
    let mut session = budgeted(bounds(1, 1));
    let mut values = Vec::new();
    // Of the five rows, those of a, b and d are of somebody.
    for (i, query) in [
        Query::count(),
        Query::count().by("g", ["1970-01-01", "5881580-07-11"]),
        Query::count().only(Condition::missing("g")),
        Query::count().only(Condition::one_of("g", ["1970-01-01"])),
        Query::count().only(Condition::missing("t")),
        Query::count().only(Condition::one_of("t", [""])),
        Query::count().only(Condition::missing("x")),
    ]
    .into_iter()
    .enumerate()
    {
        let query = query.epsilon(one()).build().unwrap();
        let release = release(&mut session, &query, days.clone(), "house", &i.to_string()).await.unwrap();
        values.push(release.values().iter().map(|v| v.value).collect::<Vec<_>>());
    }
    assert_eq!(values, [vec![3.0], vec![1.0, 0.0], vec![2.0], vec![1.0], vec![1.0], vec![0.0], vec![2.0]]);
    let spent = session.balance().unwrap().spent;
    // What the plan itself cannot do with a cell, in no words of the engine.
    let failing = engine.sql("select p, cast(t as int) as n from days").await.unwrap();
    let query = Query::sum("n").clamp(0.0, 1.0).epsilon(one()).build().unwrap();
    let error = release(&mut session, &query, failing, "house", "failing").await.unwrap_err();
    assert!(error.to_string().contains("the engine could not run the plan of"), "{error}");
    assert!(!format!("{error:?} {error}").contains("CANARY"), "{error:?}");
    assert!(matches!(error.find_root(), DataFusionError::External(e) if e.is::<incog::Error>()));
    assert_eq!(session.balance().unwrap().spent, spent);
}

#[tokio::test]
async fn keys_are_selected_and_the_ledger_is_charged_on_the_driver_once() {
    let folder = Folder::new("dp-once");
    let engine = session(&Node::in_folder(&folder.0));
    let mut rows: Vec<Row> = (0..900).map(|i| (Some(i), Some("many".to_owned()), Some(1.0))).collect();
    rows.extend((0..50).map(|_| (Some(9999), Some("CANARY".to_owned()), Some(1.0))));
    let delta = Delta::parse("1e-6").unwrap();
    let query = Query::count().by_selected("g", one(), delta).epsilon(one()).build().unwrap();
    let mut session = budgeted(bounds(50, 1));
    let visits = frame(&engine, &rows, 2).await;
    let first = release(&mut session, &query, visits.clone(), "house", "a").await.unwrap();
    let keys: Vec<_> = first.values().iter().map(|v| (v.key.clone().unwrap(), v.value)).collect();
    assert_eq!(keys, [("many".to_owned(), 900.0)]);
    let spent = session.balance().unwrap().spent;
    assert_eq!(release(&mut session, &query, visits.clone(), "house", "a").await.unwrap(), first);
    assert_eq!(session.balance().unwrap().spent, spent);
    // Trouble of the engine comes before the charge.
    let count = Query::count().epsilon(one()).build().unwrap();
    let error = release(&mut session, &count, visits.clone(), "other", "b").await.unwrap_err();
    assert!(error.to_string().contains("other.key"), "{error}");
    let quantiles = Query::quantiles("x", [0.5]).clamp(0.0, 1.0).epsilon(one()).build().unwrap();
    let error = release(&mut session, &quantiles, visits, "house", "c").await.unwrap_err();
    assert!(error.to_string().contains("needs rows, not totals"), "{error}");
    assert_eq!(session.balance().unwrap().spent, spent);
}
