//! One dictionary-encoded column and its builder.

use std::fmt;

use super::index::Index;
use crate::{
    error::{Error, Result},
    num,
};

/// A column: one `u32` code per row, and the value of each code.
///
/// Every code is below [`dictionary_len`](Self::dictionary_len), and no two codes have one value, so that rows, persons and
/// classes may be told apart by codes. A missing cell is no value, and differs from the empty string.
///
/// # Examples
/// ```
/// use incog::table::Column;
/// let ward = Column::from_values(["A1", "B2", "A1"])?;
/// assert_eq!((ward.codes(), ward.dictionary_len()), (&[0, 1, 0][..], 2));
/// assert_eq!((ward.cell(1), ward.value(0)), (Some("B2"), "A1"));
/// let error = Column::from_codes(vec![0, 2], ["A1", "B2"]).unwrap_err();
/// assert_eq!(error.kind(), incog::ErrorKind::Data, "there is no code 2");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone)]
pub struct Column {
    codes: Vec<u32>,
    dictionary: Dictionary,
    missing: Option<u32>,
}

/// The values, end to end in one buffer; entry `i` is `text[ends[i-1]..ends[i]]`.
#[derive(Clone, Default)]
struct Dictionary {
    text: String,
    ends: Vec<usize>,
}

impl Column {
    /// A column of `values`. The empty string is a value like any other here; see
    /// [`ColumnBuilder::push_missing`] for cells that are missing.
    ///
    /// # Errors
    /// `Data` beyond 2^32 - 1 distinct values.
    pub fn from_values<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut builder = ColumnBuilder::default();
        for value in values {
            builder.push(value.as_ref())?;
        }
        Ok(builder.finish())
    }

    /// A column of `codes` into `values`. Codes with equal values become one; if there are such, codes are numbered anew.
    ///
    /// # Errors
    /// `Data` if a code is not below the number of values.
    pub fn from_codes<S: AsRef<str>>(codes: Vec<u32>, values: impl IntoIterator<Item = S>) -> Result<Self> {
        Column::from_codes_with_missing(codes, values, None)
    }

    /// As [`from_codes`](Self::from_codes); cells of the code `missing` are missing.
    ///
    /// # Errors
    /// `Data` if a code is not below the number of values, or `missing` is not the code of an empty one: the missing entry
    /// reads as the empty string.
    ///
    /// # Examples
    /// ```
    /// use incog::table::Column;
    /// let column = Column::from_codes_with_missing(vec![0, 1, 0], ["A1", ""], Some(1))?;
    /// assert_eq!((column.cell(0), column.cell(1)), (Some("A1"), None));
    /// assert!(Column::from_codes_with_missing(vec![0], ["A1", ""], Some(0)).is_err());
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn from_codes_with_missing<S: AsRef<str>>(
        codes: Vec<u32>,
        values: impl IntoIterator<Item = S>,
        missing: Option<u32>,
    ) -> Result<Self> {
        let mut dictionary = Dictionary::default();
        for value in values {
            dictionary.push(value.as_ref());
        }
        let entries = dictionary.ends.len();
        if let Some(row) = codes.iter().position(|&c| num::index(c) >= entries) {
            return Err(Error::code_outside_dictionary(row, entries));
        }
        if missing.map(num::index).is_some_and(|code| code >= entries || !dictionary.entry(code).is_empty()) {
            return Err(Error::missing_entry(entries));
        }
        Ok(Column { codes, dictionary, missing }.with_distinct_values())
    }

    /// The same cells, in which no two codes have one value.
    fn with_distinct_values(self) -> Column {
        let mut index = Index::default();
        let first_of = |(code, value)| {
            let is = |other| self.dictionary.entry(num::index(other)) == value;
            if Some(code) == self.missing {
                code
            } else {
                index.code_or_insert(value, is, code).unwrap_or(code)
            }
        };
        let firsts: Vec<u32> = (0u32..).zip(self.dictionary()).map(first_of).collect();
        if (0u32..).zip(&firsts).all(|(code, first)| code == *first) {
            return self;
        }
        let (mut dictionary, mut new_codes) = (Dictionary::default(), Vec::with_capacity(firsts.len()));
        for (code, &first) in (0u32..).zip(&firsts) {
            new_codes.push(if code == first {
                dictionary.push(self.value(code));
                u32::try_from(dictionary.ends.len() - 1).expect("no more entries than before")
            } else {
                new_codes[num::index(first)]
            });
        }
        let new = |code: u32| new_codes[num::index(code)];
        let codes = self.codes.iter().map(|&code| new(code)).collect();
        Column { codes, dictionary, missing: self.missing.map(new) }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The code of each row.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Number of entries in the dictionary, the missing one included.
    #[must_use]
    pub fn dictionary_len(&self) -> usize {
        self.dictionary.ends.len()
    }

    /// The entries of the dictionary, by code. The missing entry reads as the empty string.
    #[must_use]
    pub fn dictionary(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.dictionary.ends.len()).map(|i| self.dictionary.entry(i))
    }

    /// The value of `code`; the empty string if `code` is the missing one.
    ///
    /// # Panics
    /// If `code` is not below [`dictionary_len`](Self::dictionary_len).
    #[must_use]
    pub fn value(&self, code: u32) -> &str {
        self.dictionary.entry(num::index(code))
    }

    /// The value in row `row`, or none if it is missing.
    ///
    /// # Panics
    /// If `row` is outside the column.
    #[must_use]
    pub fn cell(&self, row: usize) -> Option<&str> {
        let code = self.codes[row];
        (Some(code) != self.missing).then(|| self.value(code))
    }

    /// The code that stands for missing cells, if there are any.
    #[must_use]
    pub fn missing_code(&self) -> Option<u32> {
        self.missing
    }

    /// Every value replaced by `f(code, value)`; missing stays missing. Codes stay, unless values become equal: then these have
    /// one code, and codes are numbered anew.
    ///
    /// # Errors
    /// The first error of `f`.
    ///
    /// # Examples
    /// ```
    /// use incog::table::Column;
    /// let people = Column::from_values(["p1", "P1", "p2"])?.map_values(|_, person| Ok(person.to_lowercase()))?;
    /// assert_eq!((people.dictionary_len(), people.codes()), (2, &[0, 0, 1][..]));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn map_values(&self, mut f: impl FnMut(u32, &str) -> Result<String>) -> Result<Column> {
        let mapped = self.map_values_into(0, |code, value, out| {
            out.push_str(&f(code, value)?);
            Ok(())
        })?;
        Ok(mapped.with_distinct_values())
    }

    /// As [`map_values`](Self::map_values), with `f` appending to the new dictionary itself. Unequal values must stay unequal.
    /// `bytes` is how long the new values are together, if known.
    pub(crate) fn map_values_into(
        &self,
        bytes: usize,
        mut f: impl FnMut(u32, &str, &mut String) -> Result<()>,
    ) -> Result<Column> {
        let values = self.dictionary.ends.len();
        let mut dictionary =
            Dictionary { text: String::with_capacity(bytes), ends: Vec::with_capacity(values) };
        for (code, i) in (0u32..).zip(0..values) {
            if Some(code) != self.missing {
                f(code, self.dictionary.entry(i), &mut dictionary.text)?;
            }
            dictionary.ends.push(dictionary.text.len());
        }
        Ok(Column { codes: self.codes.clone(), dictionary, missing: self.missing })
    }

    /// The same dictionary with the codes of `rows` only, in that order.
    ///
    /// # Panics
    /// If a row number is outside the column.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Column {
        Column {
            codes: rows.iter().map(|&r| self.codes[r]).collect(),
            dictionary: self.dictionary.clone(),
            missing: self.missing,
        }
    }

    /// The same cells with a dictionary that holds what some row holds, and nothing else: what may leave with the rows.
    #[cfg(feature = "kanon")]
    pub(crate) fn compacted(&self) -> Column {
        let mut dictionary = Dictionary::default();
        let mut new_codes = vec![None; self.dictionary_len()];
        let new_code = |&code: &u32| {
            *new_codes[num::index(code)].get_or_insert_with(|| {
                dictionary.push(self.value(code));
                u32::try_from(dictionary.ends.len() - 1).expect("no more entries than before")
            })
        };
        let codes = self.codes.iter().map(new_code).collect();
        let missing = self.missing.and_then(|code| new_codes[num::index(code)]);
        Column { codes, dictionary, missing }
    }

    /// The first row that holds `code`.
    #[must_use]
    pub fn first_row(&self, code: u32) -> Option<usize> {
        self.codes.iter().position(|&c| c == code)
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column")
            .field("len", &self.len())
            .field("dictionary_len", &self.dictionary_len())
            .finish_non_exhaustive()
    }
}

impl Dictionary {
    fn push(&mut self, value: &str) {
        self.text.push_str(value);
        self.ends.push(self.text.len());
    }

    fn entry(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start..self.ends[i]]
    }
}

/// Builds a [`Column`] row by row.
///
/// # Examples
/// ```
/// use incog::table::ColumnBuilder;
/// let mut wards = ColumnBuilder::default();
/// wards.push("A")?;
/// wards.push_missing()?;
/// wards.push("A")?;
/// let wards = wards.finish();
/// assert_eq!((wards.cell(0), wards.cell(1), wards.len()), (Some("A"), None, 3));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Default)]
pub struct ColumnBuilder {
    codes: Vec<u32>,
    dictionary: Dictionary,
    index: Index,
    missing: Option<u32>,
}

impl ColumnBuilder {
    /// Adds a row that holds `value`.
    ///
    /// # Errors
    /// `Data` beyond 2^32 - 1 distinct values.
    pub fn push(&mut self, value: &str) -> Result<()> {
        // Sorted and grouped files repeat the value above.
        if let Some(&last) = self.codes.last()
            && Some(last) != self.missing
            && self.dictionary.entry(num::index(last)) == value
        {
            self.codes.push(last);
            return Ok(());
        }
        let dictionary = &self.dictionary;
        let is = |code| Some(code) != self.missing && dictionary.entry(num::index(code)) == value;
        let new = self.next_code()?;
        let code = self.index.code_or_insert(value, is, new).unwrap_or(new);
        if code == new {
            self.dictionary.push(value);
        }
        self.codes.push(code);
        Ok(())
    }

    /// Adds a row whose cell is missing.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_missing(&mut self) -> Result<()> {
        let code = match self.missing {
            Some(code) => code,
            None => {
                let code = self.next_code()?;
                self.dictionary.push("");
                *self.missing.insert(code)
            }
        };
        self.codes.push(code);
        Ok(())
    }

    /// Adds a row that holds the value, or whose cell is missing.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_cell(&mut self, cell: Option<&str>) -> Result<()> {
        match cell {
            Some(value) => self.push(value),
            None => self.push_missing(),
        }
    }

    /// Number of rows so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The finished column.
    #[must_use]
    pub fn finish(self) -> Column {
        Column { codes: self.codes, dictionary: self.dictionary, missing: self.missing }
    }

    fn next_code(&self) -> Result<u32> {
        let next = u32::try_from(self.dictionary.ends.len()).ok().filter(|&code| code < u32::MAX);
        next.ok_or_else(Error::too_many_values)
    }
}

impl fmt::Debug for ColumnBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnBuilder").field("len", &self.codes.len()).finish_non_exhaustive()
    }
}
