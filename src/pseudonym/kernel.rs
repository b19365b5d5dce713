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

impl Kernel {
    pub(super) fn new(key: &[u8; 32], tweak: &[u8], radix: u16) -> Kernel {
        let cipher = Aes256::new(key.into());
        let lengths = (0..=MAX_LENGTH).map(|n| Length::new(&cipher, tweak, radix, n)).collect();
        Kernel { cipher, lengths }
    }

    /// The constants of texts of `n` characters, if the kernel takes those.
    pub(super) fn length(&self, n: usize) -> Option<&Length> {
        self.lengths.get(n)?.as_ref()
    }

    /// Texts of one length, as their left and their right halves, permuted in place.
    ///
    /// ```text
    ///   left   a a a a a a a a ..      even rounds:  a += F(b)     one AES block for each lane,
    ///   right  b b b b b b b b ..      odd rounds:   b += F(a)     all lanes of a group in flight at once
    /// ```
    pub(super) fn walk(&self, length: &Length, left: &mut [u64], right: &mut [u64], direction: Direction) {
        let (left, right) = self.walk_groups::<LANES>(length, left, right, direction);
        let (left, right) = self.walk_groups::<FEW>(length, left, right, direction);
        self.walk_groups::<1>(length, left, right, direction);
    }

    /// Walks all full groups of `N`, and gives back the rest.
    fn walk_groups<'h, const N: usize>(
        &self,
        length: &Length,
        left: &'h mut [u64],
        right: &'h mut [u64],
        direction: Direction,
    ) -> (&'h mut [u64], &'h mut [u64]) {
        let (lefts, left) = left.as_chunks_mut::<N>();
        let (rights, right) = right.as_chunks_mut::<N>();
        for (left, right) in lefts.iter_mut().zip(rights) {
            self.cipher.encrypt_with_backend(Walk { length, left, right, direction });
        }
        (left, right)
    }
}

/// All rounds of some texts. The cipher's instructions are chosen once for them, not once for each block.
struct Walk<'w, const N: usize> {
    length: &'w Length,
    left: &'w mut [u64; N],
    right: &'w mut [u64; N],
    direction: Direction,
}

impl<const N: usize> BlockSizeUser for Walk<'_, N> {
    type BlockSize = U16;
}

impl<const N: usize> BlockCipherEncClosure for Walk<'_, N> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let Walk { length, left, right, direction } = self;
        let mut blocks = [Block::default(); N];
        for step in 0..10u8 {
            let round = match direction {
                Direction::Encrypt => step,
                Direction::Decrypt => 9 - step,
            };
            let (changed, seen, modulus) = match round % 2 {
                0 => (&mut *left, &*right, &length.left),
                _ => (&mut *right, &*left, &length.right),
            };
            // [i] [NUM(B)] at the end of the last block.
            let [high, low] = words(length.chain ^ u128::from(round) << (8 * length.bytes));
            for (block, seen) in blocks.iter_mut().zip(seen) {
                block[..8].copy_from_slice(&high.to_be_bytes());
                block[8..].copy_from_slice(&(low ^ seen).to_be_bytes());
            }
            let (groups, rest) = Array::slice_as_chunks_mut(&mut blocks);
            for group in groups {
                backend.encrypt_par_blocks_inplace(group);
            }
            for block in rest {
                backend.encrypt_block_inplace(block);
            }
            // Chosen once for the round: in the loop it would cost as much as the rest.
            match (direction, length.bytes <= 4) {
                (Direction::Encrypt, true) => {
                    change(changed, &blocks, |a, y| modulus.plus(a, modulus.of_start(y)))
                }
                (Direction::Encrypt, false) => {
                    change(changed, &blocks, |a, y| modulus.plus(a, modulus.of_wide(y)))
                }
                (Direction::Decrypt, true) => {
                    change(changed, &blocks, |a, y| modulus.minus(a, modulus.of_start(y)))
                }
                (Direction::Decrypt, false) => {
                    change(changed, &blocks, |a, y| modulus.minus(a, modulus.of_wide(y)))
                }
            }
        }
    }
}

#[inline(always)]
fn change<const N: usize>(halves: &mut [u64; N], blocks: &[Block; N], step: impl Fn(u64, [u64; 2]) -> u64) {
    for (half, block) in halves.iter_mut().zip(blocks) {
        *half = step(*half, words(u128::from_be_bytes((*block).into())));
    }
}

/// The two words of a number of 128 bits, the high one first.
#[inline(always)]
fn words(n: u128) -> [u64; 2] {
    let word = |n: u128| u64::try_from(n & u128::from(u64::MAX)).unwrap_or_default();
    [word(n >> 64), word(n)]
}

/// What halves are reduced by, with reciprocals: multiplications instead of divisions.
#[derive(Clone, Copy)]
struct Modulus {
    value: u64,
    /// 2^64 / value, rounded down; for 1 the greatest word.
    reciprocal: u64,
    /// By how many bits the value is short of a full word.
    shift: u32,
    /// (2^128 - 1) / (value << shift) - 2^64, rounded down.
    normal: u64,
}

impl Modulus {
    fn new(value: u64) -> Modulus {
        let word = |n: u128| u64::try_from(n).unwrap_or(u64::MAX);
        let shift = value.leading_zeros();
        let normal = u128::MAX / u128::from(value << shift) - (1 << 64);
        Modulus { value, reciprocal: word((1u128 << 64) / u128::from(value)), shift, normal: word(normal) }
    }

    /// `n / value` and `n % value`.
    #[inline(always)]
    fn divide(&self, n: u64) -> [u64; 2] {
        // The quotient or one less: n (2^64 / m - r) / 2^64 is less than 1 below n / m.
        let [quotient, _] = words(u128::from(n) * u128::from(self.reciprocal));
        let rest = n - quotient * self.value;
        let more = rest >= self.value;
        [quotient + u64::from(more), rest - if_so(more, self.value)]
    }

    /// The first 8 bytes of a block: `d` of the standard for up to 4 bytes of a half.
    #[inline(always)]
    fn of_start(&self, [high, _]: [u64; 2]) -> u64 {
        self.divide(high)[1]
    }

    /// The first 12 bytes of a block: `d` of the standard for up to 8 bytes of a half.
    #[inline(always)]
    fn of_wide(&self, [high, low]: [u64; 2]) -> u64 {
        self.of_two([high >> 32, high << 32 | low >> 32])
    }

    /// Of `high` 2^64 + `low`. \[MG11\] Möller, Granlund, *Improved Division by Invariant Integers*, IEEE Transactions on
    /// Computers 60(2), 2011, algorithm 4, with dividend and divisor shifted so that the divisor fills a word.
    #[inline(always)]
    fn of_two(&self, [high, low]: [u64; 2]) -> u64 {
        let divisor = self.value << self.shift;
        let [_, high] = self.divide(high);
        let dividend = (u128::from(high) << 64 | u128::from(low)) << self.shift;
        let [high, low] = words(dividend);
        let [quotient, part] = words((u128::from(self.normal) * u128::from(high)).wrapping_add(dividend));
        let rest = low.wrapping_sub(quotient.wrapping_add(1).wrapping_mul(divisor));
        let rest = rest.wrapping_add(if_so(rest > part, divisor));
        (rest - if_so(rest >= divisor, divisor)) >> self.shift
    }

    /// `a + b`, for both below the modulus.
    #[inline(always)]
    fn plus(&self, a: u64, b: u64) -> u64 {
        self.minus(a, self.value - b)
    }

    /// `a - b`, for `a` below the modulus and `b` at most it.
    #[inline(always)]
    fn minus(&self, a: u64, b: u64) -> u64 {
        let (rest, below) = a.overflowing_sub(b);
        rest.wrapping_add(if_so(below, self.value))
    }
}

/// `n` or 0, without a jump: which one it will be cannot be predicted.
#[inline(always)]
fn if_so(condition: bool, n: u64) -> u64 {
    n & u64::from(condition).wrapping_neg()
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

    /// The halves of the text that stands for `n`.
    pub(super) fn halves(&self, n: u64) -> [u64; 2] {
        self.right.divide(n)
    }

    /// The inverse of [`halves`](Self::halves).
    pub(super) fn joined(&self, [left, right]: [u64; 2]) -> u64 {
        left * self.right.value + right
    }

    /// How many texts there are; `None` if more than fit into a word.
    pub(super) fn texts(&self) -> Option<u64> {
        self.left.value.checked_mul(self.right.value)
    }
}

/// Values at a time: as many blocks as the `aes` crate gives to the widest instructions at once.
const LANES: usize = 64;

/// Enough blocks to hide the latency of one.
const FEW: usize = 8;

/// Halves of longer texts do not fit into a word, whatever the alphabet.
pub(super) const MAX_LENGTH: usize = 128;

#[cfg(test)]
mod tests {
    use fpe::ff1::{FF1, FlexibleNumeralString};
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;
    use crate::pseudonym::numerals::{fill, number};

    /// A million values of random length in seven alphabets, both ways, against an implementation for all sizes.
    #[test]
    fn random_texts_are_encrypted_as_the_oracle_does() {
        let mut rng = StdRng::seed_from_u64(1);
        let cases = 1_000_000;
        for radix in [2u8, 10, 26, 36, 62, 94, 128] {
            let base = u64::from(radix);
            for _ in 0..12 {
                let (key, tweak): ([u8; 32], [u8; 16]) = (rng.random(), rng.random());
                let tweak = &tweak[..rng.random_range(0..=16)];
                let kernel = Kernel::new(&key, tweak, radix.into());
                let oracle = FF1::<Aes256>::new(&key, radix.into()).unwrap();
                let longest = (2..=MAX_LENGTH).rev().find(|&n| kernel.length(n).is_some()).unwrap();
                let least = (2..).find(|&n| base.pow(n) >= 1_000_000).unwrap() as usize;
                for _ in 0..=cases / 84 {
                    let n = rng.random_range(least..=longest);
                    let length = kernel.length(n).unwrap();
                    let plain: Vec<u8> = (0..n).map(|_| rng.random_range(0..radix)).collect();
                    let wide = |text: &[u8]| text.iter().map(|&n| u16::from(n)).collect::<Vec<_>>();
                    let wanted: Vec<u16> =
                        oracle.encrypt(tweak, &FlexibleNumeralString::from(wide(&plain))).unwrap().into();
                    let (mut left, mut right) =
                        ([number(&plain[..n / 2], base)], [number(&plain[n / 2..], base)]);
                    kernel.walk(length, &mut left, &mut right, Direction::Encrypt);
                    let mut walked = vec![0; n];
                    fill(&mut walked[..n / 2], base, left[0]);
                    fill(&mut walked[n / 2..], base, right[0]);
                    assert_eq!(wide(&walked), wanted, "radix {radix}, {n} characters");
                    kernel.walk(length, &mut left, &mut right, Direction::Decrypt);
                    fill(&mut walked[..n / 2], base, left[0]);
                    fill(&mut walked[n / 2..], base, right[0]);
                    assert_eq!(walked, plain);
                }
            }
        }
    }

    /// Group sizes around those of the lanes.
    #[test]
    fn several_at_a_time_are_what_each_is_alone() {
        let mut rng = StdRng::seed_from_u64(2);
        let kernel = Kernel::new(&[7; 32], &[9; 16], 10);
        for n in [6, 9, 16, 19, 20, 29, 38] {
            let length = kernel.length(n).unwrap();
            for size in [0, 1, 2, 7, 8, 9, 63, 64, 65, 71, 72, 73, 200] {
                let mut halves = |most: u64| (0..size).map(|_| rng.random_range(0..most)).collect::<Vec<_>>();
                let (left, right) = (halves(length.left.value), halves(length.right.value));
                let (mut together, mut alone) =
                    ((left.clone(), right.clone()), (left.clone(), right.clone()));
                kernel.walk(length, &mut together.0, &mut together.1, Direction::Encrypt);
                for (left, right) in alone.0.iter_mut().zip(&mut alone.1) {
                    kernel.walk(
                        length,
                        std::slice::from_mut(left),
                        std::slice::from_mut(right),
                        Direction::Encrypt,
                    );
                }
                assert!(together == alone, "{n} digits, {size} texts");
                kernel.walk(length, &mut together.0, &mut together.1, Direction::Decrypt);
                assert!(together == (left, right));
            }
        }
    }

    /// Random words, and those at the edges, by divisors of every size.
    #[test]
    fn rests_are_those_of_a_division() {
        let mut rng = StdRng::seed_from_u64(3);
        let edges = [0, 1, 2, u64::MAX / 2, u64::MAX / 2 + 1, u64::MAX - 1, u64::MAX];
        for bits in 1..=64 {
            let top = 1u64 << (bits - 1);
            for value in [top, top | 1, top | (top - 1), top | rng.random_range(0..top)] {
                let modulus = Modulus::new(value);
                let multiple = u64::MAX / value * value;
                let words = edges.into_iter().chain([value - 1, value, multiple, multiple - 1]);
                let words: Vec<u64> = words.chain((0..20).map(|_| rng.random())).collect();
                for &low in &words {
                    assert_eq!(modulus.divide(low), [low / value, low % value], "{low} by {value}");
                    for &high in &words {
                        let n = u128::from(high) << 64 | u128::from(low);
                        let rest = n % u128::from(value);
                        assert_eq!(u128::from(modulus.of_two([high, low])), rest, "{n} by {value}");
                    }
                }
            }
        }
    }
}
