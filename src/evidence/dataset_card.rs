//! The privacy section of other people's dataset cards: Croissant RAI 1.0 and the Dataset profile of SPDX 3.0.1.
//!
//! Only what the card says, in the fields that these formats have for it. Neither has a field for "recomputed" or "not
//! established", so both stand in the sentences. Sources: docs.mlcommons.org/croissant, *Croissant RAI Specification*;
//! spdx.github.io/spdx-spec/v3.0.1, class `Dataset/DatasetPackage`.

use serde_json::{Value, json};

use super::{Card, sha256_hex};
use crate::claim::Statement;

/// The fields of Croissant RAI 1.0 for the release of `card`, to be merged into a Croissant description of the data set.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, Tool, croissant_rai};
/// let card = Card::new(Tool::new("incog".into(), "0.1.0".into(), vec![]), "ward planning".into(), "00".into());
/// let fields = croissant_rai(&card);
/// assert_eq!(fields["rai:dataUseCases"], "ward planning");
/// assert_eq!(fields["rai:personalSensitiveInformation"][0], "nothing is claimed about personal data");
/// ```
#[must_use]
pub fn croissant_rai(card: &Card) -> Value {
    json!({
        "@context": {
            "@vocab": "https://schema.org/",
            "dct": "http://purl.org/dc/terms/",
            "rai": "http://mlcommons.org/croissant/RAI/",
        },
        "@type": "Dataset",
        "dct:conformsTo": "http://mlcommons.org/croissant/RAI/1.0",
        "rai:personalSensitiveInformation": said(card),
        "rai:dataManipulationProtocol": methods(card),
        "rai:dataLimitations": card.not_established.iter().chain(&card.joint).collect::<Vec<_>>(),
        "rai:dataUseCases": card.purpose,
    })
}

/// The release of `card` as a package of SPDX 3.0.1, with the fields of the Dataset profile that say something about
/// privacy. What a whole document needs besides (`creationInfo`, `originatedBy`, `releaseTime`, ..) is the publisher's to add.
///
/// # Examples
/// ```
/// use incog::evidence::{Card, Tool, sha256_hex, spdx_dataset};
/// let card = Card::new(Tool::new("incog".into(), "0.1.0".into(), vec![]), "ward planning".into(), "00".into());
/// let text = serde_json::to_vec(&card).expect("a card is JSON");
/// let document = spdx_dataset(&card, &text);
/// let package = &document["@graph"][0];
/// assert_eq!(package["dataset_intendedUse"], "ward planning");
/// assert_eq!(package["verifiedUsing"][0]["hashValue"], sha256_hex(&text));
/// ```
#[must_use]
pub fn spdx_dataset(card: &Card, card_text: &[u8]) -> Value {
    let digest = sha256_hex(card_text);
    json!({
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [{
            "type": "dataset_DatasetPackage",
            "spdxId": format!("urn:incog:card:sha256:{digest}"),
            "name": format!("release with card {}", &digest[..16]),
            "software_primaryPurpose": "data",
            "dataset_datasetType": types(card),
            "dataset_anonymizationMethodUsed": methods(card),
            // Rows about persons are there, whatever was done to them; that there are none is nothing that a card establishes.
            "dataset_hasSensitivePersonalInformation":
                if card.outputs.iter().any(|o| o.rows.is_some()) { "yes" } else { "noAssertion" },
            "dataset_intendedUse": card.purpose,
            "description": said(card).join(". "),
            "comment": format!("Not established: {}.", card.not_established.join("; ")),
            "dataset_datasetSize": card.outputs.iter().filter_map(|o| o.rows).sum::<u64>(),
            "verifiedUsing": [{ "type": "Hash", "algorithm": "sha256", "hashValue": digest }],
        }],
    })
}

/// Each claim with how it can be checked.
fn said(card: &Card) -> Vec<String> {
    let of = |claim: &crate::claim::Claim| {
        let assuming = match claim.assumptions.as_slice() {
            [] => String::new(),
            assumptions => format!("; assuming that {}", assumptions.join("; and that ")),
        };
        format!("{} ({}{assuming})", claim.sentence(), claim.check.word())
    };
    match card.claims.as_slice() {
        [] => vec!["nothing is claimed about personal data".to_owned()],
        claims => claims.iter().map(of).collect(),
    }
}

/// What was done, release by release.
fn methods(card: &Card) -> Vec<String> {
    let word = |statement: &Statement| match statement {
        Statement::Pseudonymised { .. } => {
            "pseudonymisation: keyed tokens, encryption, shifts, scrubbed text"
        }
        Statement::NothingFound { .. } | Statement::NothingFoundByPolicy { .. } => {
            "scan for identifiers in text"
        }
        Statement::DifferentialPrivacy { .. } | Statement::PrivacyLoss { .. } => "differential privacy",
        _ => "generalization and suppression under privacy models",
    };
    let mut methods: Vec<String> =
        card.claims.iter().map(|c| format!("'{}': {}", c.release, word(&c.statement))).collect();
    methods.sort();
    methods.dedup();
    methods
}

fn types(card: &Card) -> Vec<&'static str> {
    let text = card.claims.iter().any(|c| {
        matches!(c.statement, Statement::NothingFound { .. } | Statement::NothingFoundByPolicy { .. })
    });
    let mut types = Vec::new();
    if card.outputs.iter().any(|o| o.rows.is_some()) {
        types.push("structured");
    }
    if text {
        types.push("text");
    }
    if types.is_empty() {
        types.push("other");
    }
    types
}
