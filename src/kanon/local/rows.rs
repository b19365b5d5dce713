//! From drafts to classes, and from classes to rows.

use std::collections::BTreeMap;

use super::{
    code,
    drafts::Drafts,
    ground::{Ground, ranks},
    rules::Rules,
};
use crate::{num, table::Column};

/// Places of the classes, sorted, and for each atom its shares as (class, rows).
pub(super) type Classes = (Vec<Vec<u32>>, Vec<Vec<(u32, u32)>>);

/// The classes that drafts have become; drafts of one place are one class.
pub(super) fn classes<R: Rules>(drafts: &Drafts<'_, R>) -> Classes {
    let held = || drafts.all.iter().skip(1).filter(|d| d.rows > 0);
    let mut number: BTreeMap<&[u32], u32> = held().map(|d| (&d.place[..], 0)).collect();
    for (i, slot) in number.values_mut().enumerate() {
        *slot = code(i);
    }
    let mut shares: Vec<Vec<(u32, u32)>> = vec![Vec::new(); drafts.ground.len()];
    for draft in held() {
        let class = number[&draft.place[..]];
        for &(atom, rows) in &draft.atoms {
            let shares = &mut shares[num::index(atom)];
            match shares.iter_mut().find(|s| s.0 == class) {
                Some(share) => share.1 += rows,
                None => shares.push((class, rows)),
            }
        }
    }
    shares.iter_mut().for_each(|s| s.sort_unstable());
    (number.into_keys().map(<[u32]>::to_vec).collect(), shares)
}

/// The class of each row.
pub(super) fn share_out(ground: &Ground, shares: &[Vec<(u32, u32)>], others: &[&Column]) -> Vec<Option<u32>> {
    let rows_of = ground.rows();
    let whole = |atom: usize| match shares[atom][..] {
        [(class, rows)] if rows == rows_of[atom] => Some(Some(class)),
        [] => Some(None),
        _ => None,
    };
    let mut class_of_row = vec![None; ground.atom_of_row().len()];
    let mut divided: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (row, &atom) in (0u32..).zip(ground.atom_of_row()) {
        match whole(num::index(atom)) {
            Some(class) => class_of_row[num::index(row)] = class,
            None => divided.entry(atom).or_default().push(row),
        }
    }
    if divided.is_empty() {
        return class_of_row;
    }
    // Rows of a divided atom in an order that what they hold decides, and that says nothing about it.
    let ranks: Vec<Vec<u32>> = others.iter().map(|c| ranks(c)).collect();
    let content = |row: u32| -> Vec<u32> {
        others.iter().zip(&ranks).map(|(c, r)| r[num::index(c.codes()[num::index(row)])]).collect()
    };
    for (atom, rows) in divided {
        let mut keyed: Vec<(u64, Vec<u32>, u32)> = rows
            .into_iter()
            .map(|row| {
                let content = content(row);
                let mixed =
                    content.iter().fold(MIX, |h, &c| (h ^ u64::from(c)).wrapping_mul(MIX).rotate_left(31));
                (mixed, content, row)
            })
            .collect();
        keyed.sort_unstable();
        let mut next = keyed.into_iter();
        for &(class, rows) in &shares[num::index(atom)] {
            for (_, _, row) in next.by_ref().take(num::index(rows)) {
                class_of_row[num::index(row)] = Some(class);
            }
        }
    }
    class_of_row
}

/// An odd constant with well spread bits, from splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
const MIX: u64 = 0xbf58_476d_1ce4_e5b9;
