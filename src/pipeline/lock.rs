//! The schema lock: which columns the policy was applied to, and what became of each.

use super::policy::Policy;
use crate::{error::Result, evidence};

/// The text of `policy.lock`: TOML, one line per column, in the order of the names.
pub(super) fn lock(policy: &Policy) -> Result<String> {
    let mut text = format!(
        "# Written by incog apply: what the policy said about each column.\nversion = 1\npolicy_sha256 = \"{}\"\n\n[columns]\n",
        evidence::sha256_hex(policy.text.as_bytes())
    );
    for (name, column) in &policy.columns {
        let role = format!("{:?}", column.role).to_lowercase();
        text.push_str(&format!(
            "{} = {{ role = \"{role}\", action = \"{}\" }}\n",
            toml::Value::from(name.as_str()),
            column.action.word()
        ));
    }
    Ok(text)
}
