//! How keys at one node of the lattice become keys at a coarser one.
//!
//! A chunk is mapped at once, by a table that is made for the two nodes:
//!
//! ```text
//!   key at `from`   [ chunk 2 | chunk 1 | chunk 0 ]
//!                       │          │         │          a table lookup each
//!   key at `to`     [ chunk 2 | chunk 1 | chunk 0 ]     or
//!   place           ( p2   x n1  + p1 ) x n0  + p0      mixed radix: 0 <= place < places()
//! ```
//!
//! Places are dense when the coarser node has few possible tuples; then counting needs no hash table.

use super::{Chunk, Field, Layout, PackedKey};
use crate::{kanon::hierarchy::Levels, num};

/// For each column, from codes of each level to codes of each coarser one.
#[derive(Debug)]
pub(crate) struct Steps {
    columns: Vec<ColumnSteps>,
}

#[derive(Debug)]
struct ColumnSteps {
    /// Number of codes of each level.
    codes: Vec<usize>,
    /// `tables[from][to - from]`.
    tables: Vec<Vec<Vec<u32>>>,
}

impl Steps {
    pub(crate) fn new<'l>(levels: impl IntoIterator<Item = &'l Levels>) -> Self {
        let columns = levels
            .into_iter()
            .map(|levels| {
                let all = 0..=levels.height();
                ColumnSteps {
                    codes: all.clone().map(|l| levels.level(l).labels().len()).collect(),
                    tables: all
                        .map(|from| (from..=levels.height()).map(|to| levels.step(from, to)).collect())
                        .collect(),
                }
            })
            .collect();
        Steps { columns }
    }

    /// Number of codes of `column` at `level`.
    pub(crate) fn codes(&self, column: usize, level: usize) -> usize {
        self.columns[column].codes[level]
    }

    /// What each code of `column` at level `from` becomes at level `to`.
    pub(crate) fn step(&self, column: usize, from: usize, to: usize) -> &[u32] {
        &self.columns[column].tables[from][to - from]
    }
}

/// From keys at one node to keys or places at a coarser one.
#[derive(Debug)]
pub(crate) struct Mapping {
    chunks: Vec<ChunkMapping>,
    /// None if it does not fit.
    places: Option<u64>,
}

#[derive(Debug)]
struct ChunkMapping {
    field: Field,
    /// The chunk's new content; empty if it stays as it is.
    content: Vec<u32>,
    /// The chunk's part of the place.
    place: Vec<u32>,
    /// Number of parts of places, and the new content of each.
    contents: Vec<u32>,
}

impl Mapping {
    /// From the node `from` to the node `to`, which is nowhere finer.
    pub(crate) fn new(layout: &Layout, steps: &Steps, from: &[usize], to: &[usize]) -> Self {
        let chunks: Vec<_> = layout.chunks().iter().map(|c| ChunkMapping::new(c, steps, from, to)).collect();
        let places = chunks
            .iter()
            .try_fold(1u64, |places, c| places.checked_mul(num::count(c.contents.len())))
            .filter(|&places| places <= u64::from(u32::MAX));
        Mapping { chunks, places }
    }

    /// Number of places, if there are at most `limit`.
    pub(crate) fn places(&self, limit: usize) -> Option<usize> {
        self.places.and_then(|p| usize::try_from(p).ok()).filter(|&p| p <= limit)
    }

    /// The key at the coarser node.
    pub(crate) fn key<K: PackedKey>(&self, key: K) -> K {
        self.chunks.iter().fold(K::ZERO, |coarse, chunk| {
            let content = key.get(chunk.field);
            let content = if chunk.content.is_empty() { content } else { chunk.content[num::index(content)] };
            coarse.or(K::of(chunk.field, content))
        })
    }

    /// The place at the coarser node of each of `keys`, one after the other. Only if there are [`places`](Self::places).
    pub(crate) fn for_each_place<K: PackedKey>(&self, keys: &[K], mut f: impl FnMut(usize, usize)) {
        // The usual numbers of chunks are unrolled; the tables then stay in registers.
        match &self.chunks[..] {
            [] => keys.iter().enumerate().for_each(|(i, _)| f(i, 0)),
            [a] => keys.iter().enumerate().for_each(|(i, key)| f(i, a.place_of(*key))),
            [a, b] => {
                let n = a.contents.len();
                keys.iter().enumerate().for_each(|(i, key)| f(i, b.place_of(*key) * n + a.place_of(*key)));
            }
            [a, b, c] => {
                let (n, m) = (a.contents.len(), b.contents.len());
                keys.iter().enumerate().for_each(|(i, key)| {
                    f(i, (c.place_of(*key) * m + b.place_of(*key)) * n + a.place_of(*key));
                });
            }
            chunks => keys.iter().enumerate().for_each(|(i, key)| {
                f(i, chunks.iter().rev().fold(0, |place, c| place * c.contents.len() + c.place_of(*key)));
            }),
        }
    }

    /// The key of `place`.
    pub(crate) fn key_at<K: PackedKey>(&self, place: u32) -> K {
        let mut key = K::ZERO;
        self.for_each_content_at(place, |chunk, content| {
            key = key.or(K::of(self.chunks[chunk].field, content));
        });
        key
    }

    /// Calls `f` with each chunk and its content in the key of `place`.
    pub(crate) fn for_each_content_at(&self, mut place: u32, mut f: impl FnMut(usize, u32)) {
        for (i, chunk) in self.chunks.iter().enumerate() {
            let radix = u32::try_from(chunk.contents.len()).expect("places are 32 bits");
            f(i, chunk.contents[num::index(place % radix)]);
            place /= radix;
        }
    }
}

impl ChunkMapping {
    fn new(chunk: &Chunk, steps: &Steps, from: &[usize], to: &[usize]) -> Self {
        let same = chunk.columns.iter().all(|&(column, _)| from[column] == to[column]);
        let mut content = vec![0];
        let mut place = vec![0];
        let mut contents = vec![0];
        for &(column, field) in &chunk.columns {
            let step = steps.step(column, from[column], to[column]);
            let codes = u32::try_from(steps.codes(column, to[column])).expect("codes are 32 bits");
            let radix = u32::try_from(contents.len()).expect("codes of a chunk are 32 bits");
            // The columns so far have the bits below this one; each code of it repeats their table.
            let below = usize::try_from(field.placed(1)).expect("a table of a chunk fits into memory");
            content.resize(below, 0);
            place.resize(below, 0);
            for (code, &coarse) in step.iter().enumerate() {
                if code == 0 {
                    // In place: the first copy is the table itself.
                    content.iter_mut().for_each(|c| *c |= field.placed(coarse));
                    place.iter_mut().for_each(|p| *p += coarse * radix);
                } else {
                    let (more, radix_step) =
                        (field.placed(coarse) ^ field.placed(step[0]), coarse.wrapping_sub(step[0]));
                    content.extend_from_within(..below);
                    content[code * below..].iter_mut().for_each(|c| *c ^= more);
                    place.extend_from_within(..below);
                    place[code * below..]
                        .iter_mut()
                        .for_each(|p| *p = p.wrapping_add(radix_step.wrapping_mul(radix)));
                }
            }
            contents =
                (0..codes).flat_map(|c| contents.iter().map(move |low| low | field.placed(c))).collect();
        }
        if same {
            content.clear();
        }
        ChunkMapping { field: chunk.field, content, place, contents }
    }

    fn place_of<K: PackedKey>(&self, key: K) -> usize {
        num::index(self.place[num::index(key.get(self.field))])
    }
}
