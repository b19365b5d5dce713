//! What every ledger has to pass, also one that you write: give it a way to make ledgers, and see what it says.
//!
//! The ledgers of this project pass it in their own tests. It needs no test framework: the first rule that is broken
//! comes back as an error that says which one.
//!
//! # Examples
//! ```
//! use incog::dp::ledger::{MemoryLedger, Rules, Clock, conformance::{Backend, Opener, check}};
//! let backend = Backend::new(|rules: &Rules, clock: &Clock| {
//!     let ledger = std::sync::Mutex::new(MemoryLedger::new(rules.clone()).clock(clock.clone()));
//!     Ok(Opener::new(move || Ok(Box::new(ledger.lock().expect("one thread at a time").handle()))))
//! });
//! check(&backend)?;
//! # Ok::<(), incog::Error>(())
//! ```

mod rules;

use std::fmt;

use self::rules::{
    bound, broken, currencies, exact, given_back, history, model, once, periods, priced, scopes, threads,
};
use crate::{
    dp::{
        Amount,
        ledger::{Audited, Clock, Ledger, Reserved, Rules},
    },
    error::{ErrorKind, Result},
};

/// A kind of ledger.
///
/// # Examples
/// ```
/// use incog::dp::ledger::{Clock, MemoryLedger, Rules, conformance::{Backend, Opener, check}};
/// # fn shared(ledger: MemoryLedger) -> Opener {
/// #     let ledger = std::sync::Mutex::new(ledger);
/// #     Opener::new(move || Ok(Box::new(ledger.lock().expect("one thread at a time").handle())))
/// # }
/// let new = |rules: &Rules, clock: &Clock| Ok(shared(MemoryLedger::new(rules.clone()).clock(clock.clone())));
/// // Where each charge takes a round trip, fewer of them; where many hosts share it, more threads.
/// check(&Backend::new(new).operations(20).threads(16))?;
/// // A ledger in memory keeps its answers, and is no ledger without them.
/// assert!(check(&Backend::new(new).without_answers()).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Backend<'b> {
    new: Make<'b>,
    answers: bool,
    operations: u32,
    threads: u32,
}

/// Makes a fresh ledger.
type Make<'b> = Box<dyn Fn(&Rules, &Clock) -> Result<Opener> + 'b>;

/// Opens handles on one ledger.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Audited, Ledger, MemoryLedger, Request, conformance::Opener}};
/// use std::sync::Mutex;
/// let ledger = Mutex::new(MemoryLedger::new(Budget::parse("1", "0")?));
/// let opener = Opener::new(move || Ok(Box::new(ledger.lock().expect("one thread at a time").handle())));
/// // Two handles on one ledger, as two services have them on one table of a database.
/// let (mut one, other) = (opener.open()?, opener.open()?);
/// one.reserve(&Request::new("a", "ann", "q", "v", Budget::parse("0.25", "0")?, vec![])?)?;
/// assert_eq!(other.balance()?.spent.to_string(), "ε = 0.25");
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Opener(Box<dyn Fn() -> Result<Box<dyn Audited>> + Send + Sync>);

impl<'b> Backend<'b> {
    /// The kind of which `new` makes a fresh ledger with these rules, whose handles take the time from that clock.
    pub fn new(new: impl Fn(&Rules, &Clock) -> Result<Opener> + 'b) -> Self {
        Backend { new: Box::new(new), answers: true, operations: 400, threads: 4 }
    }

    /// The same kind, which keeps no answers: a repeated request reads "answer lost".
    #[must_use]
    pub fn without_answers(mut self) -> Self {
        self.answers = false;
        self
    }

    /// How many drawn operations are compared with a ledger in memory; 400 if not set.
    #[must_use]
    pub fn operations(mut self, operations: u32) -> Self {
        self.operations = operations;
        self
    }

    /// How many threads spend one budget together; 4 if not set.
    #[must_use]
    pub fn threads(mut self, threads: u32) -> Self {
        self.threads = threads;
        self
    }

    fn ledger(&self, rules: &Rules) -> Result<Opener> {
        (self.new)(rules, &Clock::system())
    }
}

impl Opener {
    /// Opens a handle whenever it is called, also in several threads at once.
    pub fn new(open: impl Fn() -> Result<Box<dyn Audited>> + Send + Sync + 'static) -> Self {
        Opener(Box::new(open))
    }

    /// One more handle.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn open(&self) -> Result<Box<dyn Audited>> {
        (self.0)()
    }
}

/// Checks a kind of ledger by every rule of [`Ledger`] and [`Audited`] that can be seen from outside.
///
/// # Errors
/// `Verification` with the rule that is broken; what the ledger fails with where it should not.
///
/// # Examples
/// ```
/// use incog::{Error, ErrorKind, dp::ledger::conformance::{Backend, check}};
/// // A ledger that cannot even be made: the first rule says so.
/// let backend = Backend::new(|_, _| Err(Error::new(ErrorKind::Unsupported, "the server is not configured")));
/// let error = check(&backend).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Unsupported);
/// assert_eq!(error.to_string(), "a request is charged once and answered again: the server is not configured");
/// ```
pub fn check(backend: &Backend<'_>) -> Result<()> {
    type Rule = fn(&Backend<'_>) -> Result<()>;
    let rules: [(&str, Rule); 10] = [
        ("a request is charged once and answered again", once),
        ("a charge is given back only before its answer", given_back),
        ("sums are exact, and what does not fit is refused with both amounts", exact),
        ("a ledger is counted in one of five currencies", currencies),
        ("an id stands for one request", bound),
        ("all budgets that apply must hold, and a refusal leaves no trace", scopes),
        ("a budget renews with its period, and never by a clock that goes back", periods),
        ("threads never overspend, lose nothing and leave less than one amount", threads),
        ("operations do what they do in memory", model),
        ("the history can be checked, and continues its anchors", history),
    ];
    for (name, rule) in rules {
        rule(backend).map_err(|error| error.context(name))?;
    }
    Ok(())
}

/// Charges `amount` under the ids `NAME/0`, `NAME/1`, .. until the budget has no more of it; the ids that were charged.
/// For tests in which many want one budget.
///
/// # Errors
/// `Verification` if one of the ids was charged before; what the ledger fails with.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, Budget, ledger::{MemoryLedger, conformance::exhaust}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// let granted = exhaust(&mut ledger, "thread 1", Amount::from(Budget::parse("0.3", "0")?))?;
/// assert_eq!(granted, ["thread 1/0", "thread 1/1", "thread 1/2"]);
/// # Ok::<(), incog::Error>(())
/// ```
pub fn exhaust<L: Ledger + ?Sized>(ledger: &mut L, name: &str, amount: Amount) -> Result<Vec<String>> {
    let mut granted = Vec::new();
    loop {
        let id = format!("{name}/{}", granted.len());
        match ledger.reserve(&priced(&id, amount)?) {
            Ok(Reserved::New(_)) => granted.push(id),
            Ok(_) => return Err(broken("an id of one thread is known to another")),
            Err(error) if error.kind() == ErrorKind::BudgetExceeded => return Ok(granted),
            Err(error) => return Err(error),
        }
    }
}

impl fmt::Debug for Backend<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend").field("answers", &self.answers).finish_non_exhaustive()
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener")
    }
}
