//! Reading a ledger's whole history and checking it against what the ledger says now.

use std::collections::HashMap;

use crate::{
    dp::{
        Amount,
        ledger::{
            Anchor, Audited, Chain, Meter, Progress, Record, Request, Rules, State, Stored, StoredCharge,
            charge::{self, Change},
        },
    },
    error::{Error, Result},
};

/// What an audit found: everything in order, up to here.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, MemoryLedger, Request, Reserved, audit}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// # let request = |id: &str| Request::new(id, "ann", "q", "v", Budget::parse("0.25", "0")?, vec![]);
/// let Reserved::New(reservation) = ledger.reserve(&request("monday")?)? else { panic!("is new") };
/// ledger.commit(reservation, b"42")?;
/// ledger.reserve(&request("tuesday")?)?; // the program stops before it answers
/// let found = audit(&ledger, None, &mut |_, _| {})?;
/// assert_eq!((found.charges, found.spent.to_string()), (2, "ε = 0.5".to_owned()));
/// assert!(!found.keyed, "whoever can write this ledger could have written another history");
/// // Keep it where the ledger is not; the next audit continues from there.
/// let kept = found.anchor.to_string();
/// assert!(audit(&ledger, Some(&kept.parse()?), &mut |_, _| {}).is_ok());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// The end of the chain; keep it, and give it to the next audit.
    pub anchor: Anchor,
    /// How many charges stand, and were not given back.
    pub charges: u64,
    /// How many of them have a stored answer.
    pub answered: u64,
    /// The sum of the charges that stand, of all periods.
    pub spent: Amount,
    /// Whether the chain has a key, so that others could not have written it.
    pub keyed: bool,
}

/// Checks the history of `ledger`: that its chain is whole, that no charge ever exceeded a budget, that what it says is
/// spent is what its records add up to, and that it continues `kept`, if an earlier end of its chain was kept.
///
/// `progress` hears how many records are read, and of how many.
///
/// # Guarantee
/// For all ledgers that pass, the amounts spent are those of the records, and no record is missing, changed or added
/// between the first and the last, up to the collision resistance of SHA-256. With a key, nobody without it wrote one.
/// With an anchor, the records up to it are those that were there when it was taken.
///
/// # Errors
/// `Verification` if anything differs, with the number of the record; otherwise as [`Ledger::balance`].
///
/// [`Ledger::balance`]: super::Ledger::balance
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Anchor, Audited, Ledger, MemoryLedger, Request, audit}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// ledger.reserve(&Request::new("a", "ann", "q", "v", Budget::parse("0.25", "0")?, vec![])?)?;
/// let first = audit(&ledger, None, &mut |_, _| {})?;
/// assert_eq!((first.charges, first.spent.to_string()), (1, "ε = 0.25".to_owned()));
/// let other = Anchor::new(1, [0; 32]);
/// assert_eq!(
///     audit(&ledger, Some(&other), &mut |_, _| {}).unwrap_err().to_string(),
///     "the ledger is not the one that the anchor was taken of: its record 1 is another one",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub fn audit(
    ledger: &dyn Audited,
    kept: Option<&Anchor>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Audit> {
    let total = ledger.anchor()?.count();
    let mut replay = Replay::new(ledger);
    if let Some(kept) = kept {
        replay.check_anchor(kept)?;
    }
    let state = ledger.history(&mut |stored| {
        replay.read(&stored)?;
        if let Some(kept) = kept {
            replay.check_anchor(kept)?;
        }
        progress(stored.anchor.count(), total.max(stored.anchor.count()));
        Ok(())
    })?;
    replay.finish(&state)?;
    // The first limit counts every charge, for ever.
    if let Some(whole) = replay.meters.get(&(0, String::new())) {
        replay.audit.spent = whole.spent;
    }
    match kept {
        Some(kept) if kept.count() > state.anchor.count() => {
            Err(Error::rolled_back(kept.count(), state.anchor.count()))
        }
        _ => Ok(replay.audit),
    }
}

/// The history up to one record.
struct Replay<'l> {
    rules: &'l Rules,
    chain: &'l Chain,
    latest: Option<i64>,
    meters: HashMap<(usize, String), Meter>,
    /// Charges whose end is not known: those that the store says were given back, until their release is read, and
    /// those that it says were drawn, until their answer is.
    pending: HashMap<u64, Pending>,
    audit: Audit,
}

struct Pending {
    at: i64,
    request: Option<Request>,
    stored: Option<StoredCharge>,
}

impl<'l> Replay<'l> {
    fn new(ledger: &'l dyn Audited) -> Self {
        let (rules, chain) = (ledger.terms().rules(), ledger.chain());
        Replay {
            rules,
            chain,
            latest: None,
            meters: HashMap::new(),
            pending: HashMap::new(),
            audit: Audit {
                anchor: chain.start(),
                charges: 0,
                answered: 0,
                spent: Amount::zero(rules.currency()),
                keyed: chain.is_keyed(),
            },
        }
    }

    fn check_anchor(&self, kept: &Anchor) -> Result<()> {
        if kept.count() == self.audit.anchor.count() && *kept != self.audit.anchor {
            return Err(Error::other_history(kept.count()));
        }
        Ok(())
    }

    fn read(&mut self, stored: &Stored) -> Result<()> {
        let next = self.chain.next(&self.audit.anchor, &stored.record);
        let number = next.count();
        let differs = |what: &str| Error::ledger_differs(number, what);
        if stored.anchor != next {
            return Err(differs("its hash is not that of the records before it"));
        }
        self.audit.anchor = next;
        let record = Record::parse(&stored.record).map_err(|_| differs("it cannot be read"))?;
        if stored.charge.is_some() && !matches!(record, Record::Charge { .. }) {
            return Err(differs("it is no charge, and is stored as one"));
        }
        match record {
            Record::Charge { time, request } => self.charge(number, time, *request, stored.charge.clone()),
            Record::Answer { of, sealed } => {
                let charge = self.pending.remove(&of).and_then(|pending| pending.stored);
                match charge {
                    Some(charge) if charge.sealed == sealed => {
                        self.audit.answered += u64::from(sealed.is_some());
                        Ok(())
                    }
                    _ => Err(differs("it answers a charge that is not there, or with another answer")),
                }
            }
            Record::Release { of } => match self.pending.remove(&of) {
                Some(Pending { at, request: Some(request), stored: None }) => {
                    let meters = &self.meters;
                    let meter = |limit, subject: &str| Ok(meters.get(&(limit, subject.to_owned())).copied());
                    let changes = charge::give_back(self.rules, at, &request, meter)?;
                    self.apply(changes);
                    self.audit.charges -= 1;
                    Ok(())
                }
                _ => Err(differs("it gives back a charge that is not there, or was drawn")),
            },
            Record::Clock { time } => {
                self.latest = self.latest.max(Some(time));
                Ok(())
            }
        }
    }

    fn charge(
        &mut self,
        number: u64,
        time: i64,
        request: Request,
        stored: Option<StoredCharge>,
    ) -> Result<()> {
        let differs = |what: &str| Error::ledger_differs(number, what);
        let meters = &self.meters;
        let meter = |limit, subject: &str| Ok(meters.get(&(limit, subject.to_owned())).copied());
        let charged = charge::charge(self.rules, self.latest, time, &request, meter)
            .map_err(|_| differs("it charges what the rules do not allow"))?;
        self.latest = Some(charged.at);
        self.apply(charged.changes);
        self.audit.charges += 1;
        let at = charged.at;
        match stored {
            Some(stored) if stored.id != request.id() || stored.at != at => {
                Err(differs("it is stored under another id or time"))
            }
            Some(stored) if stored.progress == Progress::Reserved && stored.sealed.is_some() => {
                Err(differs("it has an answer that was not drawn"))
            }
            Some(stored) if stored.progress == Progress::Reserved => Ok(()),
            // Drawn: its answer must follow. Not stored: it must have been given back.
            stored => {
                let request = stored.is_none().then_some(request);
                self.pending.insert(number, Pending { at, request, stored });
                Ok(())
            }
        }
    }

    fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            self.meters.insert((change.limit, change.subject), change.after);
        }
    }

    fn finish(&self, state: &State) -> Result<()> {
        if state.anchor != self.audit.anchor {
            return Err(Error::ledger_state_differs("the end of its chain is not that of its records"));
        }
        if state.latest != self.latest {
            return Err(Error::ledger_state_differs("its latest time is not that of its records"));
        }
        if !self.pending.is_empty() {
            return Err(Error::ledger_state_differs("a charge is missing that was not given back"));
        }
        // A meter may exist before its first charge.
        let read = state.meters.iter().filter(|reading| !reading.meter.spent.is_zero());
        let spent = self.meters.iter().filter(|(_, meter)| !meter.spent.is_zero());
        let same = |reading: &super::Reading| {
            self.meters.get(&(reading.limit, reading.subject.clone())) == Some(&reading.meter)
        };
        if read.clone().count() != spent.count() || !read.clone().all(same) {
            return Err(Error::ledger_state_differs(
                "what it says is spent is not what its records add up to",
            ));
        }
        Ok(())
    }
}
