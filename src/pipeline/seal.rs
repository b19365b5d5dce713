//! The last step of a release: its card is tied to the one that it replaces, shown to people, and signed.

use std::{fs, path::Path};

use serde::Deserialize;

use super::applied::pretty;
use crate::{
    error::Result,
    evidence::{self, Card, Output, ReportExtras, SigningKey, sha256_hex},
};

/// A finished card, in the bytes that leave.
pub(super) struct Sealed {
    pub(super) card: Card,
    pub(super) report: String,
    pub(super) card_text: String,
    pub(super) signature: Option<String>,
}

/// The card of the folder that is about to be replaced, and those before it.
pub(super) struct Earlier {
    card: Vec<u8>,
    parent: Option<String>,
    older: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
struct Link {
    parent: Option<String>,
}

impl Earlier {
    /// Of the release in `folder`, whose internal folder is `internal`; none if no card can be read there.
    pub(super) fn of(folder: &Path, internal: &Path) -> Option<Earlier> {
        let card = fs::read(folder.join("card.json")).ok()?;
        let Link { parent } = serde_json::from_slice(&card).ok()?;
        let older = (1..).map_while(|i| fs::read(internal.join(file(i))).ok()).collect();
        Some(Earlier { card, parent, older })
    }

    /// The earlier cards as files of the internal folder, the oldest first: what shows a roll-back to others.
    fn files(self) -> impl Iterator<Item = (String, Vec<u8>)> {
        self.older.into_iter().chain([self.card]).enumerate().map(|(i, card)| (file(i + 1), card))
    }
}

fn file(number: usize) -> String {
    format!("earlier-{number}.json")
}

/// Names and contents.
pub(super) type Files = Vec<(String, Vec<u8>)>;

/// Finishes `card`. A card that says what the replaced one said is the same card, in its place in the chain; any
/// other continues it. Returns the earlier cards to keep, too.
pub(super) fn seal(
    card: Card,
    extras: &ReportExtras,
    earlier: Option<Earlier>,
    signer: Option<&SigningKey>,
) -> Result<(Sealed, Files)> {
    let finish = |parent: Option<String>| -> Result<Sealed> {
        let mut card = card.clone();
        card.parent = parent;
        let report = evidence::report(&card, extras);
        let digest = sha256_hex(report.as_bytes());
        card.outputs.push(Output::new("report.html".to_owned(), digest, None, None, Vec::new()));
        let card_text = pretty(&card)?;
        let signature = signer.map(|key| key.envelope(card_text.as_bytes()));
        Ok(Sealed { card, report, card_text, signature })
    };
    let Some(mut earlier) = earlier else { return Ok((finish(None)?, Vec::new())) };
    let same = finish(earlier.parent.take())?;
    if same.card_text.as_bytes() == earlier.card {
        let older = earlier.older.into_iter().enumerate().map(|(i, card)| (file(i + 1), card)).collect();
        return Ok((same, older));
    }
    let next = finish(Some(sha256_hex(&earlier.card)))?;
    Ok((next, earlier.files().collect()))
}
