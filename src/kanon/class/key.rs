//! Packed keys: one integer that holds the code of every quasi-identifying column.
//!
//! ```text
//!   bits 63 .......... 22 21 ......... 11 10 .......... 0
//!        chunk 2          chunk 1         chunk 0           at most CHUNK_BITS bits each
//!        age  education   country  sex    race  workclass   whole columns, widest first
//! ```
//!
//! A column has one field, wide enough for its codes at the finest level; coarser levels use the same field. Fields
//! are gathered in chunks that a small table can map at once, and no chunk lies across two 64-bit words.

use std::fmt::Debug;

/// An integer that holds one code per column.
pub(crate) trait PackedKey: Copy + Debug + Ord + Send + Sync + 'static {
    /// The key with all codes zero.
    const ZERO: Self;
    /// What stands in `field`.
    fn get(self, field: Field) -> u32;
    /// `code` in `field`, and zero elsewhere.
    fn of(field: Field, code: u32) -> Self;
    /// The fields of both, which must not overlap.
    fn or(self, other: Self) -> Self;
    /// A hash of which the high bits are good, for a random odd `multiplier`: two keys that differ agree in the
    /// high b bits with probability at most 2 / 2^b (multiply-shift: Dietzfelbinger, Hagerup, Katajainen,
    /// Penttonen, J. Algorithms 25, 1997).
    fn hash(self, multiplier: u64) -> u64;

    /// The key with `code` in `field`, which must be zero before.
    #[cfg(test)]
    fn with(self, field: Field, code: u32) -> Self {
        self.or(Self::of(field, code))
    }
}

/// Some bits of a key: a column's, or a chunk's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    shift: u32,
    bits: u32,
}

/// A run of whole fields.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    /// All its bits.
    pub(crate) field: Field,
    /// Its columns, each with its field within the chunk.
    pub(crate) columns: Vec<(usize, Field)>,
}

/// Where each column stands in a key.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    fields: Vec<Field>,
    chunks: Vec<Chunk>,
    words: u32,
}

impl Field {
    /// What stands in this field of a chunk's content.
    pub(crate) fn within(self, content: u32) -> u32 {
        (content >> self.shift) & mask(self.bits)
    }

    /// `code` in this field of a chunk.
    pub(crate) fn placed(self, code: u32) -> u32 {
        code << self.shift
    }
}

impl Chunk {
    /// Contents are below this; none if it is a wide column, whose contents no table should be made for.
    pub(crate) fn contents(&self) -> Option<usize> {
        (self.field.bits <= CHUNK_BITS).then_some(1 << self.field.bits)
    }
}

impl Layout {
    /// For columns with codes below `codes[i]`.
    pub(crate) fn new(codes: &[usize]) -> Layout {
        let bits = |n: usize| usize::BITS - n.saturating_sub(1).leading_zeros();
        let mut widest_first: Vec<(usize, u32)> = codes.iter().map(|&n| bits(n)).enumerate().collect();
        widest_first.sort_by_key(|&(column, bits)| (std::cmp::Reverse(bits), column));
        let mut chunks: Vec<(u32, Vec<(usize, Field)>)> = Vec::new();
        for (column, bits) in widest_first {
            // First fit; a field wider than a chunk has one of its own.
            let room = chunks.iter().position(|(used, _)| used + bits <= CHUNK_BITS);
            let at = room.unwrap_or(chunks.len());
            if room.is_none() {
                chunks.push((0, Vec::new()));
            }
            let (used, columns) = &mut chunks[at];
            columns.push((column, Field { shift: *used, bits }));
            *used += bits;
        }
        let mut words: Vec<u32> = Vec::new();
        let mut layout =
            Layout { fields: vec![Field { shift: 0, bits: 0 }; codes.len()], chunks: Vec::new(), words: 0 };
        for (bits, columns) in chunks {
            let word = words.iter().position(|used| used + bits <= WORD).unwrap_or(words.len());
            if word == words.len() {
                words.push(0);
            }
            let shift = u32::try_from(word).expect("fewer words than columns") * WORD + words[word];
            words[word] += bits;
            for &(column, field) in &columns {
                // A field of no bits may stand at the very end of a word, where shifting is the whole width.
                let shift = if field.bits == 0 { 0 } else { shift + field.shift };
                layout.fields[column] = Field { shift, bits: field.bits };
            }
            if bits > 0 {
                layout.chunks.push(Chunk { field: Field { shift, bits }, columns });
            }
        }
        layout.words = u32::try_from(words.len()).expect("fewer words than columns");
        layout
    }

    /// The field of each column.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The chunks; columns with one code are in none.
    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Number of 64-bit words that a key needs.
    pub(crate) fn words(&self) -> u32 {
        self.words
    }
}

/// A key of `N` 64-bit words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wide<const N: usize>([u64; N]);

impl PackedKey for u64 {
    const ZERO: Self = 0;

    #[allow(clippy::cast_possible_truncation, reason = "masked to the field's bits, at most 32")]
    fn get(self, field: Field) -> u32 {
        (self >> field.shift) as u32 & mask(field.bits)
    }

    fn of(field: Field, code: u32) -> Self {
        u64::from(code) << field.shift
    }

    fn or(self, other: Self) -> Self {
        self | other
    }

    fn hash(self, multiplier: u64) -> u64 {
        self.wrapping_mul(multiplier)
    }
}

impl PackedKey for u128 {
    const ZERO: Self = 0;

    #[allow(clippy::cast_possible_truncation, reason = "masked to the field's bits, at most 32")]
    fn get(self, field: Field) -> u32 {
        (self >> field.shift) as u32 & mask(field.bits)
    }

    fn of(field: Field, code: u32) -> Self {
        u128::from(code) << field.shift
    }

    fn or(self, other: Self) -> Self {
        self | other
    }

    #[allow(clippy::cast_possible_truncation, reason = "both halves are used")]
    fn hash(self, multiplier: u64) -> u64 {
        (self as u64)
            .wrapping_mul(multiplier)
            .wrapping_add(((self >> WORD) as u64).wrapping_mul(multiplier.rotate_left(21) | 1))
    }
}

impl<const N: usize> PackedKey for Wide<N> {
    const ZERO: Self = Wide([0; N]);

    fn get(self, field: Field) -> u32 {
        let (word, field) = within_word(field);
        self.0[word].get(field)
    }

    fn of(field: Field, code: u32) -> Self {
        let (word, field) = within_word(field);
        let mut key = Self::ZERO;
        key.0[word] = u64::of(field, code);
        key
    }

    fn or(mut self, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
        self
    }

    fn hash(self, multiplier: u64) -> u64 {
        let mut m = multiplier;
        let mut sum = 0u64;
        for word in self.0 {
            sum = sum.wrapping_add(word.wrapping_mul(m));
            m = m.rotate_left(21).wrapping_mul(MIX) | 1;
        }
        sum
    }
}

fn within_word(field: Field) -> (usize, Field) {
    let word = usize::try_from(field.shift / WORD).expect("few words");
    (word, Field { shift: field.shift % WORD, bits: field.bits })
}

/// The low `bits` bits.
fn mask(bits: u32) -> u32 {
    if bits >= u32::BITS { u32::MAX } else { (1 << bits) - 1 }
}

/// A chunk's table of four-byte entries then has at most 8 KiB, so that three fit into a first-level cache of 32 KiB.
const CHUNK_BITS: u32 = 11;
/// Bits of a word.
const WORD: u32 = 64;
/// An odd constant with well spread bits, from splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
const MIX: u64 = 0xbf58_476d_1ce4_e5b9;

#[cfg(test)]
mod tests {
    use super::*;

    fn codes_come_back<K: PackedKey>(sizes: &[usize]) {
        let layout = Layout::new(sizes);
        let code = |i: usize, n: usize| u32::try_from((n - 1) * (i % 3) / 2).unwrap();
        let key = sizes
            .iter()
            .zip(layout.fields())
            .enumerate()
            .fold(K::ZERO, |key, (i, (&n, &field))| key.with(field, code(i, n)));
        for (i, (&n, &field)) in sizes.iter().zip(layout.fields()).enumerate() {
            assert_eq!(key.get(field), code(i, n), "column {i}");
        }
        for chunk in layout.chunks() {
            let content = key.get(chunk.field);
            for &(column, field) in &chunk.columns {
                assert_eq!(field.within(content), code(column, sizes[column]));
            }
        }
    }

    #[test]
    fn each_code_comes_back_from_its_field_and_from_its_chunk() {
        codes_come_back::<u64>(&[2, 72, 5, 7, 16, 41, 7, 14, 2]);
        codes_come_back::<u64>(&[1, 1, 1]);
        codes_come_back::<u64>(&[1 << 31, 1 << 32, 1]);
        codes_come_back::<u128>(&[256; 16]);
        codes_come_back::<Wide<4>>(&[200; 24]);
        codes_come_back::<Wide<16>>(&[1 << 32, 3, 1 << 20, 1, 77, 1 << 32, 1 << 32, 1 << 32, 1 << 32]);
    }

    #[test]
    fn adult_needs_three_chunks_of_one_word() {
        let layout = Layout::new(&[2, 72, 5, 7, 16, 41, 7, 14, 2]);
        assert_eq!((layout.chunks().len(), layout.words()), (3, 1));
        assert_eq!(Layout::new(&[256; 24]).words(), 3);
        assert_eq!(Layout::new(&[]).words(), 0);
    }
}
