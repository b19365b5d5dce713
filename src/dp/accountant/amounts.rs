//! Exact decimals as enclosures.

use crate::{
    dp::{Delta, Epsilon},
    num::Enclosure,
};

impl From<Epsilon> for Enclosure {
    fn from(epsilon: Epsilon) -> Self {
        Enclosure::count(epsilon.units()) / 1e12
    }
}

impl From<Delta> for Enclosure {
    fn from(delta: Delta) -> Self {
        let part = |units: u128| Enclosure::count(u64::try_from(units).unwrap_or(u64::MAX));
        let (high, low) = (delta.units() / TRILLION, delta.units() % TRILLION);
        part(high) / 1e12 + part(low) / 1e12 / 1e12
    }
}

const TRILLION: u128 = 1_000_000_000_000;
