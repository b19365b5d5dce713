//! E-mail addresses and telephone numbers.

use super::Kind;
use crate::pii::{
    check,
    context::{Announced, Context},
    fold::unspaced,
    recognizer::{Gap, Groups, Haystack, Proposal, closes, first_char, last_char, opens, spaced_before},
};

/// An e-mail address around the `@` at `at`.
///
/// Source: RFC 5321 for the lengths, RFC 6531 for letters beyond ASCII; of RFC 5322's quoted forms, none.
pub(in crate::pii) fn email(hay: Haystack<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let start = local_start(hay, at)?;
    let end = domain_end(hay, at + 1)?;
    if hay.slice(start, at) == b"git" && hay.at(end) == b':' {
        return None;
    }
    let (shape, check) = ("local part, @, domain", "top-level domain");
    let kind = Kind::EMAIL_ADDRESS;
    out.push(Proposal { start, end, kind, permille: 950, shape, check, label: None });
    Some(end)
}

/// An address with its signs spelled out, around the `at` at `at`: `ada at example dot org`, `ada(at)example(dot)org`.
pub(in crate::pii) fn spelled_email(hay: Haystack<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let (left, right, bracketed) = spelled(hay, at, b"at")?;
    let start = spelled_local(hay, left)?;
    let mut end = right;
    let (mut labels, mut dots) = (0, 0);
    while labels < 8 {
        let label = hay.run(end, 63, |b| b.is_ascii_alphanumeric() || b == b'-');
        if label == end {
            break;
        }
        end = label;
        labels += 1;
        let word = dot_word(hay, end);
        if let Some((left, next, _)) = word.and_then(|dot| spelled(hay, dot, b"dot")).filter(|d| d.0 == end) {
            debug_assert!(left == end);
            dots += 1;
            end = next;
        } else if bracketed && hay.at(end) == b'.' && hay.at(end + 1).is_ascii_alphanumeric() {
            end += 1;
        } else {
            break;
        }
    }
    let top =
        end - end.min(hay.bytes[..end].iter().rposition(|b| !b.is_ascii_alphabetic()).map_or(0, |p| p + 1));
    if labels < 2 || top < 2 || (dots == 0 && !bracketed) || hay.at(end).is_ascii_alphanumeric() {
        return None;
    }
    let (shape, check) = ("local part, 'at', domain with 'dot'", "");
    let kind = Kind::EMAIL_ADDRESS;
    out.push(Proposal { start, end, kind, permille: 850, shape, check, label: None });
    Some(end)
}

/// Where the `at` stands of the address that the sign at `sign` is part of: the bracket of `(at)`, or what stands
/// before ` dot ` and `(dot)`.
pub(in crate::pii) fn spelled_at(hay: Haystack<'_>, sign: usize) -> Option<usize> {
    if hay.slice(sign + 1, sign + 3).eq_ignore_ascii_case(b"at") {
        return Some(sign + 1);
    }
    let end = if hay.before(sign) == b' ' { sign - 1 } else { sign };
    let mut label = end;
    while label + LONGEST_LOCAL > end
        && (hay.before(label).is_ascii_alphanumeric() || hay.before(label) == b'-')
    {
        label -= 1;
    }
    let at = label.checked_sub(3)?;
    (label < end && hay.slice(at, at + 2).eq_ignore_ascii_case(b"at")).then_some(at)
}

/// Where a local part starts that may have its dots spelled out: `ada (dot) king`.
fn spelled_local(hay: Haystack<'_>, left: usize) -> Option<usize> {
    let mut start = local_start(hay, left)?;
    for _ in 0..3 {
        let mut word = start;
        while word + 2 > start && matches!(hay.before(word), b' ' | b')' | b']' | b'}') {
            word -= 1;
        }
        let Some(dot) =
            word.checked_sub(3).and_then(|at| spelled(hay, at, b"dot")).filter(|dot| dot.1 == start)
        else {
            break;
        };
        let Some(further) = local_start(hay, dot.0) else { break };
        start = further;
    }
    Some(start)
}

/// Where the word behind a label of a domain stands: `(dot)`, `[dot]`, ` dot `, ` (dot) `.
fn dot_word(hay: Haystack<'_>, end: usize) -> Option<usize> {
    let word = hay.run(end, 3, |b| matches!(b, b' ' | b'(' | b'[' | b'{'));
    (word > end).then_some(word)
}

/// The text left and right of `word` at `at`, if spaces or brackets set it off on both sides.
fn spelled(hay: Haystack<'_>, at: usize, word: &[u8]) -> Option<(usize, usize, bool)> {
    let end = at + word.len();
    if at == 0 || !hay.slice(at, end).eq_ignore_ascii_case(word) {
        return None;
    }
    let bracket = matches!((hay.before(at), hay.at(end)), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
    let (mut left, mut right) = (at, end);
    if bracket {
        (left, right) = (at - 1, end + 1);
    }
    let spaced = hay.before(left) == b' ' && hay.at(right) == b' ';
    if spaced {
        (left, right) = (left - 1, right + 1);
    }
    (bracket || spaced).then_some((left, right, bracket))
}

/// Where the local part that ends before `at` starts.
fn local_start(hay: Haystack<'_>, at: usize) -> Option<usize> {
    let window = hay.slice(at.saturating_sub(LONGEST_LOCAL), at);
    let mut start = at;
    let mut ascii = false;
    while start > at - window.len() {
        let byte = hay.before(start);
        if byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'~' | b'!' | b'#' | b'$' | b'&' | b'*'
            )
        {
            ascii = true;
            start -= 1;
            continue;
        }
        let Some(letter) = last_char(hay.slice(at - window.len(), start)) else { break };
        if letter.is_ascii() || !letter.is_alphanumeric() || (ascii && unspaced(letter)) {
            break;
        }
        start -= letter.len_utf8();
    }
    // A local part starts and ends with a letter, digit or _, so quotes and list marks in front fall off.
    while start < at && !(hay.at(start).is_ascii_alphanumeric() || matches!(hay.at(start), b'_' | 0x80..)) {
        start += 1;
    }
    let local = hay.slice(start, at);
    let last = local.last()?;
    let sound = (last.is_ascii_alphanumeric() || matches!(last, b'_' | b'-' | b'+' | 0x80..))
        && !local.windows(2).any(|pair| pair == b"..");
    sound.then_some(start)
}

/// Where the domain that starts at `from` ends: two labels or more, the last of letters.
fn domain_end(hay: Haystack<'_>, from: usize) -> Option<usize> {
    let stop = hay.bytes.len().min(from + LONGEST_DOMAIN);
    let (mut at, mut label, mut best, mut labels) = (from, from, None, 0);
    loop {
        let byte = if at < stop { hay.at(at) } else { 0 };
        if byte.is_ascii_alphanumeric() || (byte == b'-' && at > label) {
            at += 1;
            continue;
        }
        if byte >= 0x80
            && let Some(letter) = first_char(hay.slice(at, stop))
            && letter.is_alphabetic()
            && !(unspaced(letter) && (best.is_some() || labels > 0) && hay.before(at).is_ascii_alphanumeric())
        {
            at += letter.len_utf8();
            continue;
        }
        if at == label {
            break;
        }
        labels += 1;
        if labels > 1 && top_level(hay.slice(label, at)) {
            best = Some(at);
        } else if byte != b'.' {
            best = None;
        }
        if byte != b'.' || at + 1 >= stop {
            break;
        }
        at += 1;
        label = at;
    }
    let end = best?;
    // `ada@example.org@`, `logo@2x.png`: not an address.
    let name = hay.slice(from, end);
    let file = [&b".png"[..], b".jpg", b".gif", b".svg", b".webp", b".css", b".js"]
        .iter()
        .any(|f| name.ends_with(f));
    (!file && !matches!(hay.at(end), b'@' | b'_')).then_some(end)
}

/// Whether a label can be a top-level domain: letters, at least two, or an encoded international one.
fn top_level(label: &[u8]) -> bool {
    let letters = label.iter().all(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    (label.len() >= 2 && letters) || label.starts_with(b"xn--")
}

/// Telephone numbers. International ones by calling code and length, North American ones by their grouping; other
/// national ones need a label.
pub(in crate::pii) fn phone(context: &Context<'_>, at: usize, groups: &Groups, out: &mut Vec<Proposal>) {
    let hay = context.hay;
    let open = hay.before(at) == b'(';
    let plus_at = if open { at.wrapping_sub(1) } else { at };
    let plus = plus_at > 0 && hay.before(plus_at) == b'+';
    let start = if plus { plus_at - 1 } else { plus_at };
    if groups.overlong || !opens(hay, start) || hay.before(start) == b'+' {
        return;
    }
    if plus {
        international(context, start, groups, out)
    } else {
        national(context, start, open, groups, out)
    }
}

fn international(context: &Context<'_>, start: usize, groups: &Groups, out: &mut Vec<Proposal>) {
    // The longest number that fits: what follows may be the next number of a list.
    for count in (1..=groups.count()).rev() {
        let digits = groups.digits(count);
        // One dot makes a decimal number: +48.123456789.
        let decimal = groups.gaps(count) == [Gap::Dot];
        if decimal || check::calling_code(digits).is_none() || !ends(context.hay, groups.end(count)) {
            continue;
        }
        let label = context.label(start, Kind::PHONE_NUMBER);
        out.push(Proposal {
            start,
            end: extension(context.hay, groups.end(count)),
            kind: Kind::PHONE_NUMBER,
            permille: if label.is_some() { 950 } else { 850 },
            shape: "+ and digits",
            check: "calling code and its lengths",
            label,
        });
        return;
    }
}

fn national(context: &Context<'_>, start: usize, open: bool, groups: &Groups, out: &mut Vec<Proposal>) {
    let hay = context.hay;
    let (mut count, mut shape, mut check, mut permille) = (0, "digits in groups", "", 0);
    let american: Option<(usize, &[u8])> = if groups.shaped(&[3, 3, 4]) {
        Some((3, groups.digits(3)))
    } else if groups.shaped(&[1, 3, 3, 4]) && groups.digits(1) == [1] {
        Some((4, &groups.digits(4)[1..]))
    } else {
        None
    };
    if let Some((n, digits)) = american
        && check::nanp(digits)
        && ends(hay, groups.end(n))
    {
        let gaps = groups.gaps(n);
        let marked = open
            || gaps.contains(&Gap::Paren)
            || gaps.iter().all(|&g| g == Gap::Dash)
            || gaps.iter().all(|&g| g == Gap::Dot);
        (count, shape, check) = (n, "North American grouping", "area and exchange");
        permille = if marked { 650 } else { 350 };
    }
    // A label cannot stand directly before the later digits of a number.
    if american.is_none() && spaced_before(hay, start) {
        return;
    }
    // `0044 20 ...` dials abroad.
    let abroad = groups.digits(groups.count()).strip_prefix(&[0, 0]).and_then(check::calling_code);
    if abroad.is_some()
        && groups.count() >= 3
        && !spaced_before(hay, start)
        && ends(hay, groups.end(groups.count()))
    {
        (count, shape, check, permille) =
            (groups.count(), "00 and digits", "calling code and its lengths", 600);
    }
    let mut announced = context.announced(start, Kind::PHONE_NUMBER);
    if announced == Announced::Other {
        permille = permille.min(450);
    }
    if announced == Announced::Nothing && labelled_behind(hay, groups.end(groups.count())) {
        announced = Announced::Own("phone");
    }
    let label = announced.own();
    if label.is_some() {
        // With a label the whole group counts, so that an extension of digits does not stay behind.
        let whole = (1..=groups.count()).rev().find(|&n| {
            (MIN_NATIONAL..=MAX_NATIONAL).contains(&groups.digits(n).len())
                && ends(hay, groups.end(n))
                && !date_like(groups, n)
                && !(groups.gaps(n) == [Gap::Dot])
        });
        if let Some(whole) = whole {
            count = whole.max(count);
            permille = 800;
        }
    }
    if count == 0 {
        return;
    }
    let end = extension(hay, groups.end(count));
    out.push(Proposal { start, end, kind: Kind::PHONE_NUMBER, permille, shape, check, label });
}

/// Like [`closes`], but an extension may follow, or a word that says what kind: `0170 1234567-Fax`.
fn ends(hay: Haystack<'_>, end: usize) -> bool {
    let word = hay.run(end + 1, 12, |b| b.is_ascii_alphabetic());
    let kind = hay.at(end) == b'-' && word >= end + 3 && !hay.at(word).is_ascii_alphanumeric();
    closes(hay, end) || kind || extension(hay, end) > end
}

/// The end of an extension behind `end`: `x123`, ` x 123`, ` ext. 123`. `end` itself when there is none.
fn extension(hay: Haystack<'_>, end: usize) -> usize {
    let at = hay.run(end, 2, |b| matches!(b, b' ' | b','));
    for word in [&b"ext. "[..], b"ext.", b"ext ", b"ext", b"x ", b"x"] {
        if hay.slice(at, at + word.len()).eq_ignore_ascii_case(word) {
            let from = at + word.len();
            let stop = hay.run(from, 7, |b| b.is_ascii_digit());
            return if (1..=6).contains(&(stop - from)) && closes(hay, stop) { stop } else { end };
        }
    }
    end
}

/// Whether the word behind a number says that it was a telephone: `555 0134 (mobile)`, `555 0134 office`.
fn labelled_behind(hay: Haystack<'_>, end: usize) -> bool {
    let from = hay.run(end, 2, |b| matches!(b, b' ' | b'-' | b'('));
    let word = hay.slice(from, hay.run(from, 9, |b| b.is_ascii_alphabetic()));
    from > end
        && [
            &b"office"[..],
            b"fax",
            b"mobile",
            b"cell",
            b"phone",
            b"home",
            b"tel",
            b"mobil",
            b"handy",
            b"privat",
        ]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Three groups of a date: `2024-01-15`, `15.01.2024`.
fn date_like(groups: &Groups, count: usize) -> bool {
    count == 3
        && (groups.shaped(&[4, 2, 2]) || groups.shaped(&[2, 2, 4]))
        && groups.uniform(3, &[Gap::Dash, Gap::Dot, Gap::Slash])
        && groups.gaps(3)[0] != Gap::Space
}

/// RFC 5321, 4.5.3.1.1 and 4.5.3.1.2.
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 255;

/// Shorter ones are extensions and codes; E.164 allows 15 digits with the calling code.
const MIN_NATIONAL: usize = 7;
const MAX_NATIONAL: usize = 13;
