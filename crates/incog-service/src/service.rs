//! What the handlers share, and the two routers.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
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
use tokio::sync::Semaphore;

use crate::{
    Analysts, Refusal,
    analysts::{Digest, digest},
    count::count,
    redact::redact,
};

/// What a service is made of.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use incog::table::{Column, Table};
/// use incog_service::{Analysts, Config};
/// # let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
/// let analysts = Analysts::parse("ann 3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0")?;
/// let stays = Table::new([("patient", Column::from_values(["p1"])?), ("ward", Column::from_values(["A1"])?)])?;
/// let mut config = Config::new("budget.db", [42; 32], analysts, (stays, "2026-11".to_owned()), metrics);
/// config.patience = Duration::from_secs(5);
/// assert!(!format!("{config:?}").contains("42"), "nobody's key is in a log");
/// # Ok::<(), incog::Error>(())
/// ```
#[non_exhaustive]
pub struct Config {
    /// The file of the ledger, which [`Service::create_ledger`] made.
    pub ledger: PathBuf,
    /// The key of the ledger: stored answers are encrypted with it.
    pub ledger_key: [u8; 32],
    /// Who may ask.
    pub analysts: Analysts,
    /// The data, with the columns `patient` and `ward`.
    pub table: Table,
    /// The name of its state: another one makes other answers.
    pub data_version: String,
    /// What renders the metrics.
    pub metrics: PrometheusHandle,
    /// How long a body, or the next piece of a stream, may take: 30 seconds.
    pub patience: Duration,
    /// How many bodies are redacted at the same time: 256.
    pub redactions: usize,
}

impl Config {
    /// A configuration.
    pub fn new(
        ledger: impl Into<PathBuf>,
        ledger_key: [u8; 32],
        analysts: Analysts,
        (table, data_version): (Table, String),
        metrics: PrometheusHandle,
    ) -> Self {
        let (ledger, patience, redactions) = (ledger.into(), Duration::from_secs(30), 256);
        Config { ledger, ledger_key, analysts, table, data_version, metrics, patience, redactions }
    }
}

/// Redacts for everybody, and answers analysts from one budget.
///
/// # Examples
/// A service makes no ledger: it goes on with one, or it does not start.
/// ```
/// use incog::{ErrorKind, dp::{Amount, Budget}, table::{Column, Table}};
/// use incog_service::{Analysts, Config, Service};
/// # let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
/// # let analysts = Analysts::parse("ann 3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0")?;
/// # let stays = Table::new([("patient", Column::from_values(["p1"])?), ("ward", Column::from_values(["A1"])?)])?;
/// # let folder = std::env::temp_dir().join(format!("incog-doc-service-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let ledger = folder.join("ledger.db");
/// let config = |key| Config::new(&ledger, key, analysts.clone(), (stays.clone(), "2026-11".to_owned()), metrics.clone());
/// assert!(Service::open(config([42; 32])).is_err());
/// Service::create_ledger(&ledger, [42; 32], Budget::parse("1", "0")?, Amount::parse("pure epsilon=0.5")?)?;
/// let service = Service::open(config([42; 32]))?;
/// let (_everybody, _operator): (axum::Router, axum::Router) = (service.public(), service.internal());
/// assert_eq!(Service::open(config([7; 32])).unwrap_err().kind(), ErrorKind::Key);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Service {
    pub(crate) redactor: Redactor,
    pub(crate) json: JsonRedactor,
    pub(crate) table: Table,
    pub(crate) patience: Duration,
    /// A permit for each body that is being redacted, until the end of its answer.
    pub(crate) redactions: Arc<Semaphore>,
    analysts: HashMap<Digest, Arc<Analyst>>,
    source: Source,
    metrics: PrometheusHandle,
}

/// Somebody who may ask.
pub(crate) struct Analyst {
    pub(crate) name: String,
    /// A permit for each question in work, so that nobody's many hold up those of another.
    pub(crate) questions: Arc<Semaphore>,
    /// It answers one question at a time: the next one may depend on what is left.
    session: Mutex<Option<Session>>,
}

/// Where sessions come from.
struct Source {
    ledger: PathBuf,
    key: [u8; 32],
    data_version: String,
}

impl Source {
    fn open(&self, analyst: &str) -> Result<Session> {
        let options = SqliteLedger::options().key(LedgerKey::from_bytes(self.key));
        Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(3, 3)?)
            .ledger(options.open(&self.ledger)?)
            .analyst(analyst)
            .data_version(&self.data_version)
            .build()
    }
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
    /// If the ledger is missing, has another key, or cannot be opened; if the table has not the columns.
    pub fn open(config: Config) -> Result<Arc<Self>> {
        let Config { ledger, ledger_key: key, data_version, .. } = config;
        let source = Source { ledger, key, data_version };
        // A question would be refused for it, as if that were the fault of who asks.
        ["patient", "ward"].into_iter().try_for_each(|name| config.table.column(name).map(drop))?;
        let analyst = |name: &str| {
            let session = Mutex::new(Some(source.open(name)?));
            let questions = Arc::new(Semaphore::new(QUESTIONS_AT_ONCE));
            Ok(Arc::new(Analyst { name: name.to_owned(), questions, session }))
        };
        let analysts = config.analysts.iter().map(|(token, name)| Ok((*token, analyst(name)?)));
        let analysts = analysts.collect::<Result<_>>()?;
        let redactor = Redactor::builder(Scanner::new()).build();
        let json = JsonRedactor::builder(redactor.clone())
            .always("**.password", Entity::new("PASSWORD")?)
            .build()?;
        let redactions = Arc::new(Semaphore::new(config.redactions));
        let (table, patience, metrics) = (config.table, config.patience, config.metrics);
        Ok(Arc::new(Service { redactor, json, table, patience, redactions, analysts, source, metrics }))
    }

    /// What everybody may reach: `POST /redact`, and with a bearer token `POST /count`.
    pub fn public(self: &Arc<Self>) -> Router {
        Router::new().route("/redact", post(redact)).route("/count", post(count)).with_state(Arc::clone(self))
    }

    /// What the operator may reach: `GET /metrics` and `GET /health`.
    pub fn internal(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/metrics", get(metrics))
            .route("/health", get(health))
            .with_state(Arc::clone(self))
    }

    /// Whoever has this token.
    pub(crate) fn analyst(&self, token: &str) -> Option<Arc<Analyst>> {
        self.analysts.get(&digest(token)).cloned()
    }

    /// Does `work` with the session of an analyst. For a thread that may block.
    pub(crate) fn ask<T>(
        &self,
        analyst: &Analyst,
        work: impl FnOnce(&mut Session) -> Result<T>,
    ) -> std::result::Result<T, Refusal> {
        // It is taken out for the work, so after a panic there is none, and nothing half done is gone on with.
        let mut place = analyst.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = match place.take() {
            Some(session) => session,
            // What is wrong with the ledger now is none of the caller's business, of whatever kind it is.
            None => self.source.open(&analyst.name).map_err(Refusal::failed)?,
        };
        let outcome = work(&mut session).map_err(|error| Refusal::of_question(&error));
        // After a write of unknown outcome a handle spends no more, so the next question opens the ledger again.
        if !outcome.as_ref().is_err_and(Refusal::is_failure) {
            *place = Some(session);
        }
        outcome
    }

    /// Reads what is left, from a ledger that is opened for it: that checks its end, and waits for nobody's question.
    fn read_balance(&self) -> Result<()> {
        self.source.open("operator")?.balance().map(drop)
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

/// The numbers, with a balance that was just read.
async fn metrics(state: State<Arc<Service>>) -> std::result::Result<String, Refusal> {
    let metrics = state.metrics.clone();
    health(state).await?;
    metrics.run_upkeep();
    Ok(metrics.render())
}

/// Whether the ledger can be read.
async fn health(State(service): State<Arc<Service>>) -> std::result::Result<&'static str, Refusal> {
    let read = tokio::task::spawn_blocking(move || service.read_balance()).await;
    read.map_err(Refusal::failed)?.map_err(Refusal::failed)?;
    Ok("ok\n")
}

/// Questions of one analyst that are in work; they wait for each other on threads.
const QUESTIONS_AT_ONCE: usize = 8;
