//! Who may ask.

use std::collections::{HashMap, HashSet};

use incog::{Error, ErrorKind, Result};
use sha2::{Digest as _, Sha256};

/// Names, each with the SHA-256 of a bearer token: what is stored opens nothing.
///
/// A token has 128 random bits or more, as from `openssl rand -hex 32`; words that somebody chose could be found from their
/// digest. As digests are compared, the time of a look-up says nothing of how near a guess was.
///
/// # Examples
/// ```
/// use incog_service::Analysts;
/// // printf %s "$TOKEN" | sha256sum
/// let file = "# who may ask\nann 3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0\n";
/// assert_eq!(Analysts::parse(file)?.len(), 1);
///
/// let error = Analysts::parse("ann secret").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 1 of the analysts: each line is a name, a space and the SHA-256 of a token in 64 hexadecimal digits"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone)]
pub struct Analysts(HashMap<Digest, String>);

/// SHA-256 of a token.
pub(crate) type Digest = [u8; 32];

impl Analysts {
    /// The analysts of a file: a name and a digest in each line, apart from empty ones and comments with `#`.
    ///
    /// # Errors
    /// `Parameter` with the line that has another form, a name or a token of an earlier one, or a `/` in the name; and if
    /// there is nobody.
    pub fn parse(text: &str) -> Result<Self> {
        let (mut analysts, mut names) = (HashMap::new(), HashSet::new());
        for (number, line) in (1u64..).zip(text.lines()) {
            let wrong =
                |why: &str| Error::new(ErrorKind::Parameter, format!("line {number} of the analysts: {why}"));
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            let entry = (words.next(), words.next().and_then(unhex), words.next());
            let (Some(name), Some(digest), None) = entry else {
                return Err(wrong(
                    "each line is a name, a space and the SHA-256 of a token in 64 hexadecimal digits",
                ));
            };
            // An id in the ledger is 'name/request_id', and has to be that of one analyst.
            if name.contains('/') {
                return Err(wrong("a name has no '/'"));
            }
            if !names.insert(name) || analysts.insert(digest, name.to_owned()).is_some() {
                return Err(wrong("each name and each token stands there once"));
            }
        }
        if analysts.is_empty() {
            return Err(Error::new(ErrorKind::Parameter, "there are no analysts, so nobody could ask"));
        }
        Ok(Analysts(analysts))
    }

    /// How many there are; at least one.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Digest, &str)> {
        self.0.iter().map(|(digest, name)| (digest, name.as_str()))
    }
}

pub(crate) fn digest(token: &str) -> Digest {
    Sha256::digest(token).into()
}

fn unhex(text: &str) -> Option<Digest> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(digest)
}

impl std::fmt::Debug for Analysts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analysts").field("len", &self.len()).finish()
    }
}
