//! The class of each row, as a number.

use super::{Codes, KeyIndex, Layout, PackedKey, Wide, pack};
use crate::table::Column;

/// The class of each row: rows that are equal on all `columns`, numbered by first occurrence.
pub(crate) fn class_numbers(columns: &[&Column], rows: usize) -> Vec<u32> {
    let sizes: Vec<usize> = columns.iter().map(|c| c.dictionary_len()).collect();
    let layout = Layout::new(&sizes);
    match layout.words() {
        0 | 1 => by_key::<u64>(columns, rows, &layout),
        2 => by_key::<u128>(columns, rows, &layout),
        3..=16 => by_key::<Wide<16>>(columns, rows, &layout),
        // Too wide for one key: the classes of one half are a column beside the other half.
        _ => {
            let (some, others) = columns.split_at(columns.len() / 2);
            let some = class_numbers(some, rows);
            let others = class_numbers(others, rows);
            let classes = |numbers: &[u32]| numbers.iter().max().map_or(0, |&n| crate::num::index(n) + 1);
            let layout = Layout::new(&[classes(&some), classes(&others)]);
            let mut index = KeyIndex::<u64>::with_capacity(1024);
            let key =
                |(&a, &b): (&u32, &u32)| u64::of(layout.fields()[0], a).or(u64::of(layout.fields()[1], b));
            some.iter().zip(&others).map(|pair| index.insert(key(pair))).collect()
        }
    }
}

fn by_key<K: PackedKey>(columns: &[&Column], rows: usize, layout: &Layout) -> Vec<u32> {
    let packing: Vec<Vec<K>> = columns
        .iter()
        .zip(layout.fields())
        .map(|(column, &field)| {
            (0u32..).take(column.dictionary_len()).map(|code| K::of(field, code)).collect()
        })
        .collect();
    let codes: Vec<Codes<'_>> = columns.iter().map(|c| Codes::U32(c.codes())).collect();
    let mut index = KeyIndex::with_capacity(1024);
    let mut numbers = Vec::with_capacity(rows);
    let mut keys = [K::ZERO; BLOCK];
    for start in (0..rows).step_by(BLOCK) {
        let keys = &mut keys[..(rows - start).min(BLOCK)];
        pack(&packing, &codes, start, keys);
        numbers.extend(keys.iter().map(|&key| index.insert(key)));
    }
    numbers
}

/// Rows whose keys are made at a time.
const BLOCK: usize = 1024;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn equal_rows_have_one_number_by_first_occurrence_however_wide_they_are() {
        // From a bit to more than sixteen words.
        for width in [1, 3, 9, 40, 200] {
            let columns: Vec<Column> = (0..width)
                .map(|c| {
                    Column::from_values((0..300).map(|r| format!("{}", (r % 60) * (c + 1) % 97))).unwrap()
                })
                .collect();
            let numbers = class_numbers(&columns.iter().collect::<Vec<_>>(), 300);
            let mut seen: HashMap<Vec<u32>, u32> = HashMap::new();
            for (row, &number) in numbers.iter().enumerate() {
                let tuple: Vec<u32> = columns.iter().map(|c| c.codes()[row]).collect();
                let next = u32::try_from(seen.len()).unwrap();
                assert_eq!(number, *seen.entry(tuple).or_insert(next));
            }
        }
        assert_eq!(class_numbers(&[], 3), [0, 0, 0]);
    }
}
