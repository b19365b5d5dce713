//! Earlier cards: whether the card of a folder is the newest, docs/CARD.md section 8.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde::Deserialize;

use super::{json, sha256_hex, verification::Seen};

/// What a chain needs to know of a card.
#[derive(Deserialize)]
struct Link {
    parent: Option<String>,
}

/// Holds the card with the bytes `card` against the cards in `files`.
pub(super) fn check(card: &[u8], parent: Option<&str>, files: &[PathBuf]) -> Result<Seen, String> {
    if files.is_empty() {
        let said = if parent.is_some() {
            "it continues another card"
        } else {
            "it says that it is the first of its chain"
        };
        return Ok(Seen::NotChecked(format!(
            "{said}; give earlier cards with --earlier to notice a roll-back"
        )));
    }
    let mut parents: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (i, path) in files.iter().enumerate() {
        let unreadable = || format!("earlier card {} cannot be read", i + 1);
        let text = fs::read(path).map_err(|_| unreadable())?;
        let link: Link = json::read(&text).map_err(|_| unreadable())?;
        parents.insert(sha256_hex(&text), link.parent);
    }
    let own = sha256_hex(card);
    let before = |from: Option<&str>| {
        let mut passed = BTreeSet::new();
        let mut at = from;
        while let Some(digest) = at {
            if !passed.insert(digest.to_owned()) {
                break;
            }
            at = parents.get(digest).and_then(Option::as_deref);
        }
        passed
    };
    if parents.values().any(|parent| before(parent.as_deref()).contains(&own)) {
        return Err("the folder was rolled back: a card that was given continues this one".into());
    }
    let passed = before(parent);
    if parents.keys().any(|digest| *digest != own && !passed.contains(digest)) {
        return Err(
            "it does not continue the cards that were given: the chain is broken, or the card was replaced"
                .into(),
        );
    }
    Ok(Seen::Holds(format!("it continues or is the newest of the {} cards given", parents.len())))
}
