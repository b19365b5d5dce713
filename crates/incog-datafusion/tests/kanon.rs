//! k-anonymity by plans, held against the same request on a table in memory.

use std::{collections::BTreeMap, sync::Arc};

use datafusion::{
    arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray},
    datasource::MemTable,
    prelude::{DataFrame, SessionContext},
};
use incog::{
    kanon::{
        Anonymizer, AnonymizerBuilder, Hierarchy,
        model::{KAnonymity, LDiversity},
    },
    table::{Column, ColumnBuilder, Table},
};
use incog_datafusion::{Node, search};

use crate::functions::{session, texts};

/// Rows of a small town; every 50th has no sex, and some postal codes are rare.
fn rows() -> Vec<(i64, String, Option<&'static str>, String)> {
    let mut state = 7u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let row = |i: u64, below: &mut dyn FnMut(u64) -> u64| {
        let age = i64::try_from(20 + below(50)).unwrap();
        let zip = if i.is_multiple_of(97) {
            format!("9{:04}", below(10_000))
        } else {
            format!("130{:02}", below(20))
        };
        let sex = (!i.is_multiple_of(50)).then_some(["f", "m"][usize::from(below(2) == 0)]);
        (age, zip, sex, format!("d{}", below(6)))
    };
    (0..3000).map(|i| row(i, &mut below)).collect()
}

fn table(rows: &[(i64, String, Option<&'static str>, String)]) -> Table {
    let mut sex = ColumnBuilder::default();
    rows.iter().for_each(|r| sex.push_cell(r.2).unwrap());
    Table::new([
        ("age", Column::from_values(rows.iter().map(|r| r.0.to_string())).unwrap()),
        ("zip", Column::from_values(rows.iter().map(|r| &r.1)).unwrap()),
        ("Sex at-birth", sex.finish()),
        ("diagnosis", Column::from_values(rows.iter().map(|r| &r.3)).unwrap()),
    ])
    .unwrap()
}

/// The rows in `parts` partitions, from the last to the first.
async fn frame(session: &SessionContext, parts: usize) -> DataFrame {
    let mut rows = rows();
    rows.reverse();
    let size = rows.len().div_ceil(parts);
    let batches: Vec<Vec<RecordBatch>> = rows
        .chunks(size)
        .map(|rows| {
            let columns: [(&str, ArrayRef); 4] = [
                ("diagnosis", Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &r.3)))),
                ("Sex at-birth", Arc::new(rows.iter().map(|r| r.2).collect::<StringArray>())),
                ("zip", Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &r.1)))),
                ("age", Arc::new(rows.iter().map(|r| r.0).collect::<Int64Array>())),
            ];
            vec![RecordBatch::try_from_iter(columns).unwrap()]
        })
        .collect();
    let table = MemTable::try_new(batches[0][0].schema(), batches).unwrap();
    session.deregister_table("people").unwrap();
    session.register_table("people", Arc::new(table)).unwrap();
    session.table("people").await.unwrap()
}

fn request() -> AnonymizerBuilder {
    Anonymizer::builder()
        .quasi_identifier("age", Hierarchy::intervals(&[5.0, 10.0, 20.0], 0.0).unwrap())
        .quasi_identifier("zip", Hierarchy::prefix(&[5, 4, 3, 0]).unwrap())
        .quasi_identifier("Sex at-birth", Hierarchy::flat())
        .sensitive("diagnosis")
        .max_suppressed(0.05)
}

#[tokio::test]
async fn the_released_rows_are_those_of_a_table_in_memory() {
    let session = session(&Node::default());
    let columns = ["age", "zip", "Sex at-birth", "diagnosis"];
    for models in 0..2 {
        let mut request = request().model(KAnonymity::new(5).unwrap());
        if models == 1 {
            request = request.model(LDiversity::distinct("diagnosis", 3).unwrap());
        }
        let request = request.build().unwrap();
        let expected = request.run(&table(&rows())).unwrap();
        let mut released: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        let of_memory = expected.table().unwrap();
        for row in 0..of_memory.rows() {
            let cell = |name: &&str| of_memory.column(name).unwrap().cell(row).unwrap_or("").to_owned();
            *released.entry(columns.iter().map(cell).collect()).or_default() += 1;
        }
        for parts in [1, 4] {
            let people = frame(&session, parts).await;
            let recoding = search(&request, people.clone(), &columns).await.unwrap();
            let (mut report, memory) = (recoding.report().clone(), expected.report());
            assert!(report.suppressed_rows > 0);
            // What only rows tell.
            report.findings.homogeneous_rows = memory.findings.homogeneous_rows.clone();
            assert_eq!(&report, memory);
            let frame = recoding.apply(people, &["diagnosis"]).unwrap();
            recoding.verify(frame.clone()).await.unwrap();
            let mut found: BTreeMap<Vec<String>, usize> = BTreeMap::new();
            for batch in frame.collect().await.unwrap() {
                let texts: Vec<_> = (0..4).map(|c| texts(&batch, c)).collect();
                for row in 0..batch.num_rows() {
                    let cells = texts.iter().map(|t| t[row].clone().unwrap_or_default());
                    *found.entry(cells.collect()).or_default() += 1;
                }
            }
            assert_eq!(found, released);
        }
    }
}

#[tokio::test]
async fn a_table_that_changed_between_the_passes_is_not_accepted() {
    let session = session(&Node::default());
    let request = request().model(KAnonymity::new(5).unwrap()).build().unwrap();
    let people = frame(&session, 2).await;
    let recoding = search(&request, people.clone(), &["age", "zip", "Sex at-birth"]).await.unwrap();
    let without = people.filter(datafusion::prelude::ident("age").gt(datafusion::prelude::lit(21))).unwrap();
    let error = recoding.verify(recoding.apply(without, &[]).unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("the input changed in between: do not release it"), "{error}");
}

#[tokio::test]
async fn a_value_outside_of_its_hierarchy_and_an_infeasible_request_are_refused() {
    let session = session(&Node::default());
    let error = async |request: AnonymizerBuilder| {
        let people = frame(&session, 2).await;
        let request = request.build().unwrap();
        search(&request, people, &["age", "zip", "Sex at-birth"]).await.unwrap_err().to_string()
    };
    let outside = Anonymizer::builder()
        .quasi_identifier("zip", Hierarchy::intervals(&[10.0], 0.0).unwrap())
        .quasi_identifier("Sex at-birth", Hierarchy::ordered(&["f"], &[]).unwrap())
        .model(KAnonymity::new(2).unwrap());
    let outside = error(outside).await;
    assert!(outside.contains("Sex at-birth") && !outside.contains("13001"), "{outside}");
    let infeasible = error(request().model(KAnonymity::new(3001).unwrap())).await;
    assert!(infeasible.contains("3001"), "{infeasible}");
}

#[tokio::test]
async fn an_empty_text_is_a_missing_cell_and_no_value_of_a_changed_table_stays() {
    let session = session(&Node::default());
    let request = Anonymizer::builder()
        .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0]).unwrap())
        .model(KAnonymity::new(2).unwrap())
        .build()
        .unwrap();
    let of =
        async |values: &str| session.sql(&format!("select * from (values {values}) t(zip)")).await.unwrap();
    // One empty text and one null are two missing cells, and so a class.
    let people = of("('11'), ('11'), (''), (null)").await;
    let recoding = search(&request, people.clone(), &["zip"]).await.unwrap();
    let report = recoding.report();
    assert_eq!((report.levels["zip"], report.classes, report.min_class), (0, 2, 2));
    let released = recoding.apply(people, &[]).unwrap();
    recoding.verify(released.clone()).await.unwrap();
    assert_eq!(released.count().await.unwrap(), 4);
    // Nobody was missing when the search ran.
    let recoding = search(&request, of("('11'), ('11')").await, &["zip"]).await.unwrap();
    let released = recoding.apply(of("('11'), ('11'), (''), (null), ('12')").await, &[]).unwrap();
    assert_eq!(released.count().await.unwrap(), 2);
}
