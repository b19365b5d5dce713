//! The engine of the pipeline: Parquet files, read and grouped by plans.
//!
//! ```text
//!   file ──> scan: columns, number of the row ──> GROUP BY columns, array_agg(number) ──> tuples and the rows of each
//!             one row after another ──────────────────────────────────────────────────> rows in their order
//!             bounded and added up: dp.rs ────────────────────────────────────────────> totals
//! ```
//!
//! Cells become text on the driver by the rules of `incog-arrow`, once for each distinct tuple, so that they are those of a reader
//! in this process. That every row came once, and in its place, is checked there.

use std::{cell::RefCell, fs::File, io::Read, path::Path, sync::Arc};

use datafusion::{
    arrow::{
        array::{AsArray, RecordBatch},
        datatypes::{DataType, Int64Type, Schema},
    },
    datasource::file_format::options::ParquetReadOptions,
    error::{DataFusionError, Result as Ran},
    functions::core::expr_fn::file_row_index,
    functions_aggregate::expr_fn::{array_agg, sum},
    functions_window::expr_fn::row_number,
    logical_expr::{Expr, cast},
    physical_plan::SendableRecordBatchStream,
    prelude::{DataFrame, SessionConfig, SessionContext, ident, lit},
};
use futures::{FutureExt, StreamExt};
use incog::{
    Error, ErrorKind, Result,
    dp::{Condition, ContributionBounds, PrivacyUnit, Query, Test, Totals},
    pipeline::{Engine, Shape},
    pseudonym::Key,
    table::{Column, Rows, Table},
};
use incog_arrow::{
    parquet::Reader,
    table::{self, Nulls},
};
use tokio::runtime::Runtime;

use crate::{
    Node, cell, dp,
    failure::{Failed, guarded, may_pass, misplaced, of_engine},
    function::{self, Kind},
    register_all,
    tuples::{Tuples, cells_of, numbers_of, texts_of},
};

/// Reads the inputs of a [`Policy`](incog::pipeline::Policy), Parquet files, by plans of DataFusion.
///
/// It blocks until a plan has run, so it is not called from within an asynchronous runtime.
///
/// # Guarantee
/// As for [`Engine`]. Keys and policies are in no plan; tables do travel between the nodes of a cluster, as they are.
///
/// # Examples
/// ```
/// use incog::pipeline::Engine;
/// use incog_arrow::{parquet::{Provenance, Writer}, table::{batch_of, text_schema}};
/// use incog_datafusion::QueryEngine;
/// # let path = std::env::temp_dir().join(format!("incog-example-{}.parquet", std::process::id()));
/// let people = incog::table::csv::read("zip,age\n13053,41\n13068,36\n13053,29\n".as_bytes(), Default::default())?;
/// let columns = text_schema(["zip", "age"]);
/// let mut writer = Writer::new(std::fs::File::create(&path)?, &columns, &Provenance::default())?;
/// writer.write(&batch_of(&people, &columns)?)?;
/// writer.finish()?;
///
/// let engine = QueryEngine::embedded()?;
/// assert_eq!(engine.shape(&path)?.rows, 3);
/// let read = engine.table(&path, &["zip"])?;
/// assert_eq!(read.column("zip")?.codes(), people.column("zip")?.codes());
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct QueryEngine {
    grouping: SessionContext,
    in_order: SessionContext,
    /// The key that orders the rows of a person.
    order: Option<String>,
    numbering: Numbering,
    /// Last, so that it outlives the sessions.
    runtime: Runtime,
}

/// How the rows of a file are numbered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    /// By the scan, in each of its parts.
    ByScan,
    /// By one task that reads the whole of it: the numbers of a scan do not travel.
    ByOneTask,
}

impl QueryEngine {
    /// In this process.
    ///
    /// # Errors
    /// `Io` if the system gives no threads or no entropy.
    pub fn embedded() -> Result<Self> {
        // Which rows of a person count is nobody's to know, and the same while a query runs: a key that ends with the process.
        let node = Node::with_order(ORDER, Key::generate()?);
        let session = |partitions: Option<usize>| {
            let config = SessionConfig::new();
            let config = match partitions {
                Some(n) => config.with_target_partitions(n),
                None => config,
            };
            let session = SessionContext::new_with_config(config);
            register_all(&session, &node);
            session
        };
        Ok(QueryEngine {
            grouping: session(None),
            in_order: session(Some(1)),
            order: Some(ORDER.to_owned()),
            numbering: Numbering::ByScan,
            runtime: runtime()?,
        })
    }

    /// On a cluster, to which `connect` makes a session with the configuration that it is given. `order` is the name of the key that
    /// orders the rows of a person; each node has it. Without one there are no statistics.
    ///
    /// # Errors
    /// `Io` if the system gives no threads; `Data` if `connect` fails.
    pub fn on_cluster<C, F>(connect: C, order: Option<String>) -> Result<Self>
    where
        C: Fn(SessionConfig) -> F,
        F: Future<Output = Ran<SessionContext>>,
    {
        let runtime = runtime()?;
        // One task has to see all rows of a file to number them.
        let whole = || SessionConfig::new().with_repartition_file_scans(false);
        let connected = |config| runtime.block_on(connect(config));
        let unreachable = |_: DataFusionError| {
            Error::new(ErrorKind::Data, "the scheduler of the cluster cannot be reached")
                .with_remedy("start it, and give its address as in df://127.0.0.1:50050")
        };
        let grouping = connected(whole()).map_err(unreachable)?;
        let in_order = connected(whole().with_target_partitions(1)).map_err(unreachable)?;
        let numbering = Numbering::ByOneTask;
        Ok(QueryEngine { grouping, in_order, order, numbering, runtime })
    }

    fn frame(&self, session: &SessionContext, path: &Path) -> Result<DataFrame> {
        let extension = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
        let url = url(path)?;
        let options = ParquetReadOptions { file_extension: &extension, ..ParquetReadOptions::default() };
        self.runtime.block_on(session.read_parquet(url, options)).map_err(|e| of_engine(&e))
    }

    /// All `columns`, in this order, and the number of each row from 0, as the last column.
    fn numbered(&self, frame: DataFrame, columns: &[&str]) -> Ran<DataFrame> {
        let selected = || columns.iter().map(|name| ident(*name)).collect::<Vec<Expr>>();
        let with = |number: Expr| {
            let mut all = selected();
            all.push(cast(number, DataType::Int64).alias(NUMBER));
            all
        };
        match self.numbering {
            Numbering::ByScan => frame.select(with(file_row_index())),
            Numbering::ByOneTask => {
                let counted = frame.select(selected())?.window(vec![row_number().alias(COUNTED)])?;
                counted.select(with(ident(COUNTED) - lit(1u64)))
            }
        }
    }

    /// Runs the plan of `frame`, and gives each batch to `take`.
    fn run(
        &self,
        frame: Ran<DataFrame>,
        mut take: impl FnMut(RecordBatch) -> Result<()>,
    ) -> std::result::Result<(), Failed> {
        // A damaged file may make a decoder panic, which is an error here.
        let started = guarded(|| self.runtime.block_on(async { frame?.execute_stream().await }))?;
        let mut stream: SendableRecordBatchStream = started;
        while let Some(batch) = guarded(|| self.runtime.block_on(stream.next().map(Option::transpose)))? {
            take(batch).map_err(Failed::Here)?;
        }
        Ok(())
    }

    /// Runs `attempt` again if a cluster fails: a node that is gone takes with it what it had made, and another one makes it anew.
    fn attempts<T>(&self, mut attempt: impl FnMut() -> std::result::Result<T, Failed>) -> Result<T> {
        let most = if self.numbering == Numbering::ByOneTask { ATTEMPTS } else { 1 };
        for _ in 1..most {
            match attempt() {
                Err(Failed::Engine(e)) if may_pass(&e) => {}
                result => return result.map_err(Error::from),
            }
        }
        attempt().map_err(Error::from)
    }
}

impl Engine for QueryEngine {
    fn shape(&self, path: &Path) -> Result<Shape> {
        // Names alone: what a column holds that nobody asks about is no matter.
        let names = RefCell::new(Vec::new());
        let reader = reader(path, |name| {
            names.borrow_mut().push(name.to_owned());
            false
        })?;
        let columns = names.into_inner();
        if let Some(twice) = columns.iter().enumerate().find(|(i, name)| columns[..*i].contains(name)) {
            let what = format!("column '{}' occurs twice; column names must be unique", twice.1);
            return Err(Error::new(ErrorKind::Data, what));
        }
        let reserved = columns.iter().find(|name| name.starts_with(RESERVED));
        if let Some(name) = reserved {
            let what = format!("column '{name}': names that begin with '{RESERVED}' are those of the engine");
            return Err(Error::new(ErrorKind::Unsupported, what).with_remedy("rename it"));
        }
        Ok(Shape::new(columns, reader.rows()))
    }

    fn table(&self, path: &Path, columns: &[&str]) -> Result<Table> {
        let shape = self.shape(path)?;
        let none = |name: &String| Ok((name.clone(), Column::from_values([""; 0])?));
        let empty = Table::new(shape.columns.iter().map(none).collect::<Result<Vec<_>>>()?)?;
        columns.iter().try_for_each(|name| empty.column(name).map(drop))?;
        // The types of the others are no matter.
        let rows = usize::try_from(reader(path, |name| columns.contains(&name))?.rows())
            .ok()
            .filter(|&rows| u32::try_from(rows).is_ok())
            .ok_or_else(|| {
                Error::new(ErrorKind::Unsupported, "more than 2^32 - 1 rows are not held at once")
            })?;
        let frame = self.frame(&self.grouping, path)?;
        // Both zeros are one number to a plan, and two texts; plans write numbers as `incog-arrow` does.
        let key = |name: &str| match frame.schema().field_with_unqualified_name(name) {
            Ok(field) if cell::is_floating(field.data_type()) => {
                function::plain(Kind::Text).call(vec![ident(name)]).alias(name)
            }
            _ => ident(name),
        };
        let keys: Vec<Expr> = columns.iter().map(|name| key(name)).collect();
        let of_tuple = array_agg(ident(NUMBER)).alias(NUMBER);
        let tuples = self.attempts(|| {
            let numbered = self.numbered(frame.clone(), columns);
            let grouped = numbered.and_then(|rows| rows.aggregate(keys.clone(), vec![of_tuple.clone()]));
            let mut tuples = Tuples::of(columns.len(), rows);
            self.run(grouped, |batch| tuples.add(&batch)).map(|()| tuples)
        })?;
        tuples.table(columns)
    }

    fn rows(
        &self,
        path: &Path,
        is_needed: &dyn Fn(&str) -> bool,
        wanted: Option<&[u64]>,
        take: &mut dyn FnMut(&Rows) -> Result<()>,
    ) -> Result<()> {
        if wanted.is_some_and(<[u64]>::is_empty) {
            return Ok(());
        }
        let shape = self.shape(path)?;
        // The types of what is needed, and of nothing else.
        drop(reader(path, is_needed)?);
        let frame = self.frame(&self.in_order, path)?;
        let has_cells = |name: &str| {
            let field = frame.schema().field_with_unqualified_name(name);
            field.is_ok_and(|field| table::check(&Schema::new(vec![Arc::clone(field)])).is_ok())
        };
        let read: Vec<&str> = shape
            .columns
            .iter()
            .map(String::as_str)
            .filter(|name| is_needed(name) || has_cells(name))
            .collect();
        let places: Vec<Option<usize>> =
            shape.columns.iter().map(|name| read.iter().position(|column| column == name)).collect();
        let expected: Box<dyn Iterator<Item = u64> + '_> = match wanted {
            Some(wanted) => Box::new(wanted.iter().copied()),
            None => Box::new(1..=shape.rows),
        };
        let mut expected = expected.peekable();
        let place = |number: u64| lit(i64::try_from(number - 1).unwrap_or(i64::MAX));
        let (mut cells, mut rows) = (Rows::default(), Rows::default());
        self.attempts(|| {
            let mut numbered = self.numbered(frame.clone(), &read);
            if let Some(wanted) = wanted {
                let places = wanted.iter().map(|&number| place(number)).collect();
                numbered = numbered.and_then(|rows| rows.filter(ident(NUMBER).in_list(places, false)));
            }
            // Those that were taken before a node was lost are not taken again.
            match expected.peek() {
                Some(&next) if next > 1 => {
                    numbered = numbered.and_then(|rows| rows.filter(ident(NUMBER).gt_eq(place(next))));
                }
                _ => {}
            }
            self.run(numbered, |batch| {
                let numbers = numbers_of(&batch)?;
                for &number in &numbers {
                    if expected.next() != Some(number) {
                        return Err(misplaced());
                    }
                }
                let Some(&first) = numbers.first() else { return Ok(()) };
                texts_of(&cells_of(&batch, read.len())?, &numbers, &mut cells)?;
                rows.fill(cells.len(), places.len(), first, |row, column, out| {
                    out.push_str(places[column].and_then(|place| cells.cell(row, place)).unwrap_or_default());
                    Ok(())
                })?;
                take(&rows)
            })
        })?;
        if expected.next().is_some() { Err(misplaced()) } else { Ok(()) }
    }

    fn totals(
        &self,
        path: &Path,
        unit: &PrivacyUnit,
        bounds: ContributionBounds,
        query: &Query,
        request_id: &str,
    ) -> Result<Totals> {
        let Some(order) = &self.order else {
            return Err(Error::new(
                ErrorKind::Key,
                "statistics on a cluster need a key that orders the rows of a person; name one that all nodes have, as in --order-key NAME",
            ));
        };
        let mut texts: Vec<&str> = query.group_column().into_iter().collect();
        query.condition().into_iter().for_each(|condition| texts_in(condition, &mut texts));
        let reader = reader(path, |name| texts.contains(&name))?;
        let schema = reader.schema();
        for name in &texts {
            let of = schema.field_with_name(name).map(|field| field.data_type());
            if let Some(of) = of.ok().filter(|of| !is_written_alike(of)) {
                let what = format!("column '{name}': its type is {of}, whose texts are others in plans");
                return Err(Error::new(ErrorKind::Unsupported, what)
                    .with_remedy("convert it to text, or leave the engine out"));
            }
        }
        let frame = self.frame(&self.grouping, path)?;
        let rows = i64::try_from(self.shape(path)?.rows).map_err(|_| misplaced())?;
        self.attempts(|| {
            // Counted where the totals are made, by cells of the column that they need: what a file says of its rows is no count.
            let of_person = function::plain(Kind::Text).call(vec![ident(unit.column())]);
            let counts = [of_person.clone().is_null(), of_person.is_not_null()];
            let counted =
                frame.clone().aggregate(Vec::new(), counts.map(|is| sum(cast(is, DataType::Int64))).to_vec());
            let mut there = 0;
            self.run(counted, |batch| {
                let numbers = batch.columns().iter().filter_map(|c| c.as_primitive_opt::<Int64Type>());
                there += numbers.filter_map(|n| n.iter().next().flatten()).sum::<i64>();
                Ok(())
            })?;
            if there != rows {
                return Err(Failed::Here(misplaced()));
            }
            let totals = dp::totals(unit, bounds, query, frame.clone(), order, request_id);
            guarded(|| self.runtime.block_on(totals))
        })
    }
}

impl std::fmt::Debug for QueryEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_cluster = self.numbering == Numbering::ByOneTask;
        f.debug_struct("QueryEngine").field("is_cluster", &is_cluster).finish_non_exhaustive()
    }
}

/// Columns whose texts a condition compares.
fn texts_in<'c>(condition: &'c Condition, columns: &mut Vec<&'c str>) {
    match condition.test() {
        Test::OneOf(column, _) => columns.push(column),
        Test::Not(inner) => texts_in(inner, columns),
        Test::And(a, b) | Test::Or(a, b) => {
            texts_in(a, columns);
            texts_in(b, columns);
        }
        _ => {}
    }
}

/// Whether the functions of plans write cells of this type as `incog-arrow` does.
fn is_written_alike(of: &DataType) -> bool {
    cell::is_text(of) || of.is_integer() || matches!(of, DataType::Boolean | DataType::Date32)
}

fn reader(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Reader> {
    let unreadable = |e: std::io::Error| Error::new(ErrorKind::Data, e.to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start).map_err(unreadable)?;
    if start != b"PAR1" {
        let what = "it is no Parquet file, and the engine reads nothing else";
        return Err(
            Error::new(ErrorKind::Unsupported, what).with_remedy("convert it, or leave the engine out")
        );
    }
    // For a policy, a table of a type that is not read is data that cannot be read.
    Reader::of_columns(file, Nulls::Missing, wanted).map_err(|error| {
        if error.kind() != ErrorKind::Unsupported {
            return error;
        }
        let as_data = Error::new(ErrorKind::Data, error.to_string());
        match error.position() {
            Some(position) => as_data.at(position.clone()),
            None => as_data,
        }
    })
}

/// The file as a URL, in which no character means more than itself.
fn url(path: &Path) -> Result<String> {
    let absolute = std::path::absolute(path).map_err(|e| Error::new(ErrorKind::Data, e.to_string()))?;
    let text = absolute.to_str().ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, "the path is no UTF-8, and the engine needs one that is")
    })?;
    let mut url = String::from("file://");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(url)
}

fn runtime() -> Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|e| Error::io("starting the engine", e))
}

/// How often a cluster is asked.
const ATTEMPTS: u32 = 3;
/// Names of the engine's own columns begin so.
const RESERVED: &str = "incog ";
const NUMBER: &str = "incog number";
const COUNTED: &str = "incog counted";
/// The name of the key in one process.
const ORDER: &str = "order";
