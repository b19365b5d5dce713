//! A ledger in memory: for tests and for programs whose answers die with the process.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::{
    dp::{
        Amount, Currency,
        ledger::{
            Balance, Entry, Ledger, Request, Reservation, Reserved,
            charge::{self, Earlier},
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
    budget: Amount,
    state: Arc<Mutex<State>>,
}

struct State {
    spent: Amount,
    last_sequence: u64,
    by_id: HashMap<String, Charged>,
    open: HashMap<u64, String>,
}

struct Charged {
    sequence: u64,
    request: Request,
    answer: Option<Vec<u8>>,
}

impl MemoryLedger {
    /// A ledger with this budget, counted in its currency.
    #[must_use]
    pub fn new(budget: impl Into<Amount>) -> Self {
        let budget = budget.into();
        let state = State {
            spent: Amount::zero(budget.currency()),
            last_sequence: 0,
            by_id: HashMap::new(),
            open: HashMap::new(),
        };
        MemoryLedger { budget, state: Arc::new(Mutex::new(state)) }
    }

    /// Another handle to the same ledger, for another thread or session.
    #[must_use]
    pub fn handle(&self) -> MemoryLedger {
        MemoryLedger { budget: self.budget, state: Arc::clone(&self.state) }
    }

    fn state(&self) -> Result<MutexGuard<'_, State>> {
        self.state.lock().map_err(|_| Error::poisoned_ledger())
    }
}

impl Ledger for MemoryLedger {
    fn currency(&self) -> Currency {
        self.budget.currency()
    }

    fn balance(&self) -> Result<Balance> {
        Balance::new(self.budget, self.state()?.spent)
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        let mut state = self.state()?;
        if let Some(charged) = state.by_id.get(request.id()) {
            let earlier = Earlier {
                analyst: charged.request.analyst(),
                query: charged.request.query(),
                data_version: charged.request.data_version(),
            };
            charge::check_same(request, &earlier)?;
            return Ok(charged.answer.clone().map_or(Reserved::AnswerLost, Reserved::Answered));
        }
        let spent = charge::charge(Balance::new(self.budget, state.spent)?, request)?;
        state.spent = spent;
        state.last_sequence += 1;
        let sequence = state.last_sequence;
        state.open.insert(sequence, request.id().to_owned());
        state
            .by_id
            .insert(request.id().to_owned(), Charged { sequence, request: request.clone(), answer: None });
        Ok(Reserved::New(Reservation::new(sequence)))
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        let mut state = self.state()?;
        let id = state.open.remove(&reservation.sequence()).ok_or_else(Error::not_reserved)?;
        let charged = state.by_id.get_mut(&id).ok_or_else(Error::not_reserved)?;
        charged.answer = Some(answer.to_vec());
        Ok(())
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        let mut state = self.state()?;
        let id = state.open.remove(&reservation.sequence()).ok_or_else(Error::not_reserved)?;
        let charged = state.by_id.remove(&id).ok_or_else(Error::not_reserved)?;
        state.spent = state.spent.minus(charged.request.cost())?;
        Ok(())
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        let state = self.state()?;
        let mut entries: Vec<Entry> = state
            .by_id
            .values()
            .map(|c| Entry::new(c.sequence, c.request.clone(), c.answer.is_some()))
            .collect();
        entries.sort_unstable_by_key(|entry| entry.sequence);
        Ok(entries)
    }
}

impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLedger").field("budget", &self.budget).finish_non_exhaustive()
    }
}
