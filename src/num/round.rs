//! Directed rounding: the operations of IEEE 754 with a result that is certainly not below, or not above.
//!
//! An operation that rounds to nearest is off by at most half the distance to a neighbor, so the neighbor
//! bounds the true value. `_up` is never below it, `_down` never above. Infinities stay as they are; what is
//! not a number stays not a number.

/// Not below the real number that `x` is the nearest `f64` of.
pub(crate) const fn up(x: f64) -> f64 {
    x.next_up()
}

/// Not above the real number that `x` is the nearest `f64` of.
pub(crate) const fn down(x: f64) -> f64 {
    x.next_down()
}

pub(crate) const fn add_up(a: f64, b: f64) -> f64 {
    up(a + b)
}

pub(crate) const fn add_down(a: f64, b: f64) -> f64 {
    down(a + b)
}

pub(crate) const fn sub_up(a: f64, b: f64) -> f64 {
    up(a - b)
}

pub(crate) const fn sub_down(a: f64, b: f64) -> f64 {
    down(a - b)
}

pub(crate) const fn mul_up(a: f64, b: f64) -> f64 {
    up(a * b)
}

pub(crate) const fn mul_down(a: f64, b: f64) -> f64 {
    down(a * b)
}

pub(crate) const fn div_up(a: f64, b: f64) -> f64 {
    up(a / b)
}

pub(crate) const fn div_down(a: f64, b: f64) -> f64 {
    down(a / b)
}

/// Half the distance from 1 to the next `f64`: the relative error of one operation. All error bounds in this
/// module are small multiples of it.
pub(crate) const UNIT: f64 = f64::EPSILON / 2.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::double::Double;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn directed_operations_enclose_the_exact_result(a in -1e9f64..1e9, b in -1e9f64..1e9) {
            let sum = Double::sum(a, b);
            prop_assert!(Double::from(add_down(a, b)) < sum && sum < Double::from(add_up(a, b)));
            let difference = Double::sum(a, -b);
            prop_assert!(Double::from(sub_down(a, b)) < difference);
            prop_assert!(difference < Double::from(sub_up(a, b)));
            let product = Double::product(a, b);
            prop_assert!(Double::from(mul_down(a, b)) < product && product < Double::from(mul_up(a, b)));
            prop_assume!(b.abs() > 1e-3);
            // a / b < up exactly if a < up * b, for positive b.
            let above = Double::product(div_up(a, b), b.abs());
            let below = Double::product(div_down(a, b), b.abs());
            let a = Double::from(a * b.signum());
            prop_assert!(below < a && a < above);
        }
    }
}
