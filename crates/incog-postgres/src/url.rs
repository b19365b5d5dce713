//! Where a ledger is: a PostgreSQL URL, with two words more.
//!
//! ```text
//!   postgres://USER@HOST:PORT/DATABASE?ledger=NAME&sslrootcert=PATH
//! ```

use std::{net::IpAddr, path::PathBuf, str::FromStr};

use incog::{Error, ErrorKind, Result};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

/// A URL, read.
pub(crate) struct Address {
    pub(crate) config: Config,
    /// Which of the ledgers of the database.
    pub(crate) ledger: String,
    /// The certificates that the server's has to come from; without any the connection is not encrypted.
    pub(crate) roots: Option<PathBuf>,
}

impl Address {
    /// Reads a URL. No error repeats it: it may hold a password.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut ledger, mut roots, mut kept) = ("default".to_owned(), None, Vec::new());
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("ledger", name)) => ledger = decoded(name)?,
                Some(("sslrootcert", path)) => roots = Some(PathBuf::from(decoded(path)?)),
                Some(("sslmode", "verify-full" | "disable")) => {}
                Some(("sslmode", _)) => {
                    return Err(usage(
                        "sslmode is verify-full, or disable on this host; others do not verify the server",
                    ));
                }
                _ => kept.push(part),
            }
        }
        let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
        let mut config = Config::from_str(&url).map_err(|_| {
            usage("the URL of the ledger is not of the form postgres://USER@HOST:PORT/DATABASE?ledger=NAME")
        })?;
        if config.get_password().is_none()
            && let Some(password) = std::env::var_os("PGPASSWORD").and_then(|p| p.into_string().ok())
        {
            config.password(password);
        }
        if ledger.is_empty() || ledger.len() > 200 || ledger.chars().any(char::is_control) {
            return Err(usage("the name of a ledger must be 1 to 200 bytes without control characters"));
        }
        let encrypted = roots.is_some();
        if !encrypted && !config.get_hosts().iter().all(is_here) {
            return Err(usage(
                "a ledger on another host needs sslrootcert=PATH in its URL, the certificates that its server's has to \
                 come from, such as /etc/ssl/certs/ca-certificates.crt",
            ));
        }
        if encrypted && !cfg!(feature = "tls") {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "this build has no TLS; build incog-postgres with feature tls",
            ));
        }
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        if config.get_application_name().is_none() {
            config.application_name("incog");
        }
        config.connect_timeout(std::time::Duration::from_secs(10));
        Ok(Address { config, ledger, roots })
    }
}

/// Whether nobody else hears what is said to `host`.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// `%20` and the like undone.
fn decoded(text: &str) -> Result<String> {
    let malformed =
        || usage("a % in the URL of the ledger is not followed by two hexadecimal digits of UTF-8");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or_else(malformed)?;
        let digits = std::str::from_utf8(digits).map_err(|_| malformed())?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| malformed())?);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

fn usage(sentence: &str) -> Error {
    Error::new(ErrorKind::Parameter, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_which_ledger_and_whom_to_trust() {
        let address =
            Address::parse("postgres://me@127.0.0.1:5433/db?ledger=my%20one&connect_timeout=3").unwrap();
        assert_eq!((address.ledger.as_str(), address.roots), ("my one", None));
        let address =
            Address::parse("postgresql://me@db.example.com/db?sslrootcert=/ca.pem&sslmode=verify-full");
        assert_eq!(address.unwrap().roots, Some(PathBuf::from("/ca.pem")));
        for (url, why) in [
            ("postgres://me@db.example.com/db", "needs sslrootcert"),
            ("postgres://me@10.0.0.1/db?sslmode=disable", "needs sslrootcert"),
            ("postgres://me@localhost/db?sslmode=prefer", "do not verify"),
            ("postgres://me:secret@localhost:port/db", "not of the form"),
            ("postgres://me@localhost/db?ledger=%zz", "hexadecimal"),
            ("postgres://me@localhost/db?ledger=", "1 to 200"),
        ] {
            let Err(error) = Address::parse(url) else { panic!("{url} is taken") };
            assert!(error.to_string().contains(why) && !error.to_string().contains("secret"), "{error}");
        }
    }
}
