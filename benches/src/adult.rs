//! The Adult table with its hierarchies, or one like it.

use std::{fs::File, path::PathBuf};

use incog::{
    kanon::Hierarchy,
    table::{
        Column, Table,
        csv::{Dialect, read_path},
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// A table of quasi-identifying columns, and a hierarchy for each.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "read by the benches of this package alone")]
pub struct Data {
    /// `adult` or `drawn`.
    pub name: &'static str,
    /// Its rows.
    pub table: Table,
    /// By the names of its columns.
    pub hierarchies: Vec<(String, Hierarchy)>,
}

/// The Adult table, if `INCOG_SHARED` says where it is; otherwise one with as many values and levels.
#[must_use]
pub fn adult_like() -> Data {
    adult().unwrap_or_else(drawn)
}

fn adult() -> Option<Data> {
    let folder = PathBuf::from(std::env::var_os("INCOG_SHARED")?).join("data/adult");
    let (table, _) = read_path(&folder.join("adult.csv"), Dialect::new(';').ok()?).ok()?;
    let hierarchy = |name: &String| {
        let file = File::open(folder.join(format!("adult_hierarchy_{name}.csv"))).ok()?;
        Some((name.clone(), Hierarchy::from_lines(file, ';').ok()?))
    };
    let hierarchies = table.names().iter().map(hierarchy).collect::<Option<_>>()?;
    Some(Data { name: "adult", table, hierarchies })
}

/// Columns with as many values and levels as Adult's, values skewed by a power law.
fn drawn() -> Data {
    let mut rng = StdRng::seed_from_u64(1);
    let shape = [(2, 2), (74, 5), (5, 2), (7, 3), (16, 4), (41, 3), (8, 3), (14, 3), (2, 2)];
    let mut columns = Vec::new();
    let mut hierarchies = Vec::new();
    for (i, (values, levels)) in shape.into_iter().enumerate() {
        let name = format!("q{i}");
        let lines: String = (0..values)
            .map(|v: u32| {
                let coarser = (1..levels - 1).map(|l| format!(";{}", v >> (2 * l))).collect::<String>();
                format!("{v}{coarser};*\n")
            })
            .collect();
        let draw = |rng: &mut StdRng| (f64::from(values) * rng.random::<f64>().powi(2)).floor().to_string();
        let cells: Vec<String> = (0..30_162).map(|_| draw(&mut rng)).collect();
        columns.push((name.clone(), Column::from_values(cells).expect("few values")));
        hierarchies
            .push((name, Hierarchy::from_lines(lines.as_bytes(), ';').expect("nests by construction")));
    }
    Data { name: "drawn", table: Table::new(columns).expect("equal lengths"), hierarchies }
}
