//! Amounts as text: in files, in sentences, and as fields of JSON. Each amount has one text, which is read back exactly.

use std::fmt;

use super::{Amount, DECIMALS, DELTA_DECIMALS, Parts, TOTAL_MAX, UNLIMITED, UNLIMITED_DELTA};
use crate::{
    dp::{
        Currency, Delta, RDP_ORDERS,
        decimal::{self, Fault, Finer},
    },
    error::{Error, Result},
};

impl Amount {
    /// What [`canonical`](Self::canonical) writes, exactly.
    ///
    /// # Errors
    /// `Parameter` if it is no such text, or if a number is out of range or finer than the unit.
    pub fn parse(text: &str) -> Result<Self> {
        let mut words = text.split(' ');
        let currency: Currency = words.next().unwrap_or_default().parse()?;
        let fields =
            words.map(|word| word.split_once('=').ok_or_else(|| Error::malformed_amount(currency.word())));
        Amount::from_fields(currency, fields.collect::<Result<Vec<_>>>()?)
    }

    /// An amount from the fields that its currency has, as decimal text.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Amount, Currency};
    /// let amount = Amount::from_fields(Currency::Approximate, [("epsilon", "1"), ("delta", "1e-6")])?;
    /// assert_eq!(amount.canonical(), "approximate epsilon=1 delta=0.000001");
    /// // Orders of `rdp` that are left out are unlimited.
    /// assert_eq!(Amount::from_fields(Currency::Rdp, [("8", "2")])?.to_string(), "D(8) = 2");
    /// assert_eq!(
    ///     Amount::from_fields(Currency::Zcdp, [("epsilon", "1")]).unwrap_err().to_string(),
    ///     "an amount in currency zcdp is written as 'zcdp rho=0.5'",
    /// );
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn from_fields<'a>(
        currency: Currency,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self> {
        let fields: Vec<(&str, &str)> = fields.into_iter().collect();
        Ok(Amount(match (currency, fields.as_slice()) {
            (Currency::Pure, [("epsilon", epsilon)]) => Parts::Pure(read("epsilon", epsilon)?),
            (Currency::Approximate, [("epsilon", epsilon), ("delta", delta)]) => {
                Parts::Approximate(read("epsilon", epsilon)?, read_delta(delta)?)
            }
            (Currency::Zcdp, [("rho", rho)]) => Parts::Zcdp(read("rho", rho)?),
            (Currency::Gdp, [("mu_squared", square)]) => Parts::Gdp(read("mu_squared", square)?),
            (Currency::Rdp, [_, ..]) => Parts::Rdp(read_orders(&fields)?),
            _ => return Err(Error::malformed_amount(currency.word())),
        }))
    }

    /// The text that files hold: the currency and its fields.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.fields()
            .iter()
            .fold(self.currency().word().to_owned(), |text, (name, value)| format!("{text} {name}={value}"))
    }

    /// The names of its parts and their exact decimals. For `rdp` the names are the orders, and unlimited ones are
    /// left out, unless all are.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, String)> {
        let field = |name: &str, units: u64| (name.to_owned(), format(units));
        match self.0 {
            Parts::Pure(epsilon) => vec![field("epsilon", epsilon)],
            Parts::Approximate(epsilon, delta) => {
                vec![field("epsilon", epsilon), ("delta".to_owned(), format_delta(delta))]
            }
            Parts::Zcdp(rho) => vec![field("rho", rho)],
            Parts::Gdp(square) => vec![field("mu_squared", square)],
            Parts::Rdp(parts) => {
                let orders = RDP_ORDERS.into_iter().zip(parts);
                let limited = orders.filter(|(_, units)| *units != UNLIMITED);
                let fields: Vec<_> = limited.map(|(order, units)| field(&order.to_string(), units)).collect();
                if fields.is_empty() {
                    vec![(RDP_ORDERS[0].to_string(), UNLIMITED_WORD.to_owned())]
                } else {
                    fields
                }
            }
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Parts::Pure(epsilon) => write!(f, "ε = {}", format(epsilon)),
            Parts::Approximate(epsilon, 0) => write!(f, "ε = {}", format(epsilon)),
            Parts::Approximate(epsilon, delta) => {
                write!(f, "ε = {}, δ = {}", format(epsilon), format_delta(delta))
            }
            Parts::Zcdp(rho) => write!(f, "ρ = {}", format(rho)),
            Parts::Gdp(square) => write!(f, "μ² = {}", format(square)),
            Parts::Rdp(_) => {
                for (i, (order, divergence)) in self.fields().iter().enumerate() {
                    write!(f, "{}D({order}) = {divergence}", if i > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Amount {
    /// The fields by name; of `pure` with a δ of zero.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let pure = matches!(self.0, Parts::Pure(_)).then(|| ("delta".to_owned(), "0".to_owned()));
        serializer.collect_map(self.fields().into_iter().chain(pure))
    }
}

fn read(name: &str, text: &str) -> Result<u64> {
    if text == UNLIMITED_WORD {
        return Ok(UNLIMITED);
    }
    match decimal::parse(text, DECIMALS, Finer::Refuse).map(u64::try_from) {
        Ok(Ok(units)) if units <= TOTAL_MAX => Ok(units),
        Err(Fault::TooFine) => Err(Error::too_many_decimals(name, text, DECIMALS)),
        _ => Err(Error::amount_range(name, text)),
    }
}

fn read_delta(text: &str) -> Result<u128> {
    if text == UNLIMITED_WORD { Ok(UNLIMITED_DELTA) } else { Ok(Delta::parse(text)?.units()) }
}

fn read_orders(fields: &[(&str, &str)]) -> Result<[u64; RDP_ORDERS.len()]> {
    let mut parts = [UNLIMITED; RDP_ORDERS.len()];
    let mut next = 0;
    for (name, text) in fields {
        // Ascending and once each, so that every amount has one text.
        let found = RDP_ORDERS.iter().skip(next).position(|order| order.to_string() == *name);
        let place = next + found.ok_or_else(|| Error::unknown_order(name))?;
        parts[place] = read("a divergence", text)?;
        next = place + 1;
    }
    Ok(parts)
}

fn format_delta(units: u128) -> String {
    if units == UNLIMITED_DELTA { UNLIMITED_WORD.to_owned() } else { decimal::format(units, DELTA_DECIMALS) }
}

fn format(units: u64) -> String {
    if units == UNLIMITED { UNLIMITED_WORD.to_owned() } else { decimal::format(u128::from(units), DECIMALS) }
}

/// What [`UNLIMITED`] and [`UNLIMITED_DELTA`] are as text.
pub(super) const UNLIMITED_WORD: &str = "unlimited";
