//! Text without what was found in it.

use std::{borrow::Cow, collections::BTreeMap, fmt, ops::Range, sync::Arc};

use super::{
    Counts, Entity, Finding, Label, Operator, RowDictionary, Scanner,
    replace::{merged, replaced},
    unit::{Flow, Given, NEEDED, alone, rewritten},
};

/// Replaces what a [`Scanner`] finds by what an [`Operator`] writes: by default the entity's label.
///
/// # Guarantee
/// For all texts, a search of the output finds nothing of the scanner's entities outside of what operators wrote, and
/// the bytes outside of the replaced ranges are those of the text, in order. With operators whose replacement holds
/// nothing to find, such as [`Label`] and [`Mask`](super::Mask), redacting the output changes nothing.
///
/// Replacing one value may join or free another: `12` + card + `34`. So the output is searched again, and again
/// redacted, until nothing is left. A text that frees something new eight times over gets labels for the rest, whatever
/// its operators. This is done in units of up to 16 KB that end with a line; a longer line is cut where nothing looks
/// like a value, or else searched across the cut.
///
/// A [`StreamRedactor`](super::StreamRedactor) writes the same, whatever chunks the text comes in.
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
    counts: Counts,
}

/// Sets up a [`Redactor`].
///
/// # Examples
/// ```
/// use incog::pii::{Counts, Drop, Entity, KeepLast, Redactor, Scanner};
/// let counts = Counts::new();
/// let redactor = Redactor::builder(Scanner::new())
///     .with(Entity::CREDIT_CARD, KeepLast::new(4)?)
///     .otherwise(Drop::new())
///     .counts(&counts)
///     .build();
/// assert_eq!(redactor.redact("4111 1111 1111 1111, ada@example.org"), "******1111, ");
/// assert_eq!(counts.snapshot().replaced.len(), 2);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct RedactorBuilder {
    scanner: Scanner,
    operators: BTreeMap<Entity, Arc<dyn Operator>>,
    otherwise: Option<Arc<dyn Operator>>,
    counts: Counts,
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

    /// What it replaces is counted there, together with what others replace that count there. By default it counts for
    /// itself.
    pub fn counts(mut self, counts: &Counts) -> Self {
        self.counts = counts.clone();
        self
    }

    /// The redactor.
    #[must_use]
    pub fn build(self) -> Redactor {
        let otherwise = self.otherwise.unwrap_or_else(|| Arc::new(Label::new()));
        Redactor { scanner: self.scanner, operators: self.operators, otherwise, counts: self.counts }
    }
}

impl Redactor {
    /// Sets up a redactor for what `scanner` finds.
    pub fn builder(scanner: Scanner) -> RedactorBuilder {
        RedactorBuilder { scanner, operators: BTreeMap::new(), otherwise: None, counts: Counts::new() }
    }

    /// What it searches with.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// What it replaced so far, with its clones and all that is made from it.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// `text` without what is found in it; borrowed when nothing is.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.counted(Given::default(), text)
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
        self.counted(Given { label: Some(label), row: None }, text)
    }

    fn counted<'t>(&self, given: Given<'_>, text: &'t str) -> Cow<'t, str> {
        self.counts.text([]);
        self.until_clean(given, text, |unit, _, _| self.counts.more(unit.iter().map(|place| &place.entity)))
    }

    /// The redacted text, and what in it stands for what; nothing when nothing is found. Does not count.
    pub(super) fn redact_places(
        &self,
        label: Option<&str>,
        text: &str,
    ) -> Option<(String, Vec<Replacement>)> {
        if text.len() <= NEEDED {
            let (written, replacements) = alone(self, Given { label, row: None }, text.as_bytes())?;
            return Some((utf8(written), replacements));
        }
        let mut replacements = Vec::new();
        let seen = |unit: &[Replacement], start: usize, out: usize| {
            replacements.extend(unit.iter().map(|r| Replacement {
                original: r.original.start + start..r.original.end + start,
                output: r.output.start + out..r.output.end + out,
                entity: r.entity.clone(),
            }));
        };
        match self.until_clean(Given { label, row: None }, text, seen) {
            Cow::Owned(redacted) => Some((redacted, replacements)),
            Cow::Borrowed(_) => None,
        }
    }

    /// As [`redact_places`](Self::redact_places), for a text in which `found` is found outside of what was `written`
    /// before.
    pub(super) fn redact_found(
        &self,
        text: &str,
        found: &[Finding],
        written: &[Replacement],
    ) -> (String, Vec<Replacement>) {
        let (text, replacements) = rewritten(self, text.as_bytes(), found, written);
        (utf8(text), replacements)
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
        self.counted(Given { label: None, row: Some(row) }, text)
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
        let (redacted, places) = self.replace(text, findings);
        self.counts.text(places.iter().map(|place| &place.entity));
        redacted
    }

    /// As [`redact_findings`](Self::redact_findings). Does not count.
    pub(super) fn replace(&self, text: &str, findings: &[Finding]) -> (String, Vec<Replacement>) {
        let spans = merged(text.as_bytes(), findings, &[]);
        let (redacted, places) = replaced(self, text.as_bytes(), &spans, &[], false);
        (utf8(redacted), places)
    }

    /// `text` without what is found in it, with what was replaced by what, and where.
    ///
    /// # Examples
    /// ```
    /// use incog::pii::{Redactor, Scanner};
    /// let redactor = Redactor::builder(Scanner::new()).build();
    /// let redacted = redactor.redact_mapped("to ada@example.org, soon");
    /// assert_eq!(redacted.text(), "to [EMAIL_ADDRESS], soon");
    /// assert_eq!(redacted.replacements()[0].original, 3..18);
    /// assert_eq!(redacted.output_of(20), 20);
    /// assert_eq!(&redacted.text()[redacted.output_of(20)..], "soon");
    /// ```
    #[must_use]
    pub fn redact_mapped(&self, text: &str) -> Redacted {
        let (text, replacements) =
            self.redact_places(None, text).unwrap_or_else(|| (text.to_owned(), Vec::new()));
        self.counts.text(replacements.iter().map(|place| &place.entity));
        Redacted { text, replacements }
    }

    /// Unit by unit, as a stream is. `seen` gets the replacements of a unit, its start in the text and in the output.
    fn until_clean<'t>(
        &self,
        given: Given<'_>,
        text: &'t str,
        mut seen: impl FnMut(&[Replacement], usize, usize),
    ) -> Cow<'t, str> {
        if text.len() <= NEEDED {
            return match alone(self, given, text.as_bytes()) {
                Some((written, replacements)) => {
                    seen(&replacements, 0, 0);
                    Cow::Owned(utf8(written))
                }
                None => Cow::Borrowed(text),
            };
        }
        let mut flow = Flow::default();
        let (mut at, mut copied) = (0, 0);
        let mut out = Vec::new();
        while at < text.len() {
            let unit = flow.next(self, given, text.as_bytes(), at, true);
            if let Some((written, replacements)) = unit.written {
                if copied == 0 {
                    out.reserve(text.len() + text.len() / 16);
                }
                out.extend_from_slice(&text.as_bytes()[copied..at]);
                seen(&replacements, at - unit.back, out.len());
                out.extend_from_slice(&written);
                copied = at + unit.length;
            }
            at += unit.length;
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.extend_from_slice(&text.as_bytes()[copied..]);
        Cow::Owned(utf8(out))
    }

    pub(super) fn operator(&self, entity: &Entity) -> &dyn Operator {
        self.operators.get(entity).unwrap_or(&self.otherwise).as_ref()
    }
}

/// A text without what was found in it, and the way from one to the other.
///
/// # Examples
/// A place in the redacted text, marked by somebody who does not see the original:
/// ```
/// use incog::pii::{Redactor, Scanner};
/// let text = "to ada@example.org, soon";
/// let redacted = Redactor::builder(Scanner::new()).build().redact_mapped(text);
/// let soon = redacted.text().find("soon").expect("nothing is found there");
/// assert_eq!(&text[redacted.original_of(soon)..], "soon");
/// assert!(!format!("{redacted:?}").contains("soon"), "no log shows the text");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted {
    text: String,
    replacements: Vec<Replacement>,
}

/// What was replaced, and by what.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, Redactor, Scanner};
/// let text = "to ada@example.org, soon";
/// let redacted = Redactor::builder(Scanner::new()).build().redact_mapped(text);
/// for place in redacted.replacements() {
///     assert_eq!(place.entity, Entity::EMAIL_ADDRESS);
///     assert_eq!(&text[place.original.clone()], "ada@example.org");
///     assert_eq!(&redacted.text()[place.output.clone()], "[EMAIL_ADDRESS]");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replacement {
    /// Where it stood, in bytes of the original.
    pub original: Range<usize>,
    /// Where what stands for it is, in bytes of the output.
    pub output: Range<usize>,
    /// What it was.
    pub entity: Entity,
}

impl Redacted {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// In order; they do not overlap.
    #[must_use]
    pub fn replacements(&self) -> &[Replacement] {
        &self.replacements
    }

    /// The offset in the output of an offset in the original; inside of what was replaced, where its replacement starts.
    #[must_use]
    pub fn output_of(&self, original: usize) -> usize {
        map(&self.replacements, original, |r| (&r.original, &r.output))
    }

    /// The offset in the original of an offset in the output; inside of a replacement, where the replaced starts.
    #[must_use]
    pub fn original_of(&self, output: usize) -> usize {
        map(&self.replacements, output, |r| (&r.output, &r.original))
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redacted").field("replacements", &self.replacements).finish_non_exhaustive()
    }
}

impl Replacement {
    /// As in a text in which what followed offset `from` goes to `to`.
    pub(super) fn moved(&self, to: usize, from: usize) -> Replacement {
        let output = to + self.output.start - from..to + self.output.end - from;
        Replacement { original: self.original.clone(), output, entity: self.entity.clone() }
    }
}

/// Findings are whole characters, and operators write text: it is UTF-8, and one pass makes sure.
fn utf8(text: Vec<u8>) -> String {
    String::from_utf8(text).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn map(
    replacements: &[Replacement],
    at: usize,
    sides: impl Fn(&Replacement) -> (&Range<usize>, &Range<usize>),
) -> usize {
    let place = replacements.partition_point(|r| sides(r).0.start <= at);
    let Some(last) = place.checked_sub(1) else { return at };
    let (here, there) = sides(&replacements[last]);
    if at < here.end { there.start } else { there.end + (at - here.end) }
}
