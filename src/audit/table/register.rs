//! Register linkage: whose entry in a register fits at most two released rows?
//!
//! Who is in the register need not be in the data: of one with few members hardly an entry could be linked, whatever leaves. So
//! it says which columns an attacker has, and measured are members and people of the control alike, as if they were in it.
//! What its own entries come to is for information.

use std::{collections::HashMap, rc::Rc};

use super::{
    cell::Value,
    people::People,
    released::{Held, Original, Released, Wanted},
    report::Measured,
    share::Share,
};
use crate::{num, table::Table};

/// What a register of persons finds.
///
/// An entry is linked if at least one and at most two released rows fit it in the columns that both have: one in two is
/// right then. Who is in the register need not be in the data, and the attacker does not know who is; so these shares are for
/// information, and the attack `register_linkage` is measured on members, as if they were in the register.
///
/// # Examples
/// ```
/// # use incog::{audit::table::{Attacker, ControlSplit}, table::{Column, Table}};
/// # let ages = Column::from_values((0..400).map(|i| (20 + i % 50).to_string()))?;
/// # let table = Table::new([("age", ages)])?;
/// # let split = ControlSplit::keyed(&[7; 32], 0.5, &table, None)?;
/// # let ages = Column::from_values(split.members().iter().map(|_| "[20, 70)"))?;
/// # let released = Table::new([("age", ages)])?;
/// let voters = Table::new([
///     ("name", Column::from_values(["Ada", "Bo"])?),
///     ("age", Column::from_values(["34", "71"])?),
/// ])?;
/// let attacker = Attacker::builder(&released, &table, &split).known(["age"]).register(&voters).build()?;
/// let found = attacker.run(&|_, _, _| {}).register.expect("a register was given");
/// assert_eq!((found.entries, found.columns), (2, vec!["age".to_owned()]));
/// // Of [20, 70) there are too many rows to link one, and nobody is 71.
/// assert_eq!((found.after.hits, found.without_row.hits), (0, 1));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RegisterFigures {
    /// Entries.
    pub entries: u64,
    /// The columns that register and release have in common.
    pub columns: Vec<String>,
    /// Entries linked to few of the original rows: what a copy of the table would give away.
    pub before: Share,
    /// Entries linked to few released rows.
    pub after: Share,
    /// The same for people who are not in the release, as if they were in the register.
    pub control: Share,
    /// Entries that no released row fits.
    pub without_row: Share,
}

/// `columns` are the places of the common columns among the known ones.
pub(super) fn measure(
    released: &Released<'_>,
    (people, originals): (&People<'_, '_>, &[Original<'_>]),
    (register, entries): (&Table, &[usize]),
    columns: Vec<(usize, String)>,
    (members, control): (&[usize], &[usize]),
    step: &mut dyn FnMut(),
) -> (Measured, RegisterFigures) {
    let (mut before, mut after, mut without_row) = (0, 0, 0);
    let names: Vec<&str> = columns.iter().map(|(_, name)| name.as_str()).collect();
    let places: Vec<usize> = columns.iter().map(|(place, _)| *place).collect();
    // What holds a value of the register, by its code there.
    let mut known: HashMap<(usize, u32), Rc<Held>> = HashMap::new();
    for &entry in entries {
        let values: Vec<Value<'_>> =
            names.iter().map(|name| Value::new(register.get(name).and_then(|c| c.cell(entry)))).collect();
        let mut wanted = |(name, (&place, value)): (&&str, (&usize, &Value<'_>))| -> Wanted {
            let code = register.get(name).map_or(0, |column| column.codes()[entry]);
            let held = known
                .entry((place, code))
                .or_insert_with(|| released.held(place, released.columns[place].holding(value).into()));
            (place, held.clone())
        };
        let wanted: Vec<Wanted> = names.iter().zip(places.iter().zip(&values)).map(&mut wanted).collect();
        let rows = released.rows_in(&released.candidates(&wanted));
        after += u64::from(is_few(rows));
        without_row += u64::from(rows == 0);
        let told: Vec<(usize, Value<'_>)> = places.iter().copied().zip(values).collect();
        before += u64::from(is_few(people.fitting(&told, FEW + 1)));
        step();
    }
    let mut linked = |rows: &[usize]| {
        let hits = rows.iter().filter(|&&row| {
            step();
            is_few(released.rows_in(&released.candidates(&released.wanted(&places, originals, row))))
        });
        Share::new(num::count(hits.count()), num::count(rows.len()))
    };
    let (members, control) = (linked(members), linked(control));
    let of_entries = |hits| Share::new(hits, num::count(entries.len()));
    let figures = RegisterFigures {
        entries: num::count(register.rows()),
        columns: columns.into_iter().map(|(_, name)| name).collect(),
        before: of_entries(before),
        after: of_entries(after),
        control,
        without_row: of_entries(without_row),
    };
    (Measured::new("register_linkage", members, figures.control), figures)
}

fn is_few(rows: usize) -> bool {
    (1..=FEW).contains(&rows)
}

/// One in two is right.
const FEW: usize = 2;
