//! `incog ledger`: making, reading, charging and checking budget ledgers.

mod named;
#[cfg_attr(not(feature = "postgres"), path = "no_postgres.rs")]
mod postgres;

use std::{cell::Cell, io::Write as _, process::ExitCode};

use clap::Subcommand;
use incog::{
    SecureRng,
    dp::{
        Amount, Currency, Delta, Event, EventList, Statement, accountant,
        ledger::{
            Audited, Balance, Chain, Entry, Ledger as _, Limit, Reading, Request, Reserved, Rules,
            SqliteLedger, audit, events_of,
        },
    },
};
use serde_json::{Map, Value, json};

use self::named::{AMOUNTS, AmountArgs, CurrencyName, Place, limit};
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

/// 128 random bits.
fn drawn_id() -> Result<String, Failure> {
    let mut rng = SecureRng::from_os()?;
    Ok(format!("{:016x}{:016x}", rng.next_u64()?, rng.next_u64()?))
}
