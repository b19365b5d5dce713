//! How a ledger is created and opened.

use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

use incog::{
    Result,
    dp::{
        Amount,
        ledger::{Anchor, Chain, Clock, LedgerKey, Rules, Terms},
    },
};

use crate::{
    PostgresLedger,
    connection::{Connection, Parameter, value},
    error, schema,
    statements::{CREATE, FIRST, TERMS, anchor, texts, unsigned},
    url::Address,
};

/// How a [`PostgresLedger`] is created or opened, beyond its URL.
///
/// # Examples
/// With a key, which no other process can do without:
/// ```
/// use incog::{ErrorKind, dp::{Budget, ledger::LedgerKey}};
/// use incog_postgres::PostgresLedger;
/// # fn main() -> incog::Result<()> {
/// let error = PostgresLedger::options().key(LedgerKey::from_bytes([7; 32])).open("budgets").err();
/// assert_eq!(error.map(|e| e.kind()), Some(ErrorKind::Parameter), "no URL");
/// # let Ok(url) = std::env::var("INCOG_POSTGRES") else { return Ok(()) };
/// # let url = format!("{url}{}ledger=doc-options-{}", if url.contains('?') { '&' } else { '?' }, std::process::id());
/// PostgresLedger::options().key(LedgerKey::from_bytes([7; 32])).create(&url, Budget::parse("1", "0")?)?;
/// assert_eq!(PostgresLedger::open(&url).err().map(|e| e.kind()), Some(ErrorKind::Key));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct PostgresOptions {
    key: Option<Arc<LedgerKey>>,
    clock: Option<Clock>,
}

impl PostgresOptions {
    /// The caller's key. A ledger created with it cannot be continued without; answers are stored under it.
    pub fn key(mut self, key: LedgerKey) -> Self {
        self.key = Some(Arc::new(key));
        self
    }

    /// Another clock than the server's, for renewing budgets.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// A new ledger at `url`. Makes the tables if the database has none, and brings them up to date.
    ///
    /// # Errors
    /// As [`PostgresLedger::create`].
    pub fn create(self, url: &str, rules: impl Into<Rules>) -> Result<PostgresLedger> {
        let address = Arc::new(Address::parse(url)?);
        let terms = Terms::new(rules, self.key.as_ref())?;
        let chain = Chain::new(&terms, self.key.as_ref())?;
        schema::migrate(&address)?;
        let connection = Connection::open(&address)?;
        let zero = texts(Amount::zero(terms.rules().currency()));
        let parameters: Vec<Parameter> = vec![
            Box::new(address.ledger.clone()),
            Box::new(terms.text().to_owned()),
            Box::new(chain.start().hash().to_vec()),
            Box::new(zero),
        ];
        connection.rows(CREATE, parameters, "created")?;
        // Ours, also if the answer got lost and it was asked twice: the name in the terms is drawn.
        let stored = connection.rows(TERMS, vec![Box::new(address.ledger.clone())], "created")?;
        let stored = stored.first().ok_or_else(error::unexpected)?;
        if value::<&str>(stored, 1)? != terms.text() {
            return Err(error::exists(&address.ledger));
        }
        self.open_at(address)
    }

    /// The ledger at `url`.
    ///
    /// # Errors
    /// As [`PostgresLedger::open`].
    pub fn open(self, url: &str) -> Result<PostgresLedger> {
        self.open_at(Arc::new(Address::parse(url)?))
    }

    fn open_at(self, address: Arc<Address>) -> Result<PostgresLedger> {
        let connection = Connection::open(&address)?;
        schema::check(&connection)?;
        let rows = connection.rows(TERMS, vec![Box::new(address.ledger.clone())], "opened")?;
        let row = rows.first().ok_or_else(|| error::missing(&address.ledger))?;
        let terms = Terms::parse(value(row, 1)?)?;
        let chain = Chain::new(&terms, self.key.as_ref())?;
        let clock = match self.clock {
            Some(clock) => clock,
            None => server_clock(&connection)?,
        };
        let head = Cell::new(anchor(row, 2, 3)?);
        let number: i64 = value(row, 0)?;
        check_terms(&connection, number, &chain, &head.get())?;
        let poisoned = Cell::new(false);
        Ok(PostgresLedger { connection, address, number, terms, chain, key: self.key, clock, head, poisoned })
    }
}

/// Refuses terms that are not those that the chain starts with: whoever raises a budget there changes what follows.
fn check_terms(connection: &Connection, number: i64, chain: &Chain, head: &Anchor) -> Result<()> {
    let rows = connection.rows(FIRST, vec![Box::new(number)], "opened")?;
    let first = match rows.first() {
        Some(row) => chain.next(&chain.start(), value(row, 1)?) == anchor(row, 0, 2)?,
        None => chain.start() == *head,
    };
    if first { Ok(()) } else { Err(error::unexpected()) }
}

/// The server's clock, read once and continued by this host's steady one: a fleet has one time.
fn server_clock(connection: &Connection) -> Result<Clock> {
    let rows = connection.rows(
        "select floor(extract(epoch from clock_timestamp()))::bigint",
        Vec::new(),
        "opened",
    )?;
    let seconds = unsigned(value(rows.first().ok_or_else(error::unexpected)?, 0)?)?;
    let started = Instant::now();
    Ok(Clock::from_fn(move || UNIX_EPOCH + Duration::from_secs(seconds) + started.elapsed()))
}
