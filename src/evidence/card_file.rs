//! The file `card.json`: read, and of the form that docs/CARD.md says.

use std::path::Path;

use super::{Card, SCHEMA, json, small_file::small_file, statistics};
use crate::{
    claim::{Claim, Statement},
    error::{Error, Result},
};

/// The card in `folder`, which says what it says: nothing is verified.
///
/// # Errors
/// `Data` if there is no readable card, or it holds an entry that this version does not know.
///
/// # Examples
/// ```
/// use incog::evidence::read_card;
/// # let here = std::env::temp_dir().join(format!("incog-doc-read-card-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// # let plan = incog::pipeline::Policy::parse(policy, &here)?.plan(incog::pipeline::SILENT)?;
/// # let folder = here.join("release");
/// # plan.apply(&folder, incog::pipeline::Replace::No, incog::pipeline::SILENT)?;
/// let card = read_card(&folder)?;
/// assert_eq!((card.purpose.as_str(), card.outputs[0].file.as_str()), ("ward planning", "table.csv"));
/// assert!(read_card(&here).is_err(), "there is no card");
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
pub fn read_card(folder: &Path) -> Result<Card> {
    let text = card_text(folder)?;
    parse(folder, &text)?.map_err(|why| Error::no_card(folder, &why))
}

pub(super) fn card_text(folder: &Path) -> Result<Vec<u8>> {
    small_file(&folder.join("card.json")).map_err(|e| Error::no_card(folder, &e.to_string()))
}

/// The card of `folder`, or what is wrong with it; an error if it is none of this schema.
pub(super) fn parse(folder: &Path, text: &[u8]) -> Result<std::result::Result<Card, String>> {
    let document: serde_json::Value = serde_json::from_slice(text)
        .map_err(|e| Error::no_card(folder, &format!("not JSON at line {}", e.line())))?;
    if document.get("schema").and_then(|s| s.as_str()) != Some(SCHEMA) {
        return Err(Error::no_card(folder, &format!("schema {SCHEMA} is expected")));
    }
    Ok(json::read(text).and_then(|card: Card| {
        if json::is_written_as(&document, &card) {
            well_formed(card)
        } else {
            Err("it is written in another way".into())
        }
    }))
}

/// What serde does not see: forms of texts and ranges of numbers.
fn well_formed(card: Card) -> std::result::Result<Card, String> {
    let digest =
        |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let digests = card
        .outputs
        .iter()
        .flat_map(|o| o.columns.iter().map(|c| &c.sha256).chain([&o.sha256]))
        .chain([&card.policy_sha256])
        .chain(&card.parent);
    if !digests.into_iter().all(|d| digest(d)) {
        return Err("a digest is 64 hexadecimal digits".into());
    }
    let claimed = card.claims.iter().filter_map(|c| match &c.statement {
        Statement::DifferentialPrivacy { epsilon, delta, .. }
        | Statement::SampledRows { epsilon, delta, .. } => Some([epsilon, delta]),
        _ => None,
    });
    let amounts = card.budget.values().map(|b| [&b.epsilon, &b.delta]).chain(claimed).flatten();
    if !amounts.into_iter().all(|text| statistics::is_decimal(text)) {
        return Err("an amount is digits, possibly with a point between them".into());
    }
    if !card.utility.values().all(|u| (0.0..=1.0).contains(&u.loss)) {
        return Err("a loss is from 0 to 1".into());
    }
    let treated = card.claims.iter().filter_map(|c| match &c.statement {
        Statement::Pseudonymised { columns } => Some(columns),
        _ => None,
    });
    if let Some(c) = treated.flatten().find(|c| !TREATMENTS.contains(&c.treatment.as_str())) {
        return Err(format!("the treatment of column '{}'", c.column));
    }
    let permille = |c: &Claim| match &c.statement {
        Statement::NothingFound { min_confidence_permille, .. } => *min_confidence_permille <= 1000,
        Statement::NothingFoundByPolicy { entities, .. } => entities.values().all(|&p| p <= 1000),
        _ => true,
    };
    if !card.claims.iter().all(permille) {
        return Err("a confidence is at most 1000 thousandths".into());
    }
    Ok(card)
}

const TREATMENTS: [&str; 6] = ["kept", "token", "fpe", "date_shift", "scrub", "generalized"];
