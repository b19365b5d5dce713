//! The words that announce an own finding.

use crate::{
    Error, Result,
    pii::{Entity, fold::unspaced, label::Words},
};

/// The folded labels of a recognizer, those with the most words first.
pub(super) struct Labels(Vec<Label>);

struct Label {
    /// Folded, one space between words.
    text: String,
    words: usize,
    /// Written without spaces around it.
    unspaced: bool,
}

impl Labels {
    /// # Errors
    /// `Parameter` if there are too many, or if one has no letter or digit or is too long.
    pub(super) fn new(entity: &Entity, labels: &[String]) -> Result<Self> {
        if labels.len() > MOST {
            return Err(Error::too_many_labels(entity.as_str(), labels.len(), MOST));
        }
        let mut known = Vec::with_capacity(labels.len());
        let mut words = Words::new();
        for (place, label) in (1..).zip(labels) {
            words.clear();
            words.read(label.as_bytes());
            if label.len() > LONGEST || words.len() == 0 {
                return Err(Error::unusable_label(entity.as_str(), place, LONGEST));
            }
            let text = String::from_utf8_lossy(words.span(0, words.len() - 1)).into_owned();
            let joined: String = text.split(' ').collect();
            // As in the catalog: `staffid`, but not `id` out of `i d`.
            if words.len() > 1 && joined.len() > 4 && joined.is_ascii() {
                known.push(Label { text: joined, words: 1, unspaced: false });
            }
            let unspaced = text.chars().all(unspaced);
            known.push(Label { text, words: words.len(), unspaced });
        }
        known.sort_by_key(|label| std::cmp::Reverse(label.words));
        Ok(Labels(known))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The label that ends nearest to the end of `words`, with at most `farthest` words behind it.
    pub(super) fn find(&self, words: &Words, farthest: usize) -> Option<&str> {
        let nearest = words.len().saturating_sub(farthest.saturating_add(1));
        let spaced = (nearest..words.len()).rev().find_map(|last| {
            self.0.iter().find(|label| {
                label.words <= last + 1 && words.span(last + 1 - label.words, last) == label.text.as_bytes()
            })
        });
        let found = spaced.or_else(|| {
            if words.is_ascii() {
                return None;
            }
            let text = words.span(0, words.len() - 1);
            self.0.iter().find(|label| {
                label.unspaced && text.windows(label.text.len()).any(|part| part == label.text.as_bytes())
            })
        });
        found.map(|label| label.text.as_str())
    }
}

/// Bounds the work per finding.
const MOST: usize = 100;

/// In bytes. Labels are looked for in stretches of 96.
const LONGEST: usize = 64;
