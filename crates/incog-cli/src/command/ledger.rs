//! `incog ledger`: making, reading, charging and checking budget ledgers.

use std::{cell::Cell, io::Write as _, process::ExitCode};

use clap::{Subcommand, ValueEnum};
use incog::{
    SecureRng,
    dp::{
        Amount, Currency, Delta, Event, EventList, Statement, accountant,
        ledger::{
            Audited, Balance, Chain, Entry, Ledger as _, LedgerKey, Limit, Period, Reading, Request,
            Reserved, Rules, RulesBuilder, SqliteLedger, audit, events_of,
        },
    },
    pseudonym::{KeyProvider as _, KeySource, SystemKeys},
};
use serde_json::{Map, Value, json};

use super::{Outcome, account, print_json};
use crate::{failure::Failure, output::say, progress::Bar};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: LedgerCommand,
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Make a ledger with a budget that nothing can raise.
    Create(CreateArgs),
    /// Show the budgets, what is spent, and for what.
    Show(ShowArgs),
    /// Charge the ledger an amount, or the price of events, once or several times; `COMMITTED <id> <amount>` means that it
    /// is on the disk.
    Spend(SpendArgs),
    /// Check the whole history against what the ledger says, and print the anchor to keep.
    Verify(VerifyArgs),
    /// Bring the tables of a PostgreSQL ledger up to date; `create` does it as well.
    Migrate {
        /// Where it is, as postgres://USER@HOST/DATABASE.
        ledger: String,
    },
    /// Believe the clock after a long pause, so that renewing budgets renew.
    AcceptClock(Place),
}

/// Which ledger.
#[derive(clap::Args)]
struct Place {
    /// Where it is: PATH, sqlite:PATH, or postgres://USER@HOST/DATABASE.
    ledger: String,
    /// Where its key is: env:NAME or file:PATH.
    #[arg(long, value_name = "SRC")]
    key: Option<String>,
}

/// An amount in one currency.
#[derive(clap::Args)]
struct AmountArgs {
    /// The epsilon, as decimal text.
    #[arg(long, value_name = "E")]
    epsilon: Option<String>,
    /// The delta, as decimal text.
    #[arg(long, value_name = "D")]
    delta: Option<String>,
    /// The rho of zCDP, as decimal text.
    #[arg(long, value_name = "R", conflicts_with_all = ["epsilon", "delta"])]
    rho: Option<String>,
    /// The square of the mu of GDP, as decimal text.
    #[arg(long, value_name = "M", conflicts_with_all = ["epsilon", "delta", "rho"])]
    mu_squared: Option<String>,
    /// Renyi divergences by order, as in 8=1.5,16=3; orders that are left out are not looked at.
    #[arg(long, value_name = "ORDER=D,..", conflicts_with_all = ["epsilon", "delta", "rho", "mu_squared"])]
    rdp: Option<String>,
}

#[derive(clap::Args)]
struct CreateArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    amount: AmountArgs,
    /// What amounts are counted in, for good; by the amount if left out.
    #[arg(long, value_name = "C")]
    currency: Option<CurrencyName>,
    /// No budget for the lifetime of the ledger: only limits. Says so wherever the budget is shown.
    #[arg(long, requires = "currency", requires = "limit")]
    unbounded: bool,
    /// One more budget that has to hold: SCOPE[/PERIOD]:AMOUNT with SCOPE whole, each-analyst, analyst=NAME,
    /// each-dataset or dataset=NAME, PERIOD such as 30d or 3600s, and AMOUNT such as `epsilon=1` or
    /// `epsilon=1 delta=1e-6`.
    #[arg(long, value_name = "LIMIT")]
    limit: Vec<String>,
    /// Whom the amounts protect, in words; requests have to repeat them.
    #[arg(long, value_name = "WORDS", default_value = "")]
    unit: String,
}

#[derive(clap::Args)]
struct ShowArgs {
    #[command(flatten)]
    place: Place,
    /// Only the budgets: takes as long for a million entries as for one.
    #[arg(long)]
    summary: bool,
    /// What the entries would cost together by this accountant: pld, rdp, zcdp, optimal, gaussian or basic. For
    /// display: nothing is given back.
    #[arg(long, value_name = "NAME", requires = "delta", conflicts_with = "summary")]
    accountant: Option<String>,
    /// A delta to find epsilon for; give it again for more.
    #[arg(long, value_name = "D", requires = "accountant")]
    delta: Vec<String>,
    /// What the entries protect against.
    #[arg(long, value_name = "RELATION", requires = "accountant", default_value = "add_or_remove_one")]
    neighbors: String,
}

#[derive(clap::Args)]
struct SpendArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    amount: AmountArgs,
    /// What is done, in place of an amount, such as `gaussian noise_multiplier=2 count=10`: it is charged at its price in
    /// the ledger's currency. Give it again for more.
    #[arg(long, value_name = "EVENT", conflicts_with_all = AMOUNTS)]
    event: Vec<String>,
    /// The same in a file, as `incog account` reads it; - for stdin.
    #[arg(long, value_name = "FILE", conflicts_with_all = AMOUNTS, conflicts_with = "event")]
    events: Option<String>,
    /// What an --event protects against.
    #[arg(long, value_name = "RELATION", requires = "event", default_value = "add_or_remove_one")]
    neighbors: String,
    /// The id of the request; a drawn one if left out. The same id is charged once.
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// Charge so often, each under its own id: ID/1, ID/2, ..
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    repeat: Option<u64>,
    /// Who asks.
    #[arg(long, value_name = "NAME", default_value = "")]
    analyst: String,
    /// On which data set.
    #[arg(long, value_name = "NAME", default_value = "")]
    dataset: String,
    /// Whom the amount protects, as the ledger says it.
    #[arg(long, value_name = "WORDS", default_value = "")]
    unit: String,
}

#[derive(clap::Args)]
struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    /// The anchor that an earlier verification printed: notices that the ledger was rolled back.
    #[arg(long, value_name = "COUNT:HASH")]
    anchor: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum CurrencyName {
    Pure,
    Approximate,
    Zcdp,
    Gdp,
    Rdp,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    match &args.command {
        LedgerCommand::Create(args) => create(args, json),
        LedgerCommand::Show(args) => show(&*open(&args.place)?, Some(args), json),
        LedgerCommand::Spend(args) => spend(args),
        LedgerCommand::Verify(args) => verify(args, json),
        LedgerCommand::Migrate { ledger } => {
            let place = Place { ledger: ledger.clone(), key: None };
            match place.path() {
                Err(url) => postgres::migrate(url)?,
                Ok(_) => {
                    return Err(Failure::usage(
                        "only ledgers on PostgreSQL are brought up to date; give a postgres:// URL",
                    ));
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        LedgerCommand::AcceptClock(place) => {
            open(place)?.accept_clock()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn create(args: &CreateArgs, json: bool) -> Outcome {
    let currency = args.currency.map(Currency::from);
    let mut rules = if args.unbounded {
        Rules::unbounded(currency.unwrap_or(Currency::Approximate))
    } else {
        Rules::lifetime(args.amount.amount(currency)?)
    };
    rules = rules.unit(args.unit.as_str());
    for text in &args.limit {
        rules = limit(rules, text)?;
    }
    let rules = rules.build()?;
    let key = args.place.key()?;
    let ledger: Box<dyn Audited> = match args.place.path() {
        Ok(path) => {
            let options = SqliteLedger::options();
            let options = if let Some(key) = key { options.key(key) } else { options };
            Box::new(options.create(path, rules)?)
        }
        Err(url) => postgres::create(url, &rules, key)?,
    };
    show(&*ledger, None, json)
}

fn open(place: &Place) -> Result<Box<dyn Audited>, Failure> {
    let key = place.key()?;
    match place.path() {
        Ok(path) => {
            let options = SqliteLedger::options();
            let options = if let Some(key) = key { options.key(key) } else { options };
            Ok(Box::new(options.open(path)?))
        }
        Err(url) => postgres::open(url, key),
    }
}

fn show(ledger: &dyn Audited, args: Option<&ShowArgs>, json: bool) -> Outcome {
    let summary = args.is_some_and(|args| args.summary);
    let mut entries = Vec::new();
    // With entries all is read as at one moment, so that what is spent is their sum while others spend.
    let meters = if summary {
        ledger.meters()?
    } else {
        let state = ledger.history(&mut |stored| {
            entries.extend(stored.entry()?);
            Ok(())
        })?;
        state.meters
    };
    let repriced = args.map(|args| repriced(&entries, args)).transpose()?.flatten();
    let whole = meters.iter().find(|reading| reading.limit == 0);
    let spent = whole.map_or(Amount::zero(ledger.currency()), |reading| reading.meter.spent);
    let balance = Balance::new(ledger.terms().rules().limits()[0].amount(), spent)?;
    let limits = meters.iter().filter(|reading| reading.limit > 0);
    let limits: Vec<(&Limit, &Reading)> = limits
        .map(|reading| Ok((ledger.terms().rules().numbered(reading.limit)?, reading)))
        .collect::<incog::Result<_>>()?;
    if json {
        let limits: Vec<Value> = limits
            .iter()
            .map(|(limit, reading)| {
                let spent = reading.meter.spent;
                let period = limit.period().map(|period| period.to_string());
                json!({ "scope": limit.scope().to_string(), "period": period, "subject": reading.subject,
                        "budget": limit.amount(), "spent": spent, "remaining": limit.amount().minus(spent).ok() })
            })
            .collect();
        let entries: Vec<Value> = entries
            .iter()
            .map(|e| {
                json!({ "id": e.request.id(), "event": e.request.events(), "cost": e.request.cost(), "time": e.time,
                        "analyst": e.request.analyst(), "dataset": e.request.dataset(), "answered": e.answered })
            })
            .collect();
        let mut document = Map::new();
        for (name, value) in [
            ("currency", json!(ledger.currency().word())),
            ("unit", json!(ledger.terms().rules().stated_unit())),
            ("budget", json!(balance.budget)),
            ("spent", json!(balance.spent)),
            ("remaining", json!(balance.remaining)),
            ("limits", json!(limits)),
        ] {
            document.insert(name.to_owned(), value);
        }
        if !summary {
            document.insert("entries".to_owned(), json!(entries));
        }
        if let Some(statement) = repriced {
            document.insert("repriced".to_owned(), json!(statement));
        }
        print_json(&Value::Object(document))?;
        return Ok(ExitCode::SUCCESS);
    }
    let lifetime =
        if balance.budget.is_unlimited() { "unbounded".to_owned() } else { balance.budget.to_string() };
    say!("budget     {lifetime}");
    say!("spent      {}", balance.spent);
    if !balance.budget.is_unlimited() {
        say!("remaining  {}", balance.remaining);
    }
    for (limit, reading) in limits {
        let subject = &reading.subject;
        let whose = if subject.is_empty() { String::new() } else { format!(" ('{subject}')") };
        say!("limit      {limit}{whose}: spent {}", reading.meter.spent);
    }
    for entry in &entries {
        let lost = if entry.answered { "" } else { "  (no stored answer)" };
        say!("  {}: {}{lost}", entry.request.id(), entry.request.cost());
    }
    if let Some(statement) = repriced {
        say!("repriced   for display; nothing is given back");
        say!("{}", statement.to_string().trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// What the entries cost by the accountant that was asked for.
fn repriced(entries: &[Entry], args: &ShowArgs) -> Result<Option<Statement>, Failure> {
    let Some(name) = &args.accountant else { return Ok(None) };
    let accountant = accountant::named(name)?;
    let deltas = args.delta.iter().map(|text| Delta::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let events = events_of(entries, args.neighbors.parse()?)?;
    Ok(Some(Statement::new(accountant.as_ref(), &events, &deltas, &[])?))
}

fn spend(args: &SpendArgs) -> Outcome {
    let mut ledger = open(&args.place)?;
    let (cost, events, asked) = match args.events()? {
        Some(list) => {
            let lines: String = list.events().iter().map(|event| format!("\n{event}")).collect();
            let asked = format!("{}{lines}", list.neighbors().word());
            (list.price(ledger.currency())?, list.events().to_vec(), asked)
        }
        None => {
            let cost = args.amount.amount(Some(ledger.currency()))?;
            (cost, stated(cost), cost.canonical())
        }
    };
    let amount = cost.fields().first().map(|(_, value)| value.clone()).unwrap_or_default();
    let base = match &args.request {
        Some(id) => id.clone(),
        None => drawn_id()?,
    };
    // The amount is what is asked, or the events are: the same id with others is another request.
    let query = digest(ledger.chain(), &asked);
    for i in 1..=args.repeat.unwrap_or(1) {
        let id = if args.repeat.is_some() { format!("{base}/{i}") } else { base.clone() };
        let request = Request::new(&id, &args.analyst, &query, "", cost, events.clone())?
            .of_dataset(&args.dataset)?
            .per_unit(&args.unit)?;
        match ledger.reserve(&request)? {
            // Dropped: it is spent.
            Reserved::New(_) => {}
            // The same id was charged before, once. It is as durable as it was then.
            _ => eprintln!("incog: request '{id}' was charged before; nothing was charged now"),
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "COMMITTED {id} {amount}")?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

impl SpendArgs {
    /// What is done, if it was said.
    fn events(&self) -> Result<Option<EventList>, Failure> {
        if let Some(path) = &self.events {
            return account::events(path).map(Some);
        }
        if self.event.is_empty() {
            return Ok(None);
        }
        // Once, if it is not said how often.
        let read = |text: &String| {
            text.parse().or_else(|_| format!("{text} count=1").parse()).map_err(|_: incog::Error| {
                Failure::usage(format!(
                    "the event '{text}' is not of the form MECHANISM NAME=VALUE .., with numbers in their range, as in \
                     'gaussian noise_multiplier=2 count=10'"
                ))
            })
        };
        let events = self.event.iter().map(read).collect::<Result<Vec<Event>, Failure>>()?;
        Ok(Some(EventList::new(self.neighbors.parse()?, events)?))
    }
}

/// The event of which no more is known than what it costs; none in currencies that have no such event.
fn stated(cost: Amount) -> Vec<Event> {
    let budget = cost.budget().map(|budget| (budget.epsilon(), budget.delta(), budget.is_pure()));
    match (cost.currency(), budget) {
        (_, Some((Ok(epsilon), _, true))) => vec![Event::pure(epsilon)],
        (_, Some((Ok(epsilon), delta, false))) => vec![Event::approximate(epsilon, delta)],
        (Currency::Zcdp, _) => {
            let rho = cost.fields().first().and_then(|(_, rho)| rho.parse().ok());
            rho.and_then(|rho| Event::zcdp(rho).ok()).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A name of fixed length for `text`.
fn digest(chain: &Chain, text: &str) -> String {
    let hex: String = chain.digest(&[text.as_bytes()]).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("spend {hex}")
}

fn verify(args: &VerifyArgs, json: bool) -> Outcome {
    let kept = args.anchor.as_deref().map(str::parse).transpose()?;
    let ledger = open(&args.place)?;
    let bar = Bar::new();
    let shown = Cell::new(0);
    let found = audit(&*ledger, kept.as_ref(), &mut |done, total| {
        // A terminal needs no more than some hundred steps.
        if done == total || done - shown.get() > total / 500 {
            shown.set(done);
            bar.advance("verifying", done, total);
        }
    })?;
    drop(bar);
    if json {
        print_json(&json!({
            "anchor": found.anchor.to_string(), "records": found.anchor.count(), "charges": found.charges,
            "answered": found.answered, "spent": found.spent, "keyed": found.keyed, "continues_anchor": kept.is_some(),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    say!(
        "verified   {} records, {} charges, {} with a stored answer",
        found.anchor.count(),
        found.charges,
        found.answered
    );
    say!("spent      {}", found.spent);
    let by = if found.keyed {
        "nobody without the key"
    } else {
        "no key: whoever can write it can make another one"
    };
    say!("history    {by}");
    if kept.is_none() {
        say!("anchor     none was given, so a ledger that was rolled back as a whole would not be noticed");
    }
    say!("keep       {}", found.anchor);
    Ok(ExitCode::SUCCESS)
}

impl Place {
    /// The path of a file, or else a URL.
    fn path(&self) -> Result<&str, &str> {
        let ledger = self.ledger.as_str();
        if ledger.starts_with("postgres:") || ledger.starts_with("postgresql:") {
            return Err(ledger);
        }
        Ok(ledger.strip_prefix("sqlite:").unwrap_or(ledger))
    }

    fn key(&self) -> Result<Option<LedgerKey>, Failure> {
        let Some(source) = &self.key else { return Ok(None) };
        let key = SystemKeys::new(".").key(&KeySource::parse(source)?)?;
        // As the pipeline derives it, so that one key file serves both.
        Ok(Some(LedgerKey::from_bytes(key.derive(&["ledger"]).mac(b"ledger"))))
    }
}

impl AmountArgs {
    /// The amount, in `currency` or in the one that it is given in.
    fn amount(&self, currency: Option<Currency>) -> Result<Amount, Failure> {
        let amount = if let Some(rho) = &self.rho {
            Amount::from_fields(Currency::Zcdp, [("rho", rho.as_str())])?
        } else if let Some(square) = &self.mu_squared {
            Amount::from_fields(Currency::Gdp, [("mu_squared", square.as_str())])?
        } else if let Some(orders) = &self.rdp {
            Amount::from_fields(
                Currency::Rdp,
                orders.split(',').map(|part| part.split_once('=').unwrap_or((part, ""))),
            )?
        } else if let Some(epsilon) = &self.epsilon {
            incog::dp::Budget::parse(epsilon, self.delta.as_deref().unwrap_or("0"))?.into()
        } else {
            return Err(Failure::usage(
                "there is no amount; give --epsilon, --rho, --mu-squared or --rdp, or to spend --event",
            ));
        };
        Ok(match currency {
            Some(currency) => amount.counted_in(currency)?,
            None => amount,
        })
    }
}

impl From<CurrencyName> for Currency {
    fn from(name: CurrencyName) -> Self {
        match name {
            CurrencyName::Pure => Currency::Pure,
            CurrencyName::Approximate => Currency::Approximate,
            CurrencyName::Zcdp => Currency::Zcdp,
            CurrencyName::Gdp => Currency::Gdp,
            CurrencyName::Rdp => Currency::Rdp,
        }
    }
}

/// `rules` with the limit that `text` writes.
fn limit(rules: RulesBuilder, text: &str) -> Result<RulesBuilder, Failure> {
    let malformed = || {
        Failure::usage(format!(
            "the limit '{text}' is not of the form SCOPE[/PERIOD]:AMOUNT, as in each-analyst/30d:epsilon=1"
        ))
    };
    let (scope, amount) = text.split_once(':').ok_or_else(malformed)?;
    let (scope, period) = match scope.rsplit_once('/') {
        Some((scope, period)) => (scope, Some(period)),
        None => (scope, None),
    };
    let fields: Vec<(&str, &str)> =
        amount.split(' ').map(|part| part.split_once('=')).collect::<Option<_>>().ok_or_else(malformed)?;
    let amount = match fields.as_slice() {
        [("epsilon", epsilon)] => incog::dp::Budget::parse(epsilon, "0")?.into(),
        [("epsilon", epsilon), ("delta", delta)] => incog::dp::Budget::parse(epsilon, delta)?.into(),
        [("rho", _)] => Amount::from_fields(Currency::Zcdp, fields)?,
        [("mu_squared", _)] => Amount::from_fields(Currency::Gdp, fields)?,
        _ => Amount::from_fields(Currency::Rdp, fields)?,
    };
    let mut limit = match scope.split_once('=') {
        None if scope == "whole" => Limit::whole(amount),
        None if scope == "each-analyst" => Limit::each_analyst(amount),
        None if scope == "each-dataset" => Limit::each_dataset(amount),
        Some(("analyst", name)) => Limit::analyst(name, amount),
        Some(("dataset", name)) => Limit::dataset(name, amount),
        _ => return Err(malformed()),
    };
    if let Some(period) = period {
        let (number, unit) = period.split_at_checked(period.len().saturating_sub(1)).ok_or_else(malformed)?;
        let number: u64 = number.parse().map_err(|_| malformed())?;
        let seconds = match unit {
            "s" => number,
            "d" => number.saturating_mul(86_400),
            _ => return Err(malformed()),
        };
        limit = limit.every(Period::seconds(seconds)?);
    }
    Ok(rules.limit(limit))
}

/// What an amount is given by.
const AMOUNTS: [&str; 5] = ["epsilon", "delta", "rho", "mu_squared", "rdp"];

/// 128 random bits.
fn drawn_id() -> Result<String, Failure> {
    let mut rng = SecureRng::from_os()?;
    Ok(format!("{:016x}{:016x}", rng.next_u64()?, rng.next_u64()?))
}

/// Ledgers on PostgreSQL.
#[cfg(feature = "postgres")]
mod postgres {
    use incog::dp::ledger::{Audited, LedgerKey, Rules};
    use incog_postgres::{PostgresLedger, PostgresOptions};

    use crate::failure::Failure;

    pub(super) fn create(
        url: &str,
        rules: &Rules,
        key: Option<LedgerKey>,
    ) -> Result<Box<dyn Audited>, Failure> {
        Ok(Box::new(options(key).create(url, rules.clone())?))
    }

    pub(super) fn open(url: &str, key: Option<LedgerKey>) -> Result<Box<dyn Audited>, Failure> {
        Ok(Box::new(options(key).open(url)?))
    }

    pub(super) fn migrate(url: &str) -> Result<(), Failure> {
        Ok(PostgresLedger::migrate(url)?)
    }

    fn options(key: Option<LedgerKey>) -> PostgresOptions {
        let options = PostgresLedger::options();
        if let Some(key) = key { options.key(key) } else { options }
    }
}

/// Builds without ledgers on PostgreSQL.
#[cfg(not(feature = "postgres"))]
mod postgres {
    use incog::{
        Error, ErrorKind,
        dp::ledger::{Audited, LedgerKey, Rules},
    };

    use crate::failure::Failure;

    pub(super) fn create(_: &str, _: &Rules, _: Option<LedgerKey>) -> Result<Box<dyn Audited>, Failure> {
        Err(not_built())
    }

    pub(super) fn open(_: &str, _: Option<LedgerKey>) -> Result<Box<dyn Audited>, Failure> {
        Err(not_built())
    }

    pub(super) fn migrate(_: &str) -> Result<(), Failure> {
        Err(not_built())
    }

    fn not_built() -> Failure {
        let sentence = "this build has no ledgers on PostgreSQL; build incog-cli with feature postgres";
        Failure::from(Error::new(ErrorKind::Unsupported, sentence))
    }
}
