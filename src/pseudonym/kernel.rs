//! The rounds of FF1 on numbers: halves in one word each, the constant blocks done once, several values at a time.
//!
//! ```text
//! CBC-MAC of   P ──▶ T 0..0 ──▶ .. i B     P: lengths and radix; T: the tweak; i: the round; B: a half
//!              └ once for a length ┘ └ one block a round
//! ```
//!
//! \[SP800-38G\] algorithms 7 and 8. Why not the `fpe` crate alone: it works on numbers of any
//! size and allocates in each round, which takes ten times as long; it is the oracle of the tests, and encrypts what is
//! longer.

use aes::{
    Aes256, Block,
    cipher::{
        BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit,
        array::Array, consts::U16,
    },
};

use super::ff1::Direction;

/// FF1 for the texts of an alphabet whose halves fit into a word.
pub(super) struct Kernel {
    cipher: Aes256,
    radix: u64,
    /// By length of the text.
    lengths: Vec<Option<Length>>,
}

/// What all texts of one length have in common.
#[derive(Clone, Copy)]
pub(super) struct Length {
    /// How many texts the left half has, and the right one.
    left: Modulus,
    right: Modulus,
    /// Bytes of the right half as a number: `b` of the standard.
    bytes: usize,
    /// The CBC-MAC of P and the tweak, but for the last block, and what that has of the tweak.
    chain: u128,
}

/// The halves of a text as numbers.
pub(super) type Halves = [u64; 2];

impl Kernel {
    pub(super) fn new(key: &[u8; 32], tweak: &[u8], radix: u16) -> Kernel {
        let cipher = Aes256::new(key.into());
        let lengths = (0..=MAX_LENGTH).map(|n| Length::new(&cipher, tweak, radix, n)).collect();
        Kernel { cipher, radix: u64::from(radix), lengths }
    }

    /// The constants of texts of `n` characters, if the kernel takes those.
    pub(super) fn length(&self, n: usize) -> Option<&Length> {
        self.lengths.get(n)?.as_ref()
    }

    /// The numerals of a text, permuted in place.
    pub(super) fn permute(&self, length: &Length, numerals: &mut [u16], direction: Direction) {
        let (left, right) = numerals.split_at_mut(numerals.len() / 2);
        let number = |half: &[u16]| half.iter().fold(0u64, |n, &d| n * self.radix + u64::from(d));
        let mut halves = [[number(left), number(right)]];
        self.walk(length, &mut halves, direction);
        for (half, mut n) in [left, right].into_iter().zip(halves[0]) {
            for numeral in half.iter_mut().rev() {
                // Below the radix, which is 128 at most.
                *numeral = u16::try_from(n % self.radix).unwrap_or_default();
                n /= self.radix;
            }
        }
    }

    /// The halves of texts of one length, permuted in place.
    pub(super) fn walk_all(&self, length: &Length, halves: &mut [Halves], direction: Direction) {
        let mut groups = halves.chunks_exact_mut(LANES);
        for group in &mut groups {
            if let Ok(group) = <&mut [Halves; LANES]>::try_from(group) {
                self.walk(length, group, direction);
            }
        }
        for one in groups.into_remainder() {
            self.walk(length, std::array::from_mut(one), direction);
        }
    }

    fn walk<const N: usize>(&self, length: &Length, halves: &mut [Halves; N], direction: Direction) {
        self.cipher.encrypt_with_backend(Walk { length, halves, direction });
    }
}

/// All rounds of some texts. The cipher's instructions are chosen once for them, not once for each block.
struct Walk<'w, const N: usize> {
    length: &'w Length,
    halves: &'w mut [Halves; N],
    direction: Direction,
}

impl<const N: usize> BlockSizeUser for Walk<'_, N> {
    type BlockSize = U16;
}

impl<const N: usize> BlockCipherEncClosure for Walk<'_, N> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let Walk { length, halves, direction } = self;
        let narrow = length.bytes <= 4;
        let mut blocks = [Block::default(); N];
        for step in 0..10u8 {
            let round = match direction {
                Direction::Encrypt => step,
                Direction::Decrypt => 9 - step,
            };
            let modulus = if round % 2 == 0 { length.left } else { length.right };
            // [i] [NUM(B)] at the end of the last block.
            let base = length.chain ^ u128::from(round) << (8 * length.bytes);
            for (block, [a, b]) in blocks.iter_mut().zip(halves.iter()) {
                let seen = match direction {
                    Direction::Encrypt => b,
                    Direction::Decrypt => a,
                };
                *block = Block::from((base ^ u128::from(*seen)).to_be_bytes());
            }
            let (groups, rest) = Array::slice_as_chunks_mut(&mut blocks);
            for group in groups {
                backend.encrypt_par_blocks_inplace(group);
            }
            for block in rest {
                backend.encrypt_block_inplace(block);
            }
            for (block, [a, b]) in blocks.iter().zip(halves.iter_mut()) {
                let y = u128::from_be_bytes((*block).into());
                // The first 8 or 12 bytes: `d` of the standard for up to 4 and up to 8 bytes of a half.
                let y = if narrow { modulus.of((y >> 64) as u64) } else { modulus.of_wide(y >> 32) };
                (*a, *b) = match direction {
                    Direction::Encrypt => (*b, modulus.plus(*a, y)),
                    Direction::Decrypt => (modulus.plus(*b, modulus.value - y), *a),
                };
            }
        }
    }
}

/// What halves are reduced by, with its reciprocal: a multiplication instead of a division.
#[derive(Clone, Copy)]
struct Modulus {
    value: u64,
    /// 2^64 / value, rounded down; for 1 the greatest word.
    reciprocal: u64,
}

impl Modulus {
    fn new(value: u64) -> Modulus {
        let reciprocal = u64::try_from((1u128 << 64) / u128::from(value)).unwrap_or(u64::MAX);
        Modulus { value, reciprocal }
    }

    fn of(self, n: u64) -> u64 {
        // The quotient or one less: n (2^64 / m - r) / 2^64 is less than 1 below n / m.
        let quotient = (u128::from(n) * u128::from(self.reciprocal)) >> 64;
        let rest = n - quotient as u64 * self.value;
        if rest >= self.value { rest - self.value } else { rest }
    }

    fn of_wide(self, n: u128) -> u64 {
        u64::try_from(n % u128::from(self.value)).unwrap_or_default()
    }

    /// `a + b`, for `a` below the modulus and `b` at most it.
    fn plus(self, a: u64, b: u64) -> u64 {
        let rest = self.value - a;
        if b >= rest { b - rest } else { a + b }
    }
}

impl Length {
    fn new(cipher: &Aes256, tweak: &[u8], radix: u16, n: usize) -> Option<Length> {
        if n < 2 {
            return None;
        }
        let (u, v) = (n / 2, n - n / 2);
        let power = |exponent: usize| u64::from(radix).checked_pow(u32::try_from(exponent).ok()?);
        let (left, right) = (power(u)?, power(v)?);
        let bytes = (u64::BITS - (right - 1).leading_zeros()).div_ceil(8) as usize;
        let [high, low] = radix.to_be_bytes();
        let mut message = vec![1, 2, 1, 0, high, low, 10, u.to_le_bytes()[0]];
        message.extend_from_slice(&u32::try_from(n).ok()?.to_be_bytes());
        message.extend_from_slice(&u32::try_from(tweak.len()).ok()?.to_be_bytes());
        message.extend_from_slice(tweak);
        // With zeros where the round and the half come.
        message.resize((message.len() + bytes + 1).next_multiple_of(16), 0);
        let mut chain = 0;
        for (i, part) in message.chunks_exact(16).enumerate() {
            if i > 0 {
                let mut block = Block::from(u128::to_be_bytes(chain));
                cipher.encrypt_block(&mut block);
                chain = u128::from_be_bytes(block.into());
            }
            chain ^= part.iter().fold(0, |n, &b| n << 8 | u128::from(b));
        }
        Some(Length { left: Modulus::new(left), right: Modulus::new(right), bytes, chain })
    }

    /// How many texts the right half has.
    pub(super) fn right(&self) -> u64 {
        self.right.value
    }

    /// How many texts there are; `None` if more than fit into a word.
    pub(super) fn texts(&self) -> Option<u64> {
        self.left.value.checked_mul(self.right.value)
    }
}

/// Values at a time: as many blocks as the widest AES instructions keep in flight, and a few more, since the keys are
/// spread anew for each call.
const LANES: usize = 64;

/// Halves of longer texts do not fit into a word, whatever the alphabet.
const MAX_LENGTH: usize = 128;

#[cfg(test)]
mod tests {
    use fpe::ff1::{FF1, FlexibleNumeralString};
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;

    /// Values of random length in random alphabets, both ways, against an implementation for all sizes. A million with
    /// `INCOG_FF1_CASES=1000000`.
    #[test]
    fn random_texts_are_encrypted_as_the_oracle_does() {
        let mut rng = StdRng::seed_from_u64(1);
        let cases = std::env::var("INCOG_FF1_CASES").map_or(60_000, |cases| cases.parse().unwrap());
        for radix in [2u16, 10, 26, 36, 62, 94, 128] {
            for _ in 0..12 {
                let (key, tweak): ([u8; 32], [u8; 16]) = (rng.random(), rng.random());
                let tweak = &tweak[..rng.random_range(0..=16)];
                let kernel = Kernel::new(&key, tweak, radix);
                let oracle = FF1::<Aes256>::new(&key, radix.into()).unwrap();
                let longest = (2..=MAX_LENGTH).rev().find(|&n| kernel.length(n).is_some()).unwrap();
                let least = (2..).find(|&n| u64::from(radix).pow(n) >= 1_000_000).unwrap() as usize;
                for _ in 0..=cases / 84 {
                    let n = rng.random_range(least..=longest);
                    let length = kernel.length(n).unwrap();
                    let plain: Vec<u16> = (0..n).map(|_| rng.random_range(0..radix)).collect();
                    let wanted: Vec<u16> =
                        oracle.encrypt(tweak, &FlexibleNumeralString::from(plain.clone())).unwrap().into();
                    let mut walked = plain.clone();
                    kernel.permute(length, &mut walked, Direction::Encrypt);
                    assert_eq!(walked, wanted, "radix {radix}, {n} characters");
                    kernel.permute(length, &mut walked, Direction::Decrypt);
                    assert_eq!(walked, plain);
                }
            }
        }
    }

    #[test]
    fn several_at_a_time_are_what_each_is_alone() {
        let mut rng = StdRng::seed_from_u64(2);
        let kernel = Kernel::new(&[7; 32], &[9; 16], 10);
        for n in [6, 9, 16, 19, 38] {
            let length = kernel.length(n).unwrap();
            let texts: Vec<Halves> = (0..1003)
                .map(|_| [rng.random_range(0..length.left.value), rng.random_range(0..length.right.value)])
                .collect();
            let (mut together, mut alone) = (texts.clone(), texts.clone());
            kernel.walk_all(length, &mut together, Direction::Encrypt);
            for text in &mut alone {
                kernel.walk_all(length, std::slice::from_mut(text), Direction::Encrypt);
            }
            assert!(together == alone);
            kernel.walk_all(length, &mut together, Direction::Decrypt);
            assert!(together == texts);
        }
    }
}
