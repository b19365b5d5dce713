//! What a node knows by itself: keys and policies, by name, in a folder of its own.
//!
//! ```text
//!   FOLDER/readmission.key    a key or keyring, open to its owner only     token(mrn, 'readmission', ..)
//!   FOLDER/readmission.toml   a policy, or its [scanner] alone             redact(note, 'readmission')
//! ```
//!
//! A statement names them; what they hold is never in a plan. All nodes of a cluster need the same folder.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::error::Result;
use incog::{
    ErrorKind,
    kanon::Hierarchy,
    pii::{Redactor, Scanner},
    pipeline::Policy,
    pseudonym::{Format, FormatPreserving, Key, KeySource, SubKey, Tokenizer},
};

use crate::error;

/// The folder that a node's functions take keys and policies from. Read when they are first needed, and kept: what changes
/// in the folder counts from the next start on.
///
/// # Examples
/// ```
/// use incog_datafusion::Node;
/// let node = Node::in_folder("/etc/incog");
/// assert_eq!(format!("{node:?}"), r#"Node { folder: Some("/etc/incog") }"#);
/// ```
#[derive(Clone, Default)]
pub struct Node(Arc<Inner>);

#[derive(Default)]
struct Inner {
    folder: Option<PathBuf>,
    redactors: Kept<Option<String>, Redactor>,
    policies: Kept<String, Policy>,
    tokenizers: Kept<[String; 3], Tokenizer>,
    ciphers: Kept<[String; 3], FormatPreserving>,
    orders: Kept<[String; 2], SubKey>,
    /// A key of this process alone.
    own: Option<(String, Key)>,
}

/// Values that were made once.
struct Kept<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept(Mutex::default())
    }
}

impl<K: std::hash::Hash + Eq, V> Kept<K, V> {
    fn of(&self, key: K, make: impl FnOnce(&K) -> Result<V>) -> Result<Arc<V>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = kept.get(&key) {
            return Ok(value.clone());
        }
        let value = Arc::new(make(&key)?);
        kept.insert(key, value.clone());
        Ok(value)
    }
}

impl Node {
    /// With the keys and policies in `folder`.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Node(Arc::new(Inner { folder: Some(folder.into()), ..Inner::default() }))
    }

    /// Without a folder, and with the key `key` under `name` for [`sample_order`](crate::totals) alone: where one process is all
    /// nodes.
    pub(crate) fn with_order(name: &str, key: Key) -> Self {
        Node(Arc::new(Inner { own: Some((name.to_owned(), key)), ..Inner::default() }))
    }

    /// With those in the folder that the environment variable `INCOG_NODE` names; without it, with none.
    #[must_use]
    pub fn from_environment() -> Self {
        std::env::var_os(VARIABLE).map_or_else(Node::default, Node::in_folder)
    }

    /// The default scanner, or that of a policy, with labels for what is found.
    pub(crate) fn redactor(&self, policy: Option<&str>) -> Result<Arc<Redactor>> {
        self.0.redactors.of(policy.map(str::to_owned), |name| {
            let scanner = match name {
                None => Scanner::new(),
                Some(name) => {
                    let path = self.path("policy", name, "toml")?;
                    let scanner = Policy::read_scanner(&path).and_then(|scanner| scanner.build());
                    scanner.map_err(error::of_core)?
                }
            };
            Ok(Redactor::builder(scanner).build())
        })
    }

    pub(crate) fn tokenizer(&self, key: &str, domain: &str, kind: &str) -> Result<Arc<Tokenizer>> {
        self.0.tokenizers.of([key, domain, kind].map(str::to_owned), |_| {
            Tokenizer::new(&self.key(key)?, domain, kind).map_err(error::of_core)
        })
    }

    pub(crate) fn cipher(&self, key: &str, domain: &str, format: &str) -> Result<Arc<FormatPreserving>> {
        self.0.ciphers.of([key, domain, format].map(str::to_owned), |_| {
            let format = Format::parse(format).map_err(error::of_core)?;
            FormatPreserving::new(&self.key(key)?, domain, format).map_err(error::of_core)
        })
    }

    /// What orders the rows of a person, for one request.
    pub(crate) fn order(&self, key: &str, request: &str) -> Result<Arc<SubKey>> {
        self.0.orders.of([key, request].map(str::to_owned), |_| {
            let derived = |key: &Key| key.derive(&["incog-datafusion", "order of rows", request]);
            match &self.0.own {
                Some((name, own)) if name == key => Ok(derived(own)),
                _ => Ok(derived(&self.key(key)?)),
            }
        })
    }

    /// The hierarchy of a column in a policy.
    pub(crate) fn hierarchy(&self, policy: &str, column: &str) -> Result<Hierarchy> {
        let read = |name: &String| Policy::read(&self.path("policy", name, "toml")?).map_err(error::of_core);
        let document = self.0.policies.of(policy.to_owned(), read)?;
        let mut found = document.inputs().values().filter_map(|input| input.columns().get(column));
        let hierarchy = found.next().and_then(|column| column.hierarchy.clone());
        hierarchy.filter(|_| found.next().is_none()).ok_or_else(|| {
            let what = format!(
                "policy '{policy}' has not exactly one column '{column}' with a hierarchy; give it role \"quasi\" in one input"
            );
            error::of_node(ErrorKind::Policy, what)
        })
    }

    fn key(&self, name: &str) -> Result<Key> {
        let path = self.path("key", name, "key")?;
        KeySource::File(path).load(Path::new("")).map_err(error::of_core)
    }

    /// The file of a name. A name is no path, so that a statement reaches nothing outside of the folder.
    fn path(&self, what: &str, name: &str, extension: &str) -> Result<PathBuf> {
        let kind = if what == "key" { ErrorKind::Key } else { ErrorKind::Policy };
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
            let what = format!("the name of a {what} is 1 to 64 characters of A-Z, a-z, 0-9, - and _");
            return Err(error::of_node(kind, what));
        }
        let Some(folder) = &self.0.folder else {
            let what = format!(
                "this node has no folder with the {what} '{name}'; set {VARIABLE} to the folder that holds '{name}.{extension}', on \
                 every node"
            );
            return Err(error::of_node(kind, what));
        };
        Ok(folder.join(format!("{name}.{extension}")))
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("folder", &self.0.folder).finish()
    }
}

/// Names the folder.
const VARIABLE: &str = "INCOG_NODE";
