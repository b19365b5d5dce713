//! A wrapper for raw values that keeps them out of logs by type.

use std::fmt;

/// A raw value that cannot be printed, compared, cloned or serialized by accident.
///
/// The only way to the value is [`expose`](Self::expose), which reviewers can search for.
///
/// # Guarantee
/// For all `T`, no formatting of a `Sensitive<T>` depends on the value.
///
/// # Examples
/// ```
/// use incog::Sensitive;
/// let name = Sensitive::new("Ada Lovelace".to_string());
/// assert_eq!(format!("{name:?}"), "Sensitive(..)");
/// assert_eq!(name.expose().len(), 12);
/// ```
/// It has no `Display`, and is neither cloned nor serialized:
/// ```compile_fail,E0277
/// println!("{}", incog::Sensitive::new("Ada Lovelace"));
/// ```
/// ```compile_fail,E0599
/// let copy = incog::Sensitive::new("Ada Lovelace").clone();
/// ```
/// ```compile_fail,E0277
/// serde_json::to_string(&incog::Sensitive::new("Ada Lovelace")).unwrap();
/// ```
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Wraps `value`.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Sensitive(value)
    }

    /// The value itself. Each call is a place where raw data may leave.
    #[must_use]
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive(..)")
    }
}
