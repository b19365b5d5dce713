//! JSON that comes in chunks.

use std::fmt;

use super::{
    JsonRedactor,
    incomplete::{Incomplete, LIMIT, utf8},
    lexer::{Lexer, MARK, State, Token},
    output::Output,
    place::Place,
    values::{Touched, plain},
};
use crate::{Error, Result};

/// Redacts JSON chunk by chunk: a document token by token, JSON Lines line by line. Made by
/// [`JsonRedactor::stream`], [`stream_lines`](JsonRedactor::stream_lines) and
/// [`stream_lines_lossy`](JsonRedactor::stream_lines_lossy).
///
/// # Guarantee
/// For all texts and all ways to cut them into chunks, also inside of characters: all that is written together is what the
/// redactor writes for the whole text, or there is an error exactly if it has one, but for tokens and lines of more than
/// 16 MiB, which are errors here. Of the text no more than such a token or line is held, and a tenth of a megabyte. What
/// is undecided is not written; what stands before an error may have been written.
///
/// # Examples
/// ```
/// use incog::pii::{JsonRedactor, Redactor, Scanner};
/// let json = JsonRedactor::builder(Redactor::builder(Scanner::new()).build()).build()?;
/// let (mut stream, mut out) = (json.stream(), Vec::new());
/// for chunk in ["{\"to\": \"ada@exam", "ple.org\", \"n\": 1", "2}"] {
///     stream.push(chunk.as_bytes(), &mut out)?;
/// }
/// stream.finish(&mut out)?;
/// assert_eq!(out, b"{\"to\": \"[EMAIL_ADDRESS]\", \"n\": 12}");
///
/// let mut stream = json.stream();
/// stream.push(b"{\"to\": [1", &mut out)?;
/// let error = stream.finish(&mut out).unwrap_err();
/// assert!(error.to_string().starts_with("byte 9: not JSON that can be redacted: the text ends too early"));
/// # Ok::<(), incog::Error>(())
/// ```
pub struct JsonStream<'j> {
    json: &'j JsonRedactor,
    form: Form<'j>,
    incomplete: Incomplete,
}

enum Form<'j> {
    Document {
        state: State,
        place: Place<'j, 'static>,
    },
    Lines {
        /// Lines before what is held.
        lines: u64,
        /// How many were no JSON, if that is no error.
        bad: Option<u64>,
        /// The rest of the line belongs to what was replaced.
        skip: bool,
    },
}

impl<'j> JsonStream<'j> {
    pub(super) fn document(json: &'j JsonRedactor) -> Self {
        // A document is one text, also if it has no value.
        json.redactor().counts().text([]);
        JsonStream::new(json, Form::Document { state: State::START, place: json.values().place() })
    }

    pub(super) fn lines(json: &'j JsonRedactor, lossy: bool) -> Self {
        JsonStream::new(json, Form::Lines { lines: 0, bad: lossy.then_some(0), skip: false })
    }

    fn new(json: &'j JsonRedactor, form: Form<'j>) -> Self {
        JsonStream { json, form, incomplete: Incomplete::default() }
    }

    /// Takes the next chunk and appends to `out` what is decided.
    ///
    /// # Errors
    /// `Data` with the place if what came is no JSON, or more than 16 MiB of one token or line. Then nothing more is
    /// taken: every further call has the same kind of error.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let JsonStream { json, form, incomplete } = self;
        incomplete.push(chunk, |held, gone| form.advance(json, held, gone, false, out))
    }

    /// Appends the rest to `out`, and says how many lines were no JSON and were replaced, if that is no error.
    ///
    /// # Errors
    /// As [`push`](Self::push), and if the text ends too early.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<u64> {
        self.incomplete.decide(|held, gone| self.form.advance(self.json, held, gone, true, out))?;
        match self.form {
            Form::Lines { bad, .. } => Ok(bad.unwrap_or(0)),
            Form::Document { .. } => Ok(0),
        }
    }
}

impl<'j> Form<'j> {
    /// Writes what is complete in `held`, before which so many bytes are `gone`, and says how far that goes.
    fn advance(
        &mut self,
        json: &'j JsonRedactor,
        held: &[u8],
        gone: usize,
        last: bool,
        out: &mut Vec<u8>,
    ) -> Result<usize> {
        match self {
            Form::Document { state, place } => tokens(json, held, gone, state, place, last, out),
            Form::Lines { lines, bad, skip } => whole_lines(json, held, lines, bad, skip, last, out),
        }
    }
}

impl fmt::Debug for JsonStream<'_> {
    /// Without what is held back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonStream").field("held_back", &self.incomplete.len()).finish_non_exhaustive()
    }
}

/// Writes the tokens of a document that are complete in `held`, and says how far they go.
fn tokens<'j>(
    json: &'j JsonRedactor,
    held: &[u8],
    gone: usize,
    state: &mut State,
    place: &mut Place<'j, 'static>,
    last: bool,
    out: &mut Vec<u8>,
) -> Result<usize> {
    let text = utf8(held, gone, last)?;
    let start = gone == 0;
    if start && !last && text.len() < MARK.len_utf8() {
        return Ok(0);
    }
    let mut lexer = if start { Lexer::new(text) } else { Lexer::resume(text, *state) };
    let (values, mut written) = (json.values(), Output::new(text));
    let before = written.mark();
    let (mut done, mut after) = lexer.place();
    loop {
        match lexer.token() {
            // More digits may come.
            Ok(Some(Token::Number(span))) if !last && span.end == text.len() => break,
            Ok(Some(Token::Key(key))) => {
                let name = plain(text, &key).into_owned().into();
                values.key(text, name, key, place, &mut written);
            }
            Ok(Some(token)) => values.value(text, token, place, Touched::All, &mut written),
            Ok(None) => {
                (done, after) = lexer.place();
                break;
            }
            Err(fault) if fault.open && !last => break,
            Err(fault) => return Err(Error::no_document(gone + fault.byte, fault.why)),
        }
        let from = std::mem::replace(&mut done, lexer.place().0);
        after = lexer.place().1;
        if done - from > LIMIT {
            return Err(Error::token_too_long(gone + from, LIMIT));
        }
    }
    if text.len() - done > LIMIT {
        return Err(Error::token_too_long(gone + done, LIMIT));
    }
    *state = after;
    json.redactor().counts().more(written.since(before));
    written.finish_at(done, out);
    Ok(done)
}

/// Writes the lines that are complete in `held`, and says how far they go.
fn whole_lines(
    json: &JsonRedactor,
    held: &[u8],
    lines: &mut u64,
    bad: &mut Option<u64>,
    skip: &mut bool,
    last: bool,
    out: &mut Vec<u8>,
) -> Result<usize> {
    let end = if last { Some(held.len()) } else { memchr::memrchr(b'\n', held).map(|end| end + 1) };
    let Some(end) = end else {
        if held.len() <= LIMIT && !*skip {
            return Ok(0);
        }
        if bad.is_none() {
            return Err(Error::line_too_long(*lines + 1, LIMIT));
        }
        if !std::mem::replace(skip, true) {
            *lines += 1;
            json.bad_line(bad, out);
        }
        return Ok(held.len());
    };
    let mut from = 0;
    if std::mem::take(skip) {
        // The end of the line that was replaced.
        from = memchr::memchr(b'\n', &held[..end]).unwrap_or(end);
        out.extend_from_slice(&held[from..end.min(from + 1)]);
        from = end.min(from + 1);
    }
    for line in held[from..end].split_inclusive(|&b| b == b'\n') {
        *lines += 1;
        let too_long = (line.len() > LIMIT).then(|| Error::line_too_long(*lines, LIMIT));
        json.line(line, *lines, too_long, bad, out)?;
    }
    Ok(end)
}
