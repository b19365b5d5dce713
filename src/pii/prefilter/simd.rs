//! Classes and literals with AVX2 or NEON.
//!
//! This is the only file of the crate with unsafe code, for two reasons: an instruction that not every machine has may
//! be reached only after the machine was asked, and a vector is loaded through a pointer. There is one such call and
//! one such load for each of the two architectures. Everything else is safe: the intrinsics work on values.
//!
//! ```text
//! byte 0x37 '7' ─┬─ low nibble  7 ─▶ LOW[7]  = letter, digit ─┐
//!                └─ high nibble 3 ─▶ HIGH[3] = digit, colon ──┴─ and ─▶ digit
//! ```
//!
//! There are no branches on what is in a block: in prose with a number here and there, a branch that skips the rest of
//! an idle block was mispredicted so often that all of it took 1.4 times as long.

use super::{
    chunk::{BLOCK, Chunk, LOOK_AHEAD, Words, classify_with, windows},
    literals::Literals,
};

#[cfg(target_arch = "aarch64")]
pub(super) use neon::classify;
#[cfg(target_arch = "x86_64")]
pub(super) use x86::classify;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
        _mm256_slli_epi16, _mm256_srli_epi16,
    };

    use super::*;

    /// [`classify`](super::super::classify), or false if this machine cannot.
    pub(in super::super) fn classify(
        haystack: &[u8],
        from: usize,
        literals: &Literals,
        chunk: &mut Chunk,
    ) -> bool {
        let able = std::arch::is_x86_feature_detected!("avx2");
        if able {
            #[allow(unsafe_code, reason = "calls what needs AVX2")]
            // SAFETY: the only requirement of `classify_avx2` is AVX2, and the machine was just asked.
            unsafe {
                classify_avx2(haystack, from, literals, chunk);
            }
        }
        able
    }

    #[target_feature(enable = "avx2")]
    fn classify_avx2(haystack: &[u8], from: usize, literals: &Literals, chunk: &mut Chunk) {
        let classes = Tables::of(&LOW, &HIGH);
        let [first, second, third] =
            [0, 1, 2].map(|position| Tables::of(&literals.low[position], &literals.high[position]));
        let words = |window: &[u8; BLOCK + LOOK_AHEAD]| {
            let nibbles = |at: usize| Nibbles::of(load(part(window, at)));
            let half = |at: usize| {
                let here = nibbles(at);
                let groups = _mm256_and_si256(
                    _mm256_and_si256(first.look_up(here), second.look_up(nibbles(at + 1))),
                    third.look_up(nibbles(at + 2)),
                );
                (classes.look_up(here), groups)
            };
            let (left, left_groups) = half(0);
            let (right, right_groups) = half(32);
            // Each class is the highest bit in its turn.
            let next_class = |(left, right)| (_mm256_add_epi8(left, left), _mm256_add_epi8(right, right));
            let letters = (left, right);
            let second_letters = next_class(letters);
            let separators = next_class(second_letters);
            let digits = next_class(separators);
            let colons = next_class(digits);
            let ats = next_class(colons);
            let disguises = next_class(ats);
            let second_disguises = next_class(disguises);
            let none = _mm256_setzero_si256();
            // Small letters have bit 5, which two steps make the highest.
            let small = |at: usize| _mm256_slli_epi16::<2>(load(part(window, at)));
            let letter = top(or(letters, second_letters));
            Words {
                digit: top(digits),
                letter,
                capital: letter & !top((small(0), small(32))),
                separator: top(separators),
                at: top(ats),
                colon: top(colons),
                high: top(or(disguises, second_disguises)),
                literal: !top((_mm256_cmpeq_epi8(left_groups, none), _mm256_cmpeq_epi8(right_groups, none))),
            }
        };
        let fill = |bytes: &[u8], first, chunk: &mut Chunk| {
            for (block, window) in (first..).zip(windows(bytes)) {
                chunk.set(block, &words(window));
            }
        };
        classify_with(fill, haystack, from, chunk);
    }

    fn part(window: &[u8; BLOCK + LOOK_AHEAD], at: usize) -> &[u8; 32] {
        window[at..].first_chunk().expect("callers stay 32 bytes away from the end")
    }

    struct Tables {
        low: __m256i,
        high: __m256i,
    }

    impl Tables {
        #[target_feature(enable = "avx2")]
        #[inline]
        fn of(low: &[u8; 32], high: &[u8; 32]) -> Self {
            Tables { low: load(low), high: load(high) }
        }

        #[target_feature(enable = "avx2")]
        #[inline]
        fn look_up(&self, nibbles: Nibbles) -> __m256i {
            _mm256_and_si256(
                _mm256_shuffle_epi8(self.low, nibbles.low),
                _mm256_shuffle_epi8(self.high, nibbles.high),
            )
        }
    }

    #[derive(Clone, Copy)]
    struct Nibbles {
        low: __m256i,
        high: __m256i,
    }

    impl Nibbles {
        #[target_feature(enable = "avx2")]
        #[inline]
        fn of(bytes: __m256i) -> Self {
            let nibble = _mm256_set1_epi8(15);
            Nibbles {
                low: _mm256_and_si256(bytes, nibble),
                high: _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble),
            }
        }
    }

    /// For both halves.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn or(first: (__m256i, __m256i), second: (__m256i, __m256i)) -> (__m256i, __m256i) {
        (_mm256_or_si256(first.0, second.0), _mm256_or_si256(first.1, second.1))
    }

    /// The highest bit of each byte.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn top((left, right): (__m256i, __m256i)) -> u64 {
        let left = _mm256_movemask_epi8(left).cast_unsigned();
        let right = _mm256_movemask_epi8(right).cast_unsigned();
        u64::from(left) | u64::from(right) << 32
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(bytes: &[u8; 32]) -> __m256i {
        #[allow(unsafe_code, reason = "the intrinsic takes a pointer")]
        // SAFETY: `bytes` is a reference to 32 bytes, so they may be read; the load needs no alignment.
        unsafe {
            _mm256_loadu_si256(bytes.as_ptr().cast())
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::{
        uint8x16_t, vandq_u8, vdupq_n_u8, vgetq_lane_u64, vld1q_u8, vpaddq_u8, vqtbl1q_u8,
        vreinterpretq_u64_u8, vshrq_n_u8, vtstq_u8,
    };

    use super::*;

    /// [`classify`](super::super::classify), or false if this machine cannot.
    pub(in super::super) fn classify(
        haystack: &[u8],
        from: usize,
        literals: &Literals,
        chunk: &mut Chunk,
    ) -> bool {
        let able = std::arch::is_aarch64_feature_detected!("neon");
        if able {
            #[allow(unsafe_code, reason = "calls what needs NEON")]
            // SAFETY: the only requirement of `classify_neon` is NEON, and the machine was just asked.
            unsafe {
                classify_neon(haystack, from, literals, chunk);
            }
        }
        able
    }

    #[target_feature(enable = "neon")]
    fn classify_neon(haystack: &[u8], from: usize, literals: &Literals, chunk: &mut Chunk) {
        let classes = Tables::of(&LOW, &HIGH);
        let [first, second, third] =
            [0, 1, 2].map(|position| Tables::of(&literals.low[position], &literals.high[position]));
        let words = |window: &[u8; BLOCK + LOOK_AHEAD]| {
            let nibbles = |at: usize| Nibbles::of(load(part(window, at)));
            let quarters = [0, 16, 32, 48].map(|at| {
                let here = nibbles(at);
                let groups = vandq_u8(
                    vandq_u8(first.look_up(here), second.look_up(nibbles(at + 1))),
                    third.look_up(nibbles(at + 2)),
                );
                (classes.look_up(here), groups)
            });
            let class = |class: u8| gather(quarters.map(|(classes, _)| vtstq_u8(classes, vdupq_n_u8(class))));
            // Small letters have bit 5.
            let small = [0, 16, 32, 48].map(|at| vtstq_u8(load(part(window, at)), vdupq_n_u8(0x20)));
            let letter = class(LETTER);
            Words {
                digit: class(DIGIT),
                letter,
                capital: letter & !gather(small),
                separator: class(SEPARATOR),
                at: class(AT),
                colon: class(COLON),
                high: class(DISGUISE),
                literal: gather(quarters.map(|(_, groups)| vtstq_u8(groups, groups))),
            }
        };
        let fill = |bytes: &[u8], first, chunk: &mut Chunk| {
            for (block, window) in (first..).zip(windows(bytes)) {
                chunk.set(block, &words(window));
            }
        };
        classify_with(fill, haystack, from, chunk);
    }

    struct Tables {
        low: uint8x16_t,
        high: uint8x16_t,
    }

    impl Tables {
        /// The tables hold everything twice.
        #[target_feature(enable = "neon")]
        #[inline]
        fn of(low: &[u8; 32], high: &[u8; 32]) -> Self {
            let once = |table: &[u8; 32]| load(&std::array::from_fn(|entry| table[entry]));
            Tables { low: once(low), high: once(high) }
        }

        #[target_feature(enable = "neon")]
        #[inline]
        fn look_up(&self, nibbles: Nibbles) -> uint8x16_t {
            vandq_u8(vqtbl1q_u8(self.low, nibbles.low), vqtbl1q_u8(self.high, nibbles.high))
        }
    }

    #[derive(Clone, Copy)]
    struct Nibbles {
        low: uint8x16_t,
        high: uint8x16_t,
    }

    impl Nibbles {
        #[target_feature(enable = "neon")]
        #[inline]
        fn of(bytes: uint8x16_t) -> Self {
            Nibbles { low: vandq_u8(bytes, vdupq_n_u8(15)), high: vshrq_n_u8::<4>(bytes) }
        }
    }

    /// A bit for each byte, which is all ones or 0: each keeps one bit, and adding neighbors three times makes one
    /// byte of eight.
    #[target_feature(enable = "neon")]
    #[inline]
    fn gather(quarters: [uint8x16_t; 4]) -> u64 {
        let weights = load(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
        let [a, b, c, d] = quarters.map(|quarter| vandq_u8(quarter, weights));
        let sum = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)))
    }

    fn part(window: &[u8; BLOCK + LOOK_AHEAD], at: usize) -> &[u8; 16] {
        window[at..].first_chunk().expect("callers stay 16 bytes away from the end")
    }

    #[target_feature(enable = "neon")]
    #[inline]
    fn load(bytes: &[u8; 16]) -> uint8x16_t {
        #[allow(unsafe_code, reason = "the intrinsic takes a pointer")]
        // SAFETY: `bytes` is a reference to 16 bytes, so they may be read; the load needs no alignment.
        unsafe {
            vld1q_u8(bytes.as_ptr())
        }
    }
}

/// The classes of a byte are those that both its nibbles have. A letter has one of two bits, for its two rows of
/// columns 4 and 6 or 5 and 7, and so has a first byte of a disguise: C2 and E2, or E3 and EF.
const LOW: [u8; 32] = twice({
    let mut low = [LETTER | DIGIT; 16];
    let mut nibble = 0;
    while nibble < 16 {
        if nibble > 10 {
            low[nibble] &= !LETTER_SECOND;
        }
        if nibble > 9 {
            low[nibble] &= !DIGIT;
        }
        nibble += 1;
    }
    low[0] = low[0] & !LETTER_FIRST | SEPARATOR | AT;
    low[2] |= DISGUISE_FIRST;
    low[3] |= DISGUISE_SECOND;
    low[8] |= SEPARATOR;
    low[9] |= SEPARATOR;
    low[10] |= COLON;
    low[13] |= SEPARATOR;
    low[14] |= SEPARATOR;
    low[15] |= SEPARATOR | DISGUISE_SECOND;
    low
});

const HIGH: [u8; 32] = twice({
    let mut high = [0; 16];
    high[2] = SEPARATOR;
    high[3] = DIGIT | COLON;
    high[4] = LETTER_FIRST | AT;
    high[5] = LETTER_SECOND;
    high[6] = LETTER_FIRST;
    high[7] = LETTER_SECOND;
    high[0xC] = DISGUISE_FIRST;
    high[0xE] = DISGUISE;
    high
});

const fn twice(table: [u8; 16]) -> [u8; 32] {
    let mut twice = [0; 32];
    let mut entry = 0;
    while entry < 32 {
        twice[entry] = table[entry % 16];
        entry += 1;
    }
    twice
}

const LETTER_FIRST: u8 = 1 << 7;
const LETTER_SECOND: u8 = 1 << 6;
const LETTER: u8 = LETTER_FIRST | LETTER_SECOND;
const SEPARATOR: u8 = 1 << 5;
const DIGIT: u8 = 1 << 4;
const COLON: u8 = 1 << 3;
const AT: u8 = 1 << 2;
const DISGUISE_FIRST: u8 = 1 << 1;
const DISGUISE_SECOND: u8 = 1 << 0;
const DISGUISE: u8 = DISGUISE_FIRST | DISGUISE_SECOND;
