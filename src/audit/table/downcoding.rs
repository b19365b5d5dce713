//! Downcoding: what the minimality of a generalization gives away.
//!
//! A search that makes cells no more general than they have to be tells why they are: a class whose rows all are in
//! `[30, 35)` would say so. So a cell `[30, 40)` of two finer ones says that a row of the class is in each, and a recipient who
//! knows the search writes a finer table that is just as true. The attack is that of \[C22\] Cohen, *Attacks on
//! Deidentification's Defenses*, USENIX Security 2022: it does not depend on the privacy model, since dividing
//! nothing and saying more of a class as a whole changes no class.
//!
//! ```text
//!   class of 5 rows    age [30, 40)   sex *                   age [30, 35)   sex F       age and sex each for
//!                      age [30, 40)   sex *       ──>         age [35, 40)   sex M       themselves: which row of the
//!                      ...                                    age [30, 40)   sex *  3x   class it is, is not said
//! ```
//!
//! | taken for | told by | finer cells |
//! |---|---|---|
//! | each class is as fine as its rows allow (local recoding, Mondrian) | a cell of exactly two finer ones; a closed range, by its ends | two of the class, in each such column |
//! | no column as a whole can be finer (one level for all rows) | a column that only one class can keep from it | two of that class |
//!
//! A cell of three finer ones says that two of them occur and not which, so it is no finer cell. What the rows that are left out,
//! the size of a class or the searched-for loss say beside is not used.
//!
//! Whether it is true is tried on the members. The control is a group of as many people who are not in the release, whose values
//! the cell holds: if they nearly always are in both finer cells as well, nothing was given away but what everybody knows of so
//! many people.

use std::{collections::HashMap, rc::Rc};

use super::{
    cell::Cell,
    draw::Draws,
    meaning::Meaning,
    people::{People, Told},
    released::{Original, Released},
    share::{Excess, Share},
};
use crate::num;

/// In what a recipient takes a release to be minimal.
///
/// # Examples
/// ```
/// # use incog::{audit::table::ControlSplit, table::{Column, Table}};
/// use incog::audit::table::{Attacker, Minimality};
/// # let table = Table::new([("age", Column::from_values((0..100).map(|i| (i % 9).to_string()))?)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let released = table.select(split.members());
/// // Mondrian made the release, and everybody knows that it leaves no class wider than it has to be.
/// let attacker = Attacker::builder(&released, &table, &split).known(["age"]).minimality(Minimality::EachClass);
/// let report = attacker.build()?.run(&|_, _, _| {});
/// assert_eq!(report.downcoding.map(|found| found.minimality), Some(Minimality::EachClass));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Minimality {
    /// Each class is as fine as its rows allow, as after local recoding or Mondrian.
    EachClass,
    /// Each column has one level, and none could be a level finer with nothing left out.
    WholeColumns,
}

/// What could be made finer because the generalization is minimal.
///
/// # Examples
/// ```
/// # use incog::{audit::table::{Attacker, ControlSplit, Minimality}, table::{Column, Table}};
/// # let table = Table::new([("age", Column::from_values((0..400).map(|i| (30 + i % 10).to_string()))?)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let two_years = |row: &usize| 30 + row % 10 / 2 * 2;
/// # let two_years = |row| format!("[{}, {}]", two_years(row), two_years(row) + 1);
/// # let ages = Column::from_values(split.members().iter().map(two_years))?;
/// // Ages of 30 to 39 in classes of two years: [30, 31], [32, 33], ...
/// let released = Table::new([("age", ages)])?;
/// let attacker = Attacker::builder(&released, &table, &split).known(["age"]).minimality(Minimality::EachClass);
/// let report = attacker.build()?.run(&|_, _, _| {});
/// let found = report.downcoding.expect("it was asked for");
/// // A range of two ages would be one age, had not somebody of each been in it: in each of five classes.
/// assert_eq!((found.general_cells, found.finer_cells), (report.rows, 10));
/// assert_eq!(found.right.value(), 1.0);
/// // But then, as many others would have been of both ages, too.
/// assert_eq!(found.excess.value, 0.0);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Downcoding {
    /// What the release is taken for. If it is not, this finds what is not so, and `right` says how often.
    pub minimality: Minimality,
    /// Released cells of the known columns that stand for more than one value.
    pub general_cells: u64,
    /// Those for which a finer one can be written.
    pub finer_cells: u64,
    /// Rows with such a cell, at least.
    pub finer_rows: u64,
    /// Of the statements that a class has a row in each of two finer cells, how many are true of members.
    pub right: Share,
    /// Whether the rows of a class are known, and not only who fits it; else `right` is at most too large.
    pub exact: bool,
    /// The same of as many people who are not in the release, whose values the cell holds.
    pub control: Share,
    /// How much likelier the release makes it.
    pub excess: Excess,
}

/// What a recipient knows, and what decides on whether it is true.
pub(super) struct Knowledge<'a> {
    pub(super) minimality: Minimality,
    /// For each known column, what names stand for and which are next finer.
    pub(super) meanings: Vec<Option<&'a Meaning>>,
    /// The original row of each released one.
    pub(super) origins: Option<&'a [usize]>,
}

/// A class has a row in each of two cells.
struct Statement<'m> {
    class: u32,
    column: usize,
    finer: [&'m str; 2],
}

pub(super) fn measure(
    released: &Released<'_>,
    (people, originals): (&People<'_, '_>, &[Original<'_>]),
    knowledge: &Knowledge<'_>,
    control: &[usize],
    (samples, draws): (usize, &mut Draws),
    step: &mut dyn FnMut(),
) -> Downcoding {
    let rows_of = |class: u32| num::count(released.rows_of.of(num::index(class)).len());
    let classes = || (0u32..).take(released.classes());
    let columns = 0..released.columns.len();
    let finer: Vec<Vec<Option<Finer<'_>>>> = columns
        .clone()
        .map(|i| {
            released.columns[i].cells.iter().map(|cell| Finer::of(cell, knowledge.meanings[i])).collect()
        })
        .collect();
    let of = |class: u32, i: usize| finer[i][num::index(released.cell(class, i))].as_ref();

    let mut general_cells = 0;
    let mut statements: Vec<Statement<'_>> = Vec::new();
    for column in columns {
        let divisible: Vec<u32> = classes().filter(|&class| of(class, column).is_some()).collect();
        general_cells += divisible.iter().map(|&class| rows_of(class)).sum::<u64>();
        // Any of several classes may be what keeps a column from being finer.
        if knowledge.minimality == Minimality::WholeColumns && divisible.len() != 1 {
            continue;
        }
        for class in divisible {
            if let Some(Finer::Two(finer)) = of(class, column).filter(|_| rows_of(class) > 1) {
                statements.push(Statement { class, column, finer: *finer });
            }
        }
    }
    let mut told: Vec<u32> = statements.iter().map(|s| s.class).collect();
    told.sort_unstable();
    told.dedup();
    let (finer_cells, finer_rows) = (2 * num::count(statements.len()), 2 * num::count(told.len()));

    let statements = draws.sample(statements, samples);
    let mut fitting = Fitting { control, originals, of_cell: HashMap::new() };
    let (mut right, mut by_control) = (0, 0);
    for s in &statements {
        let cells = s.finer.map(|text| Cell::new(Some(text), knowledge.meanings[s.column]));
        let mut both = Both { original: &originals[s.column], cells: &cells, seen: [false; 2] };
        match knowledge.origins {
            Some(origins) => {
                let rows = released.rows_of.of(num::index(s.class));
                rows.iter().any(|&row| both.add(origins[num::index(row)]));
            }
            None => {
                let cell = |i: usize| {
                    let code = released.cell(s.class, i);
                    (Some(code), &released.columns[i].cells[num::index(code)])
                };
                let told: Vec<Told<'_, '_>> = (0..released.columns.len()).map(cell).collect();
                people.each_fitting(&told, |row| both.add(row));
            }
        }
        right += u64::from(both.are_there());
        let code = released.cell(s.class, s.column);
        let others = fitting.of(s.column, code, &released.columns[s.column].cells[num::index(code)]);
        let mut both = Both { original: &originals[s.column], cells: &cells, seen: [false; 2] };
        if others.iter().any(|&row| both.add(row)) {
            both.seen = [false; 2];
            (0..rows_of(s.class)).any(|_| both.add(others[draws.below(others.len())]));
            by_control += u64::from(both.are_there());
        }
        step();
    }
    let right = Share::new(right, num::count(statements.len()));
    // Nobody held back, nobody to compare with.
    let control = Share::new(by_control, if control.is_empty() { 0 } else { right.trials });
    Downcoding {
        minimality: knowledge.minimality,
        general_cells,
        finer_cells,
        finer_rows,
        exact: knowledge.origins.is_some(),
        excess: Excess::new(&right, &control),
        right,
        control,
    }
}

/// What a cell can be made of.
enum Finer<'m> {
    Two([&'m str; 2]),
    More,
}

impl<'m> Finer<'m> {
    /// None if the cell cannot be finer.
    fn of(cell: &Cell<'m>, meaning: Option<&'m Meaning>) -> Option<Self> {
        let label = cell.label?;
        if let Some(ends) = ends(label) {
            return (ends[0] != ends[1]).then_some(Finer::Two(ends));
        }
        let finer = meaning.and_then(|m| m.finer(label));
        match finer {
            Some(finer) if finer.len() == 2 => {
                let mut both = finer.iter().map(String::as_str);
                Some(Finer::Two([both.next()?, both.next()?]))
            }
            Some(finer) if finer.len() < 2 => None,
            Some(_) => Some(Finer::More),
            None => cell.is_general().then_some(Finer::More),
        }
    }
}

/// The ends of a closed range `[a, b]`: the least and the largest of its rows, or of the cells that they are in.
fn ends(label: &str) -> Option<[&str; 2]> {
    let inner = label.strip_prefix('[')?.strip_suffix(']')?;
    let mut depth = 0i32;
    let separator = inner.char_indices().find(|&(at, c)| {
        depth += i32::from(c == '[') - i32::from(matches!(c, ']' | ')'));
        depth == 0 && inner[at..].starts_with(", ")
    });
    let (at, _) = separator?;
    Some([&inner[..at], &inner[at + 2..]])
}

/// Which of two cells were seen.
struct Both<'a, 't> {
    original: &'a Original<'t>,
    cells: &'a [Cell<'a>; 2],
    seen: [bool; 2],
}

impl Both<'_, '_> {
    /// Adds the value of `row`; says whether both were seen now.
    fn add(&mut self, row: usize) -> bool {
        let value = self.original.value(row);
        for (seen, cell) in self.seen.iter_mut().zip(self.cells) {
            *seen |= cell.holds(value);
        }
        self.are_there()
    }

    fn are_there(&self) -> bool {
        self.seen == [true; 2]
    }
}

/// Rows of the control whose value a cell holds.
struct Fitting<'a, 't> {
    control: &'a [usize],
    originals: &'a [Original<'t>],
    of_cell: HashMap<(usize, u32), Rc<[usize]>>,
}

impl Fitting<'_, '_> {
    fn of(&mut self, column: usize, code: u32, cell: &Cell<'_>) -> Rc<[usize]> {
        let (control, original) = (self.control, &self.originals[column]);
        let found = || control.iter().copied().filter(|&row| cell.holds(original.value(row))).collect();
        self.of_cell.entry((column, code)).or_insert_with(found).clone()
    }
}
