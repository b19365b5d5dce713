//! One regular expression, bounded and compiled.
//!
//! # Why its findings take linear time together
//!
//! A search for the leftmost match reads on behind the match as long as a longer or preferred one may come. All
//! engines used here (lazy DFA, Pike's simulation, literal search before them) drop every thread that starts behind
//! the best match so far, and a thread lives for at most `longest` bytes. So the search for the match that starts at
//! `s` reads up to `s + longest` and then, backwards, `longest` again. The next search starts behind the match, at
//! least `shortest` bytes on. All together read `n + findings * longest`, at most `n * (1 + longest / shortest)`.
//! Patterns without a bound on `longest` would make this quadratic: each search may read to the end.
//!
//! The bounded backtracker and one-pass DFA of `regex-automata` are not compiled in: the former clears memory in
//! proportion to the haystack at each search.

use regex_automata::{
    Input,
    meta::{self, Regex},
    util::syntax,
};
use regex_syntax::hir::{Hir, HirKind, Look};

use crate::{Error, Result, pii::Entity};

/// A regular expression whose matches have at least one byte and at most [`LONGEST`].
pub(super) struct Pattern {
    exact: Regex,
    /// The same without Unicode word boundaries, at which the fast engine stops when text is not ASCII. Matches
    /// wherever the exact one does.
    relaxed: Option<Regex>,
    hir: Hir,
    longest: usize,
}

impl Pattern {
    pub(super) fn new(entity: &Entity, pattern: &str) -> Result<Self> {
        let entity = entity.as_str();
        if pattern.len() > TEXT {
            return Err(Error::pattern_text(entity, pattern.len(), TEXT));
        }
        let hir = regex_syntax::ParserBuilder::new()
            .utf8(false)
            .build()
            .parse(pattern)
            .map_err(|e| syntax_error(entity, &e))?;
        let (shortest, longest) = (hir.properties().minimum_len(), hir.properties().maximum_len());
        match shortest {
            None => return Err(Error::pattern_never(entity)),
            Some(0) => return Err(Error::pattern_of_nothing(entity)),
            Some(_) => {}
        }
        let Some(longest) = longest.filter(|&n| n <= LONGEST) else {
            return Err(Error::pattern_unbounded(entity, LONGEST));
        };
        let mut unicode = false;
        let without = relaxed(&hir, &mut unicode);
        let exact = compile(entity, &hir)?;
        let relaxed = if unicode { Some(compile(entity, &without)?) } else { None };
        Ok(Pattern { exact, relaxed, hir: without, longest })
    }

    /// What matches wherever the pattern does, without Unicode word boundaries.
    pub(super) fn relaxed(&self) -> &Hir {
        &self.hir
    }

    /// Whether most of a text is passed over by a search for a literal.
    pub(super) fn is_fast(&self) -> bool {
        self.exact.is_accelerated()
    }

    /// Bytes of memory.
    pub(super) fn size(&self) -> usize {
        self.exact.memory_usage() + self.relaxed.as_ref().map_or(0, Regex::memory_usage)
    }

    /// Hands every match to `found`, in order, leftmost first, none overlapping.
    pub(super) fn each(&self, bytes: &[u8], ascii: bool, mut found: impl FnMut(usize, usize)) {
        let mut at = 0;
        while let Some((start, end)) = self.next(bytes, at, ascii) {
            found(start, end);
            at = end;
        }
    }

    fn next(&self, bytes: &[u8], mut at: usize, ascii: bool) -> Option<(usize, usize)> {
        let search = |regex: &Regex, from: usize, to: usize| {
            let found = regex.search(&Input::new(bytes).range(from..to))?;
            Some((found.start(), found.end()))
        };
        let Some(relaxed) = self.relaxed.as_ref().filter(|_| !ascii) else {
            return search(&self.exact, at, bytes.len());
        };
        // The exact engine is slow here, so it reads only where the relaxed one has found something: stretches of
        // STRETCH bytes in which a match may start, and as much behind them as it may be long. They do not overlap
        // but for that, so each byte is read a bounded number of times.
        while at < bytes.len() {
            let (start, _) = search(relaxed, at, bytes.len())?;
            let stop = start + STRETCH;
            match search(&self.exact, start, bytes.len().min(stop + self.longest)) {
                Some(found) if found.0 < stop => return Some(found),
                _ => at = stop,
            }
        }
        None
    }
}

fn compile(entity: &str, hir: &Hir) -> Result<Regex> {
    let config = meta::Config::new()
        .utf8_empty(false)
        .which_captures(regex_automata::nfa::thompson::WhichCaptures::Implicit)
        .nfa_size_limit(Some(SIZE));
    meta::Builder::new()
        .configure(config)
        .syntax(syntax::Config::new().utf8(false))
        .build_from_hir(hir)
        .map_err(|_| Error::pattern_size(entity, SIZE))
}

/// The expression without Unicode word boundaries; `any` says whether it had one.
fn relaxed(hir: &Hir, any: &mut bool) -> Hir {
    let mut all = |parts: &[Hir]| parts.iter().map(|part| relaxed(part, any)).collect::<Vec<_>>();
    match hir.kind() {
        HirKind::Look(look) if look_is_unicode(*look) => {
            *any = true;
            Hir::empty()
        }
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(relaxed(&repetition.sub, any))),
        HirKind::Capture(capture) => relaxed(&capture.sub, any),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
    }
}

fn look_is_unicode(look: Look) -> bool {
    matches!(
        look,
        Look::WordUnicode
            | Look::WordUnicodeNegate
            | Look::WordStartUnicode
            | Look::WordEndUnicode
            | Look::WordStartHalfUnicode
            | Look::WordEndHalfUnicode
    )
}

/// Its own message spans lines and repeats the pattern.
fn syntax_error(entity: &str, error: &regex_syntax::Error) -> Error {
    let (byte, what) = match error {
        regex_syntax::Error::Parse(e) => (e.span().start.offset, e.kind().to_string()),
        regex_syntax::Error::Translate(e) => (e.span().start.offset, e.kind().to_string()),
        other => (0, other.to_string()),
    };
    Error::pattern_syntax(entity, byte, &what)
}

/// In bytes. Generous: the longest pattern of common secret scanners has a few hundred.
const TEXT: usize = 4096;

/// The most bytes that a match may have: the factor in the linear time.
pub(super) const LONGEST: usize = 1024;

/// Bytes while an automaton is compiled; what the crate `regex` allows. `\w{1,128}` with all letters of Unicode fits.
const SIZE: usize = 10 << 20;

/// As long as the longest match, so that reading behind a stretch at most doubles its cost.
const STRETCH: usize = LONGEST;
