//! The ledger: what the trait asks, as statements.

use std::{cell::Cell, fmt, sync::Arc, thread, time::Duration};

use incog::{
    Result, SecureRng,
    dp::{
        Amount, Currency,
        ledger::{
            Anchor, Audited, Balance, Chain, Clock, Entry, Ledger, LedgerKey, Progress, Reading, Record,
            Request, Reservation, Reserved, Rules, State, Stored, StoredCharge, Terms,
        },
    },
};
use tokio_postgres::Row;

use crate::{
    PostgresOptions,
    connection::{Connection, Parameter, value},
    error, schema,
    statements::{
        ANSWER, BY_ID, BY_SEQUENCE, CLOCK, HEAD, METERS, RECORDS, RELEASE, RESERVE, WHOLE, amount, anchor,
        progress, readings, seconds, signed, texts, unsigned,
    },
    url::Address,
};

/// A ledger on PostgreSQL: one handle, one connection, one thread. Open another for each thread or process.
///
/// # Guarantee
/// For all numbers of handles on any hosts, and for every moment at which one of them, its connection or the server
/// stops: the charges in the ledger add up to at most the budgets, and every charge that `reserve` returned is in it.
/// Holds for servers that honor `fsync`; one that runs without is refused. After a change that failed, a handle makes no
/// other.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, Request}};
/// use incog_postgres::PostgresLedger;
/// # fn main() -> incog::Result<()> {
/// // postgres://USER@HOST:PORT/DATABASE?ledger=NAME&sslrootcert=PATH
/// # let Ok(url) = std::env::var("INCOG_POSTGRES") else { return Ok(()) };
/// # let url = format!("{url}{}ledger=doc-ledger-{}", if url.contains('?') { '&' } else { '?' }, std::process::id());
/// let mut ledger = PostgresLedger::create(&url, Budget::parse("1", "0")?)?;
/// let question = |id: &str| Request::new(id, "ann", "count", "2026-11", Budget::parse("0.75", "0")?, vec![]);
/// ledger.reserve(&question("monday")?)?;
/// let mut elsewhere = PostgresLedger::open(&url)?;
/// let error = elsewhere.reserve(&question("tuesday")?).unwrap_err();
/// assert_eq!(error.kind(), incog::ErrorKind::BudgetExceeded, "one budget for all processes");
/// # Ok(())
/// # }
/// ```
pub struct PostgresLedger {
    pub(crate) connection: Connection,
    pub(crate) address: Arc<Address>,
    pub(crate) number: i64,
    pub(crate) terms: Terms,
    pub(crate) chain: Chain,
    pub(crate) key: Option<Arc<LedgerKey>>,
    pub(crate) clock: Clock,
    /// The end of the chain when this handle last saw it, to hash from if the chain has a key.
    pub(crate) head: Cell<Anchor>,
    /// A change failed, perhaps after it was made.
    pub(crate) poisoned: Cell<bool>,
}

impl PostgresLedger {
    /// A new ledger at `url`. Makes the tables if the database has none, and brings them up to date.
    ///
    /// # Errors
    /// `Refused` if the database has a ledger of that name, or the server forgets after a crash; `Parameter` if the URL
    /// is malformed or the rules bound nothing; `Io` if the server cannot be reached or written.
    pub fn create(url: &str, rules: impl Into<Rules>) -> Result<Self> {
        PostgresLedger::options().create(url, rules)
    }

    /// The ledger at `url`, `postgres://USER@HOST:PORT/DATABASE?ledger=NAME&sslrootcert=PATH`; without a name it is
    /// `default`.
    ///
    /// # Errors
    /// `Refused` if there is none, if its tables have another version, or the server forgets after a crash; `Key` if it
    /// was created with a key; `Parameter` if the URL is malformed; `Io` if the server cannot be reached.
    pub fn open(url: &str) -> Result<Self> {
        PostgresLedger::options().open(url)
    }

    /// Brings the tables of a database up to date, as [`create`](Self::create) does.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn migrate(url: &str) -> Result<()> {
        schema::migrate(&Arc::new(Address::parse(url)?))
    }

    /// With a key or another clock.
    pub fn options() -> PostgresOptions {
        PostgresOptions::default()
    }

    /// One change, asked until the chain did not move in between: `call` gets what the chain's key makes of it.
    fn change(&self, record: &Record, call: impl Fn(Hashed) -> Result<Vec<Row>>) -> Result<Row> {
        if self.poisoned.get() {
            return Err(error::poisoned());
        }
        let text = record.text();
        for tried in 0..TRIES {
            let next = self.chain.is_keyed().then(|| self.chain.next(&self.head.get(), &text));
            let hashed = Hashed {
                count: next.map(|_| signed(self.head.get().count())).transpose()?,
                hash: next.map(|next| next.hash().to_vec()),
            };
            // It was asked for a minute; whether it was done in the end, nobody knows.
            let rows = call(hashed).inspect_err(|_| self.poisoned.set(true))?;
            let row = rows.into_iter().next().ok_or_else(error::unexpected)?;
            match (value(&row, 0)?, next) {
                ("moved", _) => self.head.set(anchor(&row, "count", "hash")?),
                // Only what the chain really came to: a refusal leaves it where it was.
                ("new" | "done", Some(next)) => {
                    self.head.set(next);
                    return Ok(row);
                }
                _ => return Ok(row),
            }
            if tried > 3 {
                // Handles that meet again and again step aside for different times.
                let micros = SecureRng::from_os()?.next_u64()? % (200 * u64::from(tried.min(50)));
                thread::sleep(Duration::from_micros(micros));
            }
        }
        Err(error::crowded())
    }

    /// A charge that stands, found by its id or its number.
    fn charge(&self, condition: &'static str, parameter: Parameter) -> Result<Option<Charge>> {
        let rows = self.connection.rows(condition, vec![Box::new(self.number), parameter], "read")?;
        let Some(row) = rows.first() else { return Ok(None) };
        let Record::Charge { request, .. } = Record::parse(value(row, 1)?)? else {
            return Err(error::unexpected());
        };
        Ok(Some(Charge {
            anchor: anchor(row, 0, 2)?,
            at: value(row, 3)?,
            progress: progress(value(row, 4)?)?,
            sealed: value(row, 5)?,
            request: *request,
        }))
    }

    fn repeated(&self, request: &Request) -> Result<Reserved> {
        // Given back in between: whoever asks again is charged.
        let Some(earlier) = self.charge(BY_ID, Box::new(request.id().to_owned()))? else {
            return Ok(Reserved::AnswerLost);
        };
        request.check_same(&earlier.request)?;
        match (earlier.sealed, &self.key) {
            (Some(sealed), Some(key)) => {
                Ok(Reserved::Answered(key.unseal(earlier.anchor.hash(), &sealed)?.to_vec()))
            }
            _ => Ok(Reserved::AnswerLost),
        }
    }

    fn open_charge(&self, reservation: &Reservation) -> Result<Charge> {
        match self.charge(BY_SEQUENCE, Box::new(signed(reservation.sequence())?))? {
            Some(charge) if charge.progress == Progress::Reserved => Ok(charge),
            _ => Err(Reservation::not_open()),
        }
    }

    fn changed(row: &Row) -> Result<()> {
        match value(row, 0)? {
            "done" => Ok(()),
            "closed" => Err(Reservation::not_open()),
            _ => Err(error::unexpected()),
        }
    }
}

impl Ledger for PostgresLedger {
    fn currency(&self) -> Currency {
        self.terms.rules().currency()
    }

    fn balance(&self) -> Result<Balance> {
        let rows = self.connection.rows(WHOLE, vec![Box::new(self.number)], "read")?;
        let row = rows.first().ok_or_else(error::unexpected)?;
        Balance::new(self.terms.rules().limits()[0].amount(), amount(self.currency(), row, 0)?)
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        let rules = self.terms.rules();
        rules.check_unit(request)?;
        let cost = request.cost().counted_in(rules.currency())?;
        let (mut numbers, mut subjects, mut every, mut budgets) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (number, subject, limit) in rules.applying(request) {
            numbers.push(i32::try_from(number).map_err(|_| error::unexpected())?);
            subjects.push(subject.to_owned());
            every.push(limit.period().map_or(0, |period| seconds(period.length())));
            budgets.extend(texts(limit.amount()));
        }
        let renewing: Vec<i64> = rules
            .limits()
            .iter()
            .filter_map(|limit| limit.period().map(|period| seconds(period.length())))
            .collect();
        let pause = seconds(rules.longest_pause());
        let time = self.clock.seconds();
        let record = Record::charge(time, request);
        let attempt = attempt()?;
        let row = self.change(&record, |hashed| {
            let parameters: Vec<Parameter> = vec![
                Box::new(self.number),
                Box::new(attempt.clone()),
                Box::new(request.id().to_owned()),
                Box::new(record.text()),
                Box::new(time),
                Box::new(hashed.count),
                Box::new(hashed.hash),
                Box::new(numbers.clone()),
                Box::new(subjects.clone()),
                Box::new(every.clone()),
                Box::new(budgets.clone()),
                Box::new(texts(cost)),
                Box::new(texts(Amount::largest(rules.currency()))),
                Box::new(rules.currency() == Currency::Rdp),
                Box::new(renewing.clone()),
                Box::new(pause),
            ];
            self.connection.rows(RESERVE, parameters, "charged")
        })?;
        match value(&row, 0)? {
            "new" => Ok(Reserved::New(Reservation::new(unsigned(value(&row, "sequence")?)?))),
            "known" => self.repeated(request),
            "exceeded" => {
                let number =
                    usize::try_from(value::<i32>(&row, "number")?).map_err(|_| error::unexpected())?;
                Err(rules.exceeded(number, cost, amount(rules.currency(), &row, "spent")?))
            }
            "clock" => Err(rules.too_long_a_pause(Duration::from_secs(unsigned(value(&row, "pause")?)?))),
            _ => Err(error::unexpected()),
        }
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        let charge = self.open_charge(&reservation)?;
        let sealed = match &self.key {
            Some(key) => Some(key.seal(charge.anchor.hash(), answer)?),
            None => None,
        };
        let record = Record::answer(reservation.sequence(), sealed.as_deref());
        let (sequence, attempt) = (signed(reservation.sequence())?, attempt()?);
        let row = self.change(&record, |hashed| {
            let parameters: Vec<Parameter> = vec![
                Box::new(self.number),
                Box::new(attempt.clone()),
                Box::new(sequence),
                Box::new(sealed.clone()),
                Box::new(record.text()),
                Box::new(hashed.count),
                Box::new(hashed.hash),
            ];
            self.connection.rows(ANSWER, parameters, "written")
        })?;
        PostgresLedger::changed(&row)
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        let charge = self.open_charge(&reservation)?;
        let rules = self.terms.rules();
        let cost = charge.request.cost().counted_in(rules.currency())?;
        let (mut numbers, mut subjects, mut periods) = (Vec::new(), Vec::new(), Vec::new());
        for (number, subject, limit) in rules.applying(&charge.request) {
            numbers.push(i32::try_from(number).map_err(|_| error::unexpected())?);
            subjects.push(subject.to_owned());
            periods.push(limit.period_at(charge.at));
        }
        let record = Record::release(reservation.sequence());
        let (sequence, attempt) = (signed(reservation.sequence())?, attempt()?);
        let row = self.change(&record, |hashed| {
            let parameters: Vec<Parameter> = vec![
                Box::new(self.number),
                Box::new(attempt.clone()),
                Box::new(sequence),
                Box::new(record.text()),
                Box::new(hashed.count),
                Box::new(hashed.hash),
                Box::new(numbers.clone()),
                Box::new(subjects.clone()),
                Box::new(periods.clone()),
                Box::new(texts(cost)),
            ];
            self.connection.rows(RELEASE, parameters, "written")
        })?;
        PostgresLedger::changed(&row)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        self.history(&mut |stored| {
            entries.extend(stored.entry()?);
            Ok(())
        })?;
        Ok(entries)
    }
}

impl Audited for PostgresLedger {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn anchor(&self) -> Result<Anchor> {
        let rows = self.connection.rows(HEAD, vec![Box::new(self.number)], "read")?;
        anchor(rows.first().ok_or_else(error::unexpected)?, 0, 1)
    }

    fn meters(&self) -> Result<Vec<Reading>> {
        readings(self.currency(), &self.connection.rows(METERS, vec![Box::new(self.number)], "read")?)
    }

    fn history(&self, visit: &mut dyn FnMut(Stored) -> Result<()>) -> Result<State> {
        // A connection of its own: one transaction sees one state, and this handle may be used by `visit`.
        let connection = Connection::open(&self.address)?;
        connection
            .batch("begin transaction isolation level repeatable read, read only".to_owned(), "read")?;
        let mut last = 0i64;
        loop {
            let rows = connection.rows_once(RECORDS, vec![Box::new(self.number), Box::new(last)])?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                last = value(&row, 0)?;
                let charge = match value::<Option<String>>(&row, 3)? {
                    None => None,
                    Some(id) => {
                        let sealed: Option<Vec<u8>> = value(&row, 6)?;
                        let sealed = sealed
                            .map(|digest| digest.try_into().map_err(|_| error::unexpected()))
                            .transpose()?;
                        Some(StoredCharge::new(id, value(&row, 4)?, progress(value(&row, 5)?)?, sealed))
                    }
                };
                visit(Stored::new(value(&row, 1)?, anchor(&row, 0, 2)?, charge))?;
            }
        }
        let head = connection.rows_once(HEAD, vec![Box::new(self.number)])?;
        let head = head.first().ok_or_else(error::unexpected)?;
        let meters = readings(self.currency(), &connection.rows_once(METERS, vec![Box::new(self.number)])?)?;
        Ok(State::new(anchor(head, 0, 1)?, value(head, 2)?, meters))
    }

    fn accept_clock(&mut self) -> Result<()> {
        let time = self.clock.seconds();
        let record = Record::clock(time);
        let attempt = attempt()?;
        let row = self.change(&record, |hashed| {
            let parameters: Vec<Parameter> = vec![
                Box::new(self.number),
                Box::new(attempt.clone()),
                Box::new(record.text()),
                Box::new(time),
                Box::new(hashed.count),
                Box::new(hashed.hash),
            ];
            self.connection.rows(CLOCK, parameters, "written")
        })?;
        PostgresLedger::changed(&row)
    }
}

impl fmt::Debug for PostgresLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLedger").field("rules", self.terms.rules()).finish_non_exhaustive()
    }
}

/// What the chain's key makes of a record: behind how many, and its hash. Nothing for a chain without a key.
struct Hashed {
    count: Option<i64>,
    hash: Option<Vec<u8>>,
}

/// A charge that stands.
struct Charge {
    anchor: Anchor,
    at: i64,
    progress: Progress,
    sealed: Option<Vec<u8>>,
    request: Request,
}

/// Names one change, so that asking again finds it.
fn attempt() -> Result<Vec<u8>> {
    let mut rng = SecureRng::from_os()?;
    Ok([rng.next_u64()?.to_be_bytes(), rng.next_u64()?.to_be_bytes()].concat())
}

/// How often a chain with a key may have moved in between.
const TRIES: u32 = 2000;
