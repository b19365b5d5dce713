//! Where keys come from: an environment variable, a file, or the calling program.

use std::{
    collections::HashMap,
    env, fmt,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    pseudonym::{
        Key, Keyring,
        key::{TEXT_LINE, TEXT_PREFIX},
        keyring::MAX_KEYS,
    },
};

/// The place of a key, as a policy names it: `env:NAME` or `file:PATH`. Never the key itself.
///
/// # Examples
/// ```
/// use incog::pseudonym::KeySource;
/// assert_eq!(KeySource::parse("env:INCOG_KEY")?.to_string(), "env:INCOG_KEY");
///
/// let error = KeySource::parse("INCOG_KEY").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a key source is 'env:NAME' or 'file:PATH'; the key itself stands in that variable or file only"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeySource {
    /// The environment variable of this name.
    Environment(String),
    /// The file at this path. A relative path is taken from the folder of the policy.
    File(PathBuf),
}

impl KeySource {
    /// The source that `text` names.
    ///
    /// # Errors
    /// `Key` for any other text, and for a text that holds a key.
    pub fn parse(text: &str) -> Result<Self> {
        // A key pasted here would end up in every message that names the source.
        if text.contains(TEXT_PREFIX) {
            return Err(Error::key_source());
        }
        match text.split_once(':') {
            Some(("env", name)) if is_variable_name(name) => Ok(KeySource::Environment(name.into())),
            Some(("file", path)) if !path.is_empty() => Ok(KeySource::File(path.into())),
            _ => Err(Error::key_source()),
        }
    }

    /// The key at this place, of several the current one; relative paths are taken from `base`.
    ///
    /// # Errors
    /// As [`load_ring`](Self::load_ring).
    pub fn load(&self, base: &Path) -> Result<Key> {
        self.load_ring(base).map(Keyring::into_current)
    }

    /// The keys at this place; relative paths are taken from `base`.
    ///
    /// # Errors
    /// `Key` if the variable or the file is missing, does not hold a key or a [`Keyring`], or, on Unix, if
    /// the file is open to its group or to others.
    pub fn load_ring(&self, base: &Path) -> Result<Keyring> {
        ring_in(&self.text(base)?).map_err(|error| error.context(self))
    }

    /// What stands at this place.
    pub(crate) fn text(&self, base: &Path) -> Result<Zeroizing<Vec<u8>>> {
        match self {
            KeySource::Environment(name) => from_environment(name),
            KeySource::File(path) => from_file(&base.join(path)),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeySource::Environment(name) => write!(f, "env:{name}"),
            KeySource::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// Gives out keys by their source.
///
/// Implement it to fetch keys from a key management service. A provider is asked while a plan is made, before
/// anything is written, and may be asked for the same source several times.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use incog::{Error, ErrorKind, pseudonym::{Key, KeyProvider, KeySource}};
/// /// A service that holds one key, under one name.
/// struct Service(Arc<Key>);
/// impl KeyProvider for Service {
///     fn key(&self, source: &KeySource) -> incog::Result<Arc<Key>> {
///         match source {
///             KeySource::Environment(name) if name == "study" => Ok(self.0.clone()),
///             _ => Err(Error::new(ErrorKind::Key, format!("the service has no key '{source}'; use 'env:study'"))),
///         }
///     }
/// }
/// let service = Service(Arc::new(Key::generate()?));
/// assert_eq!(service.key(&KeySource::parse("env:study")?)?.id(), service.0.id());
/// assert_eq!(service.keyring(&KeySource::parse("env:other")?).unwrap_err().kind(), ErrorKind::Key);
/// # Ok::<(), incog::Error>(())
/// ```
pub trait KeyProvider: Send + Sync {
    /// The key that `source` names.
    ///
    /// # Errors
    /// `Key` if there is none; the message names the source and the way out.
    fn key(&self, source: &KeySource) -> Result<Arc<Key>>;

    /// The key that `source` names and those that it replaced. Unless a provider has older keys to give, that
    /// is the one key.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    fn keyring(&self, source: &KeySource) -> Result<Keyring> {
        self.key(source).map(Keyring::from)
    }
}

/// Keys from the environment and from files, as the sources say.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Key, KeyProvider, KeySource, SystemKeys};
/// # let here = std::env::temp_dir().join(format!("incog-doc-system-keys-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// let key = Key::generate()?;
/// key.write_new(&here.join("incog.key"))?;
/// let keys = SystemKeys::new(&here);
/// assert_eq!(keys.key(&KeySource::parse("file:incog.key")?)?.id(), key.id());
/// # std::fs::remove_dir_all(&here).unwrap();
/// assert_eq!(keys.key(&KeySource::parse("file:incog.key")?).unwrap_err().kind(), incog::ErrorKind::Key);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SystemKeys {
    base: PathBuf,
}

impl SystemKeys {
    /// Relative paths of key files are taken from `base`, usually the folder of the policy.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        SystemKeys { base: base.into() }
    }
}

impl KeyProvider for SystemKeys {
    fn key(&self, source: &KeySource) -> Result<Arc<Key>> {
        source.load(&self.base).map(Arc::new)
    }

    fn keyring(&self, source: &KeySource) -> Result<Keyring> {
        source.load_ring(&self.base)
    }
}

/// Keys that the calling program supplies, each in place of the source that a policy names.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Key, KeyProvider, KeySource, SuppliedKeys};
/// let source = KeySource::parse("env:INCOG_KEY")?;
/// let keys = SuppliedKeys::default().supply(source.clone(), Key::generate()?);
/// assert_eq!(keys.key(&source)?.id(), keys.key(&source)?.id());
///
/// let error = keys.key(&KeySource::parse("file:other.key")?).unwrap_err();
/// assert_eq!(error.to_string(), "the program supplied no key for 'file:other.key'");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SuppliedKeys {
    keys: HashMap<KeySource, Keyring>,
}

impl SuppliedKeys {
    /// The same keys, and `key` for `source`.
    #[must_use]
    pub fn supply(self, source: KeySource, key: impl Into<Arc<Key>>) -> Self {
        self.supply_ring(source, Keyring::from(key.into()))
    }

    /// The same keys, and `ring` for `source`; its current key where one is asked for.
    #[must_use]
    pub fn supply_ring(mut self, source: KeySource, ring: Keyring) -> Self {
        self.keys.insert(source, ring);
        self
    }
}

impl KeyProvider for SuppliedKeys {
    fn key(&self, source: &KeySource) -> Result<Arc<Key>> {
        Ok(self.keyring(source)?.current().clone())
    }

    fn keyring(&self, source: &KeySource) -> Result<Keyring> {
        self.keys.get(source).cloned().ok_or_else(|| Error::key_not_supplied(&source.to_string()))
    }
}

fn from_environment(name: &str) -> Result<Zeroizing<Vec<u8>>> {
    let text = env::var_os(name).ok_or_else(|| Error::key_variable_missing(name))?;
    Ok(Zeroizing::new(text.into_encoded_bytes()))
}

/// The keys that are written in `text`.
pub(super) fn ring_in(text: &[u8]) -> Result<Keyring> {
    match std::str::from_utf8(text) {
        Ok(text) => Keyring::from_text(text),
        Err(_) => Err(Error::key_text("is not UTF-8")),
    }
}

fn from_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path).map_err(|cause| Error::key_file_unreadable(path, cause))?;
    read_private(&file, path)
}

/// The text of a key file that is open to its owner only. `path` is for the messages.
pub(super) fn read_private(mut file: &File, path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let unreadable = |cause| Error::key_file_unreadable(path, cause);
    // The mode of the open file, not of the path: nobody can exchange it in between.
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata().map_err(unreadable)?);
        if mode & 0o077 != 0 {
            return Err(Error::key_file_open_to_others(path, mode));
        }
    }
    // A buffer of fixed size: a growing one would leave copies of the key behind.
    let mut text = Zeroizing::new(vec![0; MAX_FILE]);
    let mut length = 0;
    while length < MAX_FILE {
        match file.read(&mut text[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(unreadable(cause)),
        }
    }
    if length == MAX_FILE {
        // The rest would be lost without a word, and the current key is the last one.
        return Err(Error::key_file_too_long(path, MAX_FILE));
    }
    text.truncate(length);
    Ok(text)
}

fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Room for a full keyring with line ends of two bytes; what is longer is refused.
const MAX_FILE: usize = 1 << 14;
const _: () = assert!(MAX_FILE > MAX_KEYS * (TEXT_LINE + 1));
