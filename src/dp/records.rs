//! What a query reads: the columns of a table, or slices that are in memory already.

use std::fmt;

use crate::{
    dp::aggregate::{self, Numbers, Persons},
    error::{Error, Result},
    num,
    table::{Column, Table},
};

/// Columns by name, borrowed: of a [`Table`], or slices of numbers and codes.
///
/// # Examples
/// ```
/// use incog::dp::Records;
/// let charges = [120.0, f64::NAN, 80.5];
/// let records = Records::new().codes("patient", &[0, 1, 0], 2)?.numbers("charge", &charges)?;
/// assert_eq!(records.rows(), 3);
/// assert_eq!(
///     records.numbers("age", &[34.0]).unwrap_err().to_string(),
///     "column 'age' has 1 rows, the others have 3",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Records<'a> {
    columns: Vec<(&'a str, Values<'a>)>,
}

#[derive(Clone, Copy)]
enum Values<'a> {
    Column(&'a Column),
    Numbers(&'a [f64]),
    /// Codes below a number of values.
    Codes(&'a [u32], usize),
}

impl<'a> Records<'a> {
    /// No columns yet.
    #[must_use]
    pub fn new() -> Self {
        Records::default()
    }

    /// With a column of numbers. A NaN is unreadable.
    ///
    /// # Errors
    /// `Data` if there is a column of that name, or if the others have another number of rows.
    pub fn numbers(self, name: &'a str, values: &'a [f64]) -> Result<Self> {
        self.with(name, Values::Numbers(values))
    }

    /// With a column of codes: persons or groups, numbered from 0 to below `values`. As a group key the code 7 is
    /// the text `7`.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers), and `Data` if a code is not below `values`.
    pub fn codes(self, name: &'a str, codes: &'a [u32], values: usize) -> Result<Self> {
        if let Some(row) = codes.iter().position(|&code| num::index(code) >= values) {
            return Err(Error::code_outside_dictionary(row, values));
        }
        self.with(name, Values::Codes(codes, values))
    }

    /// With a column of a table.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub fn column(self, name: &'a str, column: &'a Column) -> Result<Self> {
        self.with(name, Values::Column(column))
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.rows())
    }

    fn with(mut self, name: &'a str, values: Values<'a>) -> Result<Self> {
        if self.columns.iter().any(|(known, _)| *known == name) {
            return Err(Error::duplicate_column(name));
        }
        if !self.columns.is_empty() && values.rows() != self.rows() {
            return Err(Error::unequal_columns(name, values.rows(), self.rows()));
        }
        self.columns.push((name, values));
        Ok(self)
    }

    fn find(&self, name: &str) -> Result<Values<'a>> {
        let found = self.columns.iter().find(|(known, _)| *known == name);
        found.map(|(_, values)| *values).ok_or_else(|| {
            let names: Vec<String> = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
            Error::unknown_column(name, &names)
        })
    }

    /// The column of persons.
    pub(super) fn persons(&self, name: &str) -> Result<Persons<'a>> {
        match self.find(name)? {
            Values::Column(column) => Ok(Persons {
                codes: column.codes(),
                people: column.dictionary_len(),
                nobody: column.missing_code(),
            }),
            Values::Codes(codes, people) => Ok(Persons { codes, people, nobody: None }),
            Values::Numbers(_) => Err(Error::column_of_numbers(name)),
        }
    }

    /// A column of numbers; what is no number is a NaN.
    pub(super) fn numbers_of(&self, name: &str) -> Result<Numbers<'a>> {
        match self.find(name)? {
            Values::Numbers(values) => Ok(Numbers::Slice(values)),
            Values::Column(column) => Ok(Numbers::Coded {
                codes: column.codes(),
                // Once per entry of the dictionary; the missing entry reads as empty, which is no number.
                values: column.dictionary().map(|cell| aggregate::number(Some(cell))).collect(),
            }),
            Values::Codes(codes, values) => Ok(Numbers::Coded {
                codes,
                values: (0..values).map(|code| num::to_f64(num::count(code))).collect(),
            }),
        }
    }

    /// The code of each row, and what `of` makes of each entry of the dictionary; none for the missing entry.
    pub(super) fn texts<T>(&self, name: &str, of: impl Fn(Option<&str>) -> T) -> Result<(&'a [u32], Vec<T>)> {
        match self.find(name)? {
            Values::Column(column) => {
                let missing = column.missing_code();
                let entries = column.dictionary().zip(0u32..);
                let made =
                    entries.map(|(entry, code)| of((Some(code) != missing).then_some(entry))).collect();
                Ok((column.codes(), made))
            }
            Values::Codes(codes, values) => {
                Ok((codes, (0..values).map(|code| of(Some(&code.to_string()))).collect()))
            }
            Values::Numbers(_) => Err(Error::column_of_numbers(name)),
        }
    }
}

impl<'a> From<&'a Table> for Records<'a> {
    fn from(table: &'a Table) -> Self {
        Records { columns: table.iter().map(|(name, column)| (name, Values::Column(column))).collect() }
    }
}

impl Values<'_> {
    fn rows(&self) -> usize {
        match self {
            Values::Column(column) => column.len(),
            Values::Numbers(values) => values.len(),
            Values::Codes(codes, _) => codes.len(),
        }
    }
}

impl fmt::Debug for Records<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Records").field("names", &names).field("rows", &self.rows()).finish_non_exhaustive()
    }
}
