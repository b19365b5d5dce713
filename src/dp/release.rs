//! A noisy answer with its error, its events, its price and its claim.

use std::fmt;

use crate::{
    claim::Claim,
    dp::{Budget, Event},
    error::{Error, Result},
};

/// The answer to a query: what may leave the house.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Release {
    pub(super) label: String,
    pub(super) values: Vec<ReleasedValue>,
    pub(super) cost: Budget,
    pub(super) events: Vec<Event>,
    pub(super) claim: Claim,
    pub(super) insecure: bool,
}

/// One noisy number.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ReleasedValue {
    /// The public group key; none for a query without groups.
    pub key: Option<String>,
    /// The noisy value. Counts are whole and may be negative.
    pub value: f64,
    /// With probability at least 95 % (over the noise, for this value alone), the exact value over the rows
    /// that counted is at most this far away. Clamping and contribution bounds are not in it.
    pub error: f64,
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

    /// What was charged.
    #[must_use]
    pub fn cost(&self) -> Budget {
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
            let key = value.key.as_ref().map_or_else(String::new, |key| format!(" {key}:"));
            write!(f, "\n {key} {} ± {}", value.value, value.error)?;
        }
        Ok(())
    }
}

/// The noisy numbers as a ledger keeps them: value and error in each line, as the bits of binary fractions.
pub(super) struct Answer {
    pub(super) insecure: bool,
    pub(super) values: Vec<(f64, f64)>,
}

impl Answer {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut text = format!("{HEADER} {}\n", if self.insecure { INSECURE } else { SECURE });
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
            let value = |line: &str| {
                let (value, error) = line.split_once(' ')?;
                Some((number(value)?, number(error)?))
            };
            Some(Answer { insecure, values: lines.map(value).collect::<Option<_>>()? })
        };
        parse().ok_or_else(Error::unreadable_answer)
    }
}

/// First word of a stored answer; another layout gets another number.
const HEADER: &str = "incog-answer/1";
const SECURE: &str = "secure";
const INSECURE: &str = "insecure";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_answer_reads_back_and_a_damaged_one_is_refused() {
        let answer = Answer { insecure: true, values: vec![(-3.0, 0.1), (1e300, 5e-324)] };
        let bytes = answer.encode();
        let read = Answer::decode(&bytes).unwrap();
        assert_eq!((read.insecure, read.values), (true, answer.values));
        for damaged in [&bytes[..bytes.len() - 20], b"".as_slice(), b"incog-answer/2 secure\n", b"\xff"] {
            assert!(Answer::decode(damaged).is_err());
        }
    }
}
