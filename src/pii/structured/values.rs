//! The values of a JSON document, replaced where they stand.

use std::{borrow::Cow, ops::Range};

use super::{
    escape::{Walk, push_escaped, unescaped},
    lexer::{Fault, Lexer, Text, Token, is_number},
    output::Output,
    path::Pattern,
    place::{Place, Rule, Verdict},
};
use crate::pii::{Entity, Finding, Redactor};

/// What a [`JsonRedactor`](super::JsonRedactor) does to each value.
#[derive(Clone, Copy)]
pub(super) struct Values<'j> {
    pub(super) redactor: &'j Redactor,
    pub(super) rules: &'j [(Pattern, Rule)],
    pub(super) keys: bool,
    /// There is an `only` rule.
    pub(super) only: bool,
}

impl<'j> Values<'j> {
    /// Writes what is redacted of `document`, a part of the text that `out` is for.
    pub(super) fn document(
        self,
        document: &str,
        touched: Touched<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        let mut lexer = Lexer::new(document);
        let mut place = self.place();
        while let Some(token) = lexer.token()? {
            match token {
                Token::Key(key) => self.key(document, plain(document, &key), key, &mut place, out),
                token => self.value(document, token, &mut place, touched, out),
            }
        }
        Ok(())
    }

    /// The top of a document.
    pub(super) fn place<'d>(self) -> Place<'j, 'd> {
        Place::new(self.rules, self.only)
    }

    /// A key of `document` comes, which is this `name`.
    pub(super) fn key<'n>(
        self,
        document: &str,
        name: Cow<'n, str>,
        key: Text,
        place: &mut Place<'_, 'n>,
        out: &mut Output<'_>,
    ) {
        place.key(name);
        if self.keys
            && place.verdict().searched
            && let Some(redacted) = self.string(None, document, key, out)
        {
            // What the output is read under.
            place.relabel(Cow::Owned(redacted));
        }
    }

    /// Another token of `document` than a key comes.
    pub(super) fn value(
        self,
        document: &str,
        token: Token,
        place: &mut Place<'_, '_>,
        touched: Touched<'_>,
        out: &mut Output<'_>,
    ) {
        match token {
            Token::Key(_) => {}
            Token::Close => place.close(),
            Token::Open { object } => place.open(object),
            Token::Text(text) => {
                place.value();
                match place.verdict() {
                    Verdict { always: Some(entity), .. } => {
                        let written = self.ruled(&plain(document, &text), entity);
                        out.replace(text.span, |pen| pen.place(entity, |out| push_escaped(&written, out)));
                    }
                    Verdict { searched: true, .. }
                        if text.escaped || touched.touches(&text.span) || place.announced_from_afar() =>
                    {
                        self.string(place.label(), document, text, out);
                    }
                    _ => {}
                }
            }
            Token::Number(span) => {
                place.value();
                let spelled = &document[span.clone()];
                let written = match place.verdict() {
                    Verdict { always: Some(entity), .. } => {
                        Some((self.ruled(spelled, entity), entity.clone()))
                    }
                    Verdict { searched: true, .. }
                        if touched.touches(&span)
                            || place.announced_from_afar()
                            || whole(spelled) != spelled =>
                    {
                        self.number(place.label(), spelled)
                    }
                    _ => None,
                };
                // A label in a bare number would be no JSON, so what the whole sees there is written as a value, too.
                let whole = || touched.entity_in(&span).map(|e| (self.ruled(spelled, e), e.clone()));
                if let Some((written, entity)) = written.or_else(whole) {
                    out.replace(span, |pen| pen.place(&entity, |out| push_value(&written, out)));
                }
            }
            Token::Word(span) => {
                place.value();
                let spelled = &document[span.clone()];
                // Nothing stands where null does.
                if let Some(entity) = place.verdict().always.filter(|_| spelled != "null") {
                    let written = self.ruled(spelled, entity);
                    out.replace(span, |pen| pen.place(entity, |out| push_value(&written, out)));
                }
            }
        }
    }

    /// Writes the string redacted, and returns what that stands for, if something is found in it.
    fn string(self, label: Option<&str>, document: &str, text: Text, out: &mut Output<'_>) -> Option<String> {
        let plain = plain(document, &text);
        let (redacted, places) = self.redactor.redact_places(label, &plain)?;
        let raw = &document[text.span.clone()];
        let (mut walk, mut inside) = (Walk::new(raw), Output::new(raw));
        for place in &places {
            let span = if text.escaped {
                walk.to(place.original.start)..walk.to(place.original.end)
            } else {
                place.original.clone()
            };
            let written = &redacted[place.output.clone()];
            inside.replace(span, |pen| pen.place(&place.entity, |out| push_escaped(written, out)));
        }
        let (inside, written) = inside.finish_with_places();
        // Two halves of a surrogate pair that were apart stand together when what was between them is dropped.
        let joined = text.escaped && unescaped(&inside) != redacted;
        out.replace(text.span, |pen| match joined {
            false => pen.push(&inside, &written),
            // Then all of it is one place.
            true => written.iter().enumerate().for_each(|(i, place)| {
                pen.place(&place.entity, |out| push_escaped(if i == 0 { &redacted } else { "" }, out));
            }),
        });
        Some(redacted)
    }

    /// The number redacted, if something is found in it, and what that was.
    fn number(self, label: Option<&str>, spelled: &str) -> Option<(String, Entity)> {
        let (redacted, places) = self.redactor.redact_places(label, whole(spelled))?;
        Some((redacted, places.into_iter().next()?.entity))
    }

    fn ruled(self, text: &str, entity: &Entity) -> String {
        super::ruled(self.redactor, text, entity)
    }
}

/// What of a document is searched.
#[derive(Clone, Copy)]
pub(super) enum Touched<'f> {
    All,
    /// In a document in which this was found as it stands; offsets count from `start` bytes before it.
    By {
        found: &'f [Finding],
        start: usize,
        /// Everything is searched. Else only what a finding touches; and what is spelled otherwise than it is searched, or
        /// announced from afar.
        all: bool,
    },
}

impl<'f> Touched<'f> {
    /// What the finding is that has bytes of `span`.
    fn entity_in(self, span: &Range<usize>) -> Option<&'f Entity> {
        let Touched::By { found, start, .. } = self else { return None };
        let within = |f: &&Finding| f.start() < start + span.end && start + span.start < f.end();
        found.iter().find(within).map(Finding::entity)
    }

    fn touches(self, span: &Range<usize>) -> bool {
        match self {
            Touched::All | Touched::By { all: true, .. } => true,
            // A label at the end of a key may belong to the finding, so ends count.
            Touched::By { found, start, .. } => {
                found.iter().any(|f| f.start() <= start + span.end && start + span.start <= f.end())
            }
        }
    }
}

pub(super) fn plain<'d>(document: &'d str, text: &Text) -> Cow<'d, str> {
    let raw = &document[text.span.clone()];
    if text.escaped { unescaped(raw) } else { Cow::Borrowed(raw) }
}

/// Tables with gaps turn whole numbers into 4111111111111111.0 on their way.
fn whole(spelled: &str) -> &str {
    spelled.trim_end_matches('0').strip_suffix('.').unwrap_or(spelled)
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
