//! Who attacks what, with which knowledge.

use std::collections::HashMap;

use super::{
    AttackReport, ControlSplit, Meaning,
    cell::Cells,
    downcoding::{self, Knowledge, Minimality},
    draw::Draws,
    homogeneity, identifiers,
    inference::{self, Sensitive},
    linkability,
    people::People,
    register,
    released::{Original, Released},
    singling_out,
};
use crate::{
    error::{Error, ErrorKind, Result},
    num,
    table::{Column, Table},
};

/// An attack that can be asked for.
///
/// # Examples
/// ```
/// # use incog::{audit::table::ControlSplit, table::{Column, Table}};
/// use incog::audit::table::{AttackKind, Attacker};
/// # let table = Table::new([("age", Column::from_values((0..100).map(|i| (i % 9).to_string()))?)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let released = table.select(split.members());
/// let attacker = Attacker::builder(&released, &table, &split).known(["age"]).attacks([AttackKind::SinglingOut]);
/// let report = attacker.build()?.run(&|_, _, _| {});
/// let tried: Vec<String> = report.attacks.iter().map(|attack| attack.title()).collect();
/// assert_eq!(tried, ["singling out"]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AttackKind {
    /// Cells of a released row that fit one member.
    SinglingOut,
    /// Two registers that lead to one row.
    Linkability,
    /// A sensitive value that follows from the others.
    Inference,
}

/// Attacks on a released table, ready to run.
///
/// # Examples
/// ```
/// # use incog::{audit::table::ControlSplit, table::{Column, Table}};
/// use incog::audit::table::Attacker;
/// # let ages = Column::from_values((0..200).map(|i| (i % 9).to_string()))?;
/// # let ill = Column::from_values((0..200).map(|i| ["flu", "none"][i % 2]))?;
/// # let table = Table::new([("age", ages), ("ill", ill)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let released = table.select(split.members());
/// let attacker = Attacker::builder(&released, &table, &split).known(["age"]).sensitive(["ill"]).build()?;
/// let report = attacker.run(&|attack, done, of| eprintln!("{attack}: {done} of {of}"));
/// assert_eq!(report, attacker.run(&|_, _, _| {}), "whom it attacks is drawn by a key, not by chance");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct Attacker<'t>(AttackerBuilder<'t>);

/// Collects what an attacker has; see [`Attacker::builder`].
///
/// # Examples
/// ```
/// # use incog::{audit::table::ControlSplit, table::{Column, Table}};
/// use incog::audit::table::{Attacker, Meaning};
/// # let wards = Column::from_values((0..200).map(|i| ["A1", "A2", "B1", "B2"][i % 4]))?;
/// # let ill = Column::from_values((0..200).map(|i| ["flu", "none"][i % 2]))?;
/// # let table = Table::new([("ward", wards), ("ill", ill)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let members = table.select(split.members());
/// # let houses = Column::from_values(split.members().iter().map(|row| ["north", "south"][row % 4 / 2]))?;
/// # let released = Table::new([("ward", houses), ("ill", members.column("ill")?.clone())])?;
/// let builder = Attacker::builder(&released, &table, &split).known(["ward"]).sensitive(["ill"]).samples(1000);
/// // Without this, nobody knows that a patient of A1 is in a row of "north".
/// let houses = Meaning::default().group("north", ["A1", "A2"]).group("south", ["B1", "B2"]);
/// let report = builder.meaning("ward", houses).build()?.run(&|_, _, _| {});
/// assert!(report.opaque_rows.is_empty());
/// # Ok::<(), incog::Error>(())
/// ```
pub struct AttackerBuilder<'t> {
    released: &'t Table,
    original: &'t Table,
    split: &'t ControlSplit,
    known: Vec<String>,
    sensitive: Vec<String>,
    person: Option<String>,
    meanings: HashMap<String, Meaning>,
    register: Option<&'t Table>,
    kinds: Vec<AttackKind>,
    samples: usize,
    few: u32,
    minimality: Option<Minimality>,
    origins: Option<Vec<usize>>,
    key: [u8; 32],
}

impl<'t> Attacker<'t> {
    /// Attacks on `released`, which was made from the members of `split` in `original`. Columns have the same names in
    /// both.
    #[must_use]
    pub fn builder(released: &'t Table, original: &'t Table, split: &'t ControlSplit) -> AttackerBuilder<'t> {
        AttackerBuilder {
            released,
            original,
            split,
            known: Vec::new(),
            sensitive: Vec::new(),
            person: None,
            meanings: HashMap::new(),
            register: None,
            kinds: vec![AttackKind::SinglingOut, AttackKind::Linkability, AttackKind::Inference],
            samples: SAMPLES,
            few: FEW,
            minimality: None,
            origins: None,
            key: [0; 32],
        }
    }

    /// Tries the attacks. The same key and tables give the same report. `progress` hears what is tried, and how far it is.
    ///
    /// # Guarantee
    /// For all tables, empty ones and those of equal rows included, every figure is a number.
    #[must_use]
    pub fn run(&self, progress: &dyn Fn(&str, u64, u64)) -> AttackReport {
        let Attacker(a) = self;
        let cells = |name: &String| Cells::new(column(a.released, name), a.meanings.get(name));
        let originals: Vec<Original<'t>> =
            a.known.iter().map(|n| Original::new(column(a.original, n))).collect();
        let released = Released::new(a.known.iter().map(cells).collect(), a.released.rows());
        let people = People::new(&originals, a.split.members(), a.person.as_deref(), a.original);

        let (members, control) = (self.targets(a.split.members()), self.targets(a.split.control()));
        let (everyone, held_back) = (members.len(), control.len());
        let members = Draws::new(&a.key, "members").sample(members, a.samples);
        let control = Draws::new(&a.key, "control").sample(control, a.samples);
        let both = (members.as_slice(), control.as_slice());
        let total = num::count(members.len() + control.len());

        let mut attacks = Vec::new();
        let steps = |name: &'static str, total: u64| {
            let mut done = 0;
            move || {
                done += 1;
                if done % 64 == 0 {
                    progress(name, done, total);
                }
            }
        };
        for kind in &a.kinds {
            match kind {
                AttackKind::SinglingOut => {
                    let draws = &mut Draws::new(&a.key, "singling out");
                    let step = &mut steps("singling out", total);
                    let targets = (everyone, both.1);
                    let with = (&people, originals.as_slice());
                    let name = "singling_out";
                    attacks.push(singling_out::measure(
                        name,
                        &released,
                        with,
                        targets,
                        (a.samples, draws),
                        step,
                    ));
                    if !a.sensitive.is_empty() {
                        let measured = self.with_sensitive(targets, draws, step);
                        attacks.push(measured.for_information());
                    }
                }
                AttackKind::Linkability => {
                    let draws = &mut Draws::new(&a.key, "linkability");
                    let step = &mut steps("linkability", total);
                    let measured = linkability::measure(&released, &originals, both, draws, step);
                    // With one column there is no second register, and nothing could have been linked.
                    let is_tried = originals.len() > 1;
                    attacks.push(if is_tried { measured } else { measured.for_information() });
                }
                AttackKind::Inference => {
                    for name in &a.sensitive {
                        let original = Original::new(column(a.original, name));
                        let sensitive = Sensitive { name, cells: &cells(name), original: &original };
                        let step = &mut steps("inference", total);
                        attacks.push(inference::measure(&released, &originals, &sensitive, both, step));
                    }
                }
            }
        }
        let mut figures = None;
        if let Some(table) = a.register {
            let entries = Draws::new(&a.key, "register").sample((0..table.rows()).collect(), a.samples);
            let step = &mut steps("register linkage", total + num::count(entries.len()));
            let with = (&people, originals.as_slice());
            let (measured, of_register) =
                register::measure(&released, with, (table, &entries), self.common(table), both, step);
            attacks.push(measured);
            figures = Some(of_register);
        }
        let downcoding = a.minimality.map(|minimality| {
            let meanings = a.known.iter().map(|name| a.meanings.get(name)).collect();
            let knowledge = Knowledge { minimality, meanings, origins: a.origins.as_deref() };
            let with = (&people, originals.as_slice());
            let draws = &mut Draws::new(&a.key, "downcoding");
            let step = &mut steps("downcoding", total);
            downcoding::measure(&released, with, &knowledge, a.split.control(), (a.samples, draws), step)
        });
        let opaque = |name: &String| {
            let rows = cells(name).opaque_rows(column(a.original, name));
            (rows > 0).then(|| (name.clone(), rows))
        };
        AttackReport {
            rows: num::count(a.released.rows()),
            members: num::count(everyone),
            control: num::count(held_back),
            samples: num::count(a.samples),
            known: a.known.clone(),
            sensitive: a.sensitive.clone(),
            attacks,
            register: figures,
            homogeneity: a
                .sensitive
                .iter()
                .map(|name| homogeneity::measure(&released, name, &cells(name)))
                .collect(),
            downcoding,
            few: u64::from(a.few),
            identifiers: identifiers::find(a.released, a.person.as_deref(), a.few),
            opaque_rows: a.known.iter().filter_map(opaque).collect(),
        }
    }

    /// Singling out by the sensitive columns, too.
    fn with_sensitive(
        &self,
        targets: (usize, &[usize]),
        draws: &mut Draws,
        step: &mut dyn FnMut(),
    ) -> super::Measured {
        let Attacker(a) = self;
        let names = || a.known.iter().chain(&a.sensitive);
        let cells = names().map(|name| Cells::new(column(a.released, name), a.meanings.get(name)));
        let released = Released::new(cells.collect(), a.released.rows());
        let originals: Vec<Original<'t>> =
            names().map(|name| Original::new(column(a.original, name))).collect();
        let people = People::new(&originals, a.split.members(), a.person.as_deref(), a.original);
        let with = (&people, originals.as_slice());
        let name = "singling_out_with_sensitive";
        singling_out::measure(name, &released, with, targets, (a.samples, draws), step)
    }

    /// One row of each person among `rows`, drawn.
    fn targets(&self, rows: &[usize]) -> Vec<usize> {
        let Attacker(a) = self;
        let Some(column) = a.person.as_deref().and_then(|name| a.original.get(name)) else {
            return rows.to_vec();
        };
        let mut draws = Draws::new(&a.key, "rows of persons");
        let mut seen: HashMap<u32, (usize, usize)> = HashMap::new();
        let mut targets = Vec::new();
        for &row in rows {
            let next = targets.len();
            let (place, rows) = seen.entry(column.codes()[row]).or_insert((next, 0));
            *rows += 1;
            if *rows == 1 {
                targets.push(row);
            } else if draws.below(*rows) == 0 {
                targets[*place] = row;
            }
        }
        targets
    }

    /// The known columns that `register` has, by their places.
    fn common(&self, register: &Table) -> Vec<(usize, String)> {
        let known = self.0.known.iter().enumerate();
        known.filter(|(_, name)| register.get(name).is_some()).map(|(i, name)| (i, name.clone())).collect()
    }
}

impl<'t> AttackerBuilder<'t> {
    /// Columns that an attacker may know of a person: quasi-identifying ones, and whatever else is not sensitive.
    #[must_use]
    pub fn known<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.known.extend(names.into_iter().map(Into::into));
        self
    }

    /// Columns that an attacker wants.
    #[must_use]
    pub fn sensitive<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.sensitive.extend(names.into_iter().map(Into::into));
        self
    }

    /// The column of the original that tells persons apart; without it each row is one.
    #[must_use]
    pub fn person(mut self, name: impl Into<String>) -> Self {
        self.person = Some(name.into());
        self
    }

    /// What names in the released cells of `column` stand for.
    #[must_use]
    pub fn meaning(mut self, column: impl Into<String>, meaning: Meaning) -> Self {
        self.meanings.insert(column.into(), meaning);
        self
    }

    /// A register of persons, with some of the known columns. It says what an attacker has of each: members and control are linked
    /// by these columns, as if they were in it.
    #[must_use]
    pub fn register(mut self, register: &'t Table) -> Self {
        self.register = Some(register);
        self
    }

    /// Only these attacks, beside that by a register; all three if not called.
    #[must_use]
    pub fn attacks(mut self, kinds: impl IntoIterator<Item = AttackKind>) -> Self {
        self.kinds = kinds.into_iter().collect();
        self
    }

    /// At most so many attempts on each side, 5,000 if not called. The time of an attack grows with it, and so, with its
    /// root, does what the interval leaves open fall.
    #[must_use]
    pub fn samples(mut self, samples: usize) -> Self {
        self.samples = samples.max(1);
        self
    }

    /// In what the recipient takes the release to be minimal: downcoding is tried. Not if not called.
    #[must_use]
    pub fn minimality(mut self, minimality: Minimality) -> Self {
        self.minimality = Some(minimality);
        self
    }

    /// The original row that each released row was made from, where whoever tries the attacks knows it. It decides on whether
    /// downcoding is right; without it, everybody whom a class fits counts for it.
    #[must_use]
    pub fn origins(mut self, rows: impl IntoIterator<Item = usize>) -> Self {
        self.origins = Some(rows.into_iter().collect());
        self
    }

    /// Values that fewer rows than this have are near-unique, 5 if not called; 2 is those that stand alone.
    #[must_use]
    pub fn few(mut self, few: u32) -> Self {
        self.few = few.max(2);
        self
    }

    /// What draws whom to attack; all zero if not called.
    #[must_use]
    pub fn key(mut self, key: [u8; 32]) -> Self {
        self.key = key;
        self
    }

    /// The attacks, if there is something to know.
    ///
    /// # Errors
    /// `Parameter` if no known column is named, or one is named twice; `Refused` if a column is not in both tables, or the
    /// register has none of the known ones.
    pub fn build(self) -> Result<Attacker<'t>> {
        if self.known.is_empty() {
            return Err(Error::new(
                ErrorKind::Parameter,
                "an attacker knows at least one column; name the quasi-identifying ones",
            ));
        }
        let names: Vec<&String> = self.known.iter().chain(&self.sensitive).collect();
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                return Err(Error::new(
                    ErrorKind::Parameter,
                    format!("column '{name}' is named twice; a column is either known or sensitive, once"),
                ));
            }
            self.released.column(name)?;
            self.original.column(name).map_err(|e| e.context("the original table"))?;
        }
        if let Some(person) = &self.person {
            self.original.column(person).map_err(|e| e.context("the original table"))?;
        }
        let rows = self.split.members().iter().chain(self.split.control());
        if rows.max().is_some_and(|&last| last >= self.original.rows()) {
            return Err(Error::new(
                ErrorKind::Parameter,
                "the split is of another table: it names rows beyond the last",
            ));
        }
        if let Some(origins) = &self.origins
            && (origins.len() != self.released.rows()
                || origins.iter().any(|&row| row >= self.original.rows()))
        {
            return Err(Error::new(
                ErrorKind::Parameter,
                format!(
                    "{} origins do not name a row of the original for each of {} released rows",
                    origins.len(),
                    self.released.rows()
                ),
            ));
        }
        let attacker = Attacker(self);
        if let Some(register) = attacker.0.register
            && attacker.common(register).is_empty()
        {
            let known: Vec<String> = attacker.0.known.iter().map(|n| format!("'{n}'")).collect();
            return Err(Error::new(
                ErrorKind::Refused,
                format!(
                    "the register has none of the columns {}; name its columns like them",
                    known.join(", ")
                ),
            ));
        }
        Ok(attacker)
    }
}

impl std::fmt::Debug for AttackerBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttackerBuilder")
            .field("known", &self.known)
            .field("sensitive", &self.sensitive)
            .finish_non_exhaustive()
    }
}

/// With so many attempts a side, the interval of a difference is at most 0.02 to each side.
const SAMPLES: usize = 5_000;
/// The upper end of the minimum frequencies of 3 to 5 that statistical offices ask of a cell of a table of counts.
const FEW: u32 = 5;

/// A column that the builder has looked for.
fn column<'t>(table: &'t Table, name: &str) -> &'t Column {
    table.get(name).expect("build() looked for it")
}
