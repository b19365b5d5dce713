//! Codes of one column, as narrow as they lie in memory.

/// One code per row, borrowed: a byte per cell where the dictionary has at most 256 values.
///
/// Dictionary arrays of Arrow have this form, and [`Column::codes`](crate::table::Column::codes) is the widest of the three.
///
/// # Examples
/// ```
/// use incog::{kanon::class::Codes, table::Column};
/// let ward = Column::from_values(["A1", "B2", "A1"])?;
/// let wide = Codes::U32(ward.codes());
/// let narrow = Codes::U8(&[0, 1, 0]);
/// assert!((0..narrow.len()).all(|row| narrow.get(row) == wide.get(row)));
/// assert_eq!(narrow.slice(1..3).get(0), 1);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Codes<'a> {
    /// At most 256 values.
    U8(&'a [u8]),
    /// At most 65,536 values.
    U16(&'a [u16]),
    /// At most 2^32 - 1 values.
    U32(&'a [u32]),
}

impl<'a> Codes<'a> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => codes.len(),
            Codes::U32(codes) => codes.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of `row`.
    ///
    /// # Panics
    /// If `row` is outside the column.
    #[must_use]
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Codes::U8(codes) => u32::from(codes[row]),
            Codes::U16(codes) => u32::from(codes[row]),
            Codes::U32(codes) => codes[row],
        }
    }

    /// The codes of `rows`.
    ///
    /// # Panics
    /// If the range is outside the column.
    #[must_use]
    pub fn slice(&self, rows: std::ops::Range<usize>) -> Codes<'a> {
        match self {
            Codes::U8(codes) => Codes::U8(&codes[rows]),
            Codes::U16(codes) => Codes::U16(&codes[rows]),
            Codes::U32(codes) => Codes::U32(&codes[rows]),
        }
    }

    /// The largest code; none without rows.
    pub(crate) fn largest(&self) -> Option<u32> {
        match self {
            Codes::U8(codes) => codes.iter().max().map(|&c| u32::from(c)),
            Codes::U16(codes) => codes.iter().max().map(|&c| u32::from(c)),
            Codes::U32(codes) => codes.iter().max().copied(),
        }
    }

    /// Calls `f` with each code, in the order of the rows.
    pub(crate) fn for_each(&self, mut f: impl FnMut(u32)) {
        match self {
            Codes::U8(codes) => codes.iter().for_each(|&c| f(u32::from(c))),
            Codes::U16(codes) => codes.iter().for_each(|&c| f(u32::from(c))),
            Codes::U32(codes) => codes.iter().for_each(|&c| f(c)),
        }
    }
}

impl std::fmt::Debug for Codes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codes").field("len", &self.len()).finish_non_exhaustive()
    }
}
