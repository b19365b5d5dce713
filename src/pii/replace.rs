//! Findings taken out of a text: what stands for each, and where.

use std::ops::Range;

use super::{
    Finding, Operator,
    operator::Label,
    redactor::{Redactor, Replacement},
};

/// Findings as ranges that do not overlap, whole characters each, with the longest finding of each range. What was
/// written before and is touched goes with it.
pub(super) fn merged<'f>(
    text: &[u8],
    findings: &'f [Finding],
    written: &[Replacement],
) -> Vec<(Range<usize>, &'f Finding)> {
    let spans = findings.iter().map(|f| (whole(text, f.range()), f)).filter(|(range, _)| !range.is_empty());
    let spans: Vec<(Range<usize>, &Finding)> = spans.collect();
    // As a search gives them.
    if written.is_empty() && spans.is_sorted_by(|a, b| a.0.end <= b.0.start) {
        return spans;
    }
    let written = written.iter().filter(|w| !w.output.is_empty()).map(|w| (w.output.clone(), None));
    let mut spans: Vec<(Range<usize>, Option<&Finding>)> =
        spans.into_iter().map(|(range, finding)| (range, Some(finding))).chain(written).collect();
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
    out.into_iter().filter_map(|(range, finding)| Some((range, finding?))).collect()
}

/// The text with the spans replaced, and what was replaced in it, now or in a round before.
pub(super) fn replaced(
    redactor: &Redactor,
    text: &[u8],
    spans: &[(Range<usize>, &Finding)],
    written: &[Replacement],
    plainly: bool,
) -> (Vec<u8>, Vec<Replacement>) {
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut places = Vec::with_capacity(spans.len() + written.len());
    let mut piece = String::new();
    let (mut from, mut earlier) = (0, written.iter().peekable());
    for (span, finding) in spans {
        while let Some(place) = earlier.next_if(|place| place.output.end <= span.start) {
            places.push(place.moved(out.len(), from));
        }
        while earlier.next_if(|place| place.output.start < span.end).is_some() {}
        out.extend_from_slice(&text[from..span.start]);
        let start = out.len();
        let operator = if plainly { &Label } else { redactor.operator(finding.entity()) };
        piece.clear();
        apply(operator, finding, &text[span.clone()], &mut piece);
        out.extend_from_slice(piece.as_bytes());
        places.push(Replacement {
            original: original(written, span.start, true)..original(written, span.end, false),
            output: start..out.len(),
            entity: finding.entity().clone(),
        });
        from = span.end;
    }
    for place in earlier {
        places.push(place.moved(out.len(), from));
    }
    out.extend_from_slice(&text[from..]);
    (out, places)
}

fn apply(operator: &dyn Operator, finding: &Finding, value: &[u8], out: &mut String) {
    match std::str::from_utf8(value) {
        Ok(text) => operator.apply(finding, text, out),
        Err(_) => operator.apply(finding, &String::from_utf8_lossy(value), out),
    }
}

/// Where the offset `at` of what was written stood before; inside of a replacement its end. What was dropped at `at`
/// stands before a span that `starts` there.
pub(super) fn original(written: &[Replacement], at: usize, starts: bool) -> usize {
    let behind = |place: &Replacement| place.output.start < at || (starts && place.output.end <= at);
    let place = written.partition_point(behind);
    match written[..place].last() {
        Some(before) => before.original.end + at.saturating_sub(before.output.end),
        None => at,
    }
}

/// The range widened to whole characters and cut to the text.
fn whole(text: &[u8], range: Range<usize>) -> Range<usize> {
    let start = character(text, range.start.min(text.len()));
    let mut end = range.end.min(text.len());
    for _ in 0..3 {
        end += usize::from(end < text.len() && !begins(text, end));
    }
    start..end
}

/// `at`, or up to three bytes before it, where the character starts that goes on there: what is longer is none.
pub(super) fn character(text: &[u8], mut at: usize) -> usize {
    for _ in 0..3 {
        at -= usize::from(at > 0 && !begins(text, at));
    }
    at
}

/// Whether no character of UTF-8 goes on at `at`.
pub(super) fn begins(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|b| b & 0xC0 != 0x80)
}
