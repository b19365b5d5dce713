//! What was replaced so far, for those who watch.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::Entity;
use crate::watch;

/// Counts what a [`Redactor`](super::Redactor), its clones and all that is made from them replace: streams, log lines,
/// documents, tables, on all threads. A copy goes on counting.
///
/// # Examples
/// A filter that stops firing is a filter that stopped working. That shows as texts without a finding, which an alarm
/// can compare with what is usual:
/// ```
/// use incog::pii::{Entity, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let counts = redactor.counts().clone();
/// for line in ["from ada@example.org", "no news", "no news"] {
///     let _ = redactor.redact(line);
/// }
/// let now = counts.snapshot();
/// assert_eq!((now.texts, now.replaced[&Entity::EMAIL_ADDRESS], now.quiet), (3, 1, 2));
/// assert_eq!(now.to_string(), "texts 3, withheld 0, quiet 2, EMAIL_ADDRESS 1");
/// ```
#[derive(Clone, Default)]
pub struct Counts(Arc<Inner>);

#[derive(Default)]
struct Inner {
    texts: AtomicU64,
    /// How many texts there were with the last one in which something was replaced.
    last: AtomicU64,
    withheld: AtomicU64,
    replaced: Mutex<BTreeMap<Entity, u64>>,
}

/// Counts at one time.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// for line in ["from ada@example.org", "from bob@example.org", "no news"] {
///     let _ = redactor.redact(line);
/// }
/// let now = redactor.counts().snapshot();
/// assert_eq!(now.replaced.get(&Entity::EMAIL_ADDRESS), Some(&2));
/// assert_eq!((now.texts, now.quiet, now.withheld), (3, 1, 0));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Counted {
    /// Texts that were searched: calls, streams, documents, rows of a table, log lines.
    pub texts: u64,
    /// Log lines whose redaction failed, so that they were not written.
    pub withheld: u64,
    /// Texts since the last one in which something was replaced.
    pub quiet: u64,
    /// Findings that were replaced, by entity.
    pub replaced: BTreeMap<Entity, u64>,
}

impl Counts {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Counts::default()
    }

    /// The counts now.
    #[must_use]
    pub fn snapshot(&self) -> Counted {
        let replaced = self.0.replaced.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (texts, last) = (self.0.texts.load(Ordering::Relaxed), self.0.last.load(Ordering::Relaxed));
        let withheld = self.0.withheld.load(Ordering::Relaxed);
        Counted { texts, withheld, quiet: texts.saturating_sub(last), replaced }
    }

    /// A text was searched, and these were replaced in it.
    pub(super) fn text<'e>(&self, replaced: impl IntoIterator<Item = &'e Entity>) {
        self.0.texts.fetch_add(1, Ordering::Relaxed);
        watch::redacting();
        self.more(replaced);
    }

    /// Some more were replaced in the last text.
    pub(super) fn more<'e>(&self, replaced: impl IntoIterator<Item = &'e Entity>) {
        let mut replaced = replaced.into_iter().peekable();
        if replaced.peek().is_some() {
            self.0.last.store(self.0.texts.load(Ordering::Relaxed), Ordering::Relaxed);
            for entity in replaced {
                // A recorder of the program may log, and these counts may be those of its log: not under the lock.
                watch::replaced(entity.counted_as());
                let mut counts = self.0.replaced.lock().unwrap_or_else(PoisonError::into_inner);
                match counts.get_mut(entity) {
                    Some(count) => *count += 1,
                    None => _ = counts.insert(entity.clone(), 1),
                }
            }
        }
    }

    /// A text that was searched is not written, or not all of it.
    pub(super) fn withheld(&self) {
        self.0.withheld.fetch_add(1, Ordering::Relaxed);
        watch::withheld();
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "texts {}, withheld {}, quiet {}", self.texts, self.withheld, self.quiet)?;
        self.replaced.iter().try_for_each(|(entity, count)| write!(f, ", {entity} {count}"))
    }
}
