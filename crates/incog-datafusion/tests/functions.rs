//! Functions of one row, and aggregates.

use std::{fs, path::PathBuf, sync::Arc};

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray, StringViewArray,
        },
        compute::cast,
        datatypes::{DataType, Float64Type, Int64Type},
    },
    datasource::MemTable,
    prelude::{SessionConfig, SessionContext},
};
use incog::{
    kanon::Hierarchy,
    pii::{Redactor, Scanner},
    pseudonym::{Format, FormatPreserving, Key, Tokenizer},
    table::Column,
};
use incog_datafusion::{Node, register_all};

pub(crate) const KEY: [u8; 32] = [0x5a; 32];

/// A node's folder with one key and one policy; removed when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("incog-datafusion-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Key::from_bytes(KEY).write_new(&folder.join("house.key")).unwrap();
        let policy = r#"
            version = 1
            purpose = "test"
            [input]
            path = "none.csv"
            [columns]
            zip = { role = "quasi", hierarchy = { kind = "prefix", keep = [5, 3, 0] } }
            age = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20], origin = 0 } }
            [release.table]
            columns = ["zip", "age"]
            models = [{ k_anonymity = 2 }]
            search = "optimal"
            [scanner]
            allow = ["ada@example.org"]
        "#;
        fs::write(folder.join("house.toml"), policy).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn session(node: &Node) -> SessionContext {
    let session = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(3));
    register_all(&session, node);
    session
}

pub(crate) async fn rows(session: &SessionContext, sql: &str) -> RecordBatch {
    let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
    let schema = batches[0].schema();
    datafusion::arrow::compute::concat_batches(&schema, &batches).unwrap()
}

pub(crate) fn texts(batch: &RecordBatch, column: usize) -> Vec<Option<String>> {
    let texts = cast(batch.column(column), &DataType::Utf8).unwrap();
    texts.as_string::<i32>().iter().map(|t| t.map(str::to_owned)).collect()
}

pub(crate) async fn refused(session: &SessionContext, sql: &str) -> String {
    match session.sql(sql).await {
        Err(error) => error.to_string(),
        Ok(frame) => frame.collect().await.unwrap_err().to_string(),
    }
}

/// A table in two partitions, its texts of the given type.
fn register(session: &SessionContext, name: &str, columns: &[(&str, ArrayRef)]) {
    let batch = RecordBatch::try_from_iter(columns.iter().map(|(n, c)| (*n, c.clone()))).unwrap();
    let half = batch.num_rows() / 2;
    let parts = vec![vec![batch.slice(0, half)], vec![batch.slice(half, batch.num_rows() - half)]];
    let table = MemTable::try_new(batch.schema(), parts).unwrap();
    session.register_table(name, Arc::new(table)).unwrap();
}

#[tokio::test]
async fn each_function_gives_what_the_core_gives_for_every_type_of_text() {
    let folder = Folder::new("functions");
    let session = session(&Node::in_folder(&folder.0));
    let notes = [Some("mail eve@example.org"), None, Some("paid in cash"), Some("ada@example.org")];
    let zips = [Some("13053"), Some("13068"), None, Some("20001")];
    let cards = [Some("4111 1111 1111 1111"), None, Some("5500-0000-0000-0004"), Some("4111 1111 1111 1111")];
    let types = [
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)),
    ];
    let key = Key::from_bytes(KEY);
    let redactor = Redactor::builder(Scanner::new()).build();
    let tokenizer = Tokenizer::new(&key, "d", "MRN").unwrap();
    let cipher = FormatPreserving::new(&key, "d", Format::Digits).unwrap();
    let zip_column = Column::from_values(zips.iter().flatten()).unwrap();
    let levels = Hierarchy::prefix(&[5, 3, 0]).unwrap().levels("zip", &zip_column).unwrap();
    for (i, of) in types.iter().enumerate() {
        let text = |cells: &[Option<&str>]| cast(&StringArray::from(cells.to_vec()), of).unwrap();
        let table = format!("t{i}");
        let id = Arc::new(Int64Array::from(vec![0, 1, 2, 3])) as ArrayRef;
        register(
            &session,
            &table,
            &[("id", id), ("note", text(&notes)), ("zip", text(&zips)), ("card", text(&cards))],
        );
        let sql = format!(
            "select redact(note), redact(note, 'house'), token(zip, 'house', 'd', 'MRN'), \
             fpe_encrypt(card, 'house', 'd', 'digits'), \
             fpe_decrypt(fpe_encrypt(card, 'house', 'd', 'digits'), 'house', 'd', 'digits'), \
             generalize(zip, 'house', 'zip', 1), pii_contains(note), pii_scan(note) \
             from {table} order by id"
        );
        let found = rows(&session, &sql).await;
        assert_eq!(found.column(0).data_type(), of);
        let expected = |f: &dyn Fn(&str) -> String, cells: &[Option<&str>]| -> Vec<Option<String>> {
            cells.iter().map(|cell| cell.map(f)).collect()
        };
        assert_eq!(texts(&found, 0), expected(&|t| redactor.redact(t).into_owned(), &notes));
        assert_eq!(texts(&found, 1)[3].as_deref(), Some("ada@example.org"), "allowed by the policy");
        assert_eq!(texts(&found, 1)[0].as_deref(), Some("mail [EMAIL_ADDRESS]"));
        assert_eq!(texts(&found, 2), expected(&|t| tokenizer.token(t), &zips));
        assert_eq!(texts(&found, 3), expected(&|t| cipher.encrypt(t).unwrap(), &cards));
        assert_eq!(texts(&found, 4), expected(&str::to_owned, &cards));
        let label = |t: &str| {
            let code = (0..3).find(|&c| zip_column.value(c) == t).unwrap();
            levels.label(1, code).to_owned()
        };
        assert_eq!(texts(&found, 5), expected(&label, &zips));
        let contains: Vec<Option<bool>> = found.column(6).as_boolean().iter().collect();
        assert_eq!(contains, [Some(true), None, Some(false), Some(true)]);
        let findings = found.column(7).as_list::<i32>();
        assert_eq!(findings.value(0).len(), 1);
        assert!(findings.is_null(1) && findings.value(2).is_empty());
    }
}

#[tokio::test]
async fn literals_are_computed_once_and_are_the_same() {
    let folder = Folder::new("literals");
    let session = session(&Node::in_folder(&folder.0));
    let found =
        rows(&session, "select token('4711', 'house', 'd', 'MRN'), redact('x'), qi_key('a', 1)").await;
    let tokenizer = Tokenizer::new(&Key::from_bytes(KEY), "d", "MRN").unwrap();
    assert_eq!(texts(&found, 0), [Some(tokenizer.token("4711"))]);
    assert_eq!(found.column(2).as_binary::<i32>().value(0), b"\x01\x01a\x01\x011");
}

#[tokio::test]
async fn a_call_that_cannot_be_is_refused_with_a_sentence_and_no_value() {
    let folder = Folder::new("refused");
    let session = session(&Node::in_folder(&folder.0));
    register(
        &session,
        "t",
        &[
            ("x", Arc::new(StringViewArray::from(vec!["CANARY", "5"]))),
            ("n", Arc::new(Int64Array::from(vec![1, 2]))),
        ],
    );
    // A name that is empty is not the default, also after that was used.
    rows(&session, "select redact(x) from t").await;
    for (sql, sentence) in [
        ("select redact(x, '') from t", "the name of a policy is 1 to 64 characters"),
        ("select text(named_struct('a', 1)) from t", "which has no text"),
        ("select redact(n) from t", "its first argument is Int64, and it works on text; cast it to text"),
        ("select redact() from t", "redact"),
        ("select token(x, 'house', 'd') from t", "it is token(text, key, domain, kind)"),
        ("select token(x, 'other', 'd', 'A') from t", "other.key"),
        ("select token(x, '../house', 'd', 'A') from t", "the name of a key is 1 to 64 characters"),
        ("select token(x, x, 'd', 'A') from t", "argument 2 must be a text in quotes"),
        ("select token(x, 'house', 'd', 'a b') from t", "the kind of a token is"),
        ("select redact(x, 'other') from t", "other.toml"),
        ("select generalize(x, 'house', 'none', 1) from t", "has not exactly one column 'none'"),
        ("select generalize(x, 'house', 'age', 1) from t", "column '1st argument', row 1"),
        ("select generalize(x, 'house', 'zip', 9) from t", "level 9 where its hierarchy has 0 to 2"),
        ("select clip_sum(n) from t", "it is clip_sum(column, lower, upper [, unreadable])"),
        ("select clip_sum(n, 5, 1) from t", "the clamp bounds of 'clip_sum' must be finite and ascending"),
        ("select clip_sum(n, n, 5) from t", "bounds are written out, never taken from the data"),
        ("select clip_sum(n, 0, 5, 'none') from t", "'left_out' or a number"),
        ("select clip_sum(distinct n, 0, 5) from t", "leave it out"),
        ("select clip_total(n, 'cube', 0, 5) from t", "'distance' or 'square'"),
    ] {
        let error = refused(&session, sql).await;
        assert!(error.contains(sentence), "{sql}: {error}");
        assert!(!error.contains("CANARY"), "{error}");
    }
    let nowhere = self::session(&Node::default());
    let error = refused(&nowhere, "select token('x', 'house', 'd', 'A')").await;
    assert!(error.contains("set INCOG_NODE to the folder that holds 'house.key', on every node"), "{error}");
}

#[tokio::test]
async fn aggregates_are_exact_in_every_order_and_cut() {
    let session = session(&Node::default());
    let values: Vec<Option<f64>> =
        (0..5000).map(|i| (i % 7 != 0).then_some(f64::from(i % 90) * 0.1 - 2.0)).collect();
    let backwards: Vec<Option<f64>> = values.iter().rev().copied().collect();
    for (name, values) in [("a", values.clone()), ("b", backwards)] {
        let group: Int64Array = values.iter().map(|v| v.map(|v| i64::from(v > 3.0))).collect();
        register(&session, name, &[("x", Arc::new(Float64Array::from(values))), ("g", Arc::new(group))]);
    }
    let sum = "clip_sum(x, -1, 5), clip_sum(x, -1, 5, 'left_out'), clip_count(x, -1, 5, 'left_out'), \
               clip_count(x, -1, 5), clip_mean(x, -1, 5, 2.5), clip_total(x, 'square', -1, 5)";
    let of = async |table: &str| rows(&session, &format!("select {sum} from {table}")).await;
    let (a, b) = (of("a").await, of("b").await);
    assert_eq!(a.columns(), b.columns());
    let clamp = |v: f64| v.clamp(-1.0, 5.0);
    let number = |c: usize| a.column(c).as_primitive::<Float64Type>().value(0);
    let all: f64 = values.iter().map(|v| v.map_or(-1.0, clamp)).sum();
    let readable: f64 = values.iter().flatten().map(|&v| clamp(v)).sum();
    let filled: f64 = values.iter().map(|v| v.map_or(2.5, clamp)).sum();
    assert!((number(0) - all).abs() < 1e-6 && (number(1) - readable).abs() < 1e-6);
    assert!((number(4) - filled / 5000.0).abs() < 1e-9);
    assert_eq!(texts(&a, 2), [Some(values.iter().flatten().count().to_string())]);
    assert_eq!(texts(&a, 3), [Some("5000".to_owned())]);
    // By group, and of nothing.
    let groups = rows(&session, "select g, clip_sum(x, -1, 5) from a group by g order by g nulls last").await;
    let parts: f64 = groups.column(1).as_primitive::<Float64Type>().iter().flatten().sum();
    assert!((parts - all).abs() < 1e-6 && groups.column(0).as_primitive::<Int64Type>().value(1) == 1);
    let empty = rows(
        &session,
        "select clip_sum(x, -1, 5), clip_mean(x, -1, 5), clip_count(x, 0, 1) from a where false",
    )
    .await;
    assert_eq!(texts(&empty, 0), [Some("0.0".to_owned())]);
    assert_eq!((texts(&empty, 1), texts(&empty, 2)), (vec![None], vec![Some("0".to_owned())]));
    // Text that holds numbers, and text that does not.
    let text = rows(&session, "select clip_sum(v, 0, 9) from (values (' 4 '), ('x'), (null)) t(v)").await;
    assert_eq!(texts(&text, 0), [Some("4.0".to_owned())]);
}
