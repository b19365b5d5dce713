//! What attacks came to.

use std::{collections::BTreeMap, fmt};

use super::{Downcoding, Excess, Homogeneity, Identifier, RegisterFigures, Share};

/// One attack: on members, on the control, and what is between them.
///
/// # Examples
/// ```
/// # use incog::{audit::table::{Attacker, ControlSplit}, table::{Column, Table}};
/// # let ages = Column::from_values((0..400).map(|i| (i * 7 % 400).to_string()))?;
/// # let ill = Column::from_values((0..400).map(|i| ["flu", "cough", "none"][i % 3]))?;
/// # let table = Table::new([("age", ages), ("ill", ill)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let released = table.select(split.members());
/// let attacker = Attacker::builder(&released, &table, &split).known(["age"]).sensitive(["ill"]).build()?;
/// for attack in attacker.run(&|_, _, _| {}).attacks {
///     let note = if attack.decides { "" } else { " (for information)" };
///     println!("{attack}{note}"); // inference of 'ill': members 100.0 % of 205, control ...
///     assert!(attack.excess.lower <= attack.excess.value && attack.excess.value <= attack.excess.upper);
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Measured {
    /// `singling_out`, `singling_out_with_sensitive`, `linkability`, `inference` or `register_linkage`.
    pub name: String,
    /// The sensitive column that was inferred.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub column: Option<String>,
    /// Success on members.
    pub attack: Share,
    /// Success on people who are not in the release.
    pub control: Share,
    /// What the release adds.
    pub excess: Excess,
    /// Whether it is decided on; `singling_out_with_sensitive` is for information, and so is `linkability` with one known
    /// column, which leaves no second register.
    pub decides: bool,
}

/// All attacks on a table.
///
/// # Examples
/// ```
/// # use incog::{audit::table::{Attacker, ControlSplit}, table::{Column, Table}};
/// # let ages = Column::from_values((0..400).map(|i| (i * 7 % 400).to_string()))?;
/// # let ill = Column::from_values((0..400).map(|i| ["flu", "cough", "none"][i % 3]))?;
/// # let table = Table::new([("age", ages), ("ill", ill)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let released = table.select(split.members());
/// let attacker = Attacker::builder(&released, &table, &split).known(["age"]).sensitive(["ill"]).build()?;
/// let report = attacker.run(&|_, _, _| {});
/// assert_eq!(report.members + report.control, 400);
/// // Refuse the release if the upper limit of an attack is above a tenth.
/// let too_much: Vec<String> = report.exceeding(0.1).map(|attack| attack.title()).collect();
/// assert!(too_much.contains(&"inference of 'ill'".to_owned()), "{too_much:?}");
/// assert!(report.worst().is_some_and(|attack| attack.excess.upper > 0.5));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AttackReport {
    /// Released rows.
    pub rows: u64,
    /// Persons of whom the release was made, or their rows where nobody is named.
    pub members: u64,
    /// Persons who are not in it.
    pub control: u64,
    /// At most so many attempts on each side.
    pub samples: u64,
    /// The columns that an attacker is given.
    pub known: Vec<String>,
    /// The columns that an attacker wants.
    pub sensitive: Vec<String>,
    /// What was tried, with what came of it.
    pub attacks: Vec<Measured>,
    /// What a register finds, if one was given.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub register: Option<RegisterFigures>,
    /// Classes that share one sensitive value.
    pub homogeneity: Vec<Homogeneity>,
    /// What could be made finer, if somebody takes the release to be minimal.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub downcoding: Option<Downcoding>,
    /// A value is near-unique if fewer rows than this have it; or persons, where the release has the column that tells them
    /// apart.
    pub few: u64,
    /// Released columns with near-unique values, and pairs of columns by which at least one row in a hundred has one, whatever
    /// they were declared as.
    pub identifiers: Vec<Identifier>,
    /// Released rows of a column whose cells are names that nobody explained; attacks that need them are weaker than a
    /// recipient who knows what the names stand for.
    pub opaque_rows: BTreeMap<String, u64>,
}

impl Measured {
    pub(super) fn new(name: &str, attack: Share, control: Share) -> Self {
        let excess = Excess::new(&attack, &control);
        Measured { name: name.to_owned(), column: None, attack, control, excess, decides: true }
    }

    pub(super) fn of_column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    pub(super) fn for_information(mut self) -> Self {
        self.decides = false;
        self
    }

    /// What was tried, in words.
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.name.replace('_', " ");
        self.column.as_ref().map_or(name.clone(), |column| format!("{name} of '{column}'"))
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: members {}, control {}, excess {:.3} ({:.3} to {:.3}, 95 %)",
            self.title(),
            self.attack,
            self.control,
            self.excess.value,
            self.excess.lower,
            self.excess.upper
        )
    }
}

impl AttackReport {
    /// The attack, of those that are decided on, with the largest upper limit.
    #[must_use]
    pub fn worst(&self) -> Option<&Measured> {
        let deciding = self.attacks.iter().filter(|a| a.decides);
        deciding.max_by(|a, b| a.excess.upper.total_cmp(&b.excess.upper))
    }

    /// The attacks whose upper limit is above `limit`.
    pub fn exceeding(&self, limit: f64) -> impl Iterator<Item = &Measured> {
        self.attacks.iter().filter(move |a| a.decides && a.excess.upper > limit)
    }
}
