//! How a ledger, an amount and a limit are named on the command line.

use clap::ValueEnum;
use incog::{
    dp::{
        Amount, Currency,
        ledger::{LedgerKey, Limit, Period, RulesBuilder},
    },
    pseudonym::{KeyProvider as _, KeySource, SystemKeys},
};

use crate::failure::Failure;

/// Which ledger.
#[derive(clap::Args)]
pub(super) struct Place {
    /// Where it is: PATH, sqlite:PATH, or postgres://USER@HOST/DATABASE.
    pub(super) ledger: String,
    /// Where its key is: env:NAME or file:PATH.
    #[arg(long, value_name = "SRC")]
    pub(super) key: Option<String>,
}

/// An amount in one currency.
#[derive(clap::Args)]
pub(super) struct AmountArgs {
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

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum CurrencyName {
    Pure,
    Approximate,
    Zcdp,
    Gdp,
    Rdp,
}

impl Place {
    /// The path of a file, or else a URL.
    pub(super) fn path(&self) -> Result<&str, &str> {
        let ledger = self.ledger.as_str();
        if ledger.starts_with("postgres:") || ledger.starts_with("postgresql:") {
            return Err(ledger);
        }
        Ok(ledger.strip_prefix("sqlite:").unwrap_or(ledger))
    }

    pub(super) fn key(&self) -> Result<Option<LedgerKey>, Failure> {
        let Some(source) = &self.key else { return Ok(None) };
        let key = SystemKeys::new(".").key(&KeySource::parse(source)?)?;
        // As the pipeline derives it, so that one key file serves both.
        Ok(Some(LedgerKey::from_bytes(key.derive(&["ledger"]).mac(b"ledger"))))
    }
}

impl AmountArgs {
    /// The amount, in `currency` or in the one that it is given in.
    pub(super) fn amount(&self, currency: Option<Currency>) -> Result<Amount, Failure> {
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
pub(super) fn limit(rules: RulesBuilder, text: &str) -> Result<RulesBuilder, Failure> {
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
pub(super) const AMOUNTS: [&str; 5] = ["epsilon", "delta", "rho", "mu_squared", "rdp"];
