//! A ledger in memory: for tests and for programs whose answers die with the process.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::{
    digest,
    dp::{
        Amount, Currency,
        ledger::{
            Anchor, Audited, Balance, Chain, Clock, Entry, Ledger, Meter, Progress, Reading, Record, Request,
            Reservation, Reserved, Rules, State, Stored, StoredCharge, Terms,
            charge::{self, Change},
        },
    },
    error::{Error, Result},
};

/// A ledger in memory. It forgets what was spent when the last handle is dropped.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, MemoryLedger, Request, Reserved}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// let request = |id: &str, cost| Request::new(id, "", "spend", "", Budget::parse(cost, "0")?, vec![]);
/// let Reserved::New(reservation) = ledger.reserve(&request("a", "0.9")?)? else { panic!("is new") };
/// ledger.commit(reservation, b"42")?;
/// assert!(matches!(ledger.reserve(&request("a", "0.9")?)?, Reserved::Answered(answer) if answer == b"42"));
/// assert_eq!(
///     ledger.reserve(&request("b", "0.25")?).unwrap_err().to_string(),
///     "budget exceeded: asked ε = 0.25, left ε = 0.1; ask for less or create a new ledger",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub struct MemoryLedger {
    terms: Terms,
    chain: Chain,
    clock: Clock,
    book: Arc<Mutex<Book>>,
}

/// What a ledger holds.
struct Book {
    anchor: Anchor,
    latest: Option<i64>,
    meters: HashMap<(usize, String), Meter>,
    records: Vec<(String, Anchor)>,
    /// By the number of their record.
    charges: BTreeMap<u64, Charge>,
    by_id: HashMap<String, u64>,
}

struct Charge {
    time: i64,
    at: i64,
    request: Request,
    answer: Option<Vec<u8>>,
}

impl MemoryLedger {
    /// A ledger with these rules; a budget alone is one for its lifetime.
    ///
    /// # Panics
    /// If the rules bound nothing, which [`RulesBuilder::build`](super::RulesBuilder::build) refuses, or if the system
    /// has no entropy.
    #[must_use]
    pub fn new(rules: impl Into<Rules>) -> Self {
        let terms = Terms::new(rules, None).expect("rules are checked when they are built");
        let chain = Chain::new(&terms, None).expect("terms without a key need none");
        let book = Book {
            anchor: chain.start(),
            latest: None,
            meters: HashMap::new(),
            records: Vec::new(),
            charges: BTreeMap::new(),
            by_id: HashMap::new(),
        };
        MemoryLedger { terms, chain, clock: Clock::system(), book: Arc::new(Mutex::new(book)) }
    }

    /// The same handle with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Another handle to the same ledger, for another thread or session.
    #[must_use]
    pub fn handle(&self) -> MemoryLedger {
        MemoryLedger {
            terms: self.terms.clone(),
            chain: self.chain.clone(),
            clock: self.clock.clone(),
            book: Arc::clone(&self.book),
        }
    }

    fn book(&self) -> Result<MutexGuard<'_, Book>> {
        self.book.lock().map_err(|_| Error::poisoned_ledger())
    }
}

impl Book {
    fn meter(&self, limit: usize, subject: &str) -> Option<Meter> {
        self.meters.get(&(limit, subject.to_owned())).copied()
    }

    fn write(&mut self, chain: &Chain, record: &Record, changes: Vec<Change>) -> u64 {
        let text = record.text();
        self.anchor = chain.next(&self.anchor, &text);
        self.records.push((text, self.anchor));
        for change in changes {
            self.meters.insert((change.limit, change.subject), change.after);
        }
        self.anchor.count()
    }

    fn open(&mut self, reservation: &Reservation) -> Result<&mut Charge> {
        match self.charges.get_mut(&reservation.sequence()) {
            Some(charge) if charge.answer.is_none() => Ok(charge),
            _ => Err(Error::not_reserved()),
        }
    }

    fn readings(&self) -> Vec<Reading> {
        let mut readings: Vec<Reading> = self
            .meters
            .iter()
            .map(|((limit, subject), meter)| Reading::new(*limit, subject.clone(), *meter))
            .collect();
        readings.sort_unstable_by(|a, b| (a.limit, &a.subject).cmp(&(b.limit, &b.subject)));
        readings
    }
}

impl Ledger for MemoryLedger {
    fn currency(&self) -> Currency {
        self.terms.rules().currency()
    }

    fn balance(&self) -> Result<Balance> {
        let spent = self.book()?.meter(0, "").map_or(Amount::zero(self.currency()), |meter| meter.spent);
        Balance::new(self.terms.rules().limits()[0].amount(), spent)
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        let mut book = self.book()?;
        if let Some(charge) = book.by_id.get(request.id()).and_then(|sequence| book.charges.get(sequence)) {
            request.check_same(&charge.request)?;
            return Ok(charge.answer.clone().map_or(Reserved::AnswerLost, Reserved::Answered));
        }
        let time = self.clock.seconds();
        let meter = |limit, subject: &str| Ok(book.meter(limit, subject));
        let charged = charge::charge(self.terms.rules(), book.latest, time, request, meter)?;
        book.latest = Some(charged.at);
        let sequence = book.write(&self.chain, &Record::charge(time, request), charged.changes);
        book.by_id.insert(request.id().to_owned(), sequence);
        let charge = Charge { time, at: charged.at, request: request.clone(), answer: None };
        book.charges.insert(sequence, charge);
        Ok(Reserved::New(Reservation::new(sequence)))
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        let mut book = self.book()?;
        book.open(&reservation)?.answer = Some(answer.to_vec());
        book.write(&self.chain, &Record::answer(reservation.sequence(), Some(answer)), Vec::new());
        Ok(())
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        let mut book = self.book()?;
        let charge = book.open(&reservation)?;
        let (at, request) = (charge.at, charge.request.clone());
        let meter = |limit, subject: &str| Ok(book.meter(limit, subject));
        let changes = charge::give_back(self.terms.rules(), at, &request, meter)?;
        book.write(&self.chain, &Record::release(reservation.sequence()), changes);
        book.charges.remove(&reservation.sequence());
        book.by_id.remove(request.id());
        Ok(())
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        let entry = |(sequence, charge): (&u64, &Charge)| {
            Entry::new(*sequence, charge.time, charge.request.clone(), charge.answer.is_some())
        };
        Ok(self.book()?.charges.iter().map(entry).collect())
    }
}

impl Audited for MemoryLedger {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn anchor(&self) -> Result<Anchor> {
        Ok(self.book()?.anchor)
    }

    fn meters(&self) -> Result<Vec<Reading>> {
        Ok(self.book()?.readings())
    }

    fn history(&self, visit: &mut dyn FnMut(Stored) -> Result<()>) -> Result<State> {
        let book = self.book()?;
        for (text, anchor) in &book.records {
            let charge = book.charges.get(&anchor.count()).map(|charge| {
                let sealed = charge.answer.as_deref().map(digest::sha256);
                let progress = if sealed.is_some() { Progress::Drawn } else { Progress::Reserved };
                StoredCharge::new(charge.request.id().to_owned(), charge.at, progress, sealed)
            });
            visit(Stored::new(text.clone(), *anchor, charge))?;
        }
        Ok(State::new(book.anchor, book.latest, book.readings()))
    }

    fn accept_clock(&mut self) -> Result<()> {
        let mut book = self.book()?;
        let time = self.clock.seconds();
        book.latest = book.latest.max(Some(time));
        book.write(&self.chain, &Record::clock(time), Vec::new());
        Ok(())
    }
}

impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLedger").field("rules", self.terms.rules()).finish_non_exhaustive()
    }
}
