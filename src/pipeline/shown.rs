//! What the report shows of a table under privacy models: counted in the released rows, and for those who hold the raw
//! data, in the input beside them.

use crate::{
    error::Result,
    evidence::{Internal, Overlay, ReportExtras, TableFacts},
    kanon::Outcome,
    table::Table,
};

/// Counts for the two reports.
pub(super) struct Shown {
    released: TableFacts,
    raw: TableFacts,
    overlays: Vec<Overlay>,
    groups: Vec<(String, Vec<(u64, u64)>)>,
}

impl Shown {
    /// Of `table`, which `outcome` made from `raw`; classes are rows that are equal on `quasi`.
    pub(super) fn of(raw: &Table, table: &Table, outcome: &Outcome, quasi: &[&str]) -> Result<Self> {
        let names = table.names();
        let overlay = |name: &String| {
            Ok(Overlay::of(name, raw.column(name)?, table.column(name)?, outcome.kept_rows()))
        };
        let groups = outcome.report().groups.iter();
        Ok(Shown {
            released: TableFacts::of(table, quasi)?,
            raw: TableFacts::of_columns(raw, names.iter().map(String::as_str), quasi)?,
            overlays: names.iter().map(overlay).collect::<Result<_>>()?,
            groups: groups
                .map(|(c, groups)| (c.clone(), groups.iter().map(|g| (g.rows, g.suppressed_rows)).collect()))
                .collect(),
        })
    }

    /// Puts the counts of the release `name` where they may be seen.
    pub(super) fn report(
        &self,
        name: &str,
        extras: ReportExtras,
        mut inside: Internal,
    ) -> (ReportExtras, Internal) {
        inside = inside.raw(name, self.raw.clone());
        for overlay in &self.overlays {
            inside = inside.overlay(name, overlay.clone());
        }
        for (column, groups) in &self.groups {
            inside = inside.groups(name, column, groups.clone());
        }
        (extras.table(name, self.released.clone()), inside)
    }
}
