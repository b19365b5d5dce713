//! The text form that ledgers store: one line, `mechanism name=value .. count=n`, events inside in brackets.

use std::{fmt, str::FromStr};

use crate::{
    dp::event::{
        Event, NoiseUnit,
        definition::DEPTH_MAX,
        fields::{Fields, Written},
    },
    error::{Error, Result},
};

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = Fields::from(self);
        f.write_str(&fields.mechanism)?;
        let mut words = Words(f);
        words.add("noise_multiplier", fields.noise_multiplier)?;
        words.add("unit", fields.unit.map(NoiseUnit::word))?;
        words.add("scale", fields.scale)?;
        words.add("sigma", fields.sigma)?;
        words.add("sensitivity", fields.sensitivity)?;
        words.add("p_random", fields.p_random)?;
        words.add("categories", fields.categories)?;
        words.add("epsilon", fields.epsilon)?;
        words.add("delta", fields.delta)?;
        words.add("rho", fields.rho)?;
        words.add("steps", fields.steps)?;
        words.add("mean", fields.mean)?;
        words.add("shape", fields.shape)?;
        words.add("candidate", fields.candidate.map(|candidate| format!("[{candidate}]")))?;
        words.add("events", fields.events.as_deref().map(bracketed))?;
        words.add("sampling", (!fields.sampling.is_none()).then_some(fields.sampling))?;
        words.add("count", fields.count)
    }
}

impl FromStr for Event {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // What is out of range was not written by any version either.
        read(text, 1).map_err(|_| Error::malformed_event())
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Written::Number(number) => number.fmt(f),
            Written::Text(text) => f.write_str(text),
        }
    }
}

/// Writes ` name=value` for what is there.
struct Words<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Words<'_, '_> {
    fn add<T: fmt::Display>(&mut self, name: &str, value: Option<T>) -> fmt::Result {
        value.map_or(Ok(()), |value| write!(self.0, " {name}={value}"))
    }
}

fn bracketed(events: &[Event]) -> String {
    let texts: Vec<String> = events.iter().map(Event::to_string).collect();
    format!("[{}]", texts.join("; "))
}

/// The event that `text` says, at `depth` brackets from the outside.
fn read(text: &str, depth: usize) -> Result<Event> {
    let malformed = Error::malformed_event;
    // Before the recursion: a text of opening brackets alone must not use up the stack.
    if depth > DEPTH_MAX {
        return Err(malformed());
    }
    let mut words = split(text, b' ').into_iter();
    let mut fields = Fields { mechanism: words.next().unwrap_or_default().to_owned(), ..Fields::default() };
    for word in words {
        let (name, value) = word.split_once('=').ok_or_else(malformed)?;
        match name {
            "noise_multiplier" => put(&mut fields.noise_multiplier, number(value)?),
            "unit" => put(&mut fields.unit, unit(value)?),
            "scale" => put(&mut fields.scale, Written::Text(value.to_owned())),
            "sigma" => put(&mut fields.sigma, number(value)?),
            "sensitivity" => put(&mut fields.sensitivity, number(value)?),
            "p_random" => put(&mut fields.p_random, number(value)?),
            "categories" => put(&mut fields.categories, number(value)?),
            "epsilon" => put(&mut fields.epsilon, Written::Text(value.to_owned())),
            "delta" => put(&mut fields.delta, Written::Text(value.to_owned())),
            "rho" => put(&mut fields.rho, number(value)?),
            "steps" => put(&mut fields.steps, number(value)?),
            "mean" => put(&mut fields.mean, number(value)?),
            "shape" => put(&mut fields.shape, number(value)?),
            "candidate" => put(&mut fields.candidate, Box::new(read(inside(value)?, depth + 1)?)),
            "events" => {
                let events = split(inside(value)?, b';').into_iter().map(|e| read(e.trim(), depth + 1));
                put(&mut fields.events, events.collect::<Result<_>>()?)
            }
            "sampling" if fields.sampling.is_none() => {
                fields.sampling = value.parse()?;
                Ok(())
            }
            "count" => put(&mut fields.count, number(value)?),
            _ => Err(malformed()),
        }?;
    }
    if fields.count.is_none() {
        return Err(malformed());
    }
    fields.event()
}

/// Refuses a name that is given twice.
fn put<T>(field: &mut Option<T>, value: T) -> Result<()> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::malformed_event()),
    }
}

fn number<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::malformed_event())
}

fn unit(text: &str) -> Result<NoiseUnit> {
    [NoiseUnit::RecordNorm, NoiseUnit::Sensitivity]
        .into_iter()
        .find(|unit| unit.word() == text)
        .ok_or_else(Error::malformed_event)
}

fn inside(text: &str) -> Result<&str> {
    text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).ok_or_else(Error::malformed_event)
}

/// The pieces of `text` between separators that stand in no bracket.
fn split(text: &str, separator: u8) -> Vec<&str> {
    let (mut pieces, mut start, mut open) = (Vec::new(), 0, 0i64);
    for (at, byte) in text.bytes().enumerate() {
        open += i64::from(byte == b'[') - i64::from(byte == b']');
        if byte == separator && open == 0 {
            pieces.push(&text[start..at]);
            start = at + 1;
        }
    }
    pieces.push(&text[start..]);
    pieces
}
