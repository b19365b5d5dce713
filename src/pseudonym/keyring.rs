//! Keyrings: the key in use and those before it, so that what they made can still be resolved.
//!
//! ```text
//!   incogkey1_5d0c..      older: resolves its tokens and ciphertexts
//!   incogkey1_91fe..      older
//!   incogkey1_2ab7..      current: makes new ones
//! ```
//!
//! The file has a key a line, the oldest first, so a file with one key is a keyring, and wherever one key is
//! asked for, a keyring gives its current one.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    pseudonym::{Key, KeyId, key::TEXT_LINE, private_file, provider},
};

/// Keys by their id, one of them current.
///
/// # Guarantee
/// For all keyrings and sequences of rotations: every key that was in the ring is found by its id, and no two
/// keys of a ring have one id, so an id never means another key than it meant before.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Key, Keyring, Tokenizer};
/// let mut ring = Keyring::from(Key::generate()?);
/// let token = Tokenizer::new(ring.current(), "readmission", "MRN")?.token("4711");
/// let old = ring.current().id();
///
/// let new = ring.rotate()?;
/// assert_eq!(ring.current().id(), new);
/// assert_eq!(Tokenizer::new(ring.key(old)?, "readmission", "MRN")?.token("4711"), token);
///
/// let line = format!("incogkey1_{}\n", "2a".repeat(32));
/// let error = Keyring::from_text(&line.repeat(2)).unwrap_err();
/// assert!(error.to_string().starts_with("a key is listed once in a keyring, and keys 1 and 2 have the same id"));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone)]
pub struct Keyring {
    /// The oldest first.
    older: Vec<Arc<Key>>,
    current: Arc<Key>,
}

impl Keyring {
    /// The keys of `text`, one a line, the last one current. Empty lines are ignored.
    ///
    /// # Errors
    /// `Key` if a line is not the text form of a key, if two keys have one id, or if there is no key or more
    /// than 200.
    pub fn from_text(text: &str) -> Result<Self> {
        let lines: Vec<(usize, &str)> =
            (1..).zip(text.lines()).filter(|(_, line)| !line.trim_ascii().is_empty()).collect();
        if lines.len() < 2 {
            return Key::from_text(text).map(Keyring::from);
        }
        let mut keys = lines.into_iter().map(|(line, text)| {
            Key::from_text(text).map(Arc::new).map_err(|error| error.context(format!("line {line}")))
        });
        let mut ring = Keyring::from(keys.next().unwrap_or_else(|| Err(Error::key_text("is empty")))?);
        for key in keys {
            ring.add(key?)?;
        }
        Ok(ring)
    }

    /// The key that makes new tokens and ciphertexts.
    #[must_use]
    pub fn current(&self) -> &Arc<Key> {
        &self.current
    }

    /// The key called `id`, current or older.
    ///
    /// # Errors
    /// `Key` if there is none; the message lists the ids that there are.
    pub fn key(&self, id: KeyId) -> Result<&Arc<Key>> {
        let found = self.keys().find(|key| key.id() == id);
        found.ok_or_else(|| Error::key_not_in_ring(&id.to_string(), self.ids().map(|id| id.to_string())))
    }

    /// The ids of the keys, the oldest first and the current one last.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys().map(|key| key.id())
    }

    /// Makes `key` the current one; the others stay.
    ///
    /// # Errors
    /// `Key` if the ring has a key of that id, or 200 keys.
    pub fn add(&mut self, key: impl Into<Arc<Key>>) -> Result<()> {
        let key = key.into();
        let keys = self.older.len() + 1;
        if keys == MAX_KEYS {
            return Err(Error::keyring_full(MAX_KEYS));
        }
        if let Some(twin) = self.ids().position(|id| id == key.id()) {
            return Err(Error::key_listed_twice(twin + 1, keys + 1, &key.id().to_string()));
        }
        self.older.push(std::mem::replace(&mut self.current, key));
        Ok(())
    }

    /// Makes a new key the current one and gives its id; the others stay.
    ///
    /// # Errors
    /// `Io` if the system has no entropy to give; `Key` if the ring has 200 keys.
    pub fn rotate(&mut self) -> Result<KeyId> {
        loop {
            let key = Key::generate()?;
            // Ids have 20 bits: a new key may by chance be called like an older one.
            if self.ids().all(|id| id != key.id()) {
                let id = key.id();
                self.add(key)?;
                return Ok(id);
            }
        }
    }

    /// The keys of a tenant, as [`Key::tenant`]: those of all keys of the ring, in the same order.
    ///
    /// # Errors
    /// `Parameter` if `name` is empty; `Key` if two of them happen to have one id.
    pub fn tenant(&self, name: &str) -> Result<Self> {
        let mut keys = self.keys().map(|key| key.tenant(name));
        let mut ring = Keyring::from(keys.next().unwrap_or_else(|| self.current.tenant(name))?);
        for key in keys {
            ring.add(key?)?;
        }
        Ok(ring)
    }

    /// Adds a new current key to the file at `path`, and gives the ring that it holds then.
    ///
    /// # Guarantee
    /// For all points at which the process or the machine may stop, the file holds either the old ring or the
    /// new one, whole; once this returns, the new one is on the disk. Of several rotations at the same time,
    /// each keeps the keys of the others (on Unix).
    ///
    /// # Errors
    /// `Key` as for reading the file, or if it has 200 keys; `Io` if the new file cannot be written, in which
    /// case the old one is as it was.
    pub fn rotate_file(path: &Path) -> Result<Self> {
        // The file itself, where `path` is a link to it: a rename would replace the link.
        let path = &path.canonicalize().map_err(|cause| Error::key_file_unreadable(path, cause))?;
        let file = locked(path)?;
        let mut ring = provider::ring_in(&provider::read_private(&file, path)?)
            .map_err(|error| error.context(format!("'{}'", path.display())))?;
        ring.rotate()?;
        let beside = beside(path);
        let written = ring
            .write(&beside)
            .and_then(|()| fs::rename(&beside, path))
            .and_then(|()| private_file::sync_parent(path));
        match written {
            Ok(()) => Ok(ring),
            Err(cause) => {
                // The first failure is the one to report.
                let _ = fs::remove_file(&beside);
                Err(Error::key_file_unwritable(path, cause))
            }
        }
    }

    /// The current key, taken out of a ring that was just read.
    pub(super) fn into_current(self) -> Key {
        Arc::into_inner(self.current).expect("nobody shares the keys of a ring that was just read")
    }

    /// The oldest first, the current one last.
    fn keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.older.iter().chain([&self.current])
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        // Left by a run that was killed; whoever holds the lock is the only one who writes here.
        match fs::remove_file(path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
        // The capacity is exact: growing would leave a copy behind.
        let mut text = Zeroizing::new(String::with_capacity((self.older.len() + 1) * TEXT_LINE));
        self.keys().for_each(|key| text.push_str(&key.text()));
        private_file::write_new(path, text.as_bytes())
    }
}

impl From<Key> for Keyring {
    fn from(key: Key) -> Self {
        Keyring::from(Arc::new(key))
    }
}

impl From<Arc<Key>> for Keyring {
    fn from(key: Arc<Key>) -> Self {
        Keyring { older: Vec::new(), current: key }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys()).finish()
    }
}

/// The key file at `path`, locked against other rotations until it is closed.
fn locked(path: &Path) -> Result<File> {
    let failed = |cause| Error::key_file_unreadable(path, cause);
    loop {
        let file = File::open(path).map_err(failed)?;
        file.lock().map_err(failed)?;
        // Whoever held the lock may have renamed another file to `path` meanwhile; then this one is history.
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let (here, there) = (file.metadata().map_err(failed)?, fs::metadata(path).map_err(failed)?);
            if (here.dev(), here.ino()) != (there.dev(), there.ino()) {
                continue;
            }
        }
        return Ok(file);
    }
}

/// `.NAME.rotating` in the same folder, so that a rename moves it within one file system.
fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".rotating");
    path.with_file_name(name)
}

/// Bounds the file that is read, and keeps chance agreements of the 20-bit ids rare.
pub(super) const MAX_KEYS: usize = 200;
