//! Who is in the release, and who is held back from it.

use std::collections::HashMap;

use super::draw::keyed;
use crate::{
    error::{Error, ErrorKind, Result},
    table::{Column, Table},
};

/// The rows of a table in two parts: those of members, from which a release is made, and those of the control, which is
/// held back. A person's rows are in one part.
///
/// # Examples
/// ```
/// use incog::{audit::table::ControlSplit, table::{Column, Table}};
/// let id = Column::from_values((0..1000).map(|i| format!("p{}", i / 2)))?;
/// let table = Table::new([("id", id)])?;
/// let split = ControlSplit::keyed(&[1; 32], 0.1, &table, Some("id"))?;
/// assert_eq!(split.members().len() + split.control().len(), 1000);
/// assert!((70..130).contains(&split.control().len()) && split.control().len() % 2 == 0);
///
/// let error = ControlSplit::keyed(&[1; 32], 1.5, &table, None).unwrap_err();
/// assert_eq!(error.to_string(), "the control is a share of persons: more than 0 and at most 0.9, got 1.5");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlSplit {
    members: Vec<usize>,
    control: Vec<usize>,
}

impl ControlSplit {
    /// Holds back each person with probability `share`, by a keyed draw: the same key, the same persons, whatever the
    /// order of the rows. Without a column that tells persons apart each row is one; equal rows are drawn one by one.
    ///
    /// # Errors
    /// `Parameter` if the share is not in 0 < share ≤ 0.9; `Refused` if there is no column `person`.
    pub fn keyed(key: &[u8; 32], share: f64, table: &Table, person: Option<&str>) -> Result<Self> {
        if !(share > 0.0 && share <= 0.9) {
            return Err(Error::new(
                ErrorKind::Parameter,
                format!("the control is a share of persons: more than 0 and at most 0.9, got {share}"),
            ));
        }
        let is_control: Box<dyn Fn(usize) -> bool> = match person {
            Some(person) => {
                let column = table.column(person)?;
                let drawn: Vec<bool> = column
                    .dictionary()
                    .map(|name| is_below(&keyed(key, &[b"person", name.as_bytes()]), share))
                    .collect();
                Box::new(move |row| drawn[crate::num::index(column.codes()[row])])
            }
            None => {
                let columns: Vec<&Column> = table.iter().map(|(_, column)| column).collect();
                let mut equal: HashMap<[u8; 32], u64> = HashMap::new();
                let drawn: Vec<bool> = (0..table.rows())
                    .map(|row| {
                        let cells: Vec<&[u8]> =
                            columns.iter().map(|c| c.cell(row).unwrap_or_default().as_bytes()).collect();
                        let of_cells = keyed(key, &cells);
                        let number = equal.entry(of_cells).or_default();
                        *number += 1;
                        is_below(&keyed(key, &[b"row", &of_cells, &number.to_le_bytes()]), share)
                    })
                    .collect();
                Box::new(move |row| drawn[row])
            }
        };
        let (control, members) = (0..table.rows()).partition(|&row| is_control(row));
        Ok(ControlSplit { members, control })
    }

    /// A split that was made elsewhere, such as of a table that was put together from both parts.
    #[must_use]
    pub fn of_rows(members: Vec<usize>, control: Vec<usize>) -> Self {
        ControlSplit { members, control }
    }

    /// The rows that a release is made from.
    #[must_use]
    pub fn members(&self) -> &[usize] {
        &self.members
    }

    /// The rows that are held back.
    #[must_use]
    pub fn control(&self) -> &[usize] {
        &self.control
    }
}

/// Whether the first 32 bits, as a share of 2^32, are below `share`.
fn is_below(drawn: &[u8; 32], share: f64) -> bool {
    let [a, b, c, d, ..] = *drawn;
    f64::from(u32::from_be_bytes([a, b, c, d])) < share * 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20,000 rows at 0.1: standard deviation 42; 6 of them: false alarm below 1e-8. The key is fixed.
    #[test]
    fn the_share_is_kept_and_the_order_of_rows_does_not_matter() {
        let values: Vec<String> = (0..20_000).map(|i| (i % 9000).to_string()).collect();
        let table = Table::new([("v", Column::from_values(&values).unwrap())]).unwrap();
        let split = ControlSplit::keyed(&[3; 32], 0.1, &table, None).unwrap();
        assert!(split.control().len().abs_diff(2000) < 255, "{}", split.control().len());
        let backwards = Table::new([("v", Column::from_values(values.iter().rev()).unwrap())]).unwrap();
        let other = ControlSplit::keyed(&[3; 32], 0.1, &backwards, None).unwrap();
        let held = |table: &Table, split: &ControlSplit| {
            let column = table.column("v").unwrap();
            let mut held: Vec<String> =
                split.control().iter().map(|&r| column.cell(r).unwrap().to_owned()).collect();
            held.sort();
            held
        };
        assert_eq!(held(&table, &split), held(&backwards, &other));
        // A group of equal rows is not held back as a whole.
        let same = Table::new([("v", Column::from_values(["x"; 1000]).unwrap())]).unwrap();
        let split = ControlSplit::keyed(&[3; 32], 0.5, &same, None).unwrap();
        assert!(split.control().len().abs_diff(500) < 100);
    }
}
