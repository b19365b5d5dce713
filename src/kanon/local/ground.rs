//! Rows as atoms: what is alike for the search is one thing with a number of rows.
//!
//! An atom is a tuple of quasi-identifying values together with the counted values (sensitive columns of
//! models, persons). Atoms are sorted by what they hold, not by where their rows stand, so that the order of
//! rows changes nothing.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use super::{code, space::Space};
use crate::{kanon::model::Whole, num, table::Column};

/// The atoms of a table.
#[derive(Debug)]
pub(crate) struct Ground {
    width: usize,
    counted: usize,
    places: Vec<u32>,
    values: Vec<u32>,
    rows: Vec<u32>,
    atom_of_row: Vec<u32>,
}

/// A column whose values models count.
#[derive(Debug)]
pub(crate) struct CountedColumn<'a> {
    pub(crate) column: &'a Column,
    /// The number of each code of its dictionary that does not depend on the order of rows.
    pub(crate) codes: Vec<u32>,
    /// Its distribution in all rows; none for persons.
    pub(crate) whole: Option<Whole>,
}

impl Ground {
    /// The atoms of `rows` rows.
    pub(crate) fn new(space: &Space, quasi: &[&Column], counted: &[CountedColumn<'_>], rows: usize) -> Self {
        // What each dictionary code becomes: a node, or the number that models know it by.
        let mut maps: Vec<Vec<u32>> = Vec::with_capacity(quasi.len() + counted.len());
        for (i, column) in quasi.iter().enumerate() {
            maps.push((0..code(column.dictionary_len())).map(|c| space.leaf(i, c)).collect());
        }
        maps.extend(counted.iter().map(|c| c.codes.clone()));
        let columns: Vec<&Column> = quasi.iter().copied().chain(counted.iter().map(|c| c.column)).collect();
        let (cells, row_of_atom, atom_of_row) = distinct(&columns, &maps, rows);

        let (wide, width) = (columns.len(), quasi.len());
        let cell = |atom: u32| &cells[num::index(atom) * wide..][..wide];
        let mut order: Vec<u32> = (0..code(row_of_atom.len())).collect();
        order.sort_unstable_by(|&a, &b| cell(a).cmp(cell(b)));
        let mut new = vec![0; order.len()];
        for (at, &old) in (0u32..).zip(&order) {
            new[num::index(old)] = at;
        }
        let atom_of_row: Vec<u32> = atom_of_row.into_iter().map(|a| new[num::index(a)]).collect();
        let mut rows_of_atom = vec![0; order.len()];
        for &atom in &atom_of_row {
            rows_of_atom[num::index(atom)] += 1;
        }
        Ground {
            width,
            counted: counted.len(),
            places: order.iter().flat_map(|&a| cell(a)[..width].iter().copied()).collect(),
            values: order.iter().flat_map(|&a| cell(a)[width..].iter().copied()).collect(),
            rows: rows_of_atom,
            atom_of_row,
        }
    }

    /// Number of atoms.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rows of each atom.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Places of all atoms, end to end.
    pub(super) fn places(&self) -> &[u32] {
        &self.places
    }

    /// The quasi-identifying values of an atom.
    #[inline]
    pub(crate) fn place(&self, atom: u32) -> &[u32] {
        &self.places[num::index(atom) * self.width..][..self.width]
    }

    /// The counted values of an atom.
    pub(crate) fn values(&self, atom: u32) -> &[u32] {
        &self.values[num::index(atom) * self.counted..][..self.counted]
    }

    /// The atom of each row.
    pub(crate) fn atom_of_row(&self) -> &[u32] {
        &self.atom_of_row
    }
}

/// The distinct rows of mapped columns: their cells end to end, a row of each, and the number of each row.
fn distinct(columns: &[&Column], maps: &[Vec<u32>], rows: usize) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let mut cells: Vec<u32> = Vec::new();
    let mut row_of: Vec<u32> = Vec::new();
    let mut of_row = Vec::with_capacity(rows);
    let wide = columns.len();
    // Numbers are by first occurrence whatever the hash, so a drawn multiplier changes no result, and keeps
    // crafted tables from colliding on purpose.
    let multiplier = RandomState::new().build_hasher().finish() | 1;
    let mut slots = vec![NONE; 1024];
    let mut hashes: Vec<u64> = Vec::new();
    let mut row = vec![0; wide];
    for r in 0..rows {
        let mut hash = multiplier;
        for ((cell, column), map) in row.iter_mut().zip(columns).zip(maps) {
            *cell = map[num::index(column.codes()[r])];
            hash = (hash ^ u64::from(*cell)).wrapping_mul(multiplier).rotate_left(29);
        }
        hash ^= hash >> 32;
        let mut at = slot(hash, slots.len());
        let number = loop {
            match slots[at] {
                NONE => {
                    let number = code(row_of.len());
                    slots[at] = number;
                    cells.extend_from_slice(&row);
                    row_of.push(code(r));
                    hashes.push(hash);
                    break number;
                }
                n if hashes[num::index(n)] == hash && cells[num::index(n) * wide..][..wide] == row[..] => {
                    break n;
                }
                _ => at = (at + 1) & (slots.len() - 1),
            }
        };
        of_row.push(number);
        if row_of.len() * 2 > slots.len() {
            let mut larger = vec![NONE; slots.len() * 2];
            for (n, &hash) in (0u32..).zip(&hashes) {
                let mut at = slot(hash, larger.len());
                while larger[at] != NONE {
                    at = (at + 1) & (larger.len() - 1);
                }
                larger[at] = n;
            }
            slots = larger;
        }
    }
    (cells, row_of, of_row)
}

#[allow(clippy::cast_possible_truncation, reason = "masked to the number of slots")]
fn slot(hash: u64, slots: usize) -> usize {
    hash as usize & (slots - 1)
}

/// The place of each code when the values of the dictionary are sorted; missing comes first.
pub(super) fn ranks(column: &Column) -> Vec<u32> {
    let values: Vec<&str> = column.dictionary().collect();
    let mut order: Vec<u32> = (0..code(values.len())).collect();
    order.sort_by_key(|&c| (Some(c) != column.missing_code(), values[num::index(c)]));
    let mut ranks = vec![0; values.len()];
    for (rank, &c) in (0u32..).zip(&order) {
        ranks[num::index(c)] = rank;
    }
    ranks
}

/// An empty slot.
const NONE: u32 = u32::MAX;
