//! Singling out: do the cells of a released row, taken together, fit exactly one member?
//!
//! \[GHAC23\], section 3.2 and 4.1, multivariate: an attacker writes a predicate from a record that was released and claims
//! that it fits one person. Here a predicate takes all cells of a row in the columns that attackers may know, so it fits
//! the person of the row whenever the release is truthful; what is measured is whether it fits nobody else.
//!
//! The control is an attacker without the release, who writes predicates of the same columns and the same coarseness about
//! other people: for a person of the control a released row is drawn, and of the released cells that hold each value of
//! the person, the one that stands for as many values as that row's or the fewest more, as far as there is one, so that a
//! control is rather too weak than too strong; or the value itself if none holds it. Both kinds are tried on the same
//! members. (\[GHAC23\] try the same predicates on the control instead, and correct for its
//! size by a model; a control of a tenth leaves little to correct with.) If the release is independent of the members,
//! both kinds succeed equally often.
//!
//! Not covered: predicates that cut a class by a coin of their own, such as a hash of other columns, which single out by
//! weight alone (\[CN20\] show that k-anonymity does not rule them out).

use super::{
    cell::{Cell, Cells},
    draw::Draws,
    people::{People, Told},
    released::{Original, Released},
    report::Measured,
    share::Share,
};
use crate::num;

/// Predicates over the first `columns` columns of the release.
pub(super) fn measure(
    name: &str,
    released: &Released<'_>,
    (people, originals): (&People<'_, '_>, &[Original<'_>]),
    (members, control): (usize, &[usize]),
    (samples, draws): (usize, &mut Draws),
    step: &mut dyn FnMut(),
) -> Measured {
    let columns = &released.columns;
    let rows = draws.sample((0..released.rows).collect(), samples);
    let mut hits = 0;
    for &row in &rows {
        let cell = |c: &'_ Cells<'_>| c.column.codes()[row];
        let cells: Vec<Told<'_, '_>> =
            columns.iter().map(|c| (Some(cell(c)), &c.cells[num::index(cell(c))])).collect();
        hits += u64::from(people.isolated_by(&cells));
        step();
    }
    // Whoever gets no rows writes no predicate, and each attempt fails.
    let attempts = if released.rows == 0 { members.min(samples) } else { rows.len() };
    let attack = Share::new(hits, num::count(attempts));

    let mut hits = 0;
    for &row in control.iter().take(samples) {
        let own: Vec<Cell<'_>> = originals.iter().map(|o| Cell::own(o.value(row).text)).collect();
        let like = if released.rows == 0 { 0 } else { draws.below(released.rows) };
        let cells: Vec<Told<'_, '_>> = (0..columns.len())
            .map(|i| {
                let code = originals[i].column.codes()[row];
                let holding = columns[i].holding_code(code, originals[i].value(row));
                let spread = |code: u32| people.spread(i, code, &columns[i].cells[num::index(code)]);
                let of = |code: u32| {
                    let (here, there) = (spread(code), spread(columns[i].column.codes()[like]));
                    (here < there, here.abs_diff(there))
                };
                let nearest = holding.iter().copied().min_by_key(|&code| of(code));
                nearest.map_or((None, &own[i]), |code| (Some(code), &columns[i].cells[num::index(code)]))
            })
            .collect();
        hits += u64::from(people.isolated_by(&cells));
        step();
    }
    Measured::new(name, attack, Share::new(hits, num::count(control.len().min(samples))))
}
