//! A noisy answer with its error, its events, its price and its claim.

use std::fmt;

use crate::{
    claim::Claim,
    digest,
    dp::{Amount, Event},
    error::{Error, Result},
};

/// The answer to a query: what may leave the house.
///
/// # Examples
/// ```
/// # use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger};
/// # use incog::table::{Column, Table};
/// # let table = Table::new([("patient", Column::from_values((0..500).map(|i| i.to_string()))?)])?;
/// # let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
/// #     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
/// #     .data_version("2026-11")
/// #     .build()?;
/// let query = Query::count().epsilon(Epsilon::parse("0.5")?).build()?;
/// let release = session.release(&query, &table, "patients")?;
/// println!("{release}"); // count, and below it: 503 ± 6
/// assert_eq!((release.values().len(), release.cost().to_string()), (1, "ε = 0.5".to_owned()));
/// for assumption in &release.claim().assumptions {
///     println!("if {assumption}");
/// }
/// // The same request is answered by the same noise: nothing more to charge, nothing to average.
/// assert_eq!(session.release(&query, &table, "patients")?, release);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Release {
    pub(super) label: String,
    pub(super) values: Vec<ReleasedValue>,
    pub(super) clamp: Option<(f64, f64)>,
    pub(super) cost: Amount,
    pub(super) events: Vec<Event>,
    pub(super) claim: Claim,
    pub(super) insecure: bool,
}

/// One noisy number.
///
/// # Examples
/// ```
/// # use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger};
/// # use incog::table::{Column, Table};
/// # let table = Table::new([
/// #     ("patient", Column::from_values((0..500).map(|i| i.to_string()))?),
/// #     ("ward", Column::from_values((0..500).map(|i| ["A1", "B2"][i % 2]))?),
/// # ])?;
/// # let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
/// #     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
/// #     .data_version("2026-11")
/// #     .build()?;
/// let wards = Query::count().by("ward", ["A1", "B2"]).epsilon(Epsilon::parse("0.5")?).build()?;
/// for value in session.release(&wards, &table, "wards")?.values() {
///     let (lower, upper) = value.interval().expect("counts have an error of their own unit");
///     println!("{}: {lower} to {upper}", value.key.as_deref().unwrap_or("all"));
///     assert!((value.value - 250.0).abs() < 100.0); // fails once in 10^21 runs
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ReleasedValue {
    /// The public group key; none for a query without groups.
    pub key: Option<String>,
    /// The bin of a histogram, as an interval, or the probability of a quantile; none for one value per group.
    pub part: Option<String>,
    /// The noisy value. Counts are whole and may be negative.
    pub value: f64,
    /// With probability at least 95 % (over the noise, for this value alone), the exact value over the rows
    /// that counted is at most this far away. Clamping and contribution bounds are not in it.
    pub error: f64,
    /// What the error is counted in.
    pub error_in: ErrorIn,
}

/// What an error is counted in.
///
/// # Examples
/// ```
/// # use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Session, ledger::MemoryLedger};
/// # let ages: Vec<f64> = (0..300).map(|i| f64::from(i % 90)).collect();
/// # let persons: Vec<u32> = (0..300).collect();
/// # let records = Records::new().codes("patient", &persons, 300)?.numbers("age", &ages)?;
/// # let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
/// #     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
/// #     .data_version("2026-11")
/// #     .build()?;
/// use incog::dp::ErrorIn;
/// let median = Query::quantiles("age", [0.5]).clamp(0.0, 120.0).epsilon(Epsilon::parse("1")?).build()?;
/// let release = session.release(&median, records, "median")?;
/// let value = &release.values()[0];
/// match value.error_in {
///     ErrorIn::Ranks => println!("{} years, at most {} places from the middle", value.value, value.error),
///     _ => println!("{} ± {}", value.value, value.error),
/// }
/// assert_eq!((value.error_in, value.interval()), (ErrorIn::Ranks, None));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ErrorIn {
    /// In units of the value: it is within `value ± error`.
    Value,
    /// In ranks: so many rows at most are between the quantile and the value, where it stands among all rows. Of many
    /// quantiles at once, rows that share one value count as evenly spread over a millionth of the clamp range.
    Ranks,
}

impl ReleasedValue {
    /// The interval that holds the exact value with probability at least 95 %, over the noise, for this value alone;
    /// none where the error is in ranks.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        (self.error_in == ErrorIn::Value).then_some((self.value - self.error, self.value + self.error))
    }
}

impl Release {
    /// The query in words.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// One value per group key in the order of the query, or a single one.
    #[must_use]
    pub fn values(&self) -> &[ReleasedValue] {
        &self.values
    }

    /// The clamp bounds that were found in the data, if they were to be.
    #[must_use]
    pub fn clamp(&self) -> Option<(f64, f64)> {
        self.clamp
    }

    /// What was charged.
    #[must_use]
    pub fn cost(&self) -> Amount {
        self.cost
    }

    /// What was done to the data.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What it establishes, and what that rests on.
    #[must_use]
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Whether the noise came from a seed: such a release protects nobody.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.insecure {
            f.write_str("INSECURE (noise from a seed): ")?;
        }
        write!(f, "{}", self.label)?;
        for value in &self.values {
            let name = value.key.iter().chain(&value.part).map(String::as_str).collect::<Vec<_>>().join(" ");
            let colon = if name.is_empty() { "" } else { ":" };
            let unit = if value.error_in == ErrorIn::Ranks { " ranks" } else { "" };
            write!(f, "\n  {name}{colon} {} ± {}{unit}", value.value, value.error)?;
        }
        Ok(())
    }
}

/// The noisy numbers as a ledger keeps them: clamp bounds if they were found, then value and error in each line, as the
/// bits of binary fractions.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) insecure: bool,
    pub(super) clamp: Option<(f64, f64)>,
    /// The keys that were selected, if they were to be.
    pub(super) keys: Option<Vec<String>>,
    pub(super) values: Vec<(f64, f64)>,
}

impl Answer {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut text = format!("{HEADER} {}\n", if self.insecure { INSECURE } else { SECURE });
        if let Some((lower, upper)) = self.clamp {
            text.push_str(&format!("{CLAMP}{:016x} {:016x}\n", lower.to_bits(), upper.to_bits()));
        }
        for key in self.keys.iter().flatten() {
            text.push_str(&format!("{KEY}{}\n", digest::hex(key.as_bytes())));
        }
        if self.keys.is_some() {
            text.push_str(KEYS_END);
        }
        for (value, error) in &self.values {
            text.push_str(&format!("{:016x} {:016x}\n", value.to_bits(), error.to_bits()));
        }
        text.into_bytes()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let parse = || {
            let mut lines = std::str::from_utf8(bytes).ok()?.lines();
            let insecure = match lines.next()?.strip_prefix(HEADER)?.trim_start() {
                SECURE => false,
                INSECURE => true,
                _ => return None,
            };
            let number = |text: &str| u64::from_str_radix(text, 16).ok().map(f64::from_bits);
            let pair = |line: &str| {
                let (a, b) = line.split_once(' ')?;
                Some((number(a)?, number(b)?))
            };
            let mut lines = lines.peekable();
            let clamp = match lines.next_if(|line| line.starts_with(CLAMP)) {
                Some(line) => Some(pair(&line[CLAMP.len()..])?),
                None => None,
            };
            let mut keys: Option<Vec<String>> = None;
            while let Some(line) = lines.next_if(|line| line.starts_with(KEY) || *line == KEYS_END.trim_end())
            {
                let keys = keys.get_or_insert_default();
                if let Some(hex) = line.strip_prefix(KEY) {
                    keys.push(text_of(hex)?);
                }
            }
            Some(Answer { insecure, clamp, keys, values: lines.map(pair).collect::<Option<_>>()? })
        };
        parse().ok_or_else(Error::unreadable_answer)
    }
}

/// The text whose bytes these are.
fn text_of(hex: &str) -> Option<String> {
    let bytes = hex.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()
}

/// First word of a stored answer; another layout gets another number.
const HEADER: &str = "incog-answer/1";
const SECURE: &str = "secure";
const INSECURE: &str = "insecure";
/// First word of the line with clamp bounds that were found.
const CLAMP: &str = "clamp ";
/// First word of the line with a key that was selected.
const KEY: &str = "key=";
/// The line behind the last of them, also if there is none.
const KEYS_END: &str = "keys end\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_answer_reads_back_and_a_damaged_one_is_refused() {
        let mut answer =
            Answer { insecure: true, clamp: None, keys: None, values: vec![(-3.0, 0.1), (1e300, 5e-324)] };
        assert_eq!(Answer::decode(&answer.encode()).unwrap(), answer);
        answer.keys = Some(vec![]);
        assert_eq!(Answer::decode(&answer.encode()).unwrap(), answer);
        answer.keys = Some(vec!["a key".to_owned(), "ü\n".to_owned(), String::new()]);
        answer.clamp = Some((-1.0, 2.0));
        let bytes = answer.encode();
        assert_eq!(Answer::decode(&bytes).unwrap(), answer);
        for damaged in [&bytes[..bytes.len() - 20], b"".as_slice(), b"incog-answer/2 secure\n", b"\xff"] {
            assert!(Answer::decode(damaged).is_err());
        }
    }
}
