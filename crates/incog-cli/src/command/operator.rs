//! The operators that `incog redact` knows by name.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use clap::ValueEnum;
use incog::{
    pii::{DateForm, DateShift, Drop, Encrypt, KeepLast, Label, Mask, Operator, Surrogate, Token},
    pseudonym::{Key, KeySource},
};

use crate::failure::Failure;

/// What operators with a key need to know.
#[derive(clap::Args)]
pub(crate) struct Keyed {
    /// Where the key is: env:NAME or file:PATH.
    #[arg(long, value_name = "SRC")]
    key: Option<String>,
    /// The domain: texts of one key and domain can be joined by their replacements, others cannot.
    #[arg(long, value_name = "NAME", default_value = "redact")]
    domain: String,
    /// The most days by which date-shift moves a date.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    shift_days: u32,
    /// How date-shift reads dates whose year stands last; without it they become labels.
    #[arg(long, value_enum, value_name = "FORM")]
    date_form: Option<Form>,
}

/// The forms of dates whose year stands last.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// 31.12.1990
    DayFirst,
    /// 12/31/1990
    MonthFirst,
}

/// Operators by name. Each is made once, so that a value has one surrogate, whatever entities share the operator.
pub(crate) struct Operators<'a> {
    keyed: &'a Keyed,
    key: Option<Key>,
    made: BTreeMap<String, Arc<dyn Operator>>,
    surrogate: Option<Arc<Surrogate>>,
}

impl<'a> Operators<'a> {
    pub(crate) fn new(keyed: &'a Keyed) -> Self {
        Operators { keyed, key: None, made: BTreeMap::new(), surrogate: None }
    }

    pub(crate) fn named(&mut self, name: &str) -> Result<Arc<dyn Operator>, Failure> {
        if let Some(operator) = self.made.get(name) {
            return Ok(operator.clone());
        }
        let operator = self.make(name)?;
        self.made.insert(name.to_owned(), operator.clone());
        Ok(operator)
    }

    /// The operator of that name, if it was asked for.
    pub(crate) fn surrogate(self) -> Option<Arc<Surrogate>> {
        self.surrogate
    }

    fn make(&mut self, name: &str) -> Result<Arc<dyn Operator>, Failure> {
        if KEYED.contains(&name) {
            return self.make_keyed(name);
        }
        Ok(match name {
            "label" => Arc::new(Label::new()),
            "mask" => Arc::new(Mask::new()),
            "keep-last" => Arc::new(KeepLast::new(4)?),
            "drop" => Arc::new(Drop::new()),
            _ => {
                return Err(Failure::usage(format!(
                    "operator '{name}' is unknown; known are 'label', 'mask', 'keep-last', 'drop', and with --key \
                     'token', 'encrypt', 'surrogate', 'date-shift'"
                )));
            }
        })
    }

    fn make_keyed(&mut self, name: &str) -> Result<Arc<dyn Operator>, Failure> {
        let key = match &self.key {
            Some(key) => key,
            None => self.key.insert(load(self.keyed.key.as_deref(), name)?),
        };
        let domain = &self.keyed.domain;
        Ok(match name {
            "token" => Arc::new(Token::new(key, domain)?),
            "encrypt" => Arc::new(Encrypt::new(key, domain)?),
            "surrogate" => self.surrogate.insert(Arc::new(Surrogate::new(key, domain)?)).clone(),
            _ => {
                let shift = DateShift::new(key, domain, self.keyed.shift_days)?;
                Arc::new(match self.keyed.date_form {
                    None => shift,
                    Some(Form::DayFirst) => shift.form(DateForm::DayFirst),
                    Some(Form::MonthFirst) => shift.form(DateForm::MonthFirst),
                })
            }
        })
    }
}

fn load(source: Option<&str>, operator: &str) -> Result<Key, Failure> {
    match source {
        Some(source) => Ok(KeySource::parse(source)?.load(Path::new("."))?),
        None => Err(Failure::usage(format!(
            "operator '{operator}' needs a key; run: incog keys generate -o incog.key, and add: \
             --key file:incog.key"
        ))),
    }
}

const KEYED: [&str; 4] = ["token", "encrypt", "surrogate", "date-shift"];
