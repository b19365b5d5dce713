//! One opaque error for the whole crate.
//!
//! A message is one sentence: what went wrong, where, which limit, the way out. It names columns, rows,
//! byte offsets and limits; it never holds a cell, a text or a key (a test drives canary values through
//! every failing path). Callers branch on [`Error::kind`] and on the typed accessors, never on the text.
//!
//! The sentences live in private files, one or a few per room, so that they can be read side by side.

use std::{
    fmt::{self, Write as _},
    io,
};

#[cfg(feature = "dp")]
mod account;
#[cfg(feature = "dp")]
mod dp;
#[cfg(feature = "pipeline")]
mod evidence;
#[cfg(feature = "kanon")]
mod hierarchy;
#[cfg(feature = "pipeline")]
mod input;
#[cfg(feature = "kanon")]
mod kanon;
#[cfg(feature = "dp")]
mod ledger;
#[cfg(feature = "dp")]
mod mechanism;
#[cfg(feature = "pii")]
mod pii;
#[cfg(feature = "pipeline")]
mod pipeline;
#[cfg(feature = "pipeline")]
mod policy;
#[cfg(feature = "pseudonym")]
mod pseudonym;
#[cfg(all(feature = "pii", feature = "pseudonym"))]
mod session;
mod table;

/// Shorthand for a result with the crate's [`Error`].
///
/// # Examples
/// ```
/// use incog::{Result, table::{Column, Table}};
/// fn visits(wards: &[&str]) -> Result<Table> {
///     Table::new([("ward", Column::from_values(wards.iter().copied())?)])
/// }
/// assert_eq!(visits(&["A1", "B2"])?.rows(), 2);
/// # Ok::<(), incog::Error>(())
/// ```
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was refused or failed.
///
/// One word wide. The text is for people; programs use [`kind`](Self::kind), [`position`](Self::position),
/// [`remedy`](Self::remedy) and [`causes`](Self::causes).
///
/// # Examples
/// ```
/// use incog::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::Parameter, "k must be at least 2, got 1");
/// assert_eq!(error.kind(), ErrorKind::Parameter);
/// assert_eq!(error.to_string(), "k must be at least 2, got 1");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    position: Option<Position>,
    remedy: Option<String>,
    shortfall: Option<Shortfall>,
    source: Option<io::Error>,
    others: Vec<Error>,
}

/// What kind of thing went wrong: coarse, for branching and for exit codes.
///
/// # Examples
/// ```
/// use incog::{ErrorKind, table::{Column, Table}};
/// let table = Table::new([("age", Column::from_values(["34"])?)])?;
/// let error = table.column("wage").unwrap_err();
/// // A service: what is the caller's to mend, what is ours, and what may be tried again.
/// let status = match error.kind() {
///     ErrorKind::Io => 503,
///     ErrorKind::BudgetExceeded => 429,
///     ErrorKind::Key | ErrorKind::Policy | ErrorKind::Verification => 500,
///     _ => 400,
/// };
/// assert_eq!((status, error.kind()), (400, ErrorKind::Refused));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The ledger has too little left for the request. Nothing was released.
    BudgetExceeded,
    /// The input cannot be read as what it is declared to be: not UTF-8, ragged, truncated.
    Data,
    /// The operating system refused a read, a write, a rename or entropy.
    Io,
    /// A key is missing, malformed, or readable by others.
    Key,
    /// A parameter is outside its range.
    Parameter,
    /// The policy, or a hierarchy that it names, is malformed or contradicts itself.
    Policy,
    /// The request is well formed, and refused: an undeclared column, an infeasible guarantee, an existing folder.
    Refused,
    /// The request is known to the format and not supported by this version or build.
    Unsupported,
    /// A readable value does not fit what the policy declares for its column.
    Value,
    /// A recomputed claim differs from the claim.
    Verification,
}

/// Where in the input, in the terms of whoever looks for it. Never what stands there.
///
/// # Examples
/// ```
/// use incog::{Error, ErrorKind, Position};
/// // In a recognizer, ledger or reader of your own: the place apart from the sentence, counted as people count.
/// let error = Error::new(ErrorKind::Value, "column 'zip', row 17: value not in hierarchy")
///     .at(Position::column("zip").with_row(17));
/// let place = error.position().expect("it was said");
/// assert_eq!((place.column.as_deref(), place.row, place.byte), (Some("zip"), Some(17), None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// Name of the column.
    pub column: Option<String>,
    /// Number of the row, counted from 1 without the header.
    pub row: Option<u64>,
    /// Number of the line in the file, counted from 1.
    pub line: Option<u64>,
    /// Offset in bytes from the start.
    pub byte: Option<u64>,
}

/// A request that a ledger had too little left for, in exact decimal text.
///
/// # Examples
/// ```
/// # #[cfg(feature = "dp")]
/// # fn main() -> incog::Result<()> {
/// use incog::dp::{Budget, ledger::{Ledger, MemoryLedger, Request}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// let request = Request::new("a", "ann", "count", "v1", Budget::parse("1.5", "0")?, vec![])?;
/// let error = ledger.reserve(&request).unwrap_err();
/// let short = error.shortfall().expect("that is why");
/// assert_eq!((short.asked.as_str(), short.left.as_str()), ("ε = 1.5", "ε = 1"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "dp"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shortfall {
    /// What was asked.
    pub asked: String,
    /// What was left.
    pub left: String,
}

impl Error {
    /// An error of `kind` with a one-sentence `message`.
    ///
    /// For code outside this crate that implements one of its traits, such as a ledger. The message must
    /// not hold data: name columns, rows and limits instead.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            position: None,
            remedy: None,
            shortfall: None,
            source: None,
            others: Vec::new(),
        }))
    }

    /// An error caused by the operating system while doing `what`.
    #[must_use]
    pub fn io(what: impl Into<String>, source: io::Error) -> Self {
        let mut error = Error::new(ErrorKind::Io, what);
        error.0.source = Some(source);
        error
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Where in the input, when the error has a place.
    #[must_use]
    pub fn position(&self) -> Option<&Position> {
        self.0.position.as_ref()
    }

    /// The text to paste into the policy, or the change to make, when there is one that would do.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// What was asked of a ledger and what it had left, when that is why.
    #[must_use]
    pub fn shortfall(&self) -> Option<&Shortfall> {
        self.0.shortfall.as_ref()
    }

    /// This error, and whatever else stands against the same thing: of a plan that was refused, all of its
    /// [refusals](crate::pipeline::Plan::refusals), in their order. The text is that of the first alone. Each has its own kind,
    /// position and remedy. An error with nothing beside it is its own only cause.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "pipeline")]
    /// # fn main() -> incog::Result<()> {
    /// use incog::pipeline::{Policy, Replace, SILENT};
    /// # let here = std::env::temp_dir().join(format!("incog-doc-causes-{}", std::process::id()));
    /// # std::fs::create_dir_all(&here).unwrap();
    /// let rows = "age,ward,shoe\n30,A,43\n";
    /// # std::fs::write(here.join("people.csv"), rows).unwrap();
    /// let policy = r#"
    /// version = 1
    /// purpose = "documentation"
    /// [input]
    /// path = "people.csv"
    /// [columns]
    /// age = { role = "quasi" }
    /// [release.table]
    /// columns = ["age"]
    /// models = [{ k_anonymity = 2 }]
    /// search = "local"
    /// "#;
    /// let plan = Policy::parse(policy, &here)?.plan(SILENT)?;
    /// let error = plan.apply(&here.join("out"), Replace::No, SILENT).unwrap_err();
    /// assert!(error.to_string().starts_with("column 'ward' of the input is not declared"), "{error}");
    ///
    /// let columns = error.causes().filter_map(|cause| cause.position()?.column.clone());
    /// assert_eq!(columns.collect::<Vec<_>>(), ["ward", "shoe"]);
    /// assert!(error.causes().all(|cause| cause.remedy().is_some()));
    /// # std::fs::remove_dir_all(&here).unwrap();
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "pipeline"))]
    /// # fn main() {}
    /// ```
    pub fn causes(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(self).chain(&self.0.others)
    }

    /// The first of `errors`, with the others beside it.
    #[cfg(feature = "pipeline")]
    pub(crate) fn of_causes(errors: Vec<Error>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let mut first = errors.next()?;
        first.0.others = errors.collect();
        Some(first)
    }

    /// The same error with the place it concerns.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        self.0.position = Some(position);
        self
    }

    /// The same error with the change that would mend it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// The same error with `context` in front, as in `reading 'a.csv': ...`.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.0.message = format!("{context}: {}", self.0.message);
        self
    }
}

impl Position {
    /// A place in a named column.
    #[must_use]
    pub fn column(name: impl Into<String>) -> Self {
        Position { column: Some(name.into()), ..Position::default() }
    }

    /// The same place, at row `row` (from 1, without the header).
    #[must_use]
    pub fn with_row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// A place given by line number (from 1).
    #[must_use]
    pub fn line(line: u64) -> Self {
        Position { line: Some(line), ..Position::default() }
    }

    /// A place given by byte offset.
    #[must_use]
    pub fn byte(byte: u64) -> Self {
        Position { byte: Some(byte), ..Position::default() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = OneLine(f);
        line.write_str(&self.0.message)?;
        if let Some(source) = &self.0.source {
            write!(line, ": {source}")?;
        }
        if let Some(remedy) = &self.0.remedy {
            write!(line, "; {remedy}")?;
        }
        Ok(())
    }
}

/// A name in a sentence may hold line ends and terminal codes. They are written as escapes: an error is one line, also in a log.
struct OneLine<'f, 'b>(&'f mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let breaks = |c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}';
        let mut rest = text;
        while let Some(at) = rest.find(breaks) {
            let (before, from) = rest.split_at(at);
            let mut from = from.chars();
            write!(self.0, "{before}{}", from.next().unwrap_or_default().escape_default())?;
            rest = from.as_str();
        }
        self.0.write_str(rest)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown.field("kind", &self.0.kind).field("message", &self.to_string());
        if !self.0.others.is_empty() {
            shown.field("others", &self.0.others);
        }
        shown.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|e| e as _)
    }
}

/// `'a', 'b', 'c'`, for sentences that list what is known.
#[allow(dead_code, reason = "each room uses it when its feature is on")]
pub(crate) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    names.into_iter().map(|n| format!("'{}'", n.as_ref())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_whatever_it_names() {
        let error =
            Error::new(ErrorKind::Policy, "column 'a\nb\u{1b}[2J\u{2028}é' is unknown").context("'x\r'");
        assert_eq!(error.to_string(), r"'x\r': column 'a\nb\u{1b}[2J\u{2028}é' is unknown");
    }
}
