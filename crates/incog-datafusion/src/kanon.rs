//! k-anonymity of tables that no machine holds: counted, rewritten and counted again by plans, searched on the driver.
//!
//! ```text
//!   GROUP BY qi_key(..) ──> tuples and rows ──> Anonymizer::search ──> recode(..) of each column, classes that stay
//!        on all nodes         on the driver        on the driver            on all nodes, then GROUP BY qi_key(..) again
//! ```

use std::{cmp::Ordering, collections::BTreeSet};

use datafusion::{
    arrow::{
        array::AsArray,
        datatypes::{DataType, Int64Type},
    },
    common::{ScalarValue, exec_err},
    error::Result,
    functions_aggregate::expr_fn::count,
    logical_expr::Expr,
    prelude::{DataFrame, ident, lit},
};
use futures::StreamExt;
use incog::{
    ErrorKind,
    kanon::{Anonymizer, Report, Solution, class::Codes, hierarchy::Level},
    table::{Column, ColumnBuilder, Table},
};

use crate::{
    cell, error,
    function::{self, Kind},
};

/// One level for each column, found from the tuples of a table, to be applied where its rows are.
///
/// # Guarantee
/// For all tables: a table that [`verify`](Self::verify) accepts has as many classes and rows as the search saw, and none
/// smaller than the smallest that it saw. Models of sensitive values hold if these did not change in between: sensitive cells
/// are counted once, by the search. A frame is a plan that runs anew each time, so cache what [`apply`](Self::apply) gives
/// (`DataFrame::cache`), verify that, and write that.
pub struct Recoding {
    solution: Solution,
    columns: Vec<Labels>,
    /// Keys of the classes that stay.
    kept: BTreeSet<Vec<u8>>,
}

/// What the values of a column become.
struct Labels {
    name: String,
    /// Ascending.
    values: Vec<(String, String)>,
    missing: Option<String>,
}

/// Counts the tuples of `columns` by one `GROUP BY`, and searches for levels on the driver.
///
/// `columns` are the quasi-identifying columns of the request, and the sensitive ones that its models count. Memory on the
/// driver goes with distinct tuples, not with rows. An automatic hierarchy is made of distinct tuples instead of rows: write it down.
///
/// # Errors
/// Those of the engine, and those of [`Anonymizer::search`]; `Unsupported` if persons are to be counted.
///
/// # Examples
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use datafusion::prelude::SessionContext;
/// use incog::kanon::{Anonymizer, Hierarchy, model::KAnonymity};
/// let session = SessionContext::new();
/// let people = session.sql("select * from (values ('13053', 41), ('13068', 36), ('13001', 29)) t(zip, age)").await?;
/// let request = Anonymizer::builder()
///     .quasi_identifier("zip", Hierarchy::prefix(&[5, 3, 0])?)
///     .model(KAnonymity::new(3)?)
///     .build()?;
/// let recoding = incog_datafusion::search(&request, people.clone(), &["zip"]).await?;
/// assert_eq!(recoding.report().levels["zip"], 1);
/// let released = recoding.apply(people, &[])?;
/// recoding.verify(released.clone()).await?;
/// let table = datafusion::arrow::util::pretty::pretty_format_batches(&released.collect().await?)?.to_string();
/// assert_eq!(table.matches("130**").count(), 3, "{table}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn search(request: &Anonymizer, frame: DataFrame, columns: &[&str]) -> Result<Recoding> {
    let (tuples, rows) = histogram(frame, columns).await?;
    let core = error::of_core;
    let mut counter = request.counter(&tuples).map_err(core)?;
    counter.add_counted(&codes(&tuples, counter.columns())?, &rows).map_err(core)?;
    let solution = request.search(&counter.finish()).map_err(core)?;

    let column = |name: &String| tuples.column(name).map_err(core);
    let mut labels = Vec::new();
    for (i, name) in solution.columns().iter().enumerate() {
        labels.push(Labels::new(name, column(name)?, solution.level(i)));
    }
    let keeps = solution.keeps(&codes(&tuples, solution.columns())?);
    let quasi: Vec<&Column> = solution.columns().iter().map(column).collect::<Result<_>>()?;
    let mut kept = BTreeSet::new();
    for row in (0..tuples.rows()).filter(|&row| keeps[row]) {
        let of = |(labels, column): (&'_ Labels, &&Column)| labels.of(column.cell(row)).map(str::to_owned);
        // A part without a label would let through every value that was in no tuple.
        let Some(parts) = labels.iter().zip(&quasi).map(of).collect::<Option<Vec<String>>>() else {
            continue;
        };
        let mut key = Vec::new();
        parts.iter().for_each(|part| cell::pack(Some(part), &mut key));
        kept.insert(key);
    }
    Ok(Recoding { solution, columns: labels, kept })
}

impl Recoding {
    /// What was found, and what it costs. `k_with_insensitive` is that of the quasi-identifying columns alone.
    #[must_use]
    pub fn report(&self) -> &Report {
        self.solution.report()
    }

    /// The rows of classes that stay: quasi-identifying columns as text at their levels, and of the others those in `kept`.
    /// A row whose values were in no tuple, because the table changed, is in no class that stays. The plan holds all values of
    /// the quasi-identifying columns, each once, as literals: keep it where the table may be, and out of logs.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn apply(&self, frame: DataFrame, kept: &[&str]) -> Result<DataFrame> {
        let quasi = self.columns.iter().map(Labels::expression);
        let others = kept.iter().filter(|name| !self.columns.iter().any(|c| c.name == **name));
        let classes: Vec<Expr> =
            self.kept.iter().map(|key| lit(ScalarValue::Binary(Some(key.clone())))).collect();
        let is_kept = if classes.is_empty() { lit(false) } else { self.key().in_list(classes, false) };
        frame.select(quasi.chain(others.map(|name| ident(*name))).collect::<Vec<Expr>>())?.filter(is_kept)
    }

    /// Counts the classes of `released` by a second `GROUP BY`, and compares their number, that of their rows and the size of
    /// the smallest with those that the search saw. It looks at no sensitive cell.
    ///
    /// # Errors
    /// `Refused` if they differ; those of the engine.
    pub async fn verify(&self, released: DataFrame) -> Result<()> {
        let sizes = sizes(released, self.key()).await?;
        let report = self.report();
        let found = (sizes.len() as u64, sizes.iter().sum::<u64>(), sizes.iter().min().copied().unwrap_or(0));
        let expected = (report.classes, report.rows - report.suppressed_rows, report.min_class);
        if found == expected {
            return Ok(());
        }
        let words = |(classes, rows, least): (u64, u64, u64)| {
            format!("{classes} classes of {rows} rows, the smallest of {least}")
        };
        let what = format!(
            "the rewritten table has {}, and the search saw {}; the input changed in between: do not release it, and search anew",
            words(found),
            words(expected)
        );
        Err(error::of_node(ErrorKind::Refused, what))
    }

    fn key(&self) -> Expr {
        let columns = self.columns.iter().map(|c| ident(&c.name)).collect();
        function::plain(Kind::QiKey).call(columns)
    }
}

impl std::fmt::Debug for Recoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.columns.iter().map(|c| &c.name).collect();
        f.debug_struct("Recoding").field("columns", &names).finish_non_exhaustive()
    }
}

impl Labels {
    fn new(name: &str, column: &Column, level: &Level) -> Self {
        let label = |code: u32| level.labels()[level.codes()[code as usize] as usize].clone();
        let missing = column.missing_code();
        let present = (0u32..).zip(column.dictionary()).filter(|(code, _)| Some(*code) != missing);
        // An empty label marks values outside of the hierarchy: they are in no class that stays.
        let values = present.map(|(code, value)| (value.to_owned(), label(code)));
        let mut values: Vec<(String, String)> = values.filter(|(_, label)| !label.is_empty()).collect();
        values.sort_unstable();
        Labels { name: name.to_owned(), values, missing: missing.map(label) }
    }

    fn of(&self, cell: Option<&str>) -> Option<&str> {
        match cell {
            None => self.missing.as_deref(),
            Some(cell) => {
                let at = self.values.binary_search_by(|(value, _)| value.as_str().cmp(cell)).ok()?;
                Some(&self.values[at].1)
            }
        }
    }

    fn expression(&self) -> Expr {
        let list = |texts: Vec<ScalarValue>| {
            lit(ScalarValue::List(ScalarValue::new_list_nullable(&texts, &DataType::Utf8)))
        };
        let text = |text: &String| ScalarValue::Utf8(Some(text.clone()));
        let arguments = vec![
            ident(&self.name),
            list(self.values.iter().map(|(value, _)| text(value)).collect()),
            list(self.values.iter().map(|(_, label)| text(label)).collect()),
            lit(ScalarValue::Utf8(self.missing.clone())),
        ];
        function::plain(Kind::Recode).call(arguments).alias(&self.name)
    }
}

/// The distinct tuples of `columns` in an order that is the same in each run, and the rows of each. Four bytes a cell are held of them
/// and not their keys, of which there can be as many as rows.
async fn histogram(frame: DataFrame, columns: &[&str]) -> Result<(Table, Vec<u64>)> {
    let key = function::plain(Kind::QiKey).call(columns.iter().map(|c| ident(*c)).collect());
    let mut builders: Vec<ColumnBuilder> = columns.iter().map(|_| ColumnBuilder::default()).collect();
    let mut rows = Vec::new();
    counted(frame, key, |key, count| {
        for (builder, cell) in builders.iter_mut().zip(cell::unpacked(key, columns.len())?) {
            // An empty text is a missing cell, as in the core.
            builder.push_cell(cell.filter(|text| !text.is_empty())).map_err(error::of_core)?;
        }
        rows.push(count);
        Ok(())
    })
    .await?;
    let tuples = builders.into_iter().map(|builder| ascending(&builder.finish()));
    let tuples = tuples.collect::<incog::Result<Vec<Column>>>().map_err(error::of_core)?;
    // The engine's order is another one in each run.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let code = |column: &Column, at: usize| column.codes()[at];
    order.sort_unstable_by(|&a, &b| {
        let differing = tuples.iter().find(|column| code(column, a) != code(column, b));
        differing.map_or(Ordering::Equal, |column| code(column, a).cmp(&code(column, b)))
    });
    let named = columns.iter().zip(tuples).map(|(name, column)| (*name, column.select(&order)));
    let table = Table::new(named).map_err(error::of_core)?;
    Ok((table, order.into_iter().map(|at| rows[at]).collect()))
}

/// The same cells, with codes in the order of the values.
fn ascending(column: &Column) -> incog::Result<Column> {
    let mut values: Vec<(&str, u32)> = column.dictionary().zip(0..).collect();
    values.sort_unstable();
    let mut codes = vec![0; values.len()];
    (0..).zip(&values).for_each(|(new, (_, old))| codes[*old as usize] = new);
    let of = |old: u32| codes[old as usize];
    let cells = column.codes().iter().map(|&old| of(old)).collect();
    Column::from_codes_with_missing(
        cells,
        values.iter().map(|(value, _)| value),
        column.missing_code().map(of),
    )
}

/// The rows of each class.
async fn sizes(frame: DataFrame, key: Expr) -> Result<Vec<u64>> {
    let mut sizes = Vec::new();
    counted(frame, key, |_, rows| {
        sizes.push(rows);
        Ok(())
    })
    .await?;
    Ok(sizes)
}

/// Gives each key and its rows to `take`, as they come.
async fn counted(frame: DataFrame, key: Expr, mut take: impl FnMut(&[u8], u64) -> Result<()>) -> Result<()> {
    let counted = frame.aggregate(vec![key.alias(KEY)], vec![count(lit(1)).alias(ROWS)])?;
    let mut batches = counted.execute_stream().await?;
    while let Some(batch) = batches.next().await.transpose()? {
        let (Some(keys), Some(rows)) =
            (batch.column(0).as_binary_opt::<i32>(), batch.column(1).as_primitive_opt::<Int64Type>())
        else {
            return exec_err!("the histogram has columns of other types than qi_key and count give");
        };
        for at in 0..batch.num_rows() {
            take(keys.value(at), u64::try_from(rows.value(at)).unwrap_or(0))?;
        }
    }
    Ok(())
}

fn codes<'t>(table: &'t Table, columns: &[String]) -> Result<Vec<Codes<'t>>> {
    let of = |name: &String| Ok(Codes::U32(table.column(name).map_err(error::of_core)?.codes()));
    columns.iter().map(of).collect()
}

/// Names of the histogram's columns.
const KEY: &str = "incog key";
const ROWS: &str = "incog rows";
