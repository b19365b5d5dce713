//! What the handlers share, and the two routers.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use incog::{
    Result,
    dp::{
        Amount, Budget, ContributionBounds, PrivacyUnit, Session,
        ledger::{LedgerKey, Limit, Rules, SqliteLedger},
    },
    pii::{Entity, JsonRedactor, Redactor, Scanner},
    table::Table,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tower::limit::GlobalConcurrencyLimitLayer;

use crate::{Refusal, count::count, redact::redact};

/// What a service is made of.
#[non_exhaustive]
pub struct Config {
    /// The file of the ledger, which [`Service::create_ledger`] made.
    pub ledger: PathBuf,
    /// The key of the ledger: stored answers are encrypted with it.
    pub ledger_key: [u8; 32],
    /// Who may ask: names by bearer token.
    pub analysts: HashMap<String, String>,
    /// The data, with the columns `patient` and `ward`.
    pub table: Table,
    /// The name of its state: another one makes other answers.
    pub data_version: String,
    /// What renders the metrics.
    pub metrics: PrometheusHandle,
}

impl Config {
    /// A configuration.
    pub fn new(
        ledger: impl Into<PathBuf>,
        ledger_key: [u8; 32],
        analysts: impl IntoIterator<Item = (String, String)>,
        (table, data_version): (Table, String),
        metrics: PrometheusHandle,
    ) -> Self {
        let analysts = analysts.into_iter().collect();
        Config { ledger: ledger.into(), ledger_key, analysts, table, data_version, metrics }
    }
}

/// Redacts for everybody, and answers analysts from one budget.
pub struct Service {
    pub(crate) redactor: Redactor,
    pub(crate) json: JsonRedactor,
    pub(crate) table: Table,
    /// By bearer token: hashed under a random key, so that the time of a look-up says nothing of how near a guess was.
    analysts: HashMap<String, Analyst>,
    metrics: PrometheusHandle,
}

/// Somebody who may ask.
pub(crate) struct Analyst {
    pub(crate) name: String,
    /// It answers one question at a time: the next one may depend on what is left.
    pub(crate) session: Mutex<Session>,
}

impl Service {
    /// Makes the ledger: a budget for its lifetime, and how much of it one analyst may spend. Once: a service never does it,
    /// because a ledger that is made anew where one was lost has forgotten what was spent.
    ///
    /// # Errors
    /// If there is something at `path`, or it cannot be written.
    pub fn create_ledger(path: &Path, key: [u8; 32], budget: Budget, each_analyst: Amount) -> Result<()> {
        let rules = Rules::lifetime(budget)
            .limit(Limit::each_analyst(each_analyst))
            .unit("patient, add_or_remove_one")
            .build()?;
        SqliteLedger::options().key(LedgerKey::from_bytes(key)).create(path, rules)?;
        Ok(())
    }

    /// A service over an existing ledger.
    ///
    /// # Errors
    /// If the ledger is missing, has another key, or cannot be opened.
    pub fn open(config: Config) -> Result<Arc<Self>> {
        let analyst = |name: &String| {
            let options = SqliteLedger::options().key(LedgerKey::from_bytes(config.ledger_key));
            let session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(3, 3)?)
                .ledger(options.open(&config.ledger)?)
                .analyst(name)
                .data_version(&config.data_version)
                .build()?;
            Ok(Analyst { name: name.clone(), session: Mutex::new(session) })
        };
        let analysts = config
            .analysts
            .iter()
            .map(|(token, name)| Ok((token.clone(), analyst(name)?)))
            .collect::<Result<_>>()?;
        let redactor = Redactor::builder(Scanner::new()).build();
        let json = JsonRedactor::builder(redactor.clone())
            .always("**.password", Entity::new("PASSWORD")?)
            .build()?;
        Ok(Arc::new(Service { redactor, json, table: config.table, analysts, metrics: config.metrics }))
    }

    /// What everybody may reach: `POST /redact`, and with a bearer token `POST /count`.
    pub fn public(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/redact", post(redact))
            .route("/count", post(count).layer(DefaultBodyLimit::max(LONGEST_QUESTION)))
            .layer(GlobalConcurrencyLimitLayer::new(AT_ONCE))
            .with_state(Arc::clone(self))
    }

    /// What the operator may reach: `GET /metrics` and `GET /health`.
    pub fn internal(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/metrics", get(metrics))
            .route("/health", get(async || "ok\n"))
            .with_state(Arc::clone(self))
    }

    /// Whoever has this token.
    pub(crate) fn analyst(&self, token: &str) -> Option<&Analyst> {
        self.analysts.get(token)
    }

    /// The numbers, with a balance that was just read.
    fn rendered(&self) -> Result<String> {
        // All sessions have one ledger.
        if let Some(analyst) = self.analysts.values().next() {
            analyst.session.lock().unwrap_or_else(PoisonError::into_inner).balance()?;
        }
        self.metrics.run_upkeep();
        Ok(self.metrics.render())
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither tokens nor cells.
        f.debug_struct("Service").field("analysts", &self.analysts.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

async fn metrics(State(service): State<Arc<Service>>) -> std::result::Result<String, Refusal> {
    let rendered = tokio::task::spawn_blocking(move || service.rendered()).await;
    Ok(rendered.map_err(|_| Refusal::failed())??)
}

/// Requests that are worked on at the same time; the others wait.
const AT_ONCE: usize = 256;
/// A question is a few words.
const LONGEST_QUESTION: usize = 4 << 10;
