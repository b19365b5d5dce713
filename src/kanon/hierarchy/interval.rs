//! Numbers in intervals that nest.

use super::TOP;
use crate::error::{Error, Result};

/// Half-open intervals, in units of [`ONE`]: decimal text is read exactly, so that a value on a boundary
/// falls where its digits say and not where a binary fraction does.
#[derive(Clone, Debug)]
pub(super) struct Intervals {
    widths: Vec<i128>,
    origin: i128,
}

impl Intervals {
    pub(super) fn new(widths: &[f64], origin: f64) -> Result<Self> {
        let read = |x: f64| fixed(&format!("{x}"));
        let origin = read(origin).ok_or_else(|| Error::interval_origin(origin))?;
        let mut fixed_widths: Vec<i128> = Vec::with_capacity(widths.len());
        for &width in widths {
            let fixed = read(width).filter(|&w| w > 0).ok_or_else(|| Error::interval_width(width))?;
            if let Some(finer) = fixed_widths.last()
                && (fixed <= *finer || fixed % finer != 0)
            {
                return Err(Error::unnested_widths(width, &decimal(*finer)));
            }
            fixed_widths.push(fixed);
        }
        Ok(Intervals { widths: fixed_widths, origin })
    }

    /// The number itself, the widths, and `*`.
    pub(super) fn depth(&self) -> usize {
        self.widths.len() + 2
    }

    pub(super) fn generalize(&self, value: &str, level: usize) -> Option<String> {
        let number = fixed(value.trim())?;
        match level.checked_sub(1).map(|l| self.widths.get(l)) {
            None => Some(value.to_owned()),
            Some(None) => Some(TOP.to_owned()),
            Some(Some(width)) => {
                let low = self.origin + (number - self.origin).div_euclid(*width) * width;
                Some(format!("[{}, {})", decimal(low), decimal(low + width)))
            }
        }
    }
}

/// Decimal text of at most 18 digits before and 9 after the point, as a multiple of `1 / ONE`.
fn fixed(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 18
        || fraction.len() > 9
        || !all_digits(whole)
        || !all_digits(fraction)
    {
        return None;
    }
    let magnitude = format!("{whole}{fraction:0<9}").parse::<i128>().ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

fn decimal(fixed: i128) -> String {
    let sign = if fixed < 0 { "-" } else { "" };
    let (whole, fraction) = (fixed.unsigned_abs() / ONE, fixed.unsigned_abs() % ONE);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{}", format!("{fraction:09}").trim_end_matches('0'))
}

/// Nine digits after the point: cents of a cent, and nanoseconds in a second.
const ONE: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_boundary_belongs_to_the_interval_that_starts_there() {
        let h = Intervals::new(&[0.1, 0.3], 0.0).unwrap();
        // 0.3 / 0.1 is 2.9999999999999996 in binary.
        assert_eq!(h.generalize("0.3", 1).unwrap(), "[0.3, 0.4)");
        assert_eq!(h.generalize("0.3", 2).unwrap(), "[0.3, 0.6)");
        assert_eq!(h.generalize("-0.05", 1).unwrap(), "[-0.1, 0)");
        assert_eq!(h.generalize("7", 3).unwrap(), "*");
        assert_eq!(h.generalize("7", 0).unwrap(), "7");
        assert!(h.generalize("seven", 1).is_none());
        assert!(h.generalize("1e5", 1).is_none());
    }

    #[test]
    fn widths_that_do_not_nest_are_refused() {
        for widths in [&[5.0, 12.0][..], &[5.0, 5.0], &[0.0], &[-5.0], &[f64::NAN], &[10.0, 5.0]] {
            assert!(Intervals::new(widths, 0.0).is_err(), "{widths:?}");
        }
        assert!(Intervals::new(&[5.0, 10.0, 20.0], f64::INFINITY).is_err());
    }
}
