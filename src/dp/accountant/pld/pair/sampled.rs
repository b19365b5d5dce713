//! Pairs made of another pair: on a Poisson sample, and on a sample of fixed size.

use std::ops::Add;

use crate::{
    dp::accountant::pld::pair::{Errors, Lattice, Masses, Pair},
    num::{
        exponential::{exp, exp_m1, ln, ln_1p},
        round::UNIT,
    },
};

/// `(1 - rate) second + rate first` against `second`, of an inner pair.
///
/// An inner loss `l` becomes `ln(1 - rate + rate e^l)`, which is increasing: outcomes keep their order.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Sampled {
    inner: Box<Pair>,
    rate: f64,
}

impl Sampled {
    pub(super) fn new(inner: Pair, rate: f64) -> Self {
        Sampled { inner: Box::new(inner), rate }
    }

    pub(in crate::dp::accountant::pld) fn inner(&self) -> &Pair {
        &self.inner
    }

    pub(in crate::dp::accountant::pld) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn coordinate(&self, loss: f64) -> f64 {
        inner_loss(loss, self.rate)
    }

    pub(super) fn smooth(&self, low: f64, high: f64) -> Masses {
        mixture(self.inner.smooth(low, high), self.rate)
    }

    pub(super) fn points(&self) -> Vec<(f64, Masses)> {
        self.inner.points().into_iter().map(|(loss, masses)| (loss, mixture(masses, self.rate))).collect()
    }

    pub(super) fn infinite(&self) -> Masses {
        // Where the inner first has none, the mixture still has a share of second: a finite loss.
        Masses { first: self.rate * self.inner.infinite().first, second: 0.0 }
    }

    pub(super) fn range(&self) -> (f64, f64) {
        let (least, largest) = self.inner.range();
        let least = if self.inner.infinite().second > 0.0 { f64::NEG_INFINITY } else { least };
        (outer_loss(least, self.rate), outer_loss(largest, self.rate))
    }

    /// Of the least and the largest loss, if the inner ones have mass of their own.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        let inner = self.inner.lattice()?;
        let (low, high) = (outer_loss(-inner.origin, self.rate), outer_loss(inner.origin, self.rate));
        Some(Lattice { origin: high, spacing: high - low })
    }

    pub(super) fn errors(&self, low: f64, high: f64) -> Errors {
        let inner = self.inner.errors(low, high);
        // The inner loss is off by a few units of itself and of ln(rate).
        let places = low.abs().max(high.abs()) + ln(self.rate).abs();
        let inner_loss = inner.loss + (64.0 + 16.0 * places) * UNIT;
        Errors {
            mass: inner.mass + 6.0 * UNIT,
            loss: sensitivity(high, self.rate) * inner_loss
                + (64.0 + 8.0 * outer_loss(high, self.rate).abs()) * UNIT,
        }
    }
}

/// The mixture against the base where the loss is positive, the base against the mixture where it is negative;
/// what is left of both lies at loss 0.
///
/// Coordinates are inner losses: of the mixture at positive ones, of the reverse at negative ones.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Glued {
    mixture: Sampled,
    /// The mass of either member at loss 0.
    middle: f64,
}

impl Glued {
    pub(super) fn new(inner: Pair, share: f64) -> Self {
        let mixture = Sampled::new(inner, share);
        let points = mixture.points().into_iter().filter(|(loss, _)| *loss > 0.0).map(|(_, masses)| masses);
        let positive = points.fold(mixture.smooth(0.0, f64::INFINITY), Masses::add);
        let infinite = mixture.infinite().first;
        Glued { middle: (1.0 - positive.first - infinite - positive.second).max(0.0), mixture }
    }

    /// The mixture against the base, which concrete neighbors attain.
    pub(in crate::dp::accountant::pld) fn mixture(&self) -> &Sampled {
        &self.mixture
    }

    pub(super) fn coordinate(&self, loss: f64) -> f64 {
        if loss >= 0.0 { self.mixture.coordinate(loss) } else { -self.mixture.coordinate(-loss) }
    }

    pub(super) fn smooth(&self, low: f64, high: f64) -> Masses {
        let mut masses = Masses::default();
        if high > 0.0 {
            masses = masses + self.mixture.smooth(low.max(0.0), high);
        }
        if low < 0.0 {
            masses = masses + reverse(self.mixture.smooth((-high).max(0.0), -low));
        }
        masses
    }

    pub(super) fn points(&self) -> Vec<(f64, Masses)> {
        let positive: Vec<_> = self.mixture.points().into_iter().filter(|(loss, _)| *loss > 0.0).collect();
        let negative = positive.iter().map(|(loss, masses)| (-loss, reverse(*masses)));
        let middle = (0.0, Masses { first: self.middle, second: self.middle });
        negative.chain([middle]).chain(positive.iter().copied()).collect()
    }

    /// 0, and the least and the largest loss if these have mass of their own. Else any lattice will do.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        self.mixture.lattice().map(|lattice| Lattice { origin: 0.0, spacing: lattice.origin })
    }

    pub(super) fn infinite(&self) -> Masses {
        let infinite = self.mixture.infinite().first;
        Masses { first: infinite, second: infinite }
    }

    pub(super) fn range(&self) -> (f64, f64) {
        let largest = self.mixture.range().1;
        (-largest, largest)
    }

    pub(super) fn errors(&self, low: f64, high: f64) -> Errors {
        let errors = self.mixture.errors(0.0, low.abs().max(high.abs()));
        // The mass in the middle is a difference from 1.
        let middle = if self.middle > 1e-3 { 4.0 * errors.mass / self.middle } else { 4e3 * errors.mass };
        Errors { mass: errors.mass + middle, ..errors }
    }
}

fn reverse(masses: Masses) -> Masses {
    Masses { first: masses.second, second: masses.first }
}

/// The outer masses of inner masses.
fn mixture(inner: Masses, rate: f64) -> Masses {
    Masses { first: (1.0 - rate) * inner.second + rate * inner.first, second: inner.second }
}

/// `ln(1 - rate + rate e^l)`.
pub(in crate::dp::accountant::pld) fn outer_loss(loss: f64, rate: f64) -> f64 {
    if loss < 0.0 && rate > 0.5 {
        ln((1.0 - rate) + rate * exp(loss))
    } else if loss < 40.0 {
        ln_1p(rate * exp_m1(loss))
    } else {
        loss + ln(rate) + ln_1p((1.0 - rate) / rate * exp(-loss))
    }
}

/// `ln((e^l - 1 + rate) / rate)`, or -∞ if no inner loss leads there.
///
/// Two forms, so that an error of the inner loss always comes from a few units of error of `e^l`.
pub(in crate::dp::accountant::pld) fn inner_loss(loss: f64, rate: f64) -> f64 {
    if loss < -0.5 {
        let share = (exp(loss) - (1.0 - rate)) / rate;
        if share > 0.0 { ln(share) } else { f64::NEG_INFINITY }
    } else if loss < 40.0 {
        let excess = exp_m1(loss) / rate;
        if excess > -1.0 { ln_1p(excess) } else { f64::NEG_INFINITY }
    } else {
        loss - ln(rate) + ln_1p((rate - 1.0) * exp(-loss))
    }
}

/// By how much an error of the inner loss `l` changes the outer loss: the derivative
/// `rate e^l / (1 - rate + rate e^l)`, which is increasing.
fn sensitivity(loss: f64, rate: f64) -> f64 {
    1.0 / (1.0 + (1.0 - rate) / rate * exp(-loss.min(700.0)))
}
