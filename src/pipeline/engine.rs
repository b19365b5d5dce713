//! Inputs that a query engine reads, groups and adds up in place of this process.
//!
//! ```text
//!            engine: where the rows are                           here, on the driver: the one code that there is
//!   the distinct tuples of columns, and the rows of each  ──>  Table ──> hierarchies, search, models, gate, order of rows
//!   all rows, one after another, or some of them          ──>  tokens, ciphers, scrubbed texts; the schema lock
//!   totals of bounded rows                                ──>  Session::release_totals: charge, noise, thresholds
//!                                                              card, report, folder, ledger
//! ```
//!
//! A [`Table`] that an engine makes equals the one that this process would have read, cell for cell, in the same order of rows
//! and of dictionaries: so whatever is made of it is the same. Keys stay here.

use std::{
    fmt, fs,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use super::{
    Policy, Progress,
    policy::{Form, InputPolicy},
    threads,
    write::Written,
};
use crate::{
    digest,
    dp::{ContributionBounds, PrivacyUnit, Query, Totals},
    error::{Error, Result},
    num,
    table::{Rows, Table, csv::Dialect},
};

/// A query engine that reads the inputs of a policy, such as that of `incog-datafusion`.
///
/// # Guarantee
/// An implementation keeps this: for all files, calls, cuts of a file into parts and repeated tasks, what it gives is what a
/// reader of the file in this process gives, in the order of the file; or it is an error without a cell.
///
/// # Examples
/// The smallest one: it reads the file anew for each question.
/// ```
/// use std::{path::Path, sync::Arc};
/// use incog::{
///     Error, ErrorKind, Result,
///     dp::{ContributionBounds, PrivacyUnit, Query, Totals},
///     pipeline::{Engine, Policy, SILENT, Shape},
///     table::{Rows, Table, csv::{Dialect, read_path}},
/// };
/// struct Local;
/// impl Engine for Local {
///     fn shape(&self, path: &Path) -> Result<Shape> {
///         let (table, _) = read_path(path, Dialect::default())?;
///         Ok(Shape::new(table.names().to_vec(), table.rows().try_into().expect("fewer than 2^64 rows")))
///     }
///     fn table(&self, path: &Path, columns: &[&str]) -> Result<Table> {
///         let (table, _) = read_path(path, Dialect::default())?;
///         let column = |name: &&str| Ok(((*name).to_owned(), table.column(name)?.clone()));
///         Table::new(columns.iter().map(column).collect::<Result<Vec<_>>>()?)
///     }
///     fn rows(
///         &self, path: &Path, _: &dyn Fn(&str) -> bool, wanted: Option<&[u64]>, take: &mut dyn FnMut(&Rows) -> Result<()>,
///     ) -> Result<()> {
///         let (table, _) = read_path(path, Dialect::default())?;
///         let columns: Vec<_> = table.iter().map(|(_, column)| column).collect();
///         let mut rows = Rows::default();
///         for (row, number) in (0..table.rows()).zip(1..) {
///             if wanted.is_none_or(|wanted| wanted.contains(&number)) {
///                 rows.fill(1, columns.len(), number, |_, column, out| {
///                     out.push_str(columns[column].cell(row).unwrap_or_default());
///                     Ok(())
///                 })?;
///                 take(&rows)?;
///             }
///         }
///         Ok(())
///     }
///     fn totals(&self, _: &Path, _: &PrivacyUnit, _: ContributionBounds, _: &Query, _: &str) -> Result<Totals> {
///         Err(Error::new(ErrorKind::Unsupported, "this engine adds nothing up"))
///     }
/// }
/// # let here = std::env::temp_dir().join(format!("incog-doc-engine-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// let policy = || Policy::parse(policy, &here);
/// let by_engine = policy()?.engine(Arc::new(Local)).plan(SILENT)?.summary();
/// assert_eq!(by_engine, policy()?.plan(SILENT)?.summary());
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
pub trait Engine: Send + Sync {
    /// The columns of the table in the file at `path`, in its order, and how many rows it has.
    ///
    /// # Errors
    /// `Data` if it cannot be read, with column and type if a column holds what a table cannot, as for a reader in this process.
    fn shape(&self, path: &Path) -> Result<Shape>;

    /// The cells of `columns` in all rows. Entries of dictionaries are in the order in which rows first use them.
    ///
    /// # Errors
    /// As [`shape`](Self::shape).
    fn table(&self, path: &Path, columns: &[&str]) -> Result<Table>;

    /// Gives `take` the rows with the numbers `wanted`, which ascend from 1, or all of them, in their order; of all, [`Rows::first`]
    /// says the number. They have all columns; the cells of one that is not needed, and has none of text, are missing.
    ///
    /// # Errors
    /// As [`shape`](Self::shape); the first one of `take`.
    fn rows(
        &self,
        path: &Path,
        is_needed: &dyn Fn(&str) -> bool,
        wanted: Option<&[u64]>,
        take: &mut dyn FnMut(&Rows) -> Result<()>,
    ) -> Result<()>;

    /// What the rows add up to, as [`Session::release_totals`](crate::dp::Session::release_totals) says.
    ///
    /// # Errors
    /// As [`shape`](Self::shape); `Unsupported` for a query that needs the rows, or reads a column of a type for which the
    /// engine has other words.
    fn totals(
        &self,
        path: &Path,
        unit: &PrivacyUnit,
        bounds: ContributionBounds,
        query: &Query,
        request_id: &str,
    ) -> Result<Totals>;
}

/// What a table looks like from outside.
///
/// # Examples
/// ```
/// use incog::pipeline::Shape;
/// let shape = Shape::new(vec!["age".to_owned(), "ward".to_owned()], 1_000_000);
/// assert_eq!((shape.columns.len(), shape.rows), (2, 1_000_000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shape {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// How many rows there are.
    pub rows: u64,
}

impl Shape {
    /// That of a table with `columns` and this many rows, as an engine says it.
    #[must_use]
    pub fn new(columns: Vec<String>, rows: u64) -> Self {
        Shape { columns, rows }
    }
}

impl Policy {
    /// The same policy, whose inputs `engine` reads.
    #[must_use]
    pub fn engine(mut self, engine: Arc<dyn Engine>) -> Self {
        self.engine = Engines(Some(engine));
        self
    }
}

/// The engine of a policy, if it has one.
#[derive(Clone, Default)]
pub(super) struct Engines(pub(super) Option<Arc<dyn Engine>>);

impl fmt::Debug for Engines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Engine" } else { "none" })
    }
}

/// An input that an engine reads.
pub(super) struct Remote<'p> {
    pub(super) engine: &'p dyn Engine,
    pub(super) input: &'p InputPolicy,
    pub(super) shape: Shape,
}

impl<'p> Remote<'p> {
    pub(super) fn open(engine: &'p dyn Engine, input: &'p InputPolicy) -> Result<Self> {
        let shape = engine.shape(&input.path).map_err(|e| super::source::of_file(e, input))?;
        Ok(Remote { engine, input, shape })
    }

    /// How what is released of it is written down.
    pub(super) fn written(&self) -> Written {
        match self.input.form {
            Form::Csv(dialect) => Written::Csv(dialect),
            Form::JsonLines(_) => Written::Csv(Dialect::default()),
            Form::Parquet => Written::Parquet,
        }
    }

    /// Gives `take` rows, as [`Engine::rows`] does, with the columns that a reader in this process would read.
    pub(super) fn rows(
        &self,
        wanted: Option<&[u64]>,
        take: &mut dyn FnMut(&Rows) -> Result<()>,
    ) -> Result<()> {
        let is_needed = |name: &str| match self.input.form {
            Form::Parquet => self.input.needs(name),
            _ => true,
        };
        self.engine.rows(&self.input.path, &is_needed, wanted, take)
    }

    /// What names the data: taken before any row is read, so that a file that changes later is noticed.
    pub(super) fn seen(&self, progress: Progress<'_>) -> Result<Seen> {
        Seen::of(&self.input.path, progress)
    }
}

/// A file as it was when its digest was taken.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Seen {
    path: PathBuf,
    pub(super) sha256: String,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Seen {
    fn of(path: &Path, progress: Progress<'_>) -> Result<Self> {
        let mut file = File::open(path).map_err(|e| Error::unreadable(path, e))?;
        let (bytes, modified) = state(&file.metadata().map_err(|e| Error::unreadable(path, e))?);
        let (mut hash, mut done) = (Sha256::new(), 0);
        let (mut buffer, mut next) = (vec![0; BUFFER], vec![0; BUFFER]);
        let mut filled = fill(&mut file, &mut buffer).map_err(|e| Error::unreadable(path, e))?;
        while filled > 0 {
            let (read, ()) = threads::both(|| fill(&mut file, &mut next), || hash.update(&buffer[..filled]));
            done += num::count(filled);
            progress("digest", done, bytes);
            filled = read.map_err(|e| Error::unreadable(path, e))?;
            std::mem::swap(&mut buffer, &mut next);
        }
        if done != bytes {
            return Err(Error::input_changed(path));
        }
        Ok(Seen { path: path.to_owned(), sha256: digest::hex(&hash.finalize()), bytes, modified })
    }

    /// Refuses if the file is another one by now.
    pub(super) fn check(&self) -> Result<()> {
        let now = fs::metadata(&self.path).map_err(|e| Error::unreadable(&self.path, e))?;
        if state(&now) == (self.bytes, self.modified) {
            Ok(())
        } else {
            Err(Error::input_changed(&self.path))
        }
    }
}

fn state(of: &fs::Metadata) -> (u64, Option<SystemTime>) {
    (of.len(), of.modified().ok())
}

fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

const BUFFER: usize = 1 << 20;
