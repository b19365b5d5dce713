//! Where something was found, what, how surely and why. Never the text.

use std::{borrow::Cow, fmt, ops::Range};

use super::{Confidence, Entity};

/// One place in a haystack: byte offsets, entity, confidence, reason.
///
/// # Guarantee
/// For all haystacks, a finding, its `Debug` form and its serialized form hold none of the haystack's bytes.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, Scanner};
/// let text = "Mail ada@example.org today";
/// let finding = &Scanner::new().scan(text.as_bytes())[0];
/// assert_eq!(finding.entity(), &Entity::EMAIL_ADDRESS);
/// assert_eq!(&text[finding.range()], "ada@example.org");
/// assert!(!format!("{finding:?}").contains("ada"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Finding {
    start: usize,
    end: usize,
    entity: Entity,
    confidence: Confidence,
    reason: Reason,
}

/// Why something was reported: its shape, the check it passed, the label beside it.
///
/// Holds words of the catalog and names of columns, never the text found.
///
/// # Examples
/// ```
/// use incog::pii::Scanner;
/// let findings = Scanner::new().scan(b"credit card: 4111 1111 1111 1111");
/// assert_eq!(
///     findings[0].reason().to_string(),
///     "shape: 16 digits in groups of 4; check: Luhn, Visa range; label: credit card",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Reason {
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none", default))]
    shape: Option<Cow<'static, str>>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none", default))]
    check: Option<Cow<'static, str>>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none", default))]
    label: Option<Cow<'static, str>>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none", default))]
    column: Option<Cow<'static, str>>,
}

impl Finding {
    /// A finding from another source, such as a name list or a model, for
    /// [`Redactor::redact_findings`](super::Redactor::redact_findings).
    #[must_use]
    pub fn new(range: Range<usize>, entity: Entity, confidence: Confidence, reason: Reason) -> Self {
        Finding { start: range.start, end: range.end.max(range.start), entity, confidence, reason }
    }

    /// Offset of the first byte.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Offset behind the last byte.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }

    /// The bytes it covers, as a range to index with.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// What was found.
    #[must_use]
    pub fn entity(&self) -> &Entity {
        &self.entity
    }

    /// How surely.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    pub(super) fn moved(mut self, range: Range<usize>) -> Self {
        self.move_to(range);
        self
    }

    pub(super) fn move_to(&mut self, range: Range<usize>) {
        self.start = range.start;
        self.end = range.end;
    }
}

impl Reason {
    /// A reason that names a shape or a source, such as `"name list"`.
    #[must_use]
    pub fn shape(shape: impl Into<Cow<'static, str>>) -> Self {
        Reason { shape: Some(shape.into()), check: None, label: None, column: None }
    }

    pub(super) fn built_in(shape: &'static str, check: &'static str, label: Option<&'static str>) -> Self {
        let check = (!check.is_empty()).then_some(Cow::Borrowed(check));
        Reason { shape: Some(Cow::Borrowed(shape)), check, label: label.map(Cow::Borrowed), column: None }
    }

    pub(super) fn own(shape: String, check: Option<String>, label: Option<String>) -> Self {
        Reason {
            shape: Some(Cow::Owned(shape)),
            check: check.map(Cow::Owned),
            label: label.map(Cow::Owned),
            column: None,
        }
    }

    pub(super) fn row(column: &str) -> Self {
        Reason { shape: None, check: None, label: None, column: Some(Cow::Owned(column.to_owned())) }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, part) in [("shape", &self.shape), ("check", &self.check), ("label", &self.label)] {
            if let Some(part) = part {
                write!(f, "{separator}{name}: {part}")?;
                separator = "; ";
            }
        }
        match &self.column {
            Some(column) => write!(f, "{separator}row: column '{column}'"),
            None => Ok(()),
        }
    }
}
