//! What a report shows beyond the card: what the released rows show by themselves, and what must not leave.

use std::collections::BTreeMap;

use super::{
    AttackFigures,
    facts::{Overlay, TableFacts},
};

/// What a report shows beyond the card.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, Internal, ReportExtras, TableFacts, Tool, report};
/// use incog::table::{Column, Table};
/// let tool = Tool::new("incog".into(), "0.1.0".into(), vec![]);
/// let mut card = Card::new(tool, "a <b>trial</b>".into(), "00ff".into());
/// card.not_established.push("who made this card".into());
///
/// let table = Table::new([("ward", Column::from_values(["A", "A", "B", "B"])?)])?;
/// let extras = ReportExtras::default().table("table", TableFacts::of(&table, &["ward"])?);
/// let page = report(&card, &extras);
/// assert!(page.contains("a &lt;b&gt;trial&lt;/b&gt;") && page.contains("who made this card"));
/// assert!(!page.contains("Not for release"));
///
/// let extras = extras.internal(Internal::default().suppressed("table", 2, 49));
/// assert!(report(&card, &extras).contains("Not for release"));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReportExtras {
    pub(super) tables: BTreeMap<String, TableFacts>,
    pub(super) burn_down: BTreeMap<String, Vec<u64>>,
    pub(super) gate: Option<f64>,
    pub(super) internal: Option<Internal>,
}

/// What would say more about the raw data than the release does.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, Internal, ReportExtras, Tool, report};
/// # let card = Card::new(Tool::this_build(), "ward planning".into(), "00".into());
/// let inside = Internal::default().suppressed("table", 3, 100).warning("2 of 100 rows have no date");
/// let page = report(&card, &ReportExtras::default().internal(inside));
/// assert!(page.contains("Not for release") && page.contains("2 of 100 rows have no date"));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Internal {
    pub(super) suppressed: BTreeMap<String, (u64, u64)>,
    pub(super) raw: BTreeMap<String, TableFacts>,
    pub(super) overlays: BTreeMap<String, Vec<Overlay>>,
    pub(super) groups: BTreeMap<String, Vec<GroupsOf>>,
    pub(super) detections: BTreeMap<String, BTreeMap<String, u64>>,
    pub(super) attacks: BTreeMap<String, Vec<AttackFigures>>,
    pub(super) warnings: Vec<String>,
}

/// What became of the rows of each value of a column: rows, and those of them that are left out.
#[derive(Clone, Debug)]
pub(super) struct GroupsOf {
    pub(super) column: String,
    pub(super) groups: Vec<(u64, u64)>,
}

impl ReportExtras {
    /// What the released rows of `release` show by themselves.
    #[must_use]
    pub fn table(mut self, release: impl Into<String>, facts: TableFacts) -> Self {
        self.tables.insert(release.into(), facts);
        self
    }

    /// What was left of the ledger's budget before the first query of `release` and after each of them, in thousandths.
    #[must_use]
    pub fn burn_down(mut self, release: impl Into<String>, left: Vec<u64>) -> Self {
        self.burn_down.insert(release.into(), left);
        self
    }

    /// Attacks were tried before the release left, and none added more than `max_excess_risk` to the success on a control.
    #[must_use]
    pub fn gate(mut self, max_excess_risk: f64) -> Self {
        self.gate = Some(max_excess_risk);
        self
    }

    /// Makes it the full report, for those who hold the raw data.
    #[must_use]
    pub fn internal(mut self, internal: Internal) -> Self {
        self.internal = Some(internal);
        self
    }
}

impl Internal {
    /// `suppressed_rows` of the `rows` of the input are not in `release`.
    #[must_use]
    pub fn suppressed(mut self, release: impl Into<String>, suppressed_rows: u64, rows: u64) -> Self {
        self.suppressed.insert(release.into(), (suppressed_rows, rows));
        self
    }

    /// What the rows of the input show on the columns of `release`.
    #[must_use]
    pub fn raw(mut self, release: impl Into<String>, facts: TableFacts) -> Self {
        self.raw.insert(release.into(), facts);
        self
    }

    /// How a column of `release` was distributed before and is distributed now.
    #[must_use]
    pub fn overlay(mut self, release: impl Into<String>, overlay: Overlay) -> Self {
        self.overlays.entry(release.into()).or_default().push(overlay);
        self
    }

    /// Who is left out: for each value of `column`, the most frequent first, its rows and those of them that are not in
    /// `release`.
    #[must_use]
    pub fn groups(
        mut self,
        release: impl Into<String>,
        column: impl Into<String>,
        groups: Vec<(u64, u64)>,
    ) -> Self {
        let groups = GroupsOf { column: column.into(), groups };
        self.groups.entry(release.into()).or_default().push(groups);
        self
    }

    /// What was found in the free text of `release`: entities, and how often.
    #[must_use]
    pub fn detections(mut self, release: impl Into<String>, detections: BTreeMap<String, u64>) -> Self {
        self.detections.insert(release.into(), detections);
        self
    }

    /// What an attack on `release` came to.
    #[must_use]
    pub fn attack(mut self, release: impl Into<String>, figures: AttackFigures) -> Self {
        self.attacks.entry(release.into()).or_default().push(figures);
        self
    }

    /// Something that whoever holds the raw data should know.
    #[must_use]
    pub fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}
