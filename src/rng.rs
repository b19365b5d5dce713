//! Randomness: a ChaCha stream that the operating system seeds.
//!
//! One [`SecureRng`] per release: each is seeded from the operating system at construction and again when
//! the process has forked, so that no two processes and no two releases share a stream. Its state cannot be
//! cloned, printed or saved.
//!
//! With feature `insecure-seeded` a stream can be made from a number, for tests; such a stream says so
//! ([`is_insecure`](SecureRng::is_insecure)) and every result drawn from it carries that word.

use std::{fmt, process};

use rand::{Rng, SeedableRng, TryRng, rngs::StdRng, rngs::SysRng};

use crate::error::{Error, ErrorKind, Result};

/// A cryptographically secure stream of random bits.
///
/// # Guarantee
/// For all pairs of streams made by [`from_os`](Self::from_os), in one process or in several, forked or
/// not, their seeds are separate draws of 256 bits from the operating system.
pub struct SecureRng {
    stream: StdRng,
    process: u32,
    until_check: u32,
    insecure: bool,
}

impl SecureRng {
    /// A stream seeded by the operating system.
    ///
    /// # Errors
    /// `Io` if the system has no entropy to give.
    pub fn from_os() -> Result<Self> {
        Ok(SecureRng {
            stream: StdRng::from_seed(os_seed()?),
            process: process::id(),
            until_check: DRAWS_PER_CHECK,
            insecure: false,
        })
    }

    /// A stream determined by `seed`: reproducible, and therefore without any privacy.
    #[cfg(feature = "insecure-seeded")]
    #[must_use]
    pub fn insecure_seeded(seed: u64) -> Self {
        SecureRng {
            stream: StdRng::seed_from_u64(seed),
            process: process::id(),
            until_check: DRAWS_PER_CHECK,
            insecure: true,
        }
    }

    /// Whether the stream came from a seed instead of the operating system.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }

    /// The next 64 bits, uniform.
    ///
    /// # Errors
    /// `Io` if the process has forked and the system has no entropy for a new seed.
    pub fn next_u64(&mut self) -> Result<u64> {
        self.check_process()?;
        Ok(self.stream.next_u64())
    }

    /// Fills `bytes`, uniform.
    ///
    /// # Errors
    /// As [`next_u64`](Self::next_u64).
    pub fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.until_check = 1;
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
        // Reject the incomplete last copy of 0..bound at the top of the 64-bit range.
        let reject_from = u64::MAX - (u64::MAX % bound + 1) % bound;
        loop {
            let draw = self.next_u64()?;
            if draw <= reject_from {
                return Ok(draw % bound);
            }
        }
    }

    fn check_process(&mut self) -> Result<()> {
        self.until_check -= 1;
        if self.until_check == 0 {
            self.until_check = DRAWS_PER_CHECK;
            let process = process::id();
            if process != self.process && !self.insecure {
                self.stream = StdRng::from_seed(os_seed()?);
                self.process = process;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SecureRng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureRng").field("insecure", &self.insecure).finish_non_exhaustive()
    }
}

fn os_seed() -> Result<[u8; 32]> {
    let mut seed = [0; 32];
    SysRng
        .try_fill_bytes(&mut seed)
        .map_err(|_| Error::new(ErrorKind::Io, "the operating system gave no entropy; nothing was drawn"))?;
    Ok(seed)
}

/// Draws between two looks at the process number: one system call per 64 draws is below 2 ns a draw.
/// A stream belongs to one release, so the window after a fork lies within one release.
const DRAWS_PER_CHECK: u32 = 64;

#[cfg(test)]
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
    }
}
