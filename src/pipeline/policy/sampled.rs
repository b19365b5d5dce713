//! Rows of a hidden sample with differential privacy (SafePub), charged to a ledger.

use super::document::{ReleaseEntry, SafePubEntry};
use crate::{
    error::{Error, Result},
    pseudonym::KeySource,
};

/// Rows of a hidden sample.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::Release};
/// let release = r#"
/// [release.sample]
/// columns = ["age"]
/// safe_pub = { epsilon = 2.0, delta = 1e-5 }
/// ledger = "sqlite:budget.db"
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\nperson = 'id'\n[input]\npath = 'stays.csv'\n\
/// #      [columns]\nid = {{ role = 'identifying', action = 'drop' }}\nage = {{ role = 'quasi' }}\n{release}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let Release::Sampled(sample) = &policy.releases()["sample"] else { panic!("a sample") };
/// assert_eq!((sample.epsilon, sample.delta, sample.sampling), (2.0, 1e-5, None));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct SampledRelease {
    /// The table that it is made from.
    pub input: String,
    /// The columns, in the order of the file; all quasi-identifying.
    pub columns: Vec<String>,
    /// Where the ledger is, as `sqlite:PATH` or a URL.
    pub ledger: String,
    /// The key of the ledger, under which what was drawn is stored.
    pub key: Option<KeySource>,
    /// What the draw costs.
    pub epsilon: f64,
    /// The probability that may be outside of epsilon.
    pub delta: f64,
    /// The probability with which a person is in the sample, if not that of the method.
    pub sampling: Option<f64>,
}

impl SampledRelease {
    pub(super) fn new(entry: ReleaseEntry, safe_pub: SafePubEntry, input: String) -> Result<Self> {
        let of_models = entry.models.is_some()
            || entry.search.is_some()
            || entry.metric.is_some()
            || entry.max_suppressed.is_some()
            || entry.max_steps.is_some()
            || entry.max_seconds.is_some()
            || entry.compare.is_some()
            || entry.frozen.is_some()
            || entry.too_few.is_some()
            || entry.membership.is_some();
        if of_models {
            return Err(Error::setting_of_other_release(
                "models, search, metric, max_suppressed, max_steps, max_seconds, compare, frozen, too_few and membership",
                "models",
            ));
        }
        if entry.domain.is_some()
            || entry.budget.is_some()
            || entry.bounds.is_some()
            || entry.queries.is_some()
        {
            return Err(Error::setting_of_other_release("domain, budget, bounds and queries", "no safe_pub"));
        }
        if entry.shuffle == Some(false) {
            return Err(Error::unshuffled());
        }
        let columns = super::release::columns(entry.columns)?;
        let ledger =
            entry.ledger.ok_or_else(|| Error::safe_pub_without("ledger", "ledger = \"sqlite:budget.db\""))?;
        let key = entry.key.as_deref().map(KeySource::parse).transpose()?;
        let SafePubEntry { epsilon, delta, sampling } = safe_pub;
        Ok(SampledRelease { input, columns, ledger, key, epsilon, delta, sampling })
    }
}
