//! Where a ledger takes the time from.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// A source of the time, which decides which period it is. A ledger never believes that it went back.
///
/// # Examples
/// ```
/// use incog::dp::ledger::Clock;
/// use std::time::{Duration, UNIX_EPOCH};
/// let noon = Clock::from_fn(|| UNIX_EPOCH + Duration::from_secs(43_200));
/// assert_eq!(noon.seconds(), 43_200);
/// ```
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// That of the operating system.
    #[must_use]
    pub fn system() -> Self {
        Clock(Arc::new(SystemTime::now))
    }

    /// What `now` says.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now))
    }

    /// Seconds since the start of 1970 (UTC), rounded down; 0 before that.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        let since = (self.0)().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
