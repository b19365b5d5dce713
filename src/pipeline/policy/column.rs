//! What happens to one column.

use std::{fs, path::Path};

use super::document::{self, ColumnEntry, HierarchyEntry, OperatorName};
use crate::{
    error::{Error, Result},
    evidence,
    kanon::{
        Hierarchy, Outside, QuasiColumn, Role, SensitiveColumn,
        hierarchy::{DateLevel, Tree},
    },
    pseudonym::{Canonical, Format, KeySource},
};

/// The role of a column, and what is done to it before it may leave.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::{kanon::{Outside, Role}, pipeline::Policy};
/// let columns = r#"
/// [columns]
/// age = { role = "quasi", hierarchy = { kind = "interval", widths = [5, 10] }, finest = 1, outside = "suppress" }
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\n[input]\npath = 'stays.csv'{columns}\
/// #      [release.table]\ncolumns = ['age']\nmodels = [{{ k_anonymity = 5 }}]\nsearch = 'optimal'"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let columns = policy.inputs()["input"].columns();
/// let age = &columns["age"];
/// assert_eq!((age.role, age.finest, age.outside), (Role::Quasi, 1, Outside::Suppress));
/// assert_eq!((age.action.word(), age.weight), ("keep", 1.0), "unless it says otherwise");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ColumnPolicy {
    /// What the column is to an attacker.
    pub role: Role,
    /// What is done to it.
    pub action: Action,
    /// How its values become coarser, flat unless declared, for quasi-identifying columns; how alike they are, if
    /// declared, for sensitive ones.
    pub hierarchy: Option<Hierarchy>,
    /// How much its loss counts beside that of other quasi-identifying columns.
    pub weight: f64,
    /// The finest level that may leave.
    pub finest: usize,
    /// The coarsest level that may leave, if not the last one.
    pub coarsest: Option<usize>,
    /// Values that stand for missing ones.
    pub missing: Vec<String>,
    /// What happens to rows with a value outside of the hierarchy.
    pub outside: Outside,
    /// A digest of the hierarchy as it was declared, with the finest and coarsest levels that may leave.
    pub(in crate::pipeline) declared: Option<String>,
    /// A digest of all other settings that decide what may leave: those of the action, values that stand for missing ones,
    /// and what happens outside of the hierarchy. Keys are none: rotating one loosens nothing.
    pub(in crate::pipeline) settings: String,
}

/// What is done to a column before it may leave.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::Action};
/// let columns = r#"
/// [columns]
/// mrn  = { role = "identifying", action = "token", key = "env:INCOG_KEY", domain = "study" }
/// name = { role = "identifying", action = "drop" }
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\n[input]\npath = 'stays.csv'{columns}\
/// #      [release.table]\ncolumns = ['mrn']"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let columns = policy.inputs()["input"].columns();
/// assert!(matches!(&columns["mrn"].action, Action::Token { domain: Some(domain), .. } if domain == "study"));
/// let keyed: Vec<&String> = columns.keys().filter(|name| columns[*name].action.key().is_some()).collect();
/// assert_eq!(keyed, ["mrn"]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Action {
    /// It leaves as it is, or generalized if it is quasi-identifying.
    Keep,
    /// It does not leave.
    Drop,
    /// Keyed tokens.
    Token {
        /// Where the key is.
        key: KeySource,
        /// Tokens of two domains share nothing; the column's name unless declared.
        domain: Option<String>,
        /// The form that values are brought into first; as they are unless declared.
        canonical: Option<Canonical>,
    },
    /// Format-preserving encryption.
    Fpe {
        /// Where the key is.
        key: KeySource,
        /// As for tokens.
        domain: Option<String>,
        /// What the values look like.
        format: Format,
    },
    /// A shift by a number of days that is the same for all dates of a person.
    DateShift {
        /// Where the key is.
        key: KeySource,
        /// As for tokens.
        domain: Option<String>,
        /// The column that names the person.
        per: String,
        /// The largest shift.
        days: u32,
    },
    /// Findings in free text are replaced.
    Scrub {
        /// Columns whose values are looked for in the text of the same row.
        use_row: Vec<String>,
        /// What findings become.
        operator: TextOperator,
    },
}

/// What findings in free text become.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::{Action, TextOperator}};
/// let columns = r#"
/// [columns]
/// notes = { role = "text", action = "scrub", default = "mask" }
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\n[input]\npath = 'stays.csv'{columns}\
/// #      [release.table]\ncolumns = ['notes']"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let columns = policy.inputs()["input"].columns();
/// assert!(matches!(columns["notes"].action, Action::Scrub { operator: TextOperator::Mask, .. }));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextOperator {
    /// The name of what was found, in brackets.
    Label,
    /// A fixed number of asterisks.
    Mask,
}

impl ColumnPolicy {
    pub(super) fn new(name: &str, entry: ColumnEntry, folder: &Path) -> Result<Self> {
        use document::Action as A;
        use document::Role as R;
        let role = match entry.role {
            R::Identifying => Role::Identifying,
            R::Quasi => Role::Quasi,
            R::Sensitive => Role::Sensitive,
            R::Insensitive => Role::Insensitive,
            R::Text => Role::Text,
        };
        let action = match (entry.role, entry.action) {
            (R::Identifying | R::Text, None) => {
                return Err(Error::no_action(role_word(entry.role), known(entry.role)));
            }
            (_, None) => A::Keep,
            (_, Some(action)) if known(entry.role).contains(&action_word(action)) => action,
            (_, Some(action)) => {
                return Err(Error::action_of_role(
                    action_word(action),
                    role_word(entry.role),
                    known(entry.role),
                ));
            }
        };
        entry.refuse_unused(action)?;
        entry.refuse_unused_by_role(role)?;
        let settings = entry.settings(action);
        let key = || match &entry.key {
            Some(source) => KeySource::parse(source),
            None => Err(Error::action_without(action_word(action), "key", "key = \"env:INCOG_KEY\"")),
        };
        let domain = entry.domain.clone();
        let action = match action {
            A::Keep => Action::Keep,
            A::Drop => Action::Drop,
            A::Token => {
                let canonical = entry.canonical.as_deref().map(Canonical::parse).transpose()?;
                Action::Token { key: key()?, domain, canonical }
            }
            A::Fpe => {
                let format = entry.format.as_deref().map_or(Ok(Format::Digits), Format::parse)?;
                Action::Fpe { key: key()?, domain, format }
            }
            A::DateShift => {
                let per = entry.per.clone().ok_or_else(|| {
                    Error::action_without(
                        "date_shift",
                        "per",
                        "per = \"mrn\", the column that names the person",
                    )
                })?;
                let days = entry.days.ok_or_else(|| {
                    Error::action_without("date_shift", "days", "days = 30, the largest shift")
                })?;
                Action::DateShift { key: key()?, domain, per, days }
            }
            A::Scrub => Action::Scrub {
                use_row: entry.use_row.clone().unwrap_or_default(),
                operator: match entry.default.unwrap_or(OperatorName::Label) {
                    OperatorName::Label => TextOperator::Label,
                    OperatorName::Mask => TextOperator::Mask,
                },
            },
        };
        let hierarchy = match (entry.hierarchy, role) {
            (Some(hierarchy), Role::Quasi | Role::Sensitive) => Some(hierarchy),
            (None, Role::Quasi) => Some(HierarchyEntry::Flat {}),
            (Some(_), _) => return Err(Error::hierarchy_of_role(name)),
            (None, _) => None,
        };
        let (hierarchy, declaration) = hierarchy.map(|h| read_hierarchy(h, folder)).transpose()?.unzip();
        let finest = entry.finest.unwrap_or(0);
        let declared = declaration.map(|declaration| {
            let coarsest = entry.coarsest.map_or_else(|| "last".to_owned(), |level| level.to_string());
            evidence::sha256_hex(format!("{declaration} {finest} {coarsest}").as_bytes())
        });
        Ok(ColumnPolicy {
            role,
            action,
            hierarchy,
            weight: entry.weight.unwrap_or(1.0),
            finest,
            coarsest: entry.coarsest,
            missing: entry.missing.unwrap_or_default(),
            outside: entry.outside.unwrap_or_default(),
            declared,
            settings,
        })
    }

    /// What a request says of it, if it is the quasi-identifying column `name`.
    pub(in crate::pipeline) fn quasi(&self, name: &str) -> Option<QuasiColumn> {
        let hierarchy = self.hierarchy.as_ref().filter(|_| self.role == Role::Quasi)?;
        let column = QuasiColumn::new(name, hierarchy.clone())
            .weight(self.weight)
            .finest(self.finest)
            .missing(self.missing.iter().cloned())
            .outside(self.outside);
        Some(match self.coarsest {
            Some(level) => column.coarsest(level),
            None => column,
        })
    }

    /// What a request says of it, if it is the sensitive column `name`.
    pub(in crate::pipeline) fn sensitive(&self, name: &str) -> Option<SensitiveColumn> {
        if self.role != Role::Sensitive {
            return None;
        }
        let column = SensitiveColumn::new(name).unknown(self.missing.iter().cloned());
        Some(match &self.hierarchy {
            Some(hierarchy) => column.hierarchy(hierarchy.clone()),
            None => column,
        })
    }

    /// Other columns that this one's action reads.
    pub(super) fn references(&self) -> Vec<&String> {
        match &self.action {
            Action::DateShift { per, .. } => vec![per],
            Action::Scrub { use_row, .. } => use_row.iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl ColumnEntry {
    /// A setting without effect is a misunderstanding: say so.
    fn refuse_unused(&self, action: document::Action) -> Result<()> {
        use document::Action as A;
        let set = [
            ("key", self.key.is_some(), matches!(action, A::Token | A::Fpe | A::DateShift)),
            ("domain", self.domain.is_some(), matches!(action, A::Token | A::Fpe | A::DateShift)),
            ("format", self.format.is_some(), matches!(action, A::Fpe)),
            ("canonical", self.canonical.is_some(), matches!(action, A::Token)),
            ("per", self.per.is_some(), matches!(action, A::DateShift)),
            ("days", self.days.is_some(), matches!(action, A::DateShift)),
            ("use_row", self.use_row.is_some(), matches!(action, A::Scrub)),
            ("default", self.default.is_some(), matches!(action, A::Scrub)),
        ];
        match set.iter().find(|(_, given, used)| *given && !used) {
            Some((setting, ..)) => Err(Error::unused_setting(setting, action_word(action))),
            None => Ok(()),
        }
    }
}

impl ColumnEntry {
    /// The same for settings of a role.
    fn refuse_unused_by_role(&self, role: Role) -> Result<()> {
        let quasi = role == Role::Quasi;
        let set = [
            ("weight", self.weight.is_some(), quasi),
            ("finest", self.finest.is_some(), quasi),
            ("coarsest", self.coarsest.is_some(), quasi),
            ("outside", self.outside.is_some(), quasi),
            ("missing", self.missing.is_some(), quasi || role == Role::Sensitive),
        ];
        match set.iter().find(|(_, given, used)| *given && !used) {
            Some((setting, ..)) => Err(Error::unused_setting_of_role(setting)),
            None => Ok(()),
        }
    }

    /// The digest of its settings; one that is left out equals one that is spelt out.
    fn settings(&self, action: document::Action) -> String {
        let scrubs = action == document::Action::Scrub;
        let operator = scrubs.then(|| match self.default.unwrap_or(OperatorName::Label) {
            OperatorName::Label => "label",
            OperatorName::Mask => "mask",
        });
        let encrypts = action == document::Action::Fpe;
        let sorted = |list: &Option<Vec<String>>| {
            let mut list = list.clone().unwrap_or_default();
            list.sort_unstable();
            list
        };
        let settings = serde_json::json!([
            self.domain,
            self.format.as_deref().or(encrypts.then_some("digits")),
            self.canonical,
            self.per,
            self.days,
            sorted(&self.use_row),
            operator,
            sorted(&self.missing),
            self.outside.unwrap_or_default(),
        ]);
        evidence::sha256_hex(settings.to_string().as_bytes())
    }
}

impl Action {
    /// The word for it in the policy and in cards.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Action::Keep => "keep",
            Action::Drop => "drop",
            Action::Token { .. } => "token",
            Action::Fpe { .. } => "fpe",
            Action::DateShift { .. } => "date_shift",
            Action::Scrub { .. } => "scrub",
        }
    }

    /// Where its key is, if it has one.
    #[must_use]
    pub const fn key(&self) -> Option<&KeySource> {
        match self {
            Action::Token { key, .. } | Action::Fpe { key, .. } | Action::DateShift { key, .. } => Some(key),
            _ => None,
        }
    }
}

/// The hierarchy, and its declaration as JSON, with all that is left out of it; for a file, with the digest of its content
/// in place of its path.
fn read_hierarchy(mut entry: HierarchyEntry, folder: &Path) -> Result<(Hierarchy, String)> {
    let mut lines = Vec::new();
    match &mut entry {
        HierarchyEntry::Automatic { parts } => *parts = Some(parts.unwrap_or(2)),
        HierarchyEntry::File { path, delimiter } => {
            *delimiter = Some(delimiter.unwrap_or(','));
            let file = folder.join(&*path);
            lines = fs::read(&file).map_err(|e| Error::hierarchy_unreadable(&file, &e))?;
        }
        _ => {}
    }
    let hierarchy = hierarchy(&entry, &lines, folder)?;
    if let HierarchyEntry::File { path, .. } = &mut entry {
        *path = evidence::sha256_hex(&lines);
    }
    let declaration = serde_json::to_string(&entry).map_err(|_| Error::tree_value())?;
    Ok((hierarchy, declaration))
}

fn hierarchy(entry: &HierarchyEntry, lines: &[u8], folder: &Path) -> Result<Hierarchy> {
    match entry {
        HierarchyEntry::Automatic { parts } => Hierarchy::automatic(parts.unwrap_or(2)),
        HierarchyEntry::Ip { v4, v6 } => Hierarchy::networks(v4, v6),
        HierarchyEntry::Order { values, groups } => Hierarchy::ordered(values, groups),
        HierarchyEntry::Flat {} => Ok(Hierarchy::flat()),
        HierarchyEntry::Interval { widths, origin } => Hierarchy::intervals(widths, *origin),
        HierarchyEntry::Prefix { keep } => Hierarchy::prefix(keep),
        HierarchyEntry::Date { levels } => {
            Hierarchy::dates(&levels.iter().map(|l| DateLevel::parse(l)).collect::<Result<Vec<_>>>()?)
        }
        HierarchyEntry::File { path, delimiter } => Hierarchy::from_lines(lines, delimiter.unwrap_or(','))
            .map_err(|e| e.context(format!("hierarchy '{}'", folder.join(path).display()))),
        HierarchyEntry::Tree { tree } => Hierarchy::tree(&read_tree(tree)?),
    }
}

fn read_tree(table: &toml::Table) -> Result<Tree> {
    let mut groups = Vec::with_capacity(table.len());
    for (name, value) in table {
        let child = match value {
            toml::Value::Table(table) => read_tree(table)?,
            toml::Value::Array(values) => Tree::Leaves(
                values
                    .iter()
                    .map(|v| v.as_str().map(str::to_owned).ok_or_else(Error::tree_value))
                    .collect::<Result<_>>()?,
            ),
            _ => return Err(Error::tree_value()),
        };
        groups.push((name.clone(), child));
    }
    Ok(Tree::Groups(groups))
}

/// The actions that make sense for a role.
fn known(role: document::Role) -> &'static [&'static str] {
    match role {
        document::Role::Identifying => &["drop", "token", "fpe"],
        document::Role::Quasi | document::Role::Sensitive => &["keep", "drop"],
        document::Role::Insensitive => &["keep", "drop", "date_shift"],
        document::Role::Text => &["scrub", "drop"],
    }
}

fn role_word(role: document::Role) -> &'static str {
    match role {
        document::Role::Identifying => "identifying",
        document::Role::Quasi => "quasi",
        document::Role::Sensitive => "sensitive",
        document::Role::Insensitive => "insensitive",
        document::Role::Text => "text",
    }
}

fn action_word(action: document::Action) -> &'static str {
    match action {
        document::Action::Keep => "keep",
        document::Action::Drop => "drop",
        document::Action::Token => "token",
        document::Action::Fpe => "fpe",
        document::Action::DateShift => "date_shift",
        document::Action::Scrub => "scrub",
    }
}
