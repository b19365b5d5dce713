//! Draws that a key determines: the same attack finds the same people again.

use chacha20::{
    ChaCha12Rng,
    rand_core::{Rng, SeedableRng},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::num;

/// HMAC-SHA-256 of `parts`, each behind its length.
pub(super) fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&num::count(part.len()).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A stream of draws for one purpose. For choosing whom to attack, not for privacy.
pub(super) struct Draws(ChaCha12Rng);

impl Draws {
    pub(super) fn new(key: &[u8; 32], purpose: &str) -> Self {
        Draws(ChaCha12Rng::from_seed(keyed(key, &[b"incog attack", purpose.as_bytes()])))
    }

    /// Below `bound`, which is not 0; even but for less than `bound` in 2^64.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let (high, _) = num::wide_product(self.0.next_u64(), num::count(bound));
        usize::try_from(high).expect("below a length")
    }

    /// At most `most` of `all`, each set of them equally likely, in an order that is a draw as well.
    pub(super) fn sample<T>(&mut self, mut all: Vec<T>, most: usize) -> Vec<T> {
        let taken = most.min(all.len());
        for i in 0..taken {
            let other = i + self.below(all.len() - i);
            all.swap(i, other);
        }
        all.truncate(taken);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12,000 draws over 3 cells: standard deviation 52; 6 of them: false alarm below 1e-8. The key is fixed.
    #[test]
    fn samples_are_even_and_repeat() {
        let mut cells = [0i32; 3];
        let mut draws = Draws::new(&[1; 32], "test");
        for _ in 0..6000 {
            draws.sample(vec![0, 1, 2], 2).into_iter().for_each(|i: usize| cells[i] += 1);
        }
        assert!(cells.iter().all(|c| (c - 4000).abs() < 312), "{cells:?}");
        let sample = |key| Draws::new(&[key; 32], "test").sample((0..100).collect::<Vec<_>>(), 10);
        assert_eq!(sample(1), sample(1));
        assert_ne!(sample(1), sample(2));
        assert_eq!(Draws::new(&[1; 32], "x").sample(vec![5], 10), [5]);
    }
}
