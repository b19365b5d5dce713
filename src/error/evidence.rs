//! Sentences about signing keys and signed cards.

use std::{io, path::Path};

use super::{Error, ErrorKind};

impl Error {
    pub(crate) fn signing_key_text(problem: &str) -> Self {
        let form = "a signing key is the text 'incogsign1_' and 64 hexadecimal digits";
        Error::new(ErrorKind::Key, format!("{form}, and this one {problem}"))
            .with_remedy("run: incog keys generate --signing -o FILE")
    }

    pub(crate) fn public_key_text(problem: &str) -> Self {
        let form = "a public key is the text 'incogpub1_' and 64 hexadecimal digits";
        Error::new(ErrorKind::Key, format!("{form}, and this one {problem}"))
            .with_remedy("name the file that incog keys generate --signing wrote")
    }

    pub(crate) fn public_key_unreadable(path: &Path, cause: &io::Error) -> Self {
        Error::new(ErrorKind::Key, format!("public key '{}' cannot be read: {cause}", path.display()))
            .with_remedy("name the file, or the text that starts with 'incogpub1_'")
    }
}
