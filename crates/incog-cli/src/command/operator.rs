//! The operators that `incog redact` knows by name.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use clap::ValueEnum;
use incog::{
    pii::{DateForm, DateShift, Drop, Encrypt, KeepLast, Label, Mask, Operator, Surrogate, Token},
    pseudonym::{CallingCode, Key, KeySource, Keyring},
};

use crate::failure::Failure;

/// What operators with a key need to know.
#[derive(clap::Args)]
pub(crate) struct Keyed {
    /// Where the key is: env:NAME or file:PATH.
    #[arg(long, value_name = "SRC")]
    key: Option<String>,
    /// Whose stand-ins these are: those of two tenants share nothing.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The domain: texts of one key and domain can be joined by their replacements, others cannot.
    #[arg(long, value_name = "NAME", default_value = "redact")]
    domain: String,
    /// Tokens are those of canonical forms, so that a value has one token in all its spellings; telephone numbers without
    /// + are of the country with this calling code, as 49.
    #[arg(long, value_name = "CODE")]
    canonical: Option<u16>,
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

    /// Names are also read as policies write them: `fpe`, `date_shift`.
    pub(crate) fn named(&mut self, name: &str) -> Result<Arc<dyn Operator>, Failure> {
        let written = name.replace('_', "-");
        let name = if written == "fpe" { "encrypt" } else { &written };
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
            None => self.key.insert(self.keyed.load(&format!("operator '{name}'"))?),
        };
        let domain = &self.keyed.domain;
        Ok(match name {
            "token" => Arc::new(match self.keyed.canonical {
                None => Token::new(key, domain)?,
                Some(code) => Token::canonical(key, domain, CallingCode::new(code)?)?,
            }),
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

impl Keyed {
    /// The current key, for `what`.
    fn load(&self, what: &str) -> Result<Key, Failure> {
        let key = self.source(what)?.load(Path::new("."))?;
        Ok(match &self.tenant {
            Some(tenant) => key.tenant(tenant)?,
            None => key,
        })
    }

    /// All keys, for `what`.
    pub(crate) fn ring(&self, what: &str) -> Result<Keyring, Failure> {
        ring(&self.source(what)?, self.tenant.as_deref())
    }

    fn source(&self, what: &str) -> Result<KeySource, Failure> {
        match &self.key {
            Some(source) => Ok(KeySource::parse(source)?),
            None => Err(Failure::usage(format!(
                "{what} needs a key; run: incog keys generate -o incog.key, and add: --key file:incog.key"
            ))),
        }
    }
}

/// The keys at `source`, or those of a tenant.
pub(crate) fn ring(source: &KeySource, tenant: Option<&str>) -> Result<Keyring, Failure> {
    let ring = source.load_ring(Path::new("."))?;
    Ok(match tenant {
        Some(tenant) => ring.tenant(tenant)?,
        None => ring,
    })
}

const KEYED: [&str; 4] = ["token", "encrypt", "surrogate", "date-shift"];
