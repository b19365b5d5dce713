//! JSON without what was found in it.

use std::borrow::Cow;

use super::{
    escape::{Walk, push_escaped, unescaped},
    lexer::{Fault, Lexer, Text, Token, is_number},
    output::Output,
    path::Pattern,
    place::{Place, Rule, Verdict},
    ruled,
};
use crate::{
    Error, Result,
    pii::{Entity, Redactor},
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

    /// Only what is at `path`, or at another path given so, is searched.
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
        self.document(text, &mut out).map_err(|fault| Error::no_document(fault.byte, fault.why))?;
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

    /// `bad` gets the errors of lines, and says whether to go on.
    fn lines<'t, E>(
        &self,
        text: &'t str,
        mut bad: impl FnMut(Error) -> std::result::Result<(), E>,
    ) -> std::result::Result<Cow<'t, str>, E> {
        let mut out = Output::new(text);
        for (number, line) in (1u64..).zip(text.split_inclusive('\n')) {
            if !line.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
                let before = out.mark();
                if let Err(fault) = self.document(line, &mut out) {
                    bad(Error::line_no_document(number, fault.byte, fault.why))?;
                    out.back_to(before);
                    let end = line.trim_end_matches(['\r', '\n']).len();
                    out.replace(0..end, |out| out.push_str(NOT_JSON));
                }
            }
            out.advance(line.len());
        }
        Ok(out.finish())
    }

    /// Writes what is redacted of `document`, a part of the text that `out` is for.
    fn document(&self, document: &str, out: &mut Output<'_>) -> std::result::Result<(), Fault> {
        let mut lexer = Lexer::new(document);
        let mut place = Place::new(&self.rules, self.only);
        while let Some(token) = lexer.token()? {
            match token {
                Token::Key(key) => {
                    place.key(plain(document, &key));
                    if self.keys
                        && place.verdict().searched
                        && let Some(redacted) = self.string(None, document, key, out)
                    {
                        // What the output is read under.
                        place.relabel(Cow::Owned(redacted));
                    }
                }
                Token::Close => place.close(),
                Token::Open { object } => place.open(object),
                Token::Text(text) => {
                    place.value();
                    match place.verdict() {
                        Verdict { always: Some(entity), .. } => {
                            let written = self.ruled(&plain(document, &text), entity);
                            out.replace(text.span, |out| push_escaped(&written, out));
                        }
                        Verdict { searched: true, .. } => {
                            self.string(place.label(), document, text, out);
                        }
                        _ => {}
                    }
                }
                Token::Number(span) => {
                    place.value();
                    let spelled = &document[span.clone()];
                    let written = match place.verdict() {
                        Verdict { always: Some(entity), .. } => Some(self.ruled(spelled, entity)),
                        Verdict { searched: true, .. } => self.number(place.label(), spelled),
                        _ => None,
                    };
                    if let Some(written) = written {
                        out.replace(span, |out| push_value(&written, out));
                    }
                }
                Token::Word(span) => {
                    place.value();
                    let spelled = &document[span.clone()];
                    // Nothing stands where null does.
                    if let Some(entity) = place.verdict().always.filter(|_| spelled != "null") {
                        let written = self.ruled(spelled, entity);
                        out.replace(span, |out| push_value(&written, out));
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes the string redacted, and returns what that stands for, if something is found in it.
    fn string(
        &self,
        label: Option<&str>,
        document: &str,
        text: Text,
        out: &mut Output<'_>,
    ) -> Option<String> {
        let plain = plain(document, &text);
        let (redacted, places) = self.redactor.redact_places(label, &plain)?;
        let raw = &document[text.span.clone()];
        let (mut walk, mut inside) = (Walk::new(raw), Output::new(raw));
        for place in places {
            let span = walk.to(place.original.start)..walk.to(place.original.end);
            inside.replace(span, |out| push_escaped(&redacted[place.output], out));
        }
        let inside = inside.finish();
        // Two halves of a surrogate pair that were apart stand together when what was between them is dropped.
        let joined = text.escaped && unescaped(&inside) != redacted;
        out.replace(
            text.span,
            |out| if joined { push_escaped(&redacted, out) } else { out.push_str(&inside) },
        );
        Some(redacted)
    }

    /// The number redacted, if something is found in it.
    fn number(&self, label: Option<&str>, spelled: &str) -> Option<String> {
        // Tables with gaps turn whole numbers into 4111111111111111.0 on their way.
        let whole = spelled.trim_end_matches('0').strip_suffix('.').unwrap_or(spelled);
        self.redactor.redact_places(label, whole).map(|(redacted, _)| redacted)
    }

    fn ruled(&self, text: &str, entity: &Entity) -> String {
        self.redactor.redact_findings(text, &[ruled(text, entity)])
    }
}

fn plain<'d>(document: &'d str, text: &Text) -> Cow<'d, str> {
    let raw = &document[text.span.clone()];
    if text.escaped { unescaped(raw) } else { Cow::Borrowed(raw) }
}

/// Appends `written` as a number if it is one, else as a string.
fn push_value(written: &str, out: &mut String) {
    if is_number(written) {
        out.push_str(written);
    } else {
        out.push('"');
        push_escaped(written, out);
        out.push('"');
    }
}

/// What stands for a line that is no JSON.
const NOT_JSON: &str = r#"{"redacted":"not JSON"}"#;
