//! The words of a chunk, and the choice of who fills them.

#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
use super::simd;
use super::{literals::Literals, portable};

/// What is known about [`CHUNK`] bytes and one block behind them: bit `i` of word `b` is byte `64 * b + i`.
///
/// All words are valid, also those of idle blocks and those behind the end of the haystack, which are 0.
#[derive(Debug)]
#[cfg_attr(test, derive(PartialEq))]
pub(in crate::pii) struct Chunk {
    /// `0` to `9`.
    pub(in crate::pii) digit: [u64; BLOCKS],
    /// `A` to `Z`, `a` to `z`.
    pub(in crate::pii) letter: [u64; BLOCKS],
    /// `A` to `Z`.
    pub(in crate::pii) capital: [u64; BLOCKS],
    /// Space, `-`, `.`, `/`, `(`, `)`.
    pub(in crate::pii) separator: [u64; BLOCKS],
    /// `@`.
    pub(in crate::pii) at: [u64; BLOCKS],
    /// `:`.
    pub(in crate::pii) colon: [u64; BLOCKS],
    /// First byte of a disguise, such as a full-width digit or an invisible character: C2, E2, E3, EF.
    pub(in crate::pii) high: [u64; BLOCKS],
    /// A literal may begin here.
    pub(in crate::pii) literal: [u64; BLOCKS],
    /// Bit `b`: block `b` has a digit, an at sign, a first byte of a disguise, a candidate of a literal, or a colon
    /// between two of letter, digit and colon; what is in another block counts as one of these.
    pub(in crate::pii) busy: u64,
    /// The words from this block on are 0.
    filled: usize,
}

impl Chunk {
    /// Nothing anywhere.
    pub(in crate::pii) const fn new() -> Self {
        let none = [0; BLOCKS];
        let (digit, letter, capital, separator) = (none, none, none, none);
        let (at, colon, high, literal) = (none, none, none, none);
        Chunk { digit, letter, capital, separator, at, colon, high, literal, busy: 0, filled: 0 }
    }

    /// Enters what is in a block.
    #[inline(always)]
    pub(super) fn set(&mut self, block: usize, words: &Words) {
        self.digit[block] = words.digit;
        self.letter[block] = words.letter;
        self.capital[block] = words.capital;
        self.separator[block] = words.separator;
        self.at[block] = words.at;
        self.colon[block] = words.colon;
        self.high[block] = words.high;
        self.literal[block] = words.literal;
    }

    /// Says which of the first blocks are busy. For all at once, as a compiler does four at a time.
    #[inline(always)]
    fn set_busy(&mut self, blocks: usize) {
        self.busy = 0;
        for block in 0..blocks {
            let colon = self.colon[block];
            let word = self.digit[block] | self.letter[block] | colon;
            let inner = colon & (word << 1 | 1) & (word >> 1 | 1 << (BLOCK - 1));
            let events = self.digit[block] | self.at[block] | self.high[block] | self.literal[block] | inner;
            self.busy |= u64::from(events != 0) << block;
        }
    }
}

/// The words of one block.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) digit: u64,
    pub(super) letter: u64,
    pub(super) capital: u64,
    pub(super) separator: u64,
    pub(super) at: u64,
    pub(super) colon: u64,
    pub(super) high: u64,
    pub(super) literal: u64,
}

/// Fills `chunk` with what is in `haystack[from..]`, as far as it goes.
///
/// # Guarantee
/// For all haystacks, literals and places, every byte is in the classes that it belongs to and in no other, every
/// place where a literal begins is a candidate, no place behind the end is one, and the words do not depend on the
/// machine.
pub(in crate::pii) fn classify(haystack: &[u8], from: usize, literals: &Literals, chunk: &mut Chunk) {
    #[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
    if simd::classify(haystack, from, literals, chunk) {
        return;
    }
    portable::classify(haystack, from, literals, chunk);
}

/// The same with `fill`, which enters the words of blocks from a block of the chunk on, given whole blocks with
/// look-ahead. Inlined, so that all of it is compiled for the machine that `fill` is for.
#[inline(always)]
pub(super) fn classify_with(
    fill: impl Fn(&[u8], usize, &mut Chunk),
    haystack: &[u8],
    from: usize,
    chunk: &mut Chunk,
) {
    let rest = haystack.get(from..).unwrap_or_default();
    let rest = &rest[..rest.len().min(BLOCKS * BLOCK + LOOK_AHEAD)];
    fill(rest, 0, chunk);
    let whole = rest.len().saturating_sub(LOOK_AHEAD) / BLOCK;
    let mut filled = whole;
    if whole < BLOCKS {
        // Less than a block and its look-ahead is left: at most two blocks, copied to where zeros follow.
        let rest = &rest[whole * BLOCK..];
        let blocks = rest.len().div_ceil(BLOCK).min(BLOCKS - whole);
        let mut padded = [0; 2 * BLOCK + LOOK_AHEAD];
        padded[..rest.len()].copy_from_slice(rest);
        fill(&padded[..blocks * BLOCK + LOOK_AHEAD], whole, chunk);
        // A literal may have zeros too.
        for (block, literal) in chunk.literal[whole..whole + blocks].iter_mut().enumerate() {
            let inside = rest.len() - block * BLOCK;
            if inside < BLOCK {
                *literal &= !(u64::MAX << inside);
            }
        }
        filled += blocks;
        // Most haystacks are short, such as the values of a document: what is 0 is not set again.
        for block in filled..chunk.filled {
            chunk.set(block, &Words::default());
        }
    }
    chunk.filled = filled;
    if filled < CHUNK / BLOCK { chunk.set_busy(filled) } else { chunk.set_busy(CHUNK / BLOCK) }
}

/// Blocks with their look-ahead, as long as they are whole.
pub(super) fn windows(bytes: &[u8]) -> impl Iterator<Item = &[u8; BLOCK + LOOK_AHEAD]> {
    bytes.windows(BLOCK + LOOK_AHEAD).step_by(BLOCK).filter_map(|window| window.first_chunk())
}

/// Bytes of a chunk.
pub(in crate::pii) const CHUNK: usize = 4096;

/// Bytes of a block, bits of a word.
pub(super) const BLOCK: usize = 64;

/// Blocks of a chunk and one behind it, so that what crosses the border is seen.
const BLOCKS: usize = CHUNK / BLOCK + 1;

/// Bytes of a literal behind its first.
pub(super) const LOOK_AHEAD: usize = super::literals::PREFIX - 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pii::prefilter::Literal;

    const PREFIXES: &[&str] = &[
        "AKIA",
        "ASIA",
        "ABIA",
        "ACCA",
        "AIza",
        "eyJ",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "npm_",
        "xoxb-",
        "xoxp-",
        "xoxa-",
        "xoxr-",
        "xoxs-",
        "xoxe-",
        "sk_live_",
        "sk_test_",
        "rk_live_",
        "rk_test_",
        "SG.",
        "-----BEGIN",
        "://",
    ];
    const ANY_CASE: &[&str] = &["www.", "(at", "[at", "{at", " dot", "(dot", "[dot"];

    fn literals() -> Vec<Literal<'static>> {
        let exact = PREFIXES.iter().map(|prefix| Literal::exact(prefix.as_bytes()));
        exact.chain(ANY_CASE.iter().map(|prefix| Literal::any_case(prefix.as_bytes()))).collect()
    }

    /// The slow, obvious twin.
    fn plain(haystack: &[u8], from: usize, literals: &Literals) -> Chunk {
        let mut chunk = Chunk::new();
        let at = |at: usize| haystack.get(at).copied().unwrap_or(0);
        for (place, i) in (from..haystack.len()).zip(0..BLOCKS * BLOCK) {
            let (block, bit) = (i / BLOCK, i % BLOCK);
            let allowing = |position| literals.allowing(position, at(place + position));
            let byte = haystack[place];
            chunk.digit[block] |= u64::from(byte.is_ascii_digit()) << bit;
            chunk.letter[block] |= u64::from(byte.is_ascii_alphabetic()) << bit;
            chunk.capital[block] |= u64::from(byte.is_ascii_uppercase()) << bit;
            chunk.separator[block] |= u64::from(b" -./()".contains(&byte)) << bit;
            chunk.at[block] |= u64::from(byte == b'@') << bit;
            chunk.colon[block] |= u64::from(byte == b':') << bit;
            chunk.high[block] |= u64::from([0xC2, 0xE2, 0xE3, 0xEF].contains(&byte)) << bit;
            chunk.literal[block] |= u64::from(allowing(0) & allowing(1) & allowing(2) != 0) << bit;
        }
        for block in 0..CHUNK / BLOCK {
            let has = |words: &[u64; BLOCKS], i: usize| words[block] >> i & 1 == 1;
            let word = |i| has(&chunk.digit, i) || has(&chunk.letter, i) || has(&chunk.colon, i);
            let event = |i| {
                let others = [&chunk.digit, &chunk.at, &chunk.high, &chunk.literal];
                let inner = (i == 0 || word(i - 1)) && (i == BLOCK - 1 || word(i + 1));
                others.iter().any(|words| has(words, i)) || has(&chunk.colon, i) && inner
            };
            chunk.busy |= u64::from((0..BLOCK).any(event)) << block;
        }
        chunk.filled = haystack.len().saturating_sub(from).div_ceil(BLOCK).min(BLOCKS);
        chunk
    }

    /// Of all machines that this one is. What was in the chunk before must not matter.
    fn agreed(haystack: &[u8], from: usize, literals: &Literals) -> Chunk {
        let full = || {
            let full = [u64::MAX; BLOCKS];
            let (digit, letter, capital, separator) = (full, full, full, full);
            let (at, colon, high, literal) = (full, full, full, full);
            Chunk {
                digit,
                letter,
                capital,
                separator,
                at,
                colon,
                high,
                literal,
                busy: u64::MAX,
                filled: BLOCKS,
            }
        };
        let expected = plain(haystack, from, literals);
        let mut chunk = full();
        portable::classify(haystack, from, literals, &mut chunk);
        assert!(chunk == expected, "portable code, {} bytes from {from}", haystack.len());
        #[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
        {
            let mut chunk = full();
            if simd::classify(haystack, from, literals, &mut chunk) {
                assert!(chunk == expected, "vector code, {} bytes from {from}", haystack.len());
            }
        }
        let mut chunk = full();
        classify(haystack, from, literals, &mut chunk);
        assert!(chunk == expected);
        chunk
    }

    fn is_candidate(chunk: &Chunk, i: usize) -> bool {
        chunk.literal[i / BLOCK] >> (i % BLOCK) & 1 == 1
    }

    /// Knuth's linear congruence; every third byte or so is of a kind that counts.
    fn noise(length: usize, seed: u64) -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()
        };
        let kinds = b"0189 AZaz@:-./()_[{ghpowxdoteyJ\xC2\xE2\xE3\xEF\0";
        let byte = |[choice, byte, ..]: [u8; 8]| match choice {
            0..=89 => kinds[usize::from(byte) % kinds.len()],
            90..=199 => b'a' + byte % 26,
            _ => byte,
        };
        (0..length).map(|_| byte(next())).collect()
    }

    #[test]
    fn every_byte_is_in_its_classes_and_no_other() {
        let none = Literals::new(&[]);
        for byte in 0..=u8::MAX {
            for length in [1, 31, 64, 66, 67, 130, 4160, 4162, 5000] {
                let chunk = agreed(&vec![byte; length], 0, &none);
                let expected = |is: bool| if is { u64::MAX >> (BLOCK - length.min(BLOCK)) } else { 0 };
                assert_eq!(chunk.digit[0], expected(byte.is_ascii_digit()));
                assert_eq!(chunk.letter[0], expected(byte.is_ascii_alphabetic()));
                assert_eq!(chunk.capital[0], expected(byte.is_ascii_uppercase()));
                assert_eq!(chunk.separator[0], expected(b" -./()".contains(&byte)));
                assert_eq!(chunk.at[0], expected(byte == b'@'));
                assert_eq!(chunk.colon[0], expected(byte == b':'));
                assert_eq!(chunk.high[0], expected([0xC2, 0xE2, 0xE3, 0xEF].contains(&byte)));
                assert_eq!(chunk.literal, [0; BLOCKS]);
            }
        }
    }

    #[test]
    fn every_machine_gives_the_same_words_at_every_length() {
        let literals = Literals::new(&literals());
        let around_borders = (4030..4100).chain(4150..4170).chain(4220..4230).chain([8191, 8192, 9000]);
        for (length, seed) in (0..=300).chain(around_borders).zip(1..) {
            let haystack = noise(length, seed);
            for from in [
                0,
                1,
                63,
                64,
                65,
                100,
                length.saturating_sub(66),
                length.saturating_sub(1),
                length,
                usize::MAX,
            ] {
                agreed(&haystack, from, &literals);
            }
        }
    }

    #[test]
    fn a_literal_is_a_candidate_wherever_it_begins() {
        let list = literals();
        let literals = Literals::new(&list);
        for prefix in PREFIXES.iter().chain(ANY_CASE) {
            for at in (0..=200).chain(4025..4040).chain(4080..=4100).chain(4150..4160) {
                for (before, behind) in [(0, 0), (0, 1), (0, 300), (7, 70), (64, 0)] {
                    let mut haystack = vec![b'+'; before + at];
                    haystack.extend(prefix.bytes());
                    haystack.extend(vec![b'+'; behind]);
                    let mut chunk = Chunk::new();
                    classify(&haystack, before, &literals, &mut chunk);
                    assert!(is_candidate(&chunk, at), "{prefix} at {at}");
                    assert!(at >= CHUNK || chunk.busy >> (at / BLOCK) & 1 == 1, "{prefix} at {at}");
                }
            }
        }
    }

    #[test]
    fn a_colon_in_a_word_is_busy_wherever_it_stands() {
        let none = Literals::new(&[]);
        for at in (1..200).chain(4030..4096) {
            let busy = |around: &[u8]| {
                let mut haystack = vec![b'+'; CHUNK + 2 * BLOCK];
                haystack[at - 1..at - 1 + around.len()].copy_from_slice(around);
                agreed(&haystack, 0, &none).busy
            };
            assert_eq!(busy(b"a:b"), 1 << (at / BLOCK));
            assert_ne!(busy(b"a::b") >> (at / BLOCK) & 1, 0);
            let first = at % BLOCK == 0;
            let last = at % BLOCK == BLOCK - 1;
            assert_eq!(busy(b"a: "), if last { 1 << (at / BLOCK) } else { 0 });
            assert_eq!(busy(b" :b"), if first { 1 << (at / BLOCK) } else { 0 });
        }
    }

    #[test]
    fn any_case_is_any_case_and_short_literals_take_any_byte() {
        let literals =
            Literals::new(&[Literal::any_case(b"Dot"), Literal::exact(b"Q9"), Literal::exact(b"\0")]);
        let candidates = |text: &[u8]| agreed(text, 0, &literals).literal[0];
        for text in [b"dot", b"DOT", b"dOt", b"Q9\xFF", b"Q9\0", b"Q9z"] {
            assert_eq!(candidates(text) & 1, 1);
        }
        assert_eq!(candidates(b"q9 "), 0);
        assert_eq!(candidates(b"xQ9"), 0b010);
        assert_eq!(candidates(b"a\0"), 0b010, "but none behind the end");
        assert_eq!(candidates(b""), 0);
    }

    /// Two candidates in a KB are one block in eight that is busy for nothing.
    #[test]
    fn false_candidates_are_rare_in_prose() {
        let list = literals();
        let literals = Literals::new(&list);
        let text = include_str!("../../../LICENSE-APACHE").as_bytes();
        let mut chunk = Chunk::new();
        let (mut candidates, mut found) = (0, 0);
        for from in (0..text.len()).step_by(CHUNK) {
            classify(text, from, &literals, &mut chunk);
            for at in (from..text.len()).take(CHUNK) {
                let begins = list.iter().any(|literal| literal.begins(&text[at..]));
                let candidate = is_candidate(&chunk, at - from);
                assert!(candidate || !begins, "missed at {at}");
                candidates += usize::from(candidate);
                found += usize::from(begins);
            }
        }
        println!("{} bytes: {candidates} candidates, {found} of them true", text.len());
        assert!((candidates - found) * 512 <= text.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn every_literal_is_a_candidate_and_the_words_do_not_depend_on_the_machine(
            haystack in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..700),
                prop::collection::vec(prop::sample::select(b"abAB01:@- .\0\xC2\xFF".to_vec()), 0..700),
                prop::collection::vec(any::<u8>(), 4000..4400),
            ],
            from in 0_usize..800,
            list in prop::collection::vec(
                (
                    prop_oneof![
                        prop::collection::vec(prop::sample::select(b"abAB01:@- .\0\xC2\xFF".to_vec()), 0..5),
                        prop::collection::vec(any::<u8>(), 0..5),
                    ],
                    any::<bool>(),
                ),
                0..80,
            ),
        ) {
            let list: Vec<_> = list
                .iter()
                .map(|(bytes, any_case)| if *any_case { Literal::any_case(bytes) } else { Literal::exact(bytes) })
                .collect();
            let chunk = agreed(&haystack, from, &Literals::new(&list));
            for (at, i) in (from..haystack.len()).zip(0..BLOCKS * BLOCK) {
                let begins = list.iter().any(|literal| literal.begins(&haystack[at..]));
                prop_assert!(!begins || is_candidate(&chunk, i));
            }
            let length = haystack.len().saturating_sub(from);
            prop_assert!((length..BLOCKS * BLOCK).all(|i| !is_candidate(&chunk, i)));
        }
    }
}
