//! One connection, made anew when it breaks, behind a thread of its own: ledgers are not asynchronous.

use std::{
    collections::HashMap,
    fmt::Display,
    future::Future,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use incog::{Error, ErrorKind, Result};
use tokio::{runtime::Runtime, sync::Mutex};
use tokio_postgres::{
    Client, NoTls, Row, Statement,
    row::RowIndex,
    types::{FromSql, ToSql},
};

use crate::{error, url::Address};

/// A parameter of a statement.
pub(crate) type Parameter = Box<dyn ToSql + Sync + Send>;

/// A value of a row. Whoever finds nothing there, or another type, reads tables that are damaged.
pub(crate) fn value<'r, T: FromSql<'r>>(row: &'r Row, column: impl RowIndex + Display) -> Result<T> {
    row.try_get(column).map_err(|_| error::unexpected())
}

/// A connection and its thread.
pub(crate) struct Connection {
    /// Always there but while it is dropped.
    runtime: Option<Runtime>,
    link: Arc<Mutex<Link>>,
}

/// What the thread holds.
struct Link {
    address: Arc<Address>,
    client: Option<Client>,
    /// Of this client.
    statements: HashMap<&'static str, Statement>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: &Arc<Address>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("incog-postgres")
            .enable_all()
            .build()
            .map_err(|cause| Error::io("starting a thread for the ledger's connection", cause))?;
        let link = Arc::new(Mutex::new(Link {
            address: Arc::clone(address),
            client: None,
            statements: HashMap::new(),
        }));
        let connection = Connection { runtime: Some(runtime), link };
        // A wrong address or certificate stays wrong: a server that was there before is waited for longer.
        connection.rows_within(FIRST, "select 1", Vec::new(), "opened")?;
        Ok(connection)
    }

    /// The rows of one statement, which may be asked again if its answer gets lost: it finds what it did.
    pub(crate) fn rows(
        &self,
        sql: &'static str,
        parameters: Vec<Parameter>,
        what: &'static str,
    ) -> Result<Vec<Row>> {
        self.rows_within(LONGEST, sql, parameters, what)
    }

    fn rows_within(
        &self,
        longest: Duration,
        sql: &'static str,
        parameters: Vec<Parameter>,
        what: &'static str,
    ) -> Result<Vec<Row>> {
        let link = Arc::clone(&self.link);
        self.run(async move {
            let mut patience = Patience::new(what, longest);
            loop {
                let tried = link.lock().await.try_rows(sql, &parameters).await;
                match tried {
                    Ok(rows) => return Ok(rows),
                    Err(failure) => patience.wait(failure).await?,
                }
            }
        })
    }

    /// The rows of one statement of a transaction, not asked again.
    pub(crate) fn rows_once(&self, sql: &'static str, parameters: Vec<Parameter>) -> Result<Vec<Row>> {
        let link = Arc::clone(&self.link);
        self.run(async move {
            let tried = link.lock().await.try_rows(sql, &parameters).await;
            tried.map_err(|tried| tried.into_error("read"))
        })
    }

    /// Statements without parameters that may be asked again: done twice they are as done once.
    pub(crate) fn repeatable(&self, sql: String, what: &'static str) -> Result<()> {
        let link = Arc::clone(&self.link);
        self.run(async move {
            let mut patience = Patience::new(what, LONGEST);
            loop {
                let tried = link.lock().await.try_batch(&sql).await;
                match tried {
                    Ok(()) => return Ok(()),
                    Err(failure) => patience.wait(failure).await?,
                }
            }
        })
    }

    /// Statements without parameters, not asked again.
    pub(crate) fn batch(&self, sql: String, what: &'static str) -> Result<()> {
        let link = Arc::clone(&self.link);
        self.run(async move {
            let tried = link.lock().await.try_batch(&sql).await;
            tried.map_err(|tried| tried.into_error(what))
        })
    }

    /// Waits for `future` on the connection's thread: also within the asynchronous code of others.
    fn run<T: Send + 'static>(&self, future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let gone = || {
            Error::new(ErrorKind::Io, "the thread of the ledger's connection is gone; open the ledger again")
        };
        let (sender, receiver) = mpsc::channel();
        let runtime = self.runtime.as_ref().ok_or_else(gone)?;
        runtime.spawn(async move {
            // Nobody hears it if the caller is gone.
            let _ = sender.send(future.await);
        });
        receiver.recv().map_err(|_| gone())?
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Not waiting: the caller may be asynchronous.
            runtime.shutdown_background();
        }
    }
}

type Outcome<T> = std::result::Result<T, Tried>;

/// Why a statement has no rows.
enum Tried {
    Failed(tokio_postgres::Error),
    Refused(Error),
}

impl Tried {
    fn into_error(self, what: &str) -> Error {
        match self {
            Tried::Failed(cause) => error::failed(what, &cause),
            Tried::Refused(error) => error,
        }
    }
}

/// How often and how long a statement is asked again.
struct Patience {
    what: &'static str,
    longest: Duration,
    started: Instant,
    pause: Duration,
}

impl Patience {
    fn new(what: &'static str, longest: Duration) -> Self {
        Patience { what, longest, started: Instant::now(), pause: Duration::from_millis(2) }
    }

    /// Waits before the next try, or says that there is none.
    async fn wait(&mut self, failure: Tried) -> Result<()> {
        match &failure {
            Tried::Failed(cause) if error::is_passing(cause) && self.started.elapsed() < self.longest => {
                tokio::time::sleep(self.pause).await;
                self.pause = (self.pause * 2).min(Duration::from_millis(500));
                Ok(())
            }
            _ => Err(failure.into_error(self.what)),
        }
    }
}

impl Link {
    async fn try_batch(&mut self, sql: &str) -> Outcome<()> {
        let done = self.client().await?.batch_execute(sql).await;
        if done.is_err() {
            // Its state is unknown.
            self.client = None;
        }
        done.map_err(Tried::Failed)
    }

    async fn try_rows(&mut self, sql: &'static str, parameters: &[Parameter]) -> Outcome<Vec<Row>> {
        let parameters: Vec<&(dyn ToSql + Sync)> =
            parameters.iter().map(|p| &**p as &(dyn ToSql + Sync)).collect();
        let rows = match self.prepared(sql).await? {
            (client, Ok(statement)) => client.query(&statement, &parameters).await,
            (_, Err(cause)) => Err(cause),
        };
        if rows.as_ref().is_err_and(|cause| cause.is_closed() || cause.code().is_none()) {
            // Its state is unknown.
            self.client = None;
        }
        rows.map_err(Tried::Failed)
    }

    /// The statement, prepared once for each connection: afterwards it is one round trip.
    async fn prepared(
        &mut self,
        sql: &'static str,
    ) -> Outcome<(&Client, std::result::Result<Statement, tokio_postgres::Error>)> {
        self.client().await?;
        let client = self.client.as_ref().ok_or_else(|| Tried::Refused(error::unexpected()))?;
        let statement = match self.statements.get(sql) {
            Some(statement) => Ok(statement.clone()),
            None => client.prepare(sql).await.inspect(|statement| {
                self.statements.insert(sql, statement.clone());
            }),
        };
        Ok((client, statement))
    }

    async fn client(&mut self) -> Outcome<&Client> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.client = None;
            self.statements.clear();
        }
        let client = match self.client.take() {
            Some(client) => client,
            None => self.connect().await?,
        };
        Ok(self.client.insert(client))
    }

    async fn connect(&self) -> Outcome<Client> {
        let config = &self.address.config;
        let client = match &self.address.roots {
            None => {
                let (client, connection) = config.connect(NoTls).await.map_err(Tried::Failed)?;
                tokio::spawn(connection);
                client
            }
            #[cfg(feature = "tls")]
            Some(roots) => {
                let tls = crate::tls::Tls::new(roots).map_err(Tried::Refused)?;
                let (client, connection) = config.connect(tls).await.map_err(Tried::Failed)?;
                tokio::spawn(connection);
                client
            }
            #[cfg(not(feature = "tls"))]
            Some(_) => return Err(Tried::Refused(error::unexpected())),
        };
        client.batch_execute(SETTINGS).await.map_err(Tried::Failed)?;
        let row = client
            .query_one("select current_setting('fsync'), current_setting('full_page_writes')", &[])
            .await
            .map_err(Tried::Failed)?;
        for (i, setting) in ["fsync = off", "full_page_writes = off"].into_iter().enumerate() {
            if value::<&str>(&row, i).map_err(Tried::Refused)? != "on" {
                return Err(Tried::Refused(error::forgetful(setting)));
            }
        }
        Ok(client)
    }
}

/// A commit has reached the disk when it returns, whatever the server's default is; a client that hangs holds no lock
/// for ever.
const SETTINGS: &str = "set synchronous_commit = on; set statement_timeout = '60s'; set lock_timeout = '30s'; \
                        set idle_in_transaction_session_timeout = '60s'; set timezone = 'UTC'";
/// How long the first statement of a connection is asked again.
const FIRST: Duration = Duration::from_secs(5);
/// How long others are.
const LONGEST: Duration = Duration::from_secs(60);
