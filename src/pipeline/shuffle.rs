//! Rows in the order of a key, in bounded memory: the keyed shuffle of what is released.
//! Without a folder, rows beyond the budget are given up: a plan writes nothing.
//!
//! ```text
//!   push(key, row) ──> memory ──(more than the budget)──> 64 files by the first 6 bits of the key
//!                                                            │ a file larger than the budget: 64 files by the next 6 bits
//!   for_each <──────── sorted in memory <────────────────────┘ one file after another
//! ```
//!
//! The order is that of the keys, then of the rows' bytes, so it depends neither on the order in which rows came nor on
//! how much memory there was. Files lie in the hidden folder of the release, for their owner only, and hold nothing that
//! the release does not hold.

use std::{
    fs::{self, File},
    io::{BufReader, Read, Write},
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Result},
    num,
};

/// Collects rows, then gives them in the order of their keys.
///
/// # Guarantee
/// For all rows, memory is at most about the budget, 16 MiB of buffers (as much again for each division of a file that is
/// larger than the budget) and the longest row.
pub(super) struct Shuffle {
    held: Held,
    budget: usize,
    spill: Spill,
}

/// Where rows go that memory has no room for.
enum Spill {
    Nowhere,
    /// They went nowhere.
    Given,
    To(PathBuf),
    In(Buckets),
}

/// Rows in memory.
#[derive(Default)]
struct Held {
    /// Key, and where the row is.
    index: Vec<(u128, usize, usize)>,
    bytes: Vec<u8>,
}

/// Files by six bits of the key.
struct Buckets {
    folder: PathBuf,
    /// How many times six bits all keys have in common.
    depth: u32,
    buffers: Vec<Vec<u8>>,
}

/// Gets a key and a row.
type Take<'t> = &'t mut dyn FnMut(u128, &[u8]) -> Result<()>;

impl Shuffle {
    /// Without rows; beyond `budget` bytes they go to files in `folder`, which is made when it is needed.
    pub(super) fn new(folder: Option<PathBuf>, budget: usize) -> Self {
        Shuffle { held: Held::default(), budget, spill: folder.map_or(Spill::Nowhere, Spill::To) }
    }

    /// Itself, unless rows were given up.
    pub(super) fn complete(self) -> Option<Self> {
        (!matches!(self.spill, Spill::Given)).then_some(self)
    }

    pub(super) fn push(&mut self, key: u128, row: &[u8]) -> Result<()> {
        match &mut self.spill {
            Spill::In(buckets) => return buckets.push(key, row),
            Spill::Given => return Ok(()),
            Spill::Nowhere | Spill::To(_) => self.held.push(key, row),
        }
        if self.held.size() > self.budget {
            self.spill()?;
        }
        Ok(())
    }

    /// Gives every row, in order.
    pub(super) fn for_each(mut self, take: Take<'_>) -> Result<()> {
        match self.spill {
            Spill::In(buckets) => {
                let folder = buckets.folder.clone();
                buckets.give(self.budget, take)?;
                fs::remove_dir_all(folder).map_err(failed)
            }
            _ => self.held.give(take),
        }
    }

    fn spill(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        self.spill = match std::mem::replace(&mut self.spill, Spill::Given) {
            Spill::To(folder) => {
                let mut buckets = Buckets::create(folder, 0)?;
                for &(key, start, end) in &held.index {
                    buckets.push(key, &held.bytes[start..end])?;
                }
                Spill::In(buckets)
            }
            Spill::Nowhere | Spill::Given => Spill::Given,
            open => open,
        };
        Ok(())
    }
}

impl Held {
    fn push(&mut self, key: u128, row: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(row);
        self.index.push((key, start, self.bytes.len()));
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.index.len() * size_of::<(u128, usize, usize)>()
    }

    fn give(&mut self, take: Take<'_>) -> Result<()> {
        let bytes = &self.bytes;
        let row = |&(_, start, end): &(u128, usize, usize)| &bytes[start..end];
        self.index.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| row(a).cmp(row(b))));
        self.index.iter().try_for_each(|entry| take(entry.0, row(entry)))
    }
}

impl Buckets {
    fn create(folder: PathBuf, depth: u32) -> Result<Self> {
        fs::create_dir_all(&folder).map_err(failed)?;
        Ok(Buckets { folder, depth, buffers: vec![Vec::new(); FILES] })
    }

    fn push(&mut self, key: u128, row: &[u8]) -> Result<()> {
        let bucket = bucket(key, self.depth);
        let buffer = &mut self.buffers[bucket];
        buffer.extend_from_slice(&key.to_be_bytes());
        buffer.extend_from_slice(&num::count(row.len()).to_be_bytes());
        buffer.extend_from_slice(row);
        if buffer.len() >= BUFFER { self.flush(bucket) } else { Ok(()) }
    }

    /// Opened for each buffer: many releases with 64 files each would be more than a process may have open.
    fn flush(&mut self, bucket: usize) -> Result<()> {
        let path = self.file(bucket);
        let mut file = File::options().create(true).append(true).open(path).map_err(failed)?;
        file.write_all(&self.buffers[bucket]).map_err(failed)?;
        self.buffers[bucket].clear();
        Ok(())
    }

    fn file(&self, bucket: usize) -> PathBuf {
        self.folder.join(format!("{}-{bucket:02}", self.depth))
    }

    fn give(mut self, budget: usize, take: Take<'_>) -> Result<()> {
        for bucket in 0..FILES {
            if !self.buffers[bucket].is_empty() {
                self.flush(bucket)?;
            }
        }
        self.buffers = Vec::new();
        for bucket in 0..FILES {
            let path = self.file(bucket);
            let Ok(size) = fs::metadata(&path).map(|m| m.len()) else { continue };
            if size <= num::count(budget) {
                let mut held = Held::default();
                each_record(&path, &mut |key, row| {
                    held.push(key, row);
                    Ok(())
                })?;
                held.give(take)?;
            } else if BITS * (self.depth + 2) <= u128::BITS {
                let mut finer = Buckets::create(self.folder.clone(), self.depth + 1)?;
                each_record(&path, &mut |key, row| finer.push(key, row))?;
                finer.give(budget, take)?;
            } else {
                // Equal in 126 bits of a digest: equal rows, and any order of them is the same.
                each_record(&path, take)?;
            }
            fs::remove_file(&path).map_err(failed)?;
        }
        Ok(())
    }
}

/// Which of the files `key` belongs to, when `depth` times six bits are equal.
fn bucket(key: u128, depth: u32) -> usize {
    let bits = (key >> (u128::BITS - BITS * (depth + 1))) % u128::from(FILES_U32);
    usize::try_from(bits).expect("six bits")
}

fn each_record(path: &Path, take: Take<'_>) -> Result<()> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path).map_err(failed)?);
    let (mut key, mut length, mut row) = ([0; 16], [0; 8], Vec::new());
    let mut left = file.get_ref().metadata().map_err(failed)?.len();
    while left > 0 {
        file.read_exact(&mut key).and_then(|()| file.read_exact(&mut length)).map_err(failed)?;
        let length = u64::from_be_bytes(length);
        let length_here =
            usize::try_from(length).map_err(|_| failed(std::io::ErrorKind::OutOfMemory.into()))?;
        row.resize(length_here, 0);
        file.read_exact(&mut row).map_err(failed)?;
        take(u128::from_be_bytes(key), &row)?;
        left = left.saturating_sub(24 + length);
    }
    Ok(())
}

fn failed(cause: std::io::Error) -> Error {
    Error::io("ordering the rows of a release", cause)
}

/// Bits of the key that one division into files uses.
const BITS: u32 = 6;
const FILES_U32: u32 = 1 << BITS;
const FILES: usize = 1 << BITS;
/// What is collected for one file before it is written.
const BUFFER: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("incog-shuffle-{}-{name}", std::process::id()))
    }

    /// Rows as pushed, and as they come back.
    fn shuffled(rows: &[(u128, Vec<u8>)], budget: usize, name: &str) -> Vec<(u128, Vec<u8>)> {
        let mut shuffle = Shuffle::new(Some(folder(name)), budget);
        rows.iter().for_each(|(key, row)| shuffle.push(*key, row).unwrap());
        let mut out = Vec::new();
        shuffle
            .for_each(&mut |key, row| {
                out.push((key, row.to_vec()));
                Ok(())
            })
            .unwrap();
        assert!(!folder(name).exists(), "nothing is left over");
        out
    }

    #[test]
    fn the_order_is_that_of_a_sort_whatever_the_memory_and_the_order_of_pushes() {
        // Spread keys, keys that share their first 32 bits, one key with many equal rows, empty rows.
        let mut rows: Vec<(u128, Vec<u8>)> = Vec::new();
        for i in 0..3000u128 {
            let spread = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            rows.push((spread, vec![7; usize::try_from(i % 90).unwrap()]));
            rows.push(((42 << 96) | (spread >> 32), i.to_be_bytes().to_vec()));
            rows.push((1 << 127, b"the same".to_vec()));
        }
        // As of two rows whose digests agree, which is a matter of 2^-128.
        rows.extend((0..3).map(|i| (5, vec![2 - i])));
        let mut expected = rows.clone();
        expected.sort();
        for budget in [usize::MAX, 100_000, 3_000] {
            assert!(shuffled(&rows, budget, "a") == expected, "budget {budget}");
            rows.reverse();
            rows.rotate_left(1234);
        }
    }

    #[test]
    fn without_a_folder_rows_are_complete_or_given_up() {
        for (rows, complete) in [(10u128, true), (1000, false)] {
            let mut shuffle = Shuffle::new(None, 3_000);
            (0..rows).for_each(|i| shuffle.push(i, b"row").unwrap());
            assert_eq!(shuffle.complete().is_some(), complete, "{rows}");
        }
    }

    #[test]
    fn no_rows_need_no_folder() {
        assert_eq!(shuffled(&[], 0, "none"), []);
    }
}
