//! Rows in classes that each have a generalized tuple of their own: what local recoding and Mondrian return.

use std::collections::HashMap;

use crate::{error::Result, kanon::quality::Quality, num, table::Column};

/// Classes, and the class of each row.
#[derive(Debug)]
pub(crate) struct Recoded {
    pub(crate) columns: Vec<RecodedColumn>,
    /// None: left out.
    pub(crate) class_of_row: Vec<Option<u32>>,
}

/// One column: what its cells can be, and which of them each class has.
#[derive(Debug)]
pub(crate) struct RecodedColumn {
    /// Values that the hierarchy tells apart.
    pub(crate) domain: u64,
    pub(crate) cells: Vec<Cell>,
    pub(crate) of_class: Vec<u32>,
}

/// A generalized value.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) label: String,
    /// Values of the domain that it stands for.
    pub(crate) leaves: u64,
    /// How far up it is, from 0 to 1.
    pub(crate) height: f64,
    /// Rows of the input whose value it stands for.
    pub(crate) rows: u64,
    /// Its level in the hierarchy; none for a range.
    pub(crate) level: Option<usize>,
}

impl Recoded {
    /// Makes classes of equal labels one: a label may stand at two levels, but a reader sees no difference.
    pub(crate) fn merged(mut self) -> Self {
        for column in &mut self.columns {
            let mut first: HashMap<&str, u32> = HashMap::new();
            let mut becomes: Vec<u32> = Vec::with_capacity(column.cells.len());
            for (i, cell) in (0u32..).zip(&column.cells) {
                let same = *first.entry(&cell.label).or_insert(i);
                // Who reads it takes it for the coarser.
                becomes.push(same);
            }
            let coarsest: Vec<Cell> = {
                let mut coarsest = column.cells.clone();
                for (cell, &same) in column.cells.iter().zip(&becomes) {
                    let kept = &mut coarsest[num::index(same)];
                    kept.leaves = kept.leaves.max(cell.leaves);
                    kept.height = kept.height.max(cell.height);
                    kept.rows = kept.rows.max(cell.rows);
                    kept.level = kept.level.max(cell.level);
                }
                coarsest
            };
            column.of_class.iter_mut().for_each(|c| *c = becomes[num::index(*c)]);
            column.cells = coarsest;
        }
        let mut number: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut keep: Vec<usize> = Vec::new();
        let classes = self.columns.first().map_or(0, |c| c.of_class.len());
        let becomes: Vec<u32> = (0..classes)
            .map(|class| {
                let tuple = self.columns.iter().map(|c| c.of_class[class]).collect();
                *number.entry(tuple).or_insert_with(|| {
                    keep.push(class);
                    crate::kanon::code(keep.len() - 1)
                })
            })
            .collect();
        for column in &mut self.columns {
            column.of_class = keep.iter().map(|&class| column.of_class[class]).collect();
        }
        for class in self.class_of_row.iter_mut().flatten() {
            *class = becomes[num::index(*class)];
        }
        self
    }

    /// For each class that has rows, level and label of each column; none if some cell has no level.
    pub(crate) fn tuples(&self) -> Option<Vec<Vec<(usize, String)>>> {
        let cell = |column: &RecodedColumn, class: usize| {
            let cell = &column.cells[num::index(column.of_class[class])];
            cell.level.map(|level| (level, cell.label.clone()))
        };
        let sizes = self.sizes();
        let held = (0..self.classes()).filter(|&class| sizes[class] > 0);
        held.map(|class| self.columns.iter().map(|column| cell(column, class)).collect()).collect()
    }

    /// For each column and cell, the share of the domain that it stands for.
    pub(crate) fn shares(&self) -> Vec<Vec<f64>> {
        let share = |column: &RecodedColumn, cell: &Cell| {
            num::to_f64(cell.leaves) / num::to_f64(column.domain.max(1))
        };
        self.columns.iter().map(|c| c.cells.iter().map(|cell| share(c, cell)).collect()).collect()
    }

    /// Number of classes, with those that have lost all rows.
    pub(crate) fn classes(&self) -> usize {
        self.columns.first().map_or(0, |c| c.of_class.len())
    }

    /// Rows of each class.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        let mut sizes = vec![0; self.classes()];
        for class in self.class_of_row.iter().flatten() {
            sizes[num::index(*class)] += 1;
        }
        sizes
    }

    /// Leaves out the classes that `holds` says no to.
    pub(crate) fn drop_classes(&mut self, holds: &[bool]) {
        for class in &mut self.class_of_row {
            *class = class.filter(|c| holds[num::index(*c)]);
        }
    }

    /// The released cells of column `i`, for `kept_rows`.
    pub(crate) fn column(&self, i: usize, kept_rows: &[usize]) -> Result<Column> {
        let column = &self.columns[i];
        let cell = |row: usize| self.class_of_row[row].map_or(0, |class| column.of_class[num::index(class)]);
        Column::from_codes(
            kept_rows.iter().map(|&row| cell(row)).collect(),
            column.cells.iter().map(|c| &c.label),
        )
    }

    /// The loss of each column.
    pub(crate) fn losses(&self) -> Vec<f64> {
        let sizes = self.sizes();
        let n = num::to_f64(num::count(self.class_of_row.len()));
        let s = n - num::to_f64(sizes.iter().sum());
        let loss = |column: &RecodedColumn| {
            let leaves = column.of_class.iter().zip(&sizes);
            let leaves = leaves
                .map(|(&cell, &rows)| u128::from(column.cells[num::index(cell)].leaves) * u128::from(rows))
                .sum();
            let domain = num::to_f64(column.domain);
            if column.domain <= 1 || n < 1.0 {
                return 0.0;
            }
            ((to_f64(leaves) / domain + s - n / domain) / (n - n / domain)).max(0.0)
        };
        self.columns.iter().map(loss).collect()
    }

    /// The six measures, by the formulas of [`crate::kanon::quality`], cell by cell: a cell has the level, the
    /// leaves and the rows alike of its own generalization. `fine` is, for each column, the sum over rows of log2
    /// of the rows that hold the same input value.
    pub(crate) fn quality(&self, fine: &[f64]) -> Quality {
        let sizes = self.sizes();
        let n = num::to_f64(num::count(self.class_of_row.len()));
        let kept: u64 = sizes.iter().sum();
        let s = n - num::to_f64(kept);
        let m = num::to_f64(num::count(self.columns.len().max(1)));
        let losses = self.losses();
        let (mut precision, mut entropy) = (0.0, 0.0);
        for (column, fine) in self.columns.iter().zip(fine) {
            let (mut height, mut bits) = (0.0, 0.0);
            for (&cell, &rows) in column.of_class.iter().zip(&sizes) {
                let cell = &column.cells[num::index(cell)];
                height += cell.height * num::to_f64(rows);
                bits += num::to_f64(cell.rows.max(1)).log2() * num::to_f64(rows);
            }
            precision += if n < 1.0 { 0.0 } else { (height + s) / n };
            entropy += bits + s * n.max(1.0).log2() - fine;
        }
        let squares: u128 = sizes.iter().map(|&c| u128::from(c) * u128::from(c)).sum();
        let classes = num::count(sizes.iter().filter(|&&c| c > 0).count()) + u64::from(s > 0.0);
        Quality {
            loss: losses.iter().sum::<f64>() / m,
            loss_geometric: losses.iter().map(|l| l + 1.0).product::<f64>().powf(1.0 / m) - 1.0,
            discernibility: to_f64(squares) + n * s,
            average_class_size: if classes == 0 { 0.0 } else { n / num::to_f64(classes) },
            precision: precision / m,
            entropy: entropy.max(0.0),
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a score; exact below 2^53")]
fn to_f64(n: u128) -> f64 {
    n as f64
}
