//! A table of a policy: where it is, how it is written down, what its columns are.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use jiff::{ToSpan, civil::Date};

use super::{
    column::{Action, ColumnPolicy},
    document::{ColumnEntry, InputEntry, RetentionEntry, Undeclared},
};
use crate::{
    error::{Error, Result},
    table::csv::{Dialect, Encoding},
};

/// A table: its file, and what happens to every column of it.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::Policy;
/// let input = r#"
/// [input]
/// path = "stays.csv"
/// lock = "policy.lock"
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'{input}[columns]\nage = {{ role = 'quasi' }}\nday = {{ role = 'sensitive' }}\n\
/// #      [release.table]\ncolumns = ['age']\nmodels = [{{ k_anonymity = 5 }}]\nsearch = 'optimal'"
/// # );
/// let policy = Policy::parse(&policy, Path::new("data"))?;
/// let input = &policy.inputs()["input"];
/// assert_eq!(input.path(), Path::new("data/stays.csv"), "relative to the policy");
/// assert_eq!(input.lock(), Some(Path::new("data/policy.lock")));
/// assert!(input.columns().contains_key("age") && input.person().is_none());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct InputPolicy {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) form: Form,
    pub(crate) decimal: Decimal,
    pub(crate) retention: Option<Retention>,
    pub(crate) lock: Option<PathBuf>,
    pub(crate) person: Option<String>,
    pub(crate) undeclared: Undeclared,
    pub(crate) columns: BTreeMap<String, ColumnPolicy>,
    /// Whether the policy has other tables as well: then stand-ins of this one are its own unless a domain is declared.
    pub(crate) one_of_several: bool,
    /// Columns that statistics and models read as numbers, and whether anything else in them is an error.
    pub(super) numbers: BTreeMap<String, bool>,
    /// Columns that statistics read.
    pub(super) counted: BTreeSet<String>,
}

/// How a table is written down.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::{pipeline::{Policy, policy::Form}, table::csv::Encoding};
/// let input = r#"
/// [input]
/// path = "stays.jsonl.gz"
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'{input}[columns]\nage = {{ role = 'quasi' }}\nday = {{ role = 'sensitive' }}\n\
/// #      [release.table]\ncolumns = ['age']\nmodels = [{{ k_anonymity = 5 }}]\nsearch = 'optimal'"
/// # );
/// let policy = Policy::parse(&policy, Path::new("data"))?;
/// let input = &policy.inputs()["input"];
/// assert_eq!(input.form(), Form::JsonLines(Encoding::Utf8), "by the name of the file");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Delimited text, its first line the names of the columns.
    Csv(Dialect),
    /// A JSON object a line, its fields the columns.
    JsonLines(Encoding),
    /// Parquet, which whoever reads the policy has to have a reader for: see [`Policy::parquet`](super::Policy::parquet).
    Parquet,
}

/// The sign before the fraction of a number.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::Decimal};
/// let input = r#"
/// [input]
/// path = "stays.csv"
/// delimiter = ";"
/// decimal = ","
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'{input}[columns]\nage = {{ role = 'quasi' }}\nday = {{ role = 'sensitive' }}\n\
/// #      [release.table]\ncolumns = ['age']\nmodels = [{{ k_anonymity = 5 }}]\nsearch = 'optimal'"
/// # );
/// let policy = Policy::parse(&policy, Path::new("data"))?;
/// let input = &policy.inputs()["input"];
/// assert_eq!(input.decimal(), Decimal::Comma);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decimal {
    /// `1234.5`
    #[default]
    Point,
    /// `1234,5`
    Comma,
}

/// Rows are used only as long as their date is not too old.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::Policy;
/// let input = r#"
/// [input]
/// path = "stays.csv"
/// retention = { column = "day", days = 3650, as_of = "2026-06-30" }
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'{input}[columns]\nage = {{ role = 'quasi' }}\nday = {{ role = 'sensitive' }}\n\
/// #      [release.table]\ncolumns = ['age']\nmodels = [{{ k_anonymity = 5 }}]\nsearch = 'optimal'"
/// # );
/// let policy = Policy::parse(&policy, Path::new("data"))?;
/// let input = &policy.inputs()["input"];
/// let retention = input.retention().expect("it has one");
/// assert_eq!((retention.column.as_str(), retention.days, retention.as_of.as_str()), ("day", 3650, "2026-06-30"));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// The column with the date.
    pub column: String,
    /// How many days before [`as_of`](Self::as_of) a row may be.
    pub days: u32,
    /// The day on which the age counts, as `YYYY-MM-DD`.
    pub as_of: String,
    /// What happens to rows without a date.
    pub undated: Undated,
    pub(crate) oldest: Date,
}

/// What happens to a row whose date cannot be read.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::Undated};
/// let input = r#"
/// [input]
/// path = "stays.csv"
/// retention = { column = "day", days = 3650, undated = "drop" }
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'{input}[columns]\nage = {{ role = 'quasi' }}\nday = {{ role = 'sensitive' }}\n\
/// #      [release.table]\ncolumns = ['age']\nmodels = [{{ k_anonymity = 5 }}]\nsearch = 'optimal'"
/// # );
/// let policy = Policy::parse(&policy, Path::new("data"))?;
/// let input = &policy.inputs()["input"];
/// assert_eq!(input.retention().map(|retention| retention.undated), Some(Undated::Drop));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Undated {
    /// The run is refused, with the row.
    #[default]
    Refuse,
    /// It is dropped.
    Drop,
}

impl InputPolicy {
    /// The table of `entry`, with the columns, the person and the rule for undeclared columns that it does not name itself.
    pub(super) fn new(name: &str, entry: InputEntry, folder: &Path) -> Result<Self> {
        let encoding = match &entry.encoding {
            Some(word) => word.parse()?,
            None => Encoding::default(),
        };
        let path = folder.join(&entry.path);
        let form = match entry.format.as_deref() {
            Some("csv") => Form::Csv(Dialect::new(entry.delimiter.unwrap_or(','))?.with_encoding(encoding)),
            Some("jsonl") => Form::JsonLines(encoding),
            Some("parquet") => Form::Parquet,
            Some(other) => return Err(Error::unknown_word("format", other, &["csv", "jsonl", "parquet"])),
            None if names_json_lines(&entry.path) => Form::JsonLines(encoding),
            None if names_parquet(Path::new(&entry.path)) => Form::Parquet,
            None => Form::Csv(Dialect::new(entry.delimiter.unwrap_or(','))?.with_encoding(encoding)),
        };
        if entry.delimiter.is_some() && matches!(form, Form::JsonLines(_)) {
            return Err(Error::delimiter_of_json_lines());
        }
        if form == Form::Parquet && (entry.delimiter.is_some() || entry.encoding.is_some()) {
            return Err(Error::dialect_of_parquet());
        }
        let decimal = match entry.decimal {
            None | Some('.') => Decimal::Point,
            Some(',') => Decimal::Comma,
            Some(_) => return Err(Error::decimal_sign()),
        };
        let mut columns = BTreeMap::new();
        for (name, column) in entry.columns.unwrap_or_default() {
            columns.insert(name.clone(), column_of(&name, column, folder)?);
        }
        Ok(InputPolicy {
            name: name.to_owned(),
            path,
            form,
            decimal,
            retention: entry.retention.map(Retention::new).transpose()?,
            lock: entry.lock.map(|lock| folder.join(lock)),
            person: entry.person,
            undeclared: entry.undeclared.unwrap_or_default(),
            columns,
            one_of_several: false,
            numbers: BTreeMap::new(),
            counted: BTreeSet::new(),
        })
    }

    /// Its name; `input` if it is the only one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the file is written down.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The sign before the fraction of a number.
    #[must_use]
    pub fn decimal(&self) -> Decimal {
        self.decimal
    }

    /// How old rows may be, if that counts.
    #[must_use]
    pub fn retention(&self) -> Option<&Retention> {
        self.retention.as_ref()
    }

    /// The schema lock that its columns are held against.
    #[must_use]
    pub fn lock(&self) -> Option<&Path> {
        self.lock.as_deref()
    }

    /// The column that tells persons apart.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        self.person.as_deref()
    }

    /// What happens to each column, by its name.
    #[must_use]
    pub fn columns(&self) -> &BTreeMap<String, ColumnPolicy> {
        &self.columns
    }

    /// The policy of the column `name`.
    ///
    /// # Errors
    /// `Refused` if it is not declared.
    pub(crate) fn column(&self, name: &str) -> Result<&ColumnPolicy> {
        self.columns.get(name).ok_or_else(|| Error::undeclared_name(name, self.columns.keys()))
    }

    /// The domain of a column's stand-ins, if neither the column nor the release names one.
    pub(crate) fn default_domain(&self, column: &str) -> String {
        if self.one_of_several { format!("{}/{column}", self.name) } else { column.to_owned() }
    }

    /// Whether all that it refers to is declared.
    pub(super) fn check_references(&self) -> Result<()> {
        if self.columns.is_empty() {
            return Err(Error::no_columns());
        }
        if let Some(person) = &self.person {
            self.column(person).map_err(|e| e.context("person"))?;
        }
        if let Some(retention) = &self.retention {
            self.column(&retention.column).map_err(|e| e.context("retention"))?;
        }
        for (name, column) in &self.columns {
            for other in column.references() {
                self.column(other).map_err(|e| e.context(format!("column '{name}'")))?;
            }
        }
        Ok(())
    }

    /// Whether the column holds numbers, so that a decimal comma means something, and if so, whether anything else in it
    /// is an error: where it is released, not where only statistics read it, which have a rule for what they cannot read.
    pub(crate) fn numbers(&self, column: &str) -> Option<bool> {
        let hierarchy = self.columns.get(column).and_then(|c| c.hierarchy.as_ref());
        match hierarchy {
            Some(hierarchy) if hierarchy.kind() == "interval" => Some(true),
            _ => self.numbers.get(column).copied(),
        }
    }

    /// Whether anything is done with the cells of the column: those of no other are read of a file that has columns apart.
    ///
    /// What is dropped may still say which person a row is of, how old it is, or what is to be looked for in its texts.
    pub(crate) fn needs(&self, column: &str) -> bool {
        let Some(declared) = self.columns.get(column) else { return false };
        let is_named = |name: &String| name == column;
        !matches!(declared.action, Action::Drop)
            || self.person.as_ref().is_some_and(is_named)
            || self.retention.as_ref().is_some_and(|retention| retention.column == column)
            || self.counted.contains(column)
            || self.columns.values().any(|other| other.references().into_iter().any(is_named))
    }

    /// Whether the column leaves as it is when it is released without models.
    pub(crate) fn is_kept(&self, column: &str) -> bool {
        self.columns.get(column).is_some_and(|c| matches!(c.action, Action::Keep))
    }
}

pub(super) fn column_of(name: &str, entry: ColumnEntry, folder: &Path) -> Result<ColumnPolicy> {
    ColumnPolicy::new(name, entry, folder).map_err(|e| e.context(format!("column '{name}'")))
}

impl Retention {
    fn new(entry: RetentionEntry) -> Result<Self> {
        let as_of = match entry.as_of {
            Some(day) if day.len() == 10 => day,
            Some(_) => return Err(Error::retention_day()),
            None => super::today(),
        };
        let undated = match entry.undated.as_deref() {
            None | Some("refuse") => Undated::Refuse,
            Some("drop") => Undated::Drop,
            Some(other) => return Err(Error::unknown_word("undated", other, &["refuse", "drop"])),
        };
        let oldest = oldest(&as_of, entry.days)?;
        Ok(Retention { column: entry.column, days: entry.days, as_of, undated, oldest })
    }

    /// The same on another day.
    pub(crate) fn set_day(&mut self, as_of: String) -> Result<()> {
        self.oldest = oldest(&as_of, self.days)?;
        self.as_of = as_of;
        Ok(())
    }

    /// Whether a row with this date stays; none if that cannot be told.
    pub(crate) fn keeps(&self, date: Option<&str>) -> Option<bool> {
        // A time of day may follow; the day decides.
        let day = date?.get(..10)?.parse::<Date>().ok()?;
        let rest = &date?[10..];
        (rest.is_empty() || rest.starts_with(['T', ' '])).then_some(day >= self.oldest)
    }
}

/// Whether the name of a file says that it holds JSON Lines.
fn names_json_lines(path: &str) -> bool {
    let path = Path::new(path);
    let is = |path: &Path, name| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(name));
    let unpacked = path.file_stem().filter(|_| is(path, "gz")).map_or(path, Path::new);
    is(unpacked, "jsonl") || is(unpacked, "ndjson")
}

/// Whether the name of a file says that it is Parquet.
pub(crate) fn names_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"))
}

/// The oldest day that is not more than `days` days before `as_of`.
fn oldest(as_of: &str, days: u32) -> Result<Date> {
    let day: Date = as_of.parse().map_err(|_| Error::retention_day())?;
    day.checked_sub(i64::from(days).days()).map_err(|_| Error::retention_day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_say_in_any_case() {
        for (name, expected) in [
            ("t.jsonl", true),
            ("T.JSONL", true),
            ("a/t.NdJson.GZ", true),
            ("t.jsonl.gz", true),
            ("t.csv", false),
            ("t.gz", false),
            ("jsonl", false),
            (".jsonl.zip", false),
        ] {
            assert_eq!(names_json_lines(name), expected, "{name}");
        }
    }

    #[test]
    fn a_row_is_kept_up_to_the_last_day_and_only_with_a_date() {
        let entry = |undated: Option<&str>| RetentionEntry {
            column: "seen".into(),
            days: 30,
            as_of: Some("2026-03-31".into()),
            undated: undated.map(str::to_owned),
        };
        let retention = Retention::new(entry(None)).unwrap();
        // (date, whether it stays). 30 days before 31 March is 1 March.
        let cases = [
            (Some("2026-03-31"), Some(true)),
            (Some("2026-04-30"), Some(true)),
            (Some("2026-03-01"), Some(true)),
            (Some("2026-02-28"), Some(false)),
            (Some("2026-02-28T23:59:59"), Some(false)),
            (Some("2026-03-01 00:00"), Some(true)),
            (Some("2026-02-30"), None),
            (Some("1.3.2026"), None),
            (Some("2026-03-01x"), None),
            (Some("ünläßlich!"), None),
            (None, None),
        ];
        for (date, kept) in cases {
            assert_eq!(retention.keeps(date), kept, "{date:?}");
        }
        assert!(Retention::new(entry(Some("keep"))).unwrap_err().to_string().contains("'refuse', 'drop'"));
    }
}
