//! Leases: blocks of budget that are charged at once and spent in memory, for budgets that many services want at a time.

use std::{
    collections::HashMap,
    fmt,
    time::{Duration, Instant},
};

use crate::{
    dp::{
        Amount, Currency,
        ledger::{Balance, Entry, Ledger, Request, Reservation, Reserved},
    },
    error::{ErrorKind, Result},
    rng::SecureRng,
};

/// A ledger that charges another one in blocks.
///
/// Each charge of a shared ledger waits for its disk, and charges of one budget wait for each other. A lease is one
/// charge of a block; what is spent of it costs no further write. The price: what is left of a lease when the program
/// stops is spent, entries of the shared ledger are leases, and this handle remembers ids and answers only as long as it
/// lives: a request that is repeated later is charged, and drawn, again.
///
/// # Guarantee
/// For all interleavings of handles and all moments at which one stops, the requests that were `New` cost together at
/// most what the shared ledger has charged.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, Budget, ledger::{LeasedLedger, Ledger, MemoryLedger, Request, Reserved}};
/// use std::time::Duration;
/// let shared = MemoryLedger::new(Budget::parse("1", "0")?);
/// let block = Amount::parse("pure epsilon=0.3")?;
/// let mut leased = LeasedLedger::new(shared.handle(), block, Duration::from_secs(60));
/// let request = |id: &str| Request::new(id, "ann", "q", "v", Budget::parse("0.1", "0")?, vec![]);
/// for id in ["a", "b"] {
///     assert!(matches!(leased.reserve(&request(id)?)?, Reserved::New(_)));
/// }
/// // Two tenths were spent, and three are.
/// assert_eq!(shared.balance()?.spent.to_string(), "ε = 0.3");
/// let too_much = Request::new("c", "ann", "q", "v", Budget::parse("0.8", "0")?, vec![])?;
/// assert!(leased.reserve(&too_much).unwrap_err().to_string().starts_with("budget exceeded: asked ε = 0.8, left ε = 0.7"));
/// # Ok::<(), incog::Error>(())
/// ```
pub struct LeasedLedger<L> {
    ledger: L,
    block: Amount,
    longest: Duration,
    /// By analyst, data set and privacy unit: budgets may be theirs.
    leases: HashMap<[String; 3], Vec<Lease>>,
    charges: HashMap<u64, Charge>,
    by_id: HashMap<String, u64>,
    last: u64,
}

struct Lease {
    reservation: Reservation,
    left: Amount,
    taken: Instant,
}

struct Charge {
    request: Request,
    progress: Progress,
}

enum Progress {
    /// Of a lease with this reservation.
    Leased(u64),
    /// Too large for a lease, or the end of the budget: charged by itself.
    Own(Reservation),
    Answered(Vec<u8>),
}

impl<L: Ledger> LeasedLedger<L> {
    /// Charges `ledger` in blocks of `block`, each of which is spent for at most `longest`: what renews with a period is
    /// not carried far into the next.
    pub fn new(ledger: L, block: impl Into<Amount>, longest: Duration) -> Self {
        LeasedLedger {
            ledger,
            block: block.into(),
            longest,
            leases: HashMap::new(),
            charges: HashMap::new(),
            by_id: HashMap::new(),
            last: 0,
        }
    }

    /// Gives back the leases of which nothing was spent, and returns the shared ledger. What is left of the others is
    /// spent.
    ///
    /// # Errors
    /// As [`Ledger::release`].
    pub fn close(mut self) -> Result<L> {
        for lease in self.leases.into_values().flatten() {
            if lease.left == self.block {
                self.ledger.release(lease.reservation)?;
            }
        }
        Ok(self.ledger)
    }

    /// Takes `cost` from a lease, or takes a lease. Nothing if the shared ledger has no block left.
    fn take(&mut self, request: &Request, cost: Amount) -> Result<Option<u64>> {
        let scope = [request.analyst(), request.dataset(), request.unit()].map(str::to_owned);
        let leases = self.leases.entry(scope).or_default();
        leases.retain(|lease| lease.taken.elapsed() < self.longest && !lease.left.is_zero());
        if !leases.iter().any(|lease| cost.fits(lease.left)) {
            let mut rng = SecureRng::from_os()?;
            let id = format!("lease/{:016x}{:016x}", rng.next_u64()?, rng.next_u64()?);
            let block = Request::new(id, request.analyst(), "lease", "", self.block, Vec::new())?
                .of_dataset(request.dataset())?
                .per_unit(request.unit())?;
            match self.ledger.reserve(&block) {
                Ok(Reserved::New(reservation)) => {
                    leases.push(Lease { reservation, left: self.block, taken: Instant::now() });
                }
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::BudgetExceeded => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        match leases.iter_mut().find(|lease| cost.fits(lease.left)) {
            Some(lease) => {
                lease.left = lease.left.minus(cost)?;
                Ok(Some(lease.reservation.sequence()))
            }
            None => Ok(None),
        }
    }

    fn open(&mut self, reservation: &Reservation) -> Result<&mut Charge> {
        match self.charges.get_mut(&reservation.sequence()) {
            Some(charge) if !matches!(charge.progress, Progress::Answered(_)) => Ok(charge),
            _ => Err(Reservation::not_open()),
        }
    }
}

impl<L: Ledger> Ledger for LeasedLedger<L> {
    fn currency(&self) -> Currency {
        self.ledger.currency()
    }

    /// Of the shared ledger: leases are spent.
    fn balance(&self) -> Result<Balance> {
        self.ledger.balance()
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        if let Some(charge) = self.by_id.get(request.id()).and_then(|number| self.charges.get(number)) {
            request.check_same(&charge.request)?;
            return Ok(match &charge.progress {
                Progress::Answered(answer) => Reserved::Answered(answer.clone()),
                _ => Reserved::AnswerLost,
            });
        }
        let cost = request.cost().counted_in(self.currency())?;
        let leased = if cost.fits(self.block) { self.take(request, cost)? } else { None };
        let progress = match leased {
            Some(lease) => Progress::Leased(lease),
            None => match self.ledger.reserve(request)? {
                Reserved::New(reservation) => Progress::Own(reservation),
                known => return Ok(known),
            },
        };
        self.last += 1;
        self.charges.insert(self.last, Charge { request: request.clone(), progress });
        self.by_id.insert(request.id().to_owned(), self.last);
        Ok(Reserved::New(Reservation::new(self.last)))
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        let charge = self.open(&reservation)?;
        let before = std::mem::replace(&mut charge.progress, Progress::Answered(answer.to_vec()));
        match before {
            Progress::Own(own) => self.ledger.commit(own, answer),
            _ => Ok(()),
        }
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        self.open(&reservation)?;
        let Some(charge) = self.charges.remove(&reservation.sequence()) else {
            return Err(Reservation::not_open());
        };
        self.by_id.remove(charge.request.id());
        match charge.progress {
            Progress::Own(own) => self.ledger.release(own),
            Progress::Leased(of) => {
                // Of a lease that is over it stays spent.
                if let Some(lease) =
                    self.leases.values_mut().flatten().find(|l| l.reservation.sequence() == of)
                {
                    lease.left = lease.left.plus(charge.request.cost())?;
                }
                Ok(())
            }
            Progress::Answered(_) => Err(Reservation::not_open()),
        }
    }

    /// Of the shared ledger: leases, and what was charged by itself.
    fn entries(&self) -> Result<Vec<Entry>> {
        self.ledger.entries()
    }
}

impl<L> fmt::Debug for LeasedLedger<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeasedLedger").field("block", &self.block).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::{Budget, ledger::MemoryLedger};

    fn pure(epsilon: &str) -> Amount {
        Budget::parse(epsilon, "0").unwrap().into()
    }

    fn request(id: &str, epsilon: &str) -> Request {
        Request::new(id, "ann", "q", "v", pure(epsilon), vec![]).unwrap()
    }

    #[test]
    fn leases_never_spend_more_than_was_charged_and_leave_less_than_one_amount() {
        let shared = MemoryLedger::new(pure("1"));
        let mut handles: Vec<_> =
            (0..3).map(|_| LeasedLedger::new(shared.handle(), pure("0.1"), Duration::from_secs(9))).collect();
        let mut spent = Amount::zero(Currency::Pure);
        for i in 0.. {
            let amount = ["0.03", "0.007", "0.2"][i % 3];
            match handles[i % 3].reserve(&request(&format!("{i}"), amount)) {
                Ok(_) => spent = spent.plus(pure(amount)).unwrap(),
                Err(_) if i > 300 => break,
                Err(error) => assert_eq!(error.kind(), ErrorKind::BudgetExceeded),
            }
            let charged = shared.balance().unwrap().spent;
            assert!(spent.fits(charged) && charged.fits(pure("1")));
        }
        assert!(shared.balance().unwrap().remaining.fits(pure("0.007")));
    }

    #[test]
    fn an_unspent_lease_is_given_back_when_closed_and_spent_when_dropped() {
        let shared = MemoryLedger::new(pure("1"));
        let lease = || LeasedLedger::new(shared.handle(), pure("0.25"), Duration::from_secs(9));
        let mut closed = lease();
        let Reserved::New(unused) = closed.reserve(&request("a", "0.1")).unwrap() else { panic!() };
        let stale = Reservation::new(unused.sequence());
        closed.release(unused).unwrap();
        assert!(closed.release(stale).is_err());
        closed.close().unwrap();
        assert!(shared.balance().unwrap().spent.is_zero());
        let mut dropped = lease();
        let Reserved::New(drawn) = dropped.reserve(&request("a", "0.1")).unwrap() else { panic!() };
        dropped.commit(drawn, b"1").unwrap();
        assert!(matches!(dropped.reserve(&request("a", "0.1")).unwrap(), Reserved::Answered(a) if a == b"1"));
        drop(dropped);
        assert_eq!(shared.balance().unwrap().spent, pure("0.25"));
        // A lease that is too old is left behind.
        let mut old = LeasedLedger::new(shared.handle(), pure("0.25"), Duration::ZERO);
        assert!(old.reserve(&request("b", "0.1")).is_ok() && old.reserve(&request("c", "0.1")).is_ok());
        assert_eq!(shared.balance().unwrap().spent, pure("0.75"));
    }

    fn granted<L: Ledger>(ledger: &mut LeasedLedger<L>, id: &str, epsilon: &str) -> Reservation {
        let Reserved::New(reservation) = ledger.reserve(&request(id, epsilon)).unwrap() else {
            panic!("{id}")
        };
        reservation
    }

    #[test]
    fn what_fits_a_lease_is_not_charged_again_and_the_end_of_a_budget_is_charged_by_itself() {
        let shared = MemoryLedger::new(pure("0.35"));
        let mut leased = LeasedLedger::new(shared.handle(), pure("0.3"), Duration::from_secs(60));
        for id in ["a", "b", "c"] {
            drop(granted(&mut leased, id, "0.1"));
            assert_eq!(shared.balance().unwrap().spent, pure("0.3"), "{id}");
        }
        // Less than a block is left, and enough.
        drop(granted(&mut leased, "d", "0.05"));
        assert!(shared.balance().unwrap().remaining.is_zero());
        let refused = leased.reserve(&request("e", "0.000001")).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::BudgetExceeded);
        // One lease, and what was charged by itself.
        let entries = leased.entries().unwrap();
        assert_eq!((entries.len(), entries[1].request.id()), (2, "d"));
    }

    #[test]
    fn each_request_has_its_own_answer_once() {
        let shared = MemoryLedger::new(pure("1"));
        let mut leased = LeasedLedger::new(shared.handle(), pure("0.3"), Duration::from_secs(60));
        // The last one is too large for a lease.
        let requests = [("a", "0.1"), ("b", "0.1"), ("large", "0.4")];
        let reserved = requests.map(|(id, epsilon)| granted(&mut leased, id, epsilon));
        let numbers: Vec<u64> = reserved.iter().map(Reservation::sequence).collect();
        for (reservation, (id, _)) in reserved.into_iter().zip(requests) {
            leased.commit(reservation, id.as_bytes()).unwrap();
        }
        for (number, (id, epsilon)) in numbers.into_iter().zip(requests) {
            // Neither drawn again nor given back.
            assert_eq!(leased.commit(Reservation::new(number), b"2").unwrap_err().kind(), ErrorKind::Refused);
            assert_eq!(leased.release(Reservation::new(number)).unwrap_err().kind(), ErrorKind::Refused);
            let again = leased.reserve(&request(id, epsilon)).unwrap();
            assert!(
                matches!(&again, Reserved::Answered(answer) if answer == id.as_bytes()),
                "{id} {again:?}"
            );
        }
        // What was charged by itself is answered in the shared ledger too.
        let known = shared.handle().reserve(&request("large", "0.4")).unwrap();
        assert!(matches!(known, Reserved::Answered(answer) if answer == b"large"));
    }

    /// A ledger that cannot be written.
    struct Broken(u32);

    impl Ledger for Broken {
        fn currency(&self) -> Currency {
            Currency::Pure
        }

        fn balance(&self) -> Result<Balance> {
            Balance::new(pure("1"), pure("0"))
        }

        fn reserve(&mut self, _: &Request) -> Result<Reserved> {
            self.0 += 1;
            Err(crate::error::Error::io("writing the ledger", std::io::ErrorKind::StorageFull.into()))
        }

        fn commit(&mut self, _: Reservation, _: &[u8]) -> Result<()> {
            Err(Reservation::not_open())
        }

        fn release(&mut self, _: Reservation) -> Result<()> {
            Err(Reservation::not_open())
        }

        fn entries(&self) -> Result<Vec<Entry>> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_lease_that_fails_for_another_reason_than_the_budget_is_not_tried_as_a_charge() {
        let mut leased = LeasedLedger::new(Broken(0), pure("0.3"), Duration::from_secs(60));
        assert_eq!(leased.reserve(&request("a", "0.1")).unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(leased.close().unwrap().0, 1);
    }
}
