//! Redaction piece by piece, as a text comes in.
//!
//! ```text
//!            raw tail │ unit                            │ ahead
//! raw:     .. 4 KB .. │ ........................ 16 KB \n .. 4 KB ..
//!                     └ searched, with what is around   ┘
//! written: .. 4 KB .. │ the unit without its findings   │ ahead
//!                     └ searched again where it changed, until nothing is found
//! ```
//!
//! Where a unit ends depends on the text alone: at the last line end that leaves as much ahead as a finding may need,
//! in a longer line at a gap between words, never inside of a finding. A whole text goes the same way, so what a
//! stream writes is what a whole text gives, however the stream is cut.
//!
//! Where everything in a line looks like a value, what is replaced behind the end of a unit may join what stands before
//! it. There the end of what was written is held until the next unit, and searched with it.

use std::ops::Range;

use super::{
    Entity, Finding, RowDictionary,
    catalog::LONGEST_KEY,
    context::first_line,
    normalize::Plain,
    recognizer::Haystack,
    redactor::{Redactor, Replacement},
    replace::{begins, character, merged, original, replaced},
    resolve::resolve,
};

/// A text that is one unit: what is written for it, and what was replaced in it; nothing if nothing is.
pub(super) fn alone(
    redactor: &Redactor,
    given: Given<'_>,
    text: &[u8],
) -> Option<(Vec<u8>, Vec<Replacement>)> {
    let mut found = Vec::new();
    search(redactor, given, text, None, 0..text.len(), &mut found);
    (!found.is_empty()).then(|| Flow::default().write(redactor, given, text, End::Text, &found, &[]))
}

/// A text of one unit in which this was written before, with `found` replaced, and what that frees.
pub(super) fn rewritten(
    redactor: &Redactor,
    text: &[u8],
    found: &[Finding],
    written: &[Replacement],
) -> (Vec<u8>, Vec<Replacement>) {
    Flow::default().write(redactor, Given::default(), text, End::Text, found, written)
}

/// Takes away what lies inside of what was written before.
pub(super) fn outside(found: &mut Vec<Finding>, written: &[Replacement]) {
    found.retain(|f| {
        let place = written.partition_point(|place| place.output.start <= f.start());
        place == 0 || f.end() > written[place - 1].output.end
    });
}

/// What is known of a text beforehand.
#[derive(Clone, Copy, Default)]
pub(super) struct Given<'g> {
    /// The name of the column or key that it stands under.
    pub(super) label: Option<&'g str>,
    /// The values of its row.
    pub(super) row: Option<&'g RowDictionary>,
}

/// What the units before leave to the next one.
#[derive(Default)]
pub(super) struct Flow {
    /// The first line of the text and of what was written for it; `None` in the first unit.
    headers: Option<[Vec<u8>; 2]>,
    /// The end of what was written.
    tail: Vec<u8>,
    /// What had no end in sight; the rest of it is not written.
    open: Option<Entity>,
    held: Held,
    findings: Vec<Finding>,
}

/// What comes behind what is to be written.
#[derive(Clone, Copy)]
enum End<'a> {
    /// Nothing.
    Text,
    Unit {
        ahead: &'a [u8],
        /// The end of what is written will be held.
        hold: bool,
    },
}

/// What is written but not given out: behind it the text was cut where what is replaced next may join what is here.
#[derive(Default)]
struct Held {
    text: Vec<u8>,
    /// Offsets count from the start of what is held, in the text and in what is written.
    places: Vec<Replacement>,
    /// Bytes of the text that it stands for.
    raw: usize,
}

/// How the start of what is left of a text is to be written.
pub(super) struct Unit {
    /// How much of it.
    pub(super) length: usize,
    /// How much before it what is written begins.
    pub(super) back: usize,
    /// What is written, and what was replaced in it, both as from there; `None`: the unit as it is.
    pub(super) written: Option<(Vec<u8>, Vec<Replacement>)>,
}

impl Flow {
    /// The next unit of a text: it starts at `start` in `raw`, which holds at least [`CONTEXT`] before, if there is as
    /// much; and all of the rest, or at least [`NEEDED`] of it. `last`: no more comes behind.
    pub(super) fn next(
        &mut self,
        redactor: &Redactor,
        given: Given<'_>,
        raw: &[u8],
        start: usize,
        last: bool,
    ) -> Unit {
        let rest = &raw[start..];
        if let Some(entity) = self.open.take()
            && let length @ 1.. = goes_on(rest)
        {
            let Held { text, places, raw } = &mut self.held;
            let known = places.last_mut().filter(|place| {
                (place.original.end, place.output.end, &place.entity) == (*raw, text.len(), &entity)
            });
            match known {
                // It is one value, however many units it goes on for.
                Some(place) => place.original.end += length,
                None => {
                    let (original, output) = (*raw..*raw + length, text.len()..text.len());
                    places.push(Replacement { original, output, entity: entity.clone() });
                }
            }
            *raw += length;
            self.open = Some(entity);
            // The end of the text is the end of what is held.
            let written = if last && length == rest.len() { self.held.take() } else { Held::default() };
            return Unit {
                length,
                back: written.raw.saturating_sub(length),
                written: Some(written.into_parts()),
            };
        }
        let last = last && rest.len() <= NEEDED;
        let from = start.saturating_sub(CONTEXT);
        let view = &raw[from..start + rest.len().min(NEEDED)];
        let start = start - from;
        let (cut, calm) = if last { (view.len(), true) } else { gap(view, start) };
        let header = self.headers.as_ref().map(|headers| headers[0].as_slice());
        let mut found = std::mem::take(&mut self.findings);
        found.clear();
        search(redactor, given, view, header, start..cut, &mut found);
        let mut end = self.settle(view, start, cut, last, &mut found);
        let mut hold = end != cut || !calm;
        if hold && found.is_empty() {
            // Far enough before what may be found next, so that nothing has to be held. A unit that is as short as this
            // ends as far before it already.
            if end > start + REACH + 3 {
                end = character(view, end - REACH);
            }
            hold = false;
        }
        let (unit, ahead) = (&view[start..end], &view[end..]);
        let behind = match ahead {
            [] if last => End::Text,
            ahead => End::Unit { ahead, hold },
        };
        for finding in &mut found {
            finding.move_to(finding.start() - start..finding.end() - start);
        }
        let Held { mut text, places, raw: back } = self.held.take();
        let mut written = if back == 0 && text.is_empty() {
            (!found.is_empty()).then(|| self.write(redactor, given, unit, behind, &found, &[]))
        } else {
            let before = text.len();
            text.extend_from_slice(unit);
            for finding in &mut found {
                finding.move_to(before + finding.start()..before + finding.end());
            }
            Some(match found.is_empty() {
                true => (text, places),
                false => self.write(redactor, given, &text, behind, &found, &places),
            })
        };
        self.findings = found;
        // Behind the last unit comes none that would need to know.
        if !(last && ahead.is_empty()) {
            let text = written.as_ref().map_or(unit, |(text, _)| text);
            if self.headers.is_none() {
                self.headers = Some([header_of(&[unit, ahead]), header_of(&[text, ahead])]);
            }
            if hold {
                written = written.map(|(text, places)| self.held.split(text, places, back + unit.len()));
            }
            self.remember(written.as_ref().map_or(unit, |(text, _)| text));
        }
        Unit { length: end - start, back, written }
    }

    /// Where the unit ends that was to end at `cut`: not inside of a finding, nor behind the start of a private key
    /// whose footer may not be in sight. Takes from `found` what stands behind.
    fn settle(
        &mut self,
        view: &[u8],
        start: usize,
        cut: usize,
        last: bool,
        found: &mut Vec<Finding>,
    ) -> usize {
        let undecided = |f: &Finding| {
            let key = *f.entity() == Entity::SECRET_PRIVATE_KEY;
            f.end() > cut || (key && !last && f.start() + LONGEST_KEY > view.len())
        };
        let Some(place) = found.iter().position(undecided) else { return cut };
        let stop = found[place].start();
        if stop > start + AHEAD {
            // Some way before, since what replaces it may change what stands before it.
            let apart = |i: usize| !found.iter().any(|f| f.start() < i && i < f.end());
            let gap = (stop - AHEAD + CALM..=stop - CALM).rev().find(|&i| soft(view, i) && apart(i));
            let inside = || (stop - AHEAD / 2..=stop - CALM).find(|&i| begins(view, i) && apart(i));
            let cut = gap.or_else(inside).unwrap_or(stop);
            found.retain(|f| f.end() <= cut);
            return cut;
        }
        let end = found[place].end().max(cut);
        self.open = (end == view.len() && !last).then(|| found[place].entity().clone());
        end
    }

    /// The unit, in which this was written before, without `found`, searched again until nothing is found in it but what
    /// operators wrote.
    fn write(
        &self,
        redactor: &Redactor,
        given: Given<'_>,
        unit: &[u8],
        end: End<'_>,
        found: &[Finding],
        written: &[Replacement],
    ) -> (Vec<u8>, Vec<Replacement>) {
        let (ahead, hold) = match end {
            End::Text => (&[][..], false),
            End::Unit { ahead, hold } => (ahead, hold),
        };
        let spans = merged(unit, found, written);
        let (mut text, mut places) = replaced(redactor, unit, &spans, written, false);
        let (mut around, mut again) = (Vec::new(), Vec::new());
        let start = self.tail.len();
        for round in 1usize.. {
            let view = if start == 0 && ahead.is_empty() {
                text.as_slice()
            } else {
                around.clear();
                around.reserve(start + text.len() + ahead.len());
                around.extend_from_slice(&self.tail);
                around.extend_from_slice(&text);
                around.extend_from_slice(ahead);
                &around
            };
            again.clear();
            let header = self.headers.as_ref().map(|headers| headers[1].as_slice());
            self.changed(&text, &places, |part| {
                // What was written before may be the start of something that ends here.
                let from = if part.start == 0 { start.saturating_sub(REACH) } else { start + part.start };
                search(redactor, given, view, header, from..start + part.end, &mut again);
            });
            let end = start + text.len();
            // What goes on behind the end of what is held is for the next unit.
            let later = |f: &Finding| hold && f.end() > end && f.start() + REACH >= end;
            again.retain(|f| f.end() > start && !later(f));
            for finding in &mut again {
                let [from, to] = [finding.start(), finding.end()].map(|at| at.clamp(start, end) - start);
                finding.move_to(from..to);
            }
            outside(&mut again, &places);
            if again.is_empty() {
                break;
            }
            let spans = merged(&text, &again, &places);
            (text, places) = replaced(redactor, &text, &spans, &places, round >= PATIENCE);
        }
        (text, places)
    }

    /// Calls `search` with each part where something may be found that was not before: around what was written.
    fn changed(&self, text: &[u8], places: &[Replacement], mut search: impl FnMut(Range<usize>)) {
        // Columns have other names now.
        let renamed = match &self.headers {
            Some([raw, written]) => raw != written,
            None => places.first().is_some_and(|place| place.output.start <= first_line(text).len()),
        };
        if renamed || text.len() <= REACH {
            return search(0..text.len());
        }
        let mut last: Option<Range<usize>> = None;
        for place in places {
            // As far as what is one run goes: all of it is judged by how it begins.
            let from =
                (1..=place.output.start.saturating_sub(REACH)).rev().find(|&i| soft(text, i)).unwrap_or(0);
            let to = (place.output.end + REACH..text.len()).find(|&i| soft(text, i)).unwrap_or(text.len());
            match &mut last {
                Some(part) if part.end >= from => part.end = to,
                last => {
                    if let Some(part) = last.replace(from..to) {
                        search(part);
                    }
                }
            }
        }
        if let Some(part) = last {
            search(part);
        }
    }

    fn remember(&mut self, written: &[u8]) {
        let keep = written.len().min(CONTEXT);
        let old = self.tail.len().min(CONTEXT - keep);
        self.tail.drain(..self.tail.len() - old);
        self.tail.extend_from_slice(&written[written.len() - keep..]);
    }
}

impl Held {
    fn take(&mut self) -> Held {
        std::mem::take(self)
    }

    fn into_parts(self) -> (Vec<u8>, Vec<Replacement>) {
        (self.text, self.places)
    }

    /// Keeps the end of what was written for `raw` bytes, and gives back the rest.
    fn split(
        &mut self,
        mut text: Vec<u8>,
        mut places: Vec<Replacement>,
        raw: usize,
    ) -> (Vec<u8>, Vec<Replacement>) {
        let mut cut = character(&text, text.len().saturating_sub(REACH));
        // What an operator wrote stays in one piece.
        let across = |place: &&Replacement| place.output.start < cut && cut < place.output.end;
        cut = places.iter().find(across).map_or(cut, |place| place.output.start);
        let before = original(&places, cut, true);
        self.text = text.split_off(cut);
        self.places =
            places.split_off(places.partition_point(|p| p.output.start < cut || p.output.end <= cut));
        for place in &mut self.places {
            place.original = place.original.start - before..place.original.end - before;
            place.output = place.output.start - cut..place.output.end - cut;
        }
        self.raw = raw - before;
        (text, places)
    }
}

/// The first line of a text that starts so, without disguises.
fn header_of(text: &[&[u8]]) -> Vec<u8> {
    let start: Vec<u8> = text.iter().copied().flatten().copied().take(CONTEXT).collect();
    first_line(&Plain::of(&start).bytes).to_vec()
}

fn search(
    redactor: &Redactor,
    given: Given<'_>,
    view: &[u8],
    header: Option<&[u8]>,
    part: Range<usize>,
    found: &mut Vec<Finding>,
) {
    let from = found.len();
    let hay = Haystack { bytes: view, label: given.label, header };
    redactor.scanner().search_part(hay, part.clone(), found);
    // A row's text is text: what is not has no words.
    if let Some(row) = given.row
        && let Some((text, before)) = text_of(view)
    {
        let known = found.len();
        row.find_into(text, found);
        for finding in &mut found[known..] {
            finding.move_to(finding.start() + before..finding.end() + before);
        }
        let mut place = 0;
        found.retain(|finding| {
            place += 1;
            place <= known || part.contains(&finding.start())
        });
        resolve(found, from);
    }
}

/// `view` as text, but for a character that its start or end cuts.
fn text_of(view: &[u8]) -> Option<(&str, usize)> {
    let from = (0..view.len().min(4)).find(|&i| begins(view, i))?;
    let to = (0..4)
        .map(|back| view.len() - back.min(view.len() - from))
        .find_map(|to| std::str::from_utf8(&view[from..to]).ok())?;
    Some((to, from))
}

/// Where a unit may end that starts at `start`, so that enough of `view` is left ahead; and whether nothing that may be
/// part of a value stands around there, so that nothing is joined there whatever is replaced.
fn gap(view: &[u8], start: usize) -> (usize, bool) {
    let most = (start + UNIT).min(view.len());
    if let Some(line) = memchr::memrchr(b'\n', &view[start..most]) {
        return (start + line + 1, true);
    }
    // No line end: where nothing looks like a value, between words if there is such a place.
    let calm = |i: usize, around: usize| {
        let around = &view[i.saturating_sub(around)..view.len().min(i + around)];
        !around.iter().any(|b| b.is_ascii_digit() || matches!(b, b'@' | b':' | b'-'))
    };
    let late = || (most - UNIT / 4 + 1..=most).rev();
    let quiet = late()
        .find(|&i| soft(view, i) && calm(i, CALM))
        .or_else(|| late().find(|&i| begins(view, i) && calm(i, CALM)));
    if let Some(cut) = quiet {
        return (cut, true);
    }
    let cut = late()
        .find(|&i| soft(view, i) && calm(i, 2))
        .or_else(|| late().find(|&i| soft(view, i)))
        .or_else(|| late().find(|&i| begins(view, i)));
    (cut.unwrap_or(most), false)
}

/// Whether a gap between words ends at `i`.
fn soft(view: &[u8], i: usize) -> bool {
    matches!(view[i - 1], b' ' | b',' | b';' | b'{' | b'}' | b'"' | b'\t' | b'<' | b'>' | b'\n')
}

/// How much of `rest` belongs to a finding that had no end in sight.
fn goes_on(rest: &[u8]) -> usize {
    rest.iter().take(NEEDED).take_while(|&&b| b > b' ' && !matches!(b, b'"' | b'\'' | b'<' | b'>')).count()
}

/// The most of a unit, unless a finding is longer.
const UNIT: usize = 16 << 10;

/// How far ahead of a unit a finding is seen that starts in it: further than any but private keys and long URLs reach.
const AHEAD: usize = 4 << 10;

/// How much of a text has to be known for its next unit; a text of no more is one unit.
pub(super) const NEEDED: usize = UNIT + AHEAD;

/// How much before a unit may say what stands in it: labels, a row and its header, a list of SQL and its columns.
pub(super) const CONTEXT: usize = 4 << 10;

/// How far from what was written a finding may start that was none before.
const REACH: usize = 2 << 10;

/// How far around a gap in a line nothing looks like a value.
const CALM: usize = 32;

/// Each round replaces something that was in the text, so rounds end. Two are usual; a text that was made to join anew
/// each time something is dropped gets labels from here on, which join nothing.
const PATIENCE: usize = 8;
