//! Conversions of this room, in place of `as`.

/// The largest whole number of rows that is not above `x`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u64")]
pub(crate) fn whole_rows(x: f64) -> u64 {
    x.max(0.0).floor() as u64
}

/// The nearest `f64`; exact below 2^53.
#[allow(clippy::cast_precision_loss, reason = "a score or a distance")]
pub(crate) fn wide_to_f64(n: i128) -> f64 {
    n as f64
}
