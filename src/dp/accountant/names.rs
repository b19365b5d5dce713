//! Accountants by the names that they have on the command line.

use crate::{
    dp::accountant::{Accountant, AnalyticGaussian, Basic, Optimal, Pld, Rdp, Zcdp},
    error::{Error, Result},
};

/// The accountant with this name: `pld`, `rdp`, `zcdp`, `optimal`, `gaussian` or `basic`.
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
///     "accountant 'rpd' is not known; use 'pld', 'rdp', 'zcdp', 'optimal', 'gaussian', 'basic'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub fn named(name: &str) -> Result<Box<dyn Accountant>> {
    let all: [Box<dyn Accountant>; 6] = [
        Box::new(Pld),
        Box::new(Rdp),
        Box::new(Zcdp),
        Box::new(Optimal),
        Box::new(AnalyticGaussian),
        Box::new(Basic),
    ];
    let known: Vec<&str> = KNOWN.to_vec();
    all.into_iter()
        .find(|accountant| accountant.name() == name)
        .ok_or_else(|| Error::unknown_accountant(name, &known))
}

/// In the order of tightness.
const KNOWN: [&str; 6] = ["pld", "rdp", "zcdp", "optimal", "gaussian", "basic"];
