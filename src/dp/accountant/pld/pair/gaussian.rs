//! Gaussian noise: alone, and on Poisson samples when a record is replaced.

use crate::{
    dp::accountant::pld::pair::{Errors, Masses},
    num::{
        Enclosure,
        exponential::{exp, exp_m1, ln, ln_1p},
        normal::{MASS_ERROR, mass, upper_tail},
        round::UNIT,
    },
};

/// `N(shift, 1)` against `N(0, 1)`. At the place `z` the loss is `shift z - shift² / 2`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Gaussian {
    shift: f64,
}

impl Gaussian {
    pub(super) fn new(shift: f64) -> Self {
        Gaussian { shift }
    }

    /// The shift before it was rounded.
    pub(in crate::dp::accountant::pld) fn distance(&self) -> Enclosure {
        Enclosure::around(self.shift, 2.0 * UNIT)
    }

    /// The places, as seen from the means of first and second, are `loss / shift ∓ shift / 2`.
    pub(super) fn masses(&self, low: f64, high: f64) -> Masses {
        let half_shift = 0.5 * self.shift;
        if low.is_infinite() {
            let place = high / self.shift;
            return Masses { first: upper_tail(half_shift - place), second: upper_tail(-half_shift - place) };
        }
        if high.is_infinite() {
            let place = low / self.shift;
            return Masses { first: upper_tail(place - half_shift), second: upper_tail(place + half_shift) };
        }
        let (from, to, width) = (low / self.shift, high / self.shift, (high - low) / self.shift);
        Masses {
            first: mass(from - half_shift, to - half_shift, width),
            second: mass(from + half_shift, to + half_shift, width),
        }
    }

    /// A place `z` that is off by some units of itself changes a mass by as many units of `z²`; a shift that is
    /// off by a unit, by less.
    pub(super) fn errors(&self, low: f64, high: f64) -> Errors {
        let place = (low.abs().max(high.abs()) / self.shift + self.shift).min(40.0);
        Errors::of(
            MASS_ERROR + 8.0 * (1.0 + place) * (place + self.shift.min(40.0)) * UNIT,
            low.abs().max(high.abs()),
        )
    }
}

/// `(1 - rate) N(0, 1) + rate N(shift, 1)` against `(1 - rate) N(0, 1) + rate N(-shift, 1)`.
///
/// The coordinate is the place `z`. With `y = e^(shift z)` and `r = rate / (1 - rate) e^(-shift²/2)`, the loss `l` is
/// `ln((1 + r y) / (1 + r / y))`; so `y e^(-l/2) - e^(l/2) / y = 2 sinh(l/2) / r` and
/// `shift z = l/2 + asinh(sinh(l/2) / r)`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Replaced {
    shift: f64,
    rate: f64,
}

impl Replaced {
    pub(super) fn new(shift: f64, rate: f64) -> Self {
        Replaced { shift, rate }
    }

    pub(super) fn coordinate(&self, loss: f64) -> f64 {
        if loss.is_infinite() {
            return loss;
        }
        let half = 0.5 * loss.abs();
        // ln of sinh(l/2) / r
        let ln_sinh = half + ln(-0.5 * exp_m1(-2.0 * half));
        let ln_ratio = ln_sinh + ln_1p(-self.rate) - ln(self.rate) + 0.5 * self.shift * self.shift;
        let asinh = if ln_ratio > 20.0 {
            ln_ratio + std::f64::consts::LN_2
        } else {
            // asinh x = ln(1 + x + x²/(1 + sqrt(1 + x²)))
            let x = exp(ln_ratio);
            ln_1p(x + x * x / (1.0 + (1.0 + x * x).sqrt()))
        };
        (half + asinh).copysign(loss) / self.shift
    }

    pub(super) fn masses(&self, low: f64, high: f64) -> Masses {
        let part = |shift: f64| {
            if low.is_infinite() {
                upper_tail(shift - high)
            } else if high.is_infinite() {
                upper_tail(low - shift)
            } else {
                mass(low - shift, high - shift, high - low)
            }
        };
        let unsampled = (1.0 - self.rate) * part(0.0);
        Masses {
            first: unsampled + self.rate * part(self.shift),
            second: unsampled + self.rate * part(-self.shift),
        }
    }

    /// The place is off by a few units of itself and of `ln(rate)`, `shift²` divided by the shift; a place by `d`
    /// moves the loss by at most `shift d` times the share of the shifted part, and masses by `z d`.
    pub(super) fn errors(&self, low: f64, high: f64) -> Errors {
        let place = (low.abs().max(high.abs()) + self.shift).min(40.0);
        let largest = self.shift * (place + self.shift);
        let mass = MASS_ERROR + 4.0 * UNIT + 8.0 * (1.0 + place) * (place + self.shift.min(40.0)) * UNIT;
        let logarithms = largest + ln(self.rate).abs() + ln_1p(-self.rate).abs() + self.shift * self.shift;
        Errors::of(mass, largest + logarithms)
    }
}
