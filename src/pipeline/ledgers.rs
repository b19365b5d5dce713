//! Where the ledgers of a policy come from.

use std::{fmt, path::Path, sync::Arc};

use crate::{
    dp::ledger::{Ledger, LedgerKey},
    error::{Error, Result},
};

/// Opens the ledger that a policy names. For kinds that this crate does not have, such as PostgreSQL of
/// `incog-postgres`.
///
/// # Examples
/// ```
/// use std::{path::Path, sync::Arc};
/// use incog::dp::{Budget, ledger::{Ledger, LedgerKey, MemoryLedger}};
/// use incog::pipeline::{LedgerProvider, Policy, SystemLedgers};
/// /// `memory:`, for tests; all else as always.
/// struct WithMemory(MemoryLedger);
/// impl LedgerProvider for WithMemory {
///     fn ledger(&self, source: &str, folder: &Path, key: Option<LedgerKey>) -> incog::Result<Box<dyn Ledger>> {
///         match source {
///             "memory:" => Ok(Box::new(self.0.handle())),
///             _ => SystemLedgers.ledger(source, folder, key),
///         }
///     }
/// }
/// let provider = WithMemory(MemoryLedger::new(Budget::parse("1", "0")?));
/// assert!(provider.ledger("memory:", Path::new("."), None)?.entries()?.is_empty());
/// assert_eq!(provider.ledger("disk:", Path::new("."), None).err().unwrap().kind(), incog::ErrorKind::Policy);
/// let attach = |policy: Policy| policy.ledgers(Arc::new(provider));
/// # Ok::<(), incog::Error>(())
/// ```
pub trait LedgerProvider: Send + Sync {
    /// The ledger at `source`, the text of the policy. Paths are relative to `folder`; `key` is that of the release.
    ///
    /// # Errors
    /// What the ledger says; `Policy` for a source of no known kind.
    fn ledger(&self, source: &str, folder: &Path, key: Option<LedgerKey>) -> Result<Box<dyn Ledger>>;
}

/// Ledgers on this host: `sqlite:PATH`.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::{ErrorKind, pipeline::{LedgerProvider, SystemLedgers}};
/// let error = |source| SystemLedgers.ledger(source, Path::new("."), None).err();
/// assert_eq!(error("postgres://host/budget").map(|e| e.kind()), Some(ErrorKind::Policy), "that takes a provider of its own");
/// # #[cfg(feature = "sqlite")]
/// assert_ne!(error("sqlite:no such ledger.db").map(|e| e.kind()), None, "a policy makes no ledger");
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "it has nothing in it")]
pub struct SystemLedgers;

impl LedgerProvider for SystemLedgers {
    #[cfg(feature = "sqlite")]
    fn ledger(&self, source: &str, folder: &Path, key: Option<LedgerKey>) -> Result<Box<dyn Ledger>> {
        let path = source.strip_prefix("sqlite:").ok_or_else(Error::ledger_source)?;
        let options = crate::dp::ledger::SqliteLedger::options();
        let options = if let Some(key) = key { options.key(key) } else { options };
        Ok(Box::new(options.open(folder.join(path))?))
    }

    #[cfg(not(feature = "sqlite"))]
    fn ledger(&self, source: &str, _: &Path, _: Option<LedgerKey>) -> Result<Box<dyn Ledger>> {
        source.strip_prefix("sqlite:").ok_or_else(Error::ledger_source)?;
        Err(Error::ledger_not_built())
    }
}

/// A shared provider.
#[derive(Clone)]
pub(super) struct Ledgers(pub(super) Arc<dyn LedgerProvider>);

impl Default for Ledgers {
    fn default() -> Self {
        Ledgers(Arc::new(SystemLedgers))
    }
}

impl fmt::Debug for Ledgers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ledgers")
    }
}
