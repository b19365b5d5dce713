//! What a column is to an attacker.

/// The role of a column, in the field's four kinds and one for free text.
///
/// # Examples
/// ```
/// # #[cfg(feature = "pipeline")] {
/// use std::path::Path;
/// use incog::{kanon::Role, pipeline::Policy};
/// let policy = r#"
///     version = 1
///     purpose = "ward planning"
///     [input]
///     path = "stays.csv"
///     [columns]
///     zip = { role = "quasi", hierarchy = { kind = "prefix", keep = [5, 3, 0] } }
///     diagnosis = { role = "sensitive" }
///     [release.table]
///     columns = ["zip", "diagnosis"]
///     models = [{ k_anonymity = 10 }]
///     search = "optimal"
/// "#;
/// let policy = Policy::parse(policy, Path::new("."))?;
/// assert_eq!(policy.inputs()["input"].columns()["zip"].role, Role::Quasi);
/// # }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Role {
    /// Names a person by itself: a name, a record number, an e-mail address.
    Identifying,
    /// Known to others and singles out in combination: age, postal code, sex.
    Quasi,
    /// What must not be learnt about a person: a diagnosis.
    Sensitive,
    /// Neither known to others nor worth learning, in the judgement of whoever declares it.
    Insensitive,
    /// Free text, which may hold all of the above.
    Text,
}
