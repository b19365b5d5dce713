//! The boundary between what meets a target and what does not, of a cost that falls along a line.
//!
//! Secants on the logarithm of the cost, with the older end weighed down (the Illinois rule), a bisection where that is slow,
//! and never closer to a known end than the tolerance: so the last step closes the bracket from the other side.

use crate::{
    error::Result,
    num::exponential::{exp, ln},
};

/// The places that are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// Positive numbers between two limits, told apart to this relative difference. Along the line they rise.
    Rising { least: f64, largest: f64, precision: f64 },
    /// As `Rising`, but along the line they fall.
    Falling { least: f64, largest: f64, precision: f64 },
    /// Whole numbers from 1 to a limit. Along the line they fall.
    Whole { largest: f64 },
}

/// A place, and the logarithm of its cost over the target.
type End = (f64, f64);

/// The first place of `line`, from its beginning, whose cost is at most `target`, nothing if the last one costs more.
///
/// # Guarantee
/// For all costs: the cost of what is returned was at most `target`, and that of a place before it, within the precision
/// (for whole numbers: the next one), was more, unless it is the beginning of the line. So for costs that fall along the
/// line it is the boundary.
pub(super) fn boundary(
    line: Line,
    start: f64,
    target: f64,
    mut cost: impl FnMut(f64) -> Result<f64>,
) -> Result<Option<f64>> {
    // Positive before, zero or less behind.
    let (mut before, mut behind): (Option<End>, Option<End>) = (None, None);
    let mut last = None;
    let (mut place, mut stride) = (line.place(start.clamp(line.least(), line.largest())), LEAST_STRIDE);
    for _ in 0..ROUNDS {
        let cost = cost(line.value(place))?;
        let excess = excess(cost, target);
        let side = cost <= target;
        // An end that stays twice in a row counts half, so that the secant moves away from the other one.
        let weight = if last == Some(side) && before.is_some() && behind.is_some() { 0.5 } else { 1.0 };
        last = Some(side);
        if side {
            before = before.map(|end| (end.0, weight * end.1));
            behind = Some((place, excess.min(0.0)));
        } else {
            behind = behind.map(|end| (end.0, weight * end.1));
            before = Some((place, excess.max(0.0)));
        }
        place = match (before, behind) {
            (None, Some((end, excess))) => {
                if end <= line.first() {
                    return Ok(Some(line.value(end)));
                }
                stride = (2.0 * stride).max(-excess * BEYOND).min(LARGEST_STRIDE);
                line.moved(end, -stride)
            }
            (Some((end, excess)), None) => {
                if end >= line.last() {
                    return Ok(None);
                }
                stride = (2.0 * stride).max(excess * BEYOND).min(LARGEST_STRIDE);
                line.moved(end, stride)
            }
            (Some(low), Some(high)) => match line.between(low, high) {
                None => return Ok(Some(line.value(high.0))),
                Some(between) => between,
            },
            (None, None) => place,
        };
    }
    // Not within the precision after all; what is behind meets the target nonetheless.
    Ok(behind.map(|end| line.value(end.0)))
}

impl Line {
    fn least(self) -> f64 {
        match self {
            Line::Rising { least, .. } | Line::Falling { least, .. } => least,
            Line::Whole { .. } => 1.0,
        }
    }

    fn largest(self) -> f64 {
        match self {
            Line::Rising { largest, .. } | Line::Falling { largest, .. } | Line::Whole { largest } => largest,
        }
    }

    fn first(self) -> f64 {
        self.place(if matches!(self, Line::Rising { .. }) { self.least() } else { self.largest() })
    }

    fn last(self) -> f64 {
        self.place(if matches!(self, Line::Rising { .. }) { self.largest() } else { self.least() })
    }

    /// Where along the line a value is.
    fn place(self, value: f64) -> f64 {
        match self {
            Line::Rising { .. } => ln(value),
            Line::Falling { .. } => -ln(value),
            Line::Whole { .. } => -value.round(),
        }
    }

    /// The value at a place.
    fn value(self, place: f64) -> f64 {
        match self {
            Line::Rising { least, largest, .. } => exp(place).clamp(least, largest),
            Line::Falling { least, largest, .. } => exp(-place).clamp(least, largest),
            Line::Whole { .. } => -place,
        }
    }

    /// The place `by` further in the logarithm of the value; for whole numbers at least one further.
    fn moved(self, place: f64, by: f64) -> f64 {
        let place = match self {
            Line::Rising { .. } | Line::Falling { .. } => place + by,
            Line::Whole { .. } => {
                let further = (place * exp(-by)).round();
                if by > 0.0 { further.max(place + 1.0) } else { further.min(place - 1.0) }
            }
        };
        place.clamp(self.first(), self.last())
    }

    /// A place between two ends; nothing if there is none that matters.
    fn between(self, low: End, high: End) -> Option<f64> {
        let width = high.0 - low.0;
        let least = match self {
            Line::Rising { precision, .. } | Line::Falling { precision, .. } => precision,
            Line::Whole { .. } => 1.0,
        };
        if width <= least {
            return None;
        }
        let secant = low.0 + width * low.1 / (low.1 - high.1);
        let place = if secant > low.0 && secant < high.0 { secant } else { low.0 + 0.5 * width };
        Some(match self {
            Line::Whole { .. } => place.round().clamp(low.0 + 1.0, high.0 - 1.0),
            // Where the bracket is no more than twice the precision, its middle ends the search.
            _ => {
                let aside = (0.9 * least).min(0.5 * width);
                // Not clamp: by rounding the limits may cross by a last digit when they meet.
                place.max(low.0 + aside).min(high.0 - aside)
            }
        })
    }
}

/// The logarithm of cost over target, kept within bounds where one of them is zero or infinite.
fn excess(cost: f64, target: f64) -> f64 {
    if target <= 0.0 || cost.is_infinite() {
        return if cost <= target { -FAR } else { FAR };
    }
    ln(cost.max(f64::MIN_POSITIVE) / target).clamp(-FAR, FAR)
}

/// Costs fall about as the place rises, in logarithms: a secant through a single point, and a little further.
const BEYOND: f64 = 1.05;
const LEAST_STRIDE: f64 = 0.01;
const LARGEST_STRIDE: f64 = 3.0;
/// Beyond a factor of e^20 it does not matter how far.
const FAR: f64 = 20.0;
/// Secants need about eight, bisections of 60 binary digits 60.
const ROUNDS: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_end_exactly_at_the_last_that_meets_the_target() {
        let line = Line::Whole { largest: 1e15 };
        for largest in [1.0, 2.0, 3.0, 17.0, 1000.0, 123_456_789.0, 1e15] {
            for start in [1.0, 40.0, 1e9] {
                let mut calls = 0;
                let found = boundary(line, start, largest, |n| {
                    calls += 1;
                    Ok(n)
                });
                assert_eq!(found.unwrap(), Some(largest), "{start}");
                assert!(calls < 60, "{calls}");
                let found = boundary(line, start, largest.sqrt(), |n| Ok(n.sqrt()));
                assert_eq!(found.unwrap(), Some(largest), "{start}");
            }
        }
        assert_eq!(boundary(line, 1.0, 0.5, Ok).unwrap(), None);
    }

    /// Where every place meets the target, or none does, the end of the line is found in few steps and at once accepted.
    #[test]
    fn the_ends_of_a_line_end_the_search() {
        let (least, largest, precision) = (1e-9, 1e12, 1e-5);
        let lines = [
            Line::Rising { least, largest, precision },
            Line::Falling { least, largest, precision },
            Line::Whole { largest },
        ];
        for line in lines {
            let first = line.value(line.first());
            for start in [least, 1.0, largest] {
                for (cost, wanted) in
                    [(0.0, Some(first)), (f64::INFINITY, None), (1.0, Some(first)), (1.1, None)]
                {
                    let mut calls = 0;
                    let found = boundary(line, start, 1.0, |_| {
                        calls += 1;
                        Ok(cost)
                    });
                    assert_eq!(found.unwrap(), wanted, "{line:?} {start} {cost}");
                    assert!(calls < 40, "{line:?} {start} {cost}: {calls}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_found_meets_the_target_and_a_little_less_does_not(
            log_root in -15f64..20.0, power in 0.2f64..4.0, start in -10f64..10.0, step in 0u8..3,
        ) {
            let line = Line::Rising { least: 1e-9, largest: 1e12, precision: 1e-5 };
            let root = log_root.exp();
            let mut calls = 0;
            // Smooth, with a jump, and infinite on one side.
            let cost = |x: f64| match step {
                0 => (root / x).powf(power),
                1 => (root / x).powf(power) + if x < 1.0 { 3.0 } else { 0.0 },
                _ => if x < root { f64::INFINITY } else { 0.0 },
            };
            let found = boundary(line, start.exp(), 1.0, |x| { calls += 1; Ok(cost(x)) }).unwrap().unwrap();
            prop_assert!(cost(found) <= 1.0);
            prop_assert!(found <= 1.1e-9 || cost(found * (1.0 - 1.1e-5)) > 1.0, "{found} {root}");
            prop_assert!(calls < 70, "{calls}");
            let falling = Line::Falling { least: 1e-15, largest: 1.0, precision: 1e-5 };
            if let Some(found) = boundary(falling, 0.1, 1.0, |x| Ok((x / root).powf(power))).unwrap() {
                prop_assert!(found <= root * (1.0 + 1e-12) && (found >= 1.0 || found >= root * (1.0 - 1.1e-5)));
            } else {
                prop_assert!(root < 1e-15);
            }
        }
    }
}
