//! A mechanism that runs with some probability, where it is told whether it ran.

use crate::{
    dp::accountant::pld::pair::{Errors, Lattice, Masses, Pair},
    num::round::UNIT,
};

/// With probability `rate` an inner pair, else nothing, which has loss 0.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Thinned {
    inner: Box<Pair>,
    rate: f64,
}

impl Thinned {
    pub(super) fn new(inner: Pair, rate: f64) -> Self {
        Thinned { inner: Box::new(inner), rate }
    }

    pub(in crate::dp::accountant::pld) fn inner(&self) -> &Pair {
        &self.inner
    }

    pub(in crate::dp::accountant::pld) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn smooth(&self, low: f64, high: f64) -> Masses {
        self.share(self.inner.smooth(low, high))
    }

    pub(super) fn points(&self) -> Vec<(f64, Masses)> {
        let nothing = (0.0, Masses { first: 1.0 - self.rate, second: 1.0 - self.rate });
        let inner = self.inner.points().into_iter().map(|(loss, masses)| (loss, self.share(masses)));
        inner.chain([nothing]).collect()
    }

    /// 0, and the ends of the inner pair if these have mass of their own. Else any lattice will do.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        self.inner.lattice().map(|lattice| Lattice { origin: 0.0, spacing: lattice.origin.abs() })
    }

    pub(super) fn infinite(&self) -> Masses {
        self.share(self.inner.infinite())
    }

    pub(super) fn range(&self) -> (f64, f64) {
        let (least, largest) = self.inner.range();
        (least.min(0.0), largest.max(0.0))
    }

    pub(super) fn is_symmetric(&self) -> bool {
        self.inner.is_symmetric()
    }

    pub(super) fn errors(&self, low: f64, high: f64) -> Errors {
        let inner = self.inner.errors(low, high);
        Errors { mass: inner.mass + 2.0 * UNIT, loss: inner.loss }
    }

    fn share(&self, masses: Masses) -> Masses {
        Masses { first: self.rate * masses.first, second: self.rate * masses.second }
    }
}
