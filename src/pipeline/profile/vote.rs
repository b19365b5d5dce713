//! Two votes on what a column is, and how they are brought together.

use super::ColumnKind;

/// What one side says.
pub(super) struct Vote {
    pub(super) kind: ColumnKind,
    pub(super) confidence: f64,
    pub(super) why: String,
}

impl Vote {
    pub(super) fn new(kind: ColumnKind, confidence: f64, why: impl Into<String>) -> Option<Self> {
        Some(Vote { kind, confidence, why: why.into() })
    }
}

/// What both say together, and how sure that is.
pub(super) fn decide(name: Option<Vote>, content: Option<Vote>, why: &mut Vec<String>) -> (ColumnKind, f64) {
    match (name, content) {
        (None, None) => (ColumnKind::Other, NO_SIGN),
        (Some(vote), None) | (None, Some(vote)) => (vote.kind, vote.confidence),
        (Some(a), Some(b)) if a.kind == b.kind => (a.kind, 1.0 - (1.0 - a.confidence) * (1.0 - b.confidence)),
        (Some(name), Some(content)) => {
            // Sentences can hold anything, whatever the column is called.
            let sentences = content.kind == ColumnKind::FreeText && name.kind != ColumnKind::Identifying;
            let by_content = sentences || content.confidence > name.confidence;
            let (winner, which) = if by_content { (content, "content") } else { (name, "name") };
            why.push(format!("name and content disagree; the {which} has more weight"));
            (winner.kind, winner.confidence * DISAGREEMENT)
        }
    }
}

/// A person has to decide below 0.5.
pub(super) const UNSURE: f64 = 0.4;
const NO_SIGN: f64 = 0.6;
const DISAGREEMENT: f64 = 0.8;
