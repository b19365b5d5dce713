//! Accountants by the names that they have on the command line and in files.

use crate::{
    dp::accountant::{Accountant, AnalyticGaussian, Basic, Best, Optimal, Pld, Rdp, Zcdp},
    error::{Error, Result},
};

/// The accountant with this name: `pld`, `rdp`, `zcdp`, `optimal`, `gaussian`, `basic`, or `best` of them all.
///
/// An accountant holds no state: what it says follows from an [`EventList`](crate::dp::EventList). So its name and the list,
/// both of which have a form in files whose meaning never changes, are all there is to store.
///
/// # Errors
/// `Parameter` if there is none of that name.
///
/// # Examples
/// ```
/// use incog::dp::accountant::{self, Accountant};
/// assert_eq!(accountant::named("rdp")?.name(), "rdp");
/// assert_eq!(
///     accountant::named("rpd").unwrap_err().to_string(),
///     "accountant 'rpd' is not known; use 'pld', 'rdp', 'zcdp', 'optimal', 'gaussian', 'basic', 'best'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub fn named(name: &str) -> Result<Box<dyn Accountant>> {
    let mut accountants = all();
    accountants.push(Box::new(Best));
    let known: Vec<String> = accountants.iter().map(|accountant| accountant.name().to_owned()).collect();
    accountants
        .into_iter()
        .find(|accountant| accountant.name() == name)
        .ok_or_else(|| Error::unknown_accountant(name, &known.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// All accountants but the best of them, in the order of how much they treat.
pub(super) fn all() -> Vec<Box<dyn Accountant>> {
    vec![
        Box::new(Pld),
        Box::new(Rdp),
        Box::new(Zcdp),
        Box::new(Optimal),
        Box::new(AnalyticGaussian),
        Box::new(Basic),
    ]
}
