//! A scanner as TOML says it: every key that there is.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use super::Recognizer;
use crate::{
    Error, Result,
    pii::{Confidence, Entity, ScannerBuilder},
};

/// The keys of a scanner, in a file of its own or under `[scanner]` of a policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    entities: Option<Vec<Entity>>,
    min_confidence: Option<Confidence>,
    #[serde(default)]
    thresholds: BTreeMap<Entity, Confidence>,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    recognizer: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    entity: Entity,
    pattern: Option<String>,
    words: Option<Vec<String>>,
    file: Option<String>,
    check: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    needs_label: bool,
    confidence: Option<Confidence>,
    labelled: Option<Confidence>,
    #[serde(default)]
    joined: bool,
    #[serde(default)]
    case_sensitive: bool,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            Error::bad_scanner(line, e.message())
        })
    }

    /// A builder with what the document says; word lists are read from files relative to `folder`.
    pub(crate) fn into_builder(self, folder: &Path) -> Result<ScannerBuilder> {
        let mut builder = ScannerBuilder::default().allow(self.allow);
        if let Some(entities) = self.entities {
            builder = builder.entities(entities);
        }
        if let Some(confidence) = self.min_confidence {
            builder = builder.min_confidence(confidence);
        }
        for (entity, confidence) in self.thresholds {
            builder = builder.threshold(entity, confidence);
        }
        for entry in self.recognizer {
            builder = builder.recognizer(entry.into_recognizer(folder)?);
        }
        Ok(builder)
    }
}

impl Entry {
    fn into_recognizer(self, folder: &Path) -> Result<Recognizer> {
        let mut recognizer = match (self.pattern, self.words, self.file) {
            (Some(pattern), None, None) => Recognizer::pattern(self.entity, &pattern)?,
            (None, Some(words), None) => Recognizer::words(self.entity, words)?,
            (None, None, Some(file)) => Recognizer::words_of_file(self.entity, folder.join(file))?,
            _ => return Err(Error::recognizer_source(self.entity.as_str())),
        };
        recognizer = recognizer.labels(self.labels);
        if let Some(check) = self.check {
            recognizer = recognizer.check_named(&check)?;
        }
        if let Some(confidence) = self.confidence {
            recognizer = recognizer.confidence(confidence);
        }
        if let Some(confidence) = self.labelled {
            recognizer = recognizer.labelled(confidence);
        }
        if self.needs_label {
            recognizer = recognizer.needs_label();
        }
        if self.joined {
            recognizer = recognizer.joined();
        }
        if self.case_sensitive {
            recognizer = recognizer.case_sensitive();
        }
        Ok(recognizer)
    }
}
