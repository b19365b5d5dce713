//! Classes that share one sensitive value: knowing the class is knowing the value.

use super::{cell::Cells, released::Released};
use crate::num;

/// How much of a release is in classes with one sensitive value (\[MKGV07\] Machanavajjhala, Kifer, Gehrke,
/// Venkitasubramaniam, *l-Diversity*, TKDD 1(1), 2007, section 2.1). Counted in the released rows alone, so anyone can.
///
/// # Examples
/// ```
/// # use incog::{audit::table::{Attacker, ControlSplit}, table::{Column, Table}};
/// # let ages = Column::from_values((0..200).map(|i| ["[20, 30)", "[30, 40)"][i % 2]))?;
/// # let ill = Column::from_values((0..200).map(|i| ["flu", "none", "flu", "flu"][i % 4]))?;
/// # let table = Table::new([("age", ages), ("ill", ill)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let released = table.select(split.members());
/// // In the twenties everybody has the flu; in the thirties some do.
/// let attacker = Attacker::builder(&released, &table, &split).known(["age"]).sensitive(["ill"]).build()?;
/// let found = &attacker.run(&|_, _, _| {}).homogeneity[0];
/// assert_eq!((found.column.as_str(), found.classes, found.homogeneous_classes), ("ill", 2, 1));
/// assert!(found.homogeneous_rows > 0, "of these rows, the class says it all");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Homogeneity {
    /// The sensitive column.
    pub column: String,
    /// Classes of rows that are equal on the known columns.
    pub classes: u64,
    /// Those in which all rows have one value.
    pub homogeneous_classes: u64,
    /// The rows in them.
    pub homogeneous_rows: u64,
}

pub(super) fn measure(released: &Released<'_>, name: &str, cells: &Cells<'_>) -> Homogeneity {
    let codes = cells.column.codes();
    let shared = |class: usize| {
        let rows = released.rows_of.of(class);
        rows.iter().all(|&row| codes[num::index(row)] == codes[num::index(rows[0])]).then_some(rows.len())
    };
    let sizes: Vec<usize> = (0..released.classes()).filter_map(shared).collect();
    Homogeneity {
        column: name.to_owned(),
        classes: num::count(released.classes()),
        homogeneous_classes: num::count(sizes.len()),
        homogeneous_rows: num::count(sizes.iter().sum()),
    }
}
