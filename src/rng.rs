//! Randomness: a ChaCha stream that the operating system seeds.
//!
//! One [`SecureRng`] per release. Its key is drawn from the operating system when it is made, mixed with a
//! stream of the process that the system seeded earlier: one failing source alone does not repeat a key.
//! When the process has forked, whatever was drawn ahead is dropped and a new key is drawn. So no two
//! processes and no two releases share a stream. Its state cannot be cloned, printed or saved.
//!
//! The stream is ChaCha12 (RFC 8439 with 12 rounds): the best published attack reaches 7 (J.-P. Aumasson,
//! *Too Much Crypto*, ePrint 2019/1492).
//!
//! With feature `insecure-seeded` a stream can be made from a number, for tests; such a stream says so
//! ([`is_insecure`](SecureRng::is_insecure)) and every result drawn from it carries that word.

#[cfg(feature = "dp")]
mod coin;
mod fork;
mod source;

use std::{fmt, process, sync::Mutex};

use chacha20::{
    ChaCha12Rng,
    rand_core::{Rng, SeedableRng},
};

#[cfg(feature = "dp")]
pub(crate) use coin::{exp_coin, exp_of_coin, uniform};
pub(crate) use source::Source;
#[cfg(all(test, feature = "dp"))]
pub(crate) use source::given;
#[cfg(feature = "dp")]
pub(crate) use source::{Spare, low_bits, scaled};

use crate::error::{Error, ErrorKind, Result};

/// A cryptographically secure stream of random bits.
///
/// # Guarantee
/// For all pairs of streams made by [`from_os`](Self::from_os), in one process or in several, forked or
/// not, their keys are separate draws of 256 bits from the operating system, each added to a word of a
/// process's own stream; and a word is handed out once, in one process. Forks are noticed at each call,
/// a process that was cloned past the C library within 8,192 words.
///
/// # Examples
/// ```
/// let mut rng = incog::SecureRng::from_os()?;
/// assert!(!rng.is_insecure());
/// assert!(rng.below(6)? < 6);
/// let mut bytes = [0; 32];
/// rng.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 32]);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct SecureRng {
    stream: ChaCha12Rng,
    /// Words drawn ahead, little-endian; those before `next` were handed out.
    ahead: Box<[u8; AHEAD]>,
    next: usize,
    generation: u64,
    process: u32,
    refills: u32,
    insecure: bool,
}

/// Words of a stream for a loop that draws many: forks are looked for when it is made and at each refill.
pub(crate) struct Words<'r>(&'r mut SecureRng);

impl SecureRng {
    /// A stream seeded by the operating system.
    ///
    /// # Errors
    /// `Io` if the system has no entropy to give.
    pub fn from_os() -> Result<Self> {
        let generation = fork::generation();
        Ok(SecureRng::keyed(fresh_key(generation)?, generation, false))
    }

    /// A stream determined by `seed`: reproducible, and therefore without any privacy. The same in every
    /// version and on every machine.
    #[cfg(feature = "insecure-seeded")]
    #[must_use]
    pub fn insecure_seeded(seed: u64) -> Self {
        let mut key = *b"seed____incog insecure-seeded v1";
        key[..8].copy_from_slice(&seed.to_le_bytes());
        SecureRng::keyed(key, fork::generation(), true)
    }

    /// Whether the stream came from a seed instead of the operating system.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }

    /// The next 64 bits, uniform.
    ///
    /// # Errors
    /// `Io` if the process has forked and the system has no entropy for a new key.
    #[inline]
    pub fn next_u64(&mut self) -> Result<u64> {
        self.words()?.digit()
    }

    /// Fills `bytes`, uniform.
    ///
    /// # Errors
    /// As [`next_u64`](Self::next_u64).
    pub fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.check_fork()?;
        self.check_process()?;
        self.stream.fill_bytes(bytes);
        Ok(())
    }

    /// A uniform draw from `0..bound`, without bias, by rejection.
    ///
    /// # Errors
    /// `Parameter` if `bound` is zero; otherwise as [`next_u64`](Self::next_u64).
    pub fn below(&mut self, bound: u64) -> Result<u64> {
        if bound == 0 {
            return Err(Error::new(
                ErrorKind::Parameter,
                "the bound of a uniform draw must be at least 1, got 0",
            ));
        }
        self.words()?.below(bound)
    }

    /// The words of this stream, after one look for a fork.
    ///
    /// # Errors
    /// As [`next_u64`](Self::next_u64).
    #[inline]
    pub(crate) fn words(&mut self) -> Result<Words<'_>> {
        self.check_fork()?;
        Ok(Words(self))
    }

    fn keyed(key: [u8; 32], generation: u64, insecure: bool) -> Self {
        SecureRng {
            stream: ChaCha12Rng::from_seed(key),
            ahead: Box::new([0; AHEAD]),
            next: AHEAD,
            generation,
            process: process::id(),
            refills: 0,
            insecure,
        }
    }

    #[inline]
    fn check_fork(&mut self) -> Result<()> {
        if self.generation == fork::generation() { Ok(()) } else { self.start_anew() }
    }

    /// Notices clones that ran no handler. A stream belongs to one release, so this window lies within one.
    fn check_process(&mut self) -> Result<()> {
        if self.process == process::id() { Ok(()) } else { self.start_anew() }
    }

    /// A new key, and nothing left of what was drawn ahead.
    #[cold]
    fn start_anew(&mut self) -> Result<()> {
        let generation = fork::generation();
        if !self.insecure {
            self.stream = ChaCha12Rng::from_seed(fresh_key(generation)?);
            self.next = AHEAD;
        }
        self.generation = generation;
        self.process = process::id();
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self) -> Result<()> {
        self.check_fork()?;
        self.refills = self.refills.wrapping_add(1);
        if self.refills.is_multiple_of(REFILLS_PER_CHECK) {
            self.check_process()?;
        }
        self.stream.fill_bytes(&mut self.ahead[..]);
        self.next = 0;
        Ok(())
    }
}

impl Source for Words<'_> {
    const BITS: u32 = u64::BITS;

    #[inline]
    fn digit(&mut self) -> Result<u64> {
        let rng = &mut *self.0;
        loop {
            if let Some(word) = rng.ahead.get(rng.next..).and_then(|rest| rest.first_chunk::<8>()) {
                rng.next += 8;
                return Ok(u64::from_le_bytes(*word));
            }
            rng.refill()?;
        }
    }
}

impl fmt::Debug for SecureRng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureRng").field("insecure", &self.insecure).finish_non_exhaustive()
    }
}

/// A key that nobody had before: the system's entropy, and the next words of the process's own stream.
fn fresh_key(generation: u64) -> Result<[u8; 32]> {
    let mut key = os_entropy()?;
    // Not `lock`: in the child of a fork a lock that another thread held stays closed for ever.
    if let Ok(mut process) = PROCESS.try_lock() {
        if process.as_ref().is_none_or(|(seeded, _)| *seeded != generation) {
            *process = Some((generation, ChaCha12Rng::from_seed(os_entropy()?)));
        }
        if let Some((_, stream)) = process.as_mut() {
            let mut own = [0; 32];
            stream.fill_bytes(&mut own);
            key.iter_mut().zip(own).for_each(|(byte, own)| *byte ^= own);
        }
    }
    Ok(key)
}

fn os_entropy() -> Result<[u8; 32]> {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy)
        .map_err(|_| Error::new(ErrorKind::Io, "the operating system gave no entropy; nothing was drawn"))?;
    Ok(entropy)
}

/// The process's own stream, and the generation that it was seeded in.
static PROCESS: Mutex<Option<(u64, ChaCha12Rng)>> = Mutex::new(None);
/// Bytes drawn ahead: 64 words, two refills of the generator.
const AHEAD: usize = 512;
/// Refills between two looks at the process number: one system call of 100 ns in 8,192 words.
const REFILLS_PER_CHECK: u32 = 128;

#[cfg(test)]
#[allow(unsafe_code, reason = "fork and pipes, to test what happens after a fork")]
mod tests {
    use super::*;

    #[test]
    fn two_streams_share_nothing() {
        let (mut a, mut b) = (SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap());
        let seen: Vec<u64> = (0..256).map(|_| a.next_u64().unwrap()).collect();
        assert!((0..256).all(|_| !seen.contains(&b.next_u64().unwrap())));
    }

    #[test]
    fn a_draw_below_a_bound_covers_the_range_evenly() {
        // 30,000 draws over 3 cells: standard deviation 82; 6 deviations: false alarm below 1e-8.
        let mut rng = SecureRng::from_os().unwrap();
        let mut cells = [0i64; 3];
        for _ in 0..30_000 {
            cells[usize::try_from(rng.below(3).unwrap()).unwrap()] += 1;
        }
        assert!(cells.iter().all(|c| (c - 10_000).abs() < 500), "{cells:?}");
        assert_eq!(rng.below(1).unwrap(), 0);
        assert_eq!(rng.below(0).unwrap_err().kind(), ErrorKind::Parameter);
        // Just above a power of two nearly half of the words are rejected.
        assert!((0..100).all(|_| rng.below((1 << 63) + 1).unwrap() <= 1 << 63));
    }

    /// ChaCha12 with the key "seed" (little-endian number) and "incog insecure-seeded v1": pinned, so that
    /// a seed means the same draws for ever. Computed from the definition in RFC 8439, section 2.3, by a
    /// program of its own.
    #[cfg(feature = "insecure-seeded")]
    #[test]
    fn seeded_streams_never_change_between_versions() {
        let mut rng = SecureRng::insecure_seeded(1);
        let words: Vec<u64> = (0..4).map(|_| rng.next_u64().unwrap()).collect();
        assert_eq!(
            words,
            [0x1e5_0e9d_070c_a86a, 0xe95_02b9_59c9_da0f, 0x8310_e93d_be32_2670, 0x28d0_6c6e_7d33_6d82]
        );
    }

    /// Parent and two children, one forked from the other, go on with one stream after the fork; nobody
    /// gets a word of anybody else, and nobody one that was drawn ahead before the fork.
    #[cfg(target_os = "linux")]
    #[test]
    fn forked_processes_share_nothing() {
        use std::{fs::File, io::Read, os::fd::FromRawFd};

        unsafe extern "C" {
            fn fork() -> i32;
            fn pipe(ends: *mut i32) -> i32;
            fn write(file: i32, bytes: *const u8, count: usize) -> isize;
            fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
            fn _exit(code: i32) -> !;
        }
        const WORDS: usize = 100;
        let mut rng = SecureRng::from_os().unwrap();
        let before = rng.next_u64().unwrap();
        let mut ends = [0; 2];
        // SAFETY: `ends` has room for two file numbers; the children only draw, write and exit, without
        // locking or allocating (`ahead` exists, and the lock of the process stream is only tried).
        let (own, seen) = unsafe {
            assert_eq!(pipe(ends.as_mut_ptr()), 0);
            let mut words = [0u8; 8 * WORDS];
            let draw = |rng: &mut SecureRng, words: &mut [u8]| {
                for word in words.chunks_exact_mut(8) {
                    word.copy_from_slice(&rng.next_u64().map_or([0; 8], u64::to_le_bytes));
                }
            };
            let child = fork();
            if child == 0 {
                let grandchild = fork();
                draw(&mut rng, &mut words);
                write(ends[1], words.as_ptr(), words.len());
                if grandchild != 0 {
                    waitpid(grandchild, std::ptr::null_mut(), 0);
                }
                _exit(0);
            }
            draw(&mut rng, &mut words);
            assert_eq!(waitpid(child, std::ptr::null_mut(), 0), child);
            let mut theirs = [0u8; 16 * WORDS];
            File::from_raw_fd(ends[0]).read_exact(&mut theirs).unwrap();
            drop(File::from_raw_fd(ends[1]));
            (words, theirs)
        };
        let mut all: Vec<u64> = [&own[..], &seen[..]]
            .concat()
            .chunks_exact(8)
            .map(|word| u64::from_le_bytes(word.try_into().unwrap()))
            .collect();
        all.push(before);
        assert!(!all.contains(&0));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 3 * WORDS + 1);
    }
}
