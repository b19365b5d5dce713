//! Text without what was found in it.

use std::{borrow::Cow, collections::BTreeMap, ops::Range, sync::Arc};

use super::{Entity, Finding, Label, Operator, RowDictionary, Scanner};

/// Replaces what a [`Scanner`] finds by what an [`Operator`] writes: by default the entity's label.
///
/// # Guarantee
/// For all texts, a search of the output finds nothing of the scanner's entities outside of what operators wrote, and
/// the bytes outside of the replaced ranges are those of the text, in order. With operators whose replacement holds
/// nothing to find, such as [`Label`] and [`Mask`](super::Mask), redacting the output changes nothing.
///
/// Replacing one value may join or free another: `12` + card + `34`. So the output is searched again, and again
/// redacted, until nothing is left. A text that frees something new eight times over gets labels for the rest, whatever
/// its operators.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, Mask, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).with(Entity::IP_ADDRESS, Mask::new()).build();
/// assert_eq!(
///     redactor.redact("login ada@example.org from 198.51.100.7"),
///     "login [EMAIL_ADDRESS] from ******",
/// );
/// let clean = "request 8edd824a-d1da-40c6-9cf1-c1b7e054bf14 done";
/// assert!(matches!(redactor.redact(clean), std::borrow::Cow::Borrowed(_)));
/// ```
#[derive(Clone, Debug)]
pub struct Redactor {
    scanner: Scanner,
    operators: BTreeMap<Entity, Arc<dyn Operator>>,
    otherwise: Arc<dyn Operator>,
}

/// Sets up a [`Redactor`].
#[derive(Debug)]
#[must_use]
pub struct RedactorBuilder {
    scanner: Scanner,
    operators: BTreeMap<Entity, Arc<dyn Operator>>,
    otherwise: Option<Arc<dyn Operator>>,
}

impl RedactorBuilder {
    /// What stands in the place of `entity`.
    pub fn with(mut self, entity: Entity, operator: impl Operator + 'static) -> Self {
        self.operators.insert(entity, Arc::new(operator));
        self
    }

    /// What stands in the place of everything else. By default its label.
    pub fn otherwise(mut self, operator: impl Operator + 'static) -> Self {
        self.otherwise = Some(Arc::new(operator));
        self
    }

    /// The redactor.
    #[must_use]
    pub fn build(self) -> Redactor {
        let otherwise = self.otherwise.unwrap_or_else(|| Arc::new(Label::new()));
        Redactor { scanner: self.scanner, operators: self.operators, otherwise }
    }
}

impl Redactor {
    /// Sets up a redactor for what `scanner` finds.
    pub fn builder(scanner: Scanner) -> RedactorBuilder {
        RedactorBuilder { scanner, operators: BTreeMap::new(), otherwise: None }
    }

    /// What it searches with.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// `text` without what is found in it; borrowed when nothing is.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.until_clean(None, text, None).map_or(Cow::Borrowed(text), |(redacted, _)| Cow::Owned(redacted))
    }

    /// `text`, which stands under `label`, the name of a column or a key, without what is found in it.
    ///
    /// # Guarantee
    /// As for [`redact`](Self::redact), searched with the label.
    ///
    /// # Examples
    /// ```
    /// use incog::pii::{Redactor, Scanner};
    /// let redactor = Redactor::builder(Scanner::new()).build();
    /// assert_eq!(redactor.redact_labelled("birth_date", "1990-12-31"), "[DATE_OF_BIRTH]");
    /// assert_eq!(redactor.redact_labelled("shipped", "1990-12-31"), "1990-12-31");
    /// ```
    #[must_use]
    pub fn redact_labelled<'t>(&self, label: &str, text: &'t str) -> Cow<'t, str> {
        self.redact_places(Some(label), text)
            .map_or(Cow::Borrowed(text), |(redacted, _)| Cow::Owned(redacted))
    }

    /// The redacted text, and what in it stands for what; nothing when nothing is found.
    pub(super) fn redact_places(&self, label: Option<&str>, text: &str) -> Option<(String, Vec<Place>)> {
        self.until_clean(label, text, None)
    }

    /// `text` without what is found in it and without the row's own values.
    ///
    /// # Guarantee
    /// As for [`redact`](Self::redact), for the scanner's entities and the values of `row`.
    ///
    /// # Examples
    /// ```
    /// use incog::pii::{Redactor, RowDictionary, RowValue, Scanner};
    /// let row = RowDictionary::builder().value("full_name", RowValue::Name, "Ada Lovelace").build();
    /// let redactor = Redactor::builder(Scanner::new()).build();
    /// assert_eq!(redactor.redact_row("Ms. Lovelace's son came.", &row), "Ms. [PERSON]'s son came.");
    /// ```
    #[must_use]
    pub fn redact_row<'t>(&self, text: &'t str, row: &RowDictionary) -> Cow<'t, str> {
        self.until_clean(None, text, Some(row))
            .map_or(Cow::Borrowed(text), |(redacted, _)| Cow::Owned(redacted))
    }

    /// `text` with `findings` replaced, whatever they come from. Of findings that overlap, the longest names what is
    /// written for all of them, so no byte of any of them stays. Ranges are widened to whole characters; a range
    /// outside of the text is cut.
    ///
    /// # Guarantee
    /// For all texts and findings, the bytes outside of the findings are those of the text, in order, and no byte
    /// inside of one is written, but by its operator.
    #[must_use]
    pub fn redact_findings(&self, text: &str, findings: &[Finding]) -> String {
        let spans = merged(text, findings, &[]);
        self.replaced(text, &spans, &[], false).0
    }

    fn until_clean(
        &self,
        label: Option<&str>,
        text: &str,
        row: Option<&RowDictionary>,
    ) -> Option<(String, Vec<Place>)> {
        let mut findings = Vec::new();
        let mut redacted: Option<(String, Vec<Place>)> = None;
        for round in 0usize.. {
            let (current, written) =
                redacted.as_ref().map_or((text, &[][..]), |(text, places)| (text, places));
            findings.clear();
            self.scanner.search(label, current.as_bytes(), &mut findings);
            if let Some(row) = row {
                row.find_into(current, &mut findings);
            }
            findings.retain(|f| {
                let place = written.partition_point(|w| w.now.start <= f.start());
                place == 0 || f.end() > written[place - 1].now.end
            });
            if findings.is_empty() {
                break;
            }
            let spans = merged(current, &findings, written);
            redacted = Some(self.replaced(current, &spans, written, round >= PATIENCE));
        }
        redacted
    }

    /// The text with the spans replaced, and where in it operators wrote, now or in a round before.
    fn replaced(
        &self,
        text: &str,
        spans: &[(Range<usize>, Finding)],
        written: &[Place],
        plainly: bool,
    ) -> (String, Vec<Place>) {
        let mut out = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(spans.len() + written.len());
        let (mut from, mut earlier) = (0, written.iter().peekable());
        // Where the last place of the rounds before ends, here and in the original; what follows it runs along.
        let (mut here, mut there) = (0, 0);
        for (span, finding) in spans {
            while let Some(place) = earlier.next_if(|place| place.now.end <= span.start) {
                places.push(place.moved(out.len(), from));
                (here, there) = (place.now.end, place.was.end);
            }
            let was = there + span.start - here;
            while let Some(place) = earlier.next_if(|place| place.now.start < span.end) {
                (here, there) = (place.now.end, place.was.end);
            }
            let was = was..there + span.end - here;
            out.push_str(&text[from..span.start]);
            let start = out.len();
            let operator = self.operators.get(finding.entity()).unwrap_or(&self.otherwise);
            let operator: &dyn Operator = if plainly { &Label } else { operator.as_ref() };
            operator.apply(finding, &text[span.clone()], &mut out);
            places.push(Place { now: start..out.len(), was });
            from = span.end;
        }
        for place in earlier {
            places.push(place.moved(out.len(), from));
        }
        out.push_str(&text[from..]);
        (out, places)
    }
}

/// Where an operator wrote, and what it wrote over. Places are in order and apart; the text between two of them is
/// that of the original between the same two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// In the redacted text.
    pub(super) now: Range<usize>,
    /// In the text that was given.
    pub(super) was: Range<usize>,
}

impl Place {
    /// The same place in a text whose byte `to` is byte `from` of the one before.
    fn moved(&self, to: usize, from: usize) -> Place {
        Place { now: to + self.now.start - from..to + self.now.end - from, was: self.was.clone() }
    }
}

/// Findings as ranges that do not overlap, whole characters each, with the longest finding of each range. What was
/// written before and is touched goes with it.
fn merged(text: &str, findings: &[Finding], written: &[Place]) -> Vec<(Range<usize>, Finding)> {
    let mut spans: Vec<(Range<usize>, Option<&Finding>)> = findings
        .iter()
        .map(|f| (whole(text, f.range()), Some(f)))
        .filter(|(range, _)| !range.is_empty())
        .chain(written.iter().filter(|w| !w.now.is_empty()).map(|w| (w.now.clone(), None)))
        .collect();
    spans.sort_by(|a, b| (a.0.start, b.0.end).cmp(&(b.0.start, a.0.end)));
    let mut out: Vec<(Range<usize>, Option<&Finding>)> = Vec::with_capacity(spans.len());
    for (range, finding) in spans {
        match out.last_mut() {
            Some((known, longest)) if range.start < known.end => {
                known.end = known.end.max(range.end);
                let length = |f: &Option<&Finding>| f.map_or(0, |f| f.range().len());
                if length(&finding) > length(longest) {
                    *longest = finding;
                }
            }
            _ => out.push((range, finding)),
        }
    }
    out.into_iter().filter_map(|(range, finding)| Some((range, finding?.clone()))).collect()
}

/// The range widened to whole characters and cut to the text.
fn whole(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = range.end.min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// Each round replaces something that was in the text, so rounds end. Two are usual; a text that was made to join anew
/// each time something is dropped gets labels from here on, which join nothing.
const PATIENCE: usize = 8;
