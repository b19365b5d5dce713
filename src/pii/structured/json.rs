//! JSON without what was found in it.

use std::borrow::Cow;

use super::{
    json_stream::JsonStream,
    output::Output,
    path::Pattern,
    place::{Rule, is_spaced, may_announce_from_afar},
    values::{Touched, Values},
};
use crate::{
    Error, Result,
    pii::{Entity, Finding, Redactor, Replacement},
};

/// Redacts JSON documents, value by value, and leaves their form as it is.
///
/// The key of a value is its label; in a list that of the list. In the place of a key that says nothing (`value`,
/// `text`, `#text`, ..) the one above counts, and `number` counts together with it: `{"phone": {"number": ".."}}`. Strings are searched as what they
/// stand for (`\u0040` is an `@`), numbers as they are spelled, without a `.0` behind them. A number with a finding
/// becomes a string, unless what its operator writes is a number again. `true`, `false` and `null` are not searched.
///
/// Rules decide by path, for a value and everything in it. [`always`](JsonRedactorBuilder::always) goes before
/// [`keep`](JsonRedactorBuilder::keep).
///
/// | path | of |
/// |---|---|
/// | `user.email` | the key `email` in the key `user` |
/// | `items[].card` | the key `card` in each element of `items` |
/// | `*.id` | the key `id` one below |
/// | `**.password` | the key `password`, wherever it is |
/// | `"a.b".c` | the key `c` in the key `a.b` |
///
/// # Guarantee
/// For all texts: if it is no JSON document (RFC 8259, at most 128 levels), an error and no output. Else the output is
/// a document of the same form: the same keys in the same order, lists of the same lengths, values of the same types
/// but for redacted numbers and what an `always` rule replaces; byte for byte the input, but for what operators wrote
/// over. A search of each string and number under its label finds nothing outside of what operators wrote and of what
/// is kept. With operators whose replacement holds nothing to find, redacting the output changes nothing. Time is
/// linear in the length of the text, times the length of the rules.
///
/// Keys are searched only if [`keys`](JsonRedactorBuilder::keys) asks for it; they then are of the same number, and two
/// that were different may become equal. Half of a surrogate pair, which stands for no character, is searched as U+FFFD.
///
/// # Examples
/// ```
/// use incog::pii::{Entity, JsonRedactor, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let json = JsonRedactor::builder(redactor)
///     .always("**.password", Entity::new("PASSWORD")?)
///     .keep("build.ip")
///     .build()?;
/// assert_eq!(
///     json.redact(r#"{"to": "ada\u0040example.org", "card": 4111111111111111, "password": "x", "n": 1.50}"#)?,
///     r#"{"to": "[EMAIL_ADDRESS]", "card": "[CREDIT_CARD]", "password": "[PASSWORD]", "n": 1.50}"#,
/// );
/// let kept = r#"{"build": {"ip": "198.51.100.7"}}"#;
/// assert_eq!(json.redact(kept)?, kept);
///
/// let error = json.redact(r#"{"to": "ada@example.org", }"#).unwrap_err();
/// assert!(error.to_string().starts_with("byte 26: not JSON that can be redacted: a key in quotes is missing"));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct JsonRedactor {
    redactor: Redactor,
    rules: Vec<(Pattern, Rule)>,
    keys: bool,
    /// There is an `only` rule.
    only: bool,
}

/// Sets up a [`JsonRedactor`].
///
/// # Examples
/// ```
/// use incog::pii::{JsonRedactor, Redactor, Scanner};
/// let builder = || JsonRedactor::builder(Redactor::builder(Scanner::new()).build());
/// let text = r#"{"ada@example.org": {"note": "bob@example.org", "host": "198.51.100.7"}}"#;
/// assert_eq!(
///     builder().only("**.note").build()?.redact(text)?,
///     r#"{"ada@example.org": {"note": "[EMAIL_ADDRESS]", "host": "198.51.100.7"}}"#,
/// );
/// assert_eq!(
///     builder().keys(true).keep("*.host").build()?.redact(text)?,
///     r#"{"[EMAIL_ADDRESS]": {"note": "[EMAIL_ADDRESS]", "host": "198.51.100.7"}}"#,
/// );
/// assert_eq!(builder().keep("a..b").build().unwrap_err().kind(), incog::ErrorKind::Parameter);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct JsonRedactorBuilder {
    redactor: Redactor,
    rules: Vec<(String, Rule)>,
    keys: bool,
}

impl JsonRedactorBuilder {
    /// What is at `path` stays as it is, whatever would be found in it.
    pub fn keep(mut self, path: impl Into<String>) -> Self {
        self.rules.push((path.into(), Rule::Keep));
        self
    }

    /// What is at `path` is replaced as a whole, by what the operator of `entity` writes: strings, numbers, and also
    /// `true` and `false`. Of several rules for one value, the deepest names the entity, then the first.
    pub fn always(mut self, path: impl Into<String>, entity: Entity) -> Self {
        self.rules.push((path.into(), Rule::Always(entity)));
        self
    }

    /// Only what is at `path`, or at another path given so, is searched; of the keys as well, where these are.
    pub fn only(mut self, path: impl Into<String>) -> Self {
        self.rules.push((path.into(), Rule::Only));
        self
    }

    /// Keys are searched as well. By default they are not.
    pub fn keys(mut self, keys: bool) -> Self {
        self.keys = keys;
        self
    }

    /// The redactor.
    ///
    /// # Errors
    /// `Parameter` if a path is not of the form above, or has more than 63 parts.
    pub fn build(self) -> Result<JsonRedactor> {
        let only = self.rules.iter().any(|(_, rule)| matches!(rule, Rule::Only));
        let rules: Result<Vec<_>> =
            self.rules.into_iter().map(|(path, rule)| Ok((Pattern::parse(&path)?, rule))).collect();
        Ok(JsonRedactor { redactor: self.redactor, rules: rules?, keys: self.keys, only })
    }
}

impl JsonRedactor {
    /// Sets up a redactor of values by `redactor`.
    pub fn builder(redactor: Redactor) -> JsonRedactorBuilder {
        JsonRedactorBuilder { redactor, rules: Vec::new(), keys: false }
    }

    /// The document `text` without what is found in it; borrowed when nothing is.
    ///
    /// # Errors
    /// `Data` with the byte if `text` is no JSON document, or one of more than 128 levels.
    pub fn redact<'t>(&self, text: &'t str) -> Result<Cow<'t, str>> {
        let mut out = Output::new(text);
        let start = out.mark();
        self.values()
            .document(text, Touched::All, &mut out)
            .map_err(|fault| Error::no_document(fault.byte, fault.why))?;
        self.redactor.counts().text(out.since(start));
        Ok(out.finish())
    }

    /// As [`redact`](Self::redact), for a text with a document in each line. Lines of white space stay.
    ///
    /// # Errors
    /// `Data` with the line and the byte in it for the first line that is no JSON document.
    ///
    /// # Examples
    /// ```
    /// use incog::pii::{JsonRedactor, Redactor, Scanner};
    /// let json = JsonRedactor::builder(Redactor::builder(Scanner::new()).build()).build()?;
    /// let log = "{\"ip\":\"198.51.100.7\"}\n{\"n\":1}\n";
    /// assert_eq!(json.redact_lines(log)?, "{\"ip\":\"[IP_ADDRESS]\"}\n{\"n\":1}\n");
    ///
    /// let error = json.redact_lines("{}\n{\"ip\":\"198.51.100.7\"").unwrap_err();
    /// assert!(error.to_string().starts_with("line 2: byte 20: not JSON"));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn redact_lines<'t>(&self, text: &'t str) -> Result<Cow<'t, str>> {
        self.lines(text, Err)
    }

    /// As [`redact_lines`](Self::redact_lines), with `{"redacted":"not JSON"}` for each line that is no JSON document;
    /// their errors come beside. For logs, in which a line may be cut.
    ///
    /// # Examples
    /// ```
    /// use incog::pii::{JsonRedactor, Redactor, Scanner};
    /// let json = JsonRedactor::builder(Redactor::builder(Scanner::new()).build()).build()?;
    /// let (log, errors) = json.redact_lines_lossy("{\"n\":1}\n{\"ip\":\"198.51.100.7\"");
    /// assert_eq!(log, "{\"n\":1}\n{\"redacted\":\"not JSON\"}");
    /// assert_eq!(errors[0].position().and_then(|p| p.line), Some(2));
    /// # Ok::<(), incog::Error>(())
    /// ```
    #[must_use]
    pub fn redact_lines_lossy<'t>(&self, text: &'t str) -> (Cow<'t, str>, Vec<Error>) {
        let mut errors = Vec::new();
        let text = self.lines(text, |error| {
            errors.push(error);
            Ok::<_, std::convert::Infallible>(())
        });
        match text {
            Ok(text) => (text, errors),
            Err(never) => match never {},
        }
    }

    /// Redacts a document that comes in chunks.
    #[must_use]
    pub fn stream(&self) -> JsonStream<'_> {
        JsonStream::document(self)
    }

    /// Redacts JSON Lines that come in chunks, as [`redact_lines`](Self::redact_lines) does.
    #[must_use]
    pub fn stream_lines(&self) -> JsonStream<'_> {
        JsonStream::lines(self, false)
    }

    /// Redacts JSON Lines that come in chunks, as [`redact_lines_lossy`](Self::redact_lines_lossy) does. A line that is not
    /// UTF-8, or has more than 16 MiB, is none of JSON.
    #[must_use]
    pub fn stream_lines_lossy(&self) -> JsonStream<'_> {
        JsonStream::lines(self, true)
    }

    pub(in crate::pii) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Writes the line with this number; or, if lines that are no JSON are counted, what stands for it. `wrong`: what is
    /// wrong with it already.
    pub(super) fn line(
        &self,
        line: &[u8],
        number: u64,
        wrong: Option<Error>,
        bad: &mut Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let redacted = match (wrong, std::str::from_utf8(line)) {
            (Some(wrong), _) => Err(wrong),
            (None, Ok(line)) if blank(line) => Ok(Cow::Borrowed(line)),
            (None, Ok(line)) => {
                let mut written = Output::new(line);
                let start = written.mark();
                let outcome = self.values().document(line, Touched::All, &mut written);
                outcome.map_err(|fault| Error::line_no_document(number, fault.byte, fault.why)).map(|()| {
                    self.redactor.counts().text(written.since(start));
                    written.finish()
                })
            }
            (None, Err(error)) => Err(Error::line_not_utf8(number, error.valid_up_to())),
        };
        match redacted {
            Ok(redacted) => out.extend_from_slice(redacted.as_bytes()),
            Err(error) if bad.is_none() => return Err(error),
            Err(_) => {
                self.bad_line(bad, out);
                let end = line.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |last| last + 1);
                out.extend_from_slice(&line[end..]);
            }
        }
        Ok(())
    }

    /// Writes what stands for a line that is no JSON, without a line end.
    pub(super) fn bad_line(&self, bad: &mut Option<u64>, out: &mut Vec<u8>) {
        *bad = bad.map(|bad| bad + 1);
        self.redactor.counts().text([]);
        out.extend_from_slice(NOT_JSON.as_bytes());
    }

    /// As [`redact_lines`](Self::redact_lines), for a text in which `found` was found as it stands. Also what was replaced,
    /// by its places in what is written; it is not counted yet. If it was `own`, found by this redactor's scanner, only
    /// what that touches is searched by value, and what a search of the whole sees otherwise than one by value.
    pub(in crate::pii) fn redact_touched<'t>(
        &self,
        text: &'t str,
        found: &[Finding],
        own: bool,
    ) -> Result<(Cow<'t, str>, Vec<Replacement>)> {
        let mut out = Output::new(text);
        let mut start = 0;
        for (number, line) in (1u64..).zip(text.split_inclusive('\n')) {
            if !blank(line) {
                let touched = Touched::By { found, start, all: !own || is_spaced(line) };
                self.values()
                    .document(line, touched, &mut out)
                    .map_err(|fault| Error::line_no_document(number, fault.byte, fault.why))?;
            }
            out.advance(line.len());
            start += line.len();
        }
        Ok(out.finish_with_places())
    }

    /// Whether [`redact_touched`](Self::redact_touched) may change a `line` in which its scanner found nothing.
    pub(in crate::pii) fn may_see_more(&self, line: &str) -> bool {
        let rules = !self.rules.is_empty() || self.keys;
        // Escapes, numbers such as 4111111111111111.0, labels from afar.
        rules || line.contains('\\') || line.contains(".0") || may_announce_from_afar(line)
    }

    /// Without rules nothing can be wrong with them.
    pub(in crate::pii) fn without_rules(redactor: Redactor) -> Self {
        JsonRedactor { redactor, rules: Vec::new(), keys: false, only: false }
    }

    pub(super) fn values(&self) -> Values<'_> {
        Values { redactor: &self.redactor, rules: &self.rules, keys: self.keys, only: self.only }
    }

    /// `bad` gets the errors of lines, and says whether to go on.
    fn lines<'t, E>(
        &self,
        text: &'t str,
        mut bad: impl FnMut(Error) -> std::result::Result<(), E>,
    ) -> std::result::Result<Cow<'t, str>, E> {
        let mut out = Output::new(text);
        for (number, line) in (1u64..).zip(text.split_inclusive('\n')) {
            if !blank(line) {
                let before = out.mark();
                if let Err(fault) = self.values().document(line, Touched::All, &mut out) {
                    bad(Error::line_no_document(number, fault.byte, fault.why))?;
                    out.back_to(before);
                    let end = line.trim_end_matches(['\r', '\n']).len();
                    out.replace(0..end, |pen| pen.push(NOT_JSON, &[]));
                }
                self.redactor.counts().text(out.since(before));
            }
            out.advance(line.len());
        }
        Ok(out.finish())
    }
}

fn blank(line: &str) -> bool {
    line.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

/// What stands for a line that is no JSON.
const NOT_JSON: &str = r#"{"redacted":"not JSON"}"#;
