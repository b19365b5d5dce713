//! Addresses of networks and of the web.

use std::net::Ipv6Addr;

use super::Kind;
use crate::pii::{
    context::Context,
    recognizer::{Haystack, Proposal},
};

/// An IPv4 address in four decimal parts, not inside a longer dotted number and not a version.
///
/// Source: RFC 6943, 3.1.1, the strict form: no leading zeros.
pub(in crate::pii) fn ipv4(context: &Context<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let hay = context.hay;
    let (mut end, mut single) = (at, true);
    for part in 0..4 {
        if part > 0 {
            if hay.at(end) != b'.' {
                return None;
            }
            end += 1;
        }
        let from = end;
        end = hay.run(from, 4, |b| b.is_ascii_digit());
        let digits = hay.slice(from, end);
        let value = digits.iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
        if !(1..=3).contains(&digits.len()) || value > 255 || (digits.len() > 1 && digits[0] == b'0') {
            return None;
        }
        single &= digits.len() == 1;
    }
    let (next, further) = (hay.at(end), hay.at(end + 1));
    // `4.111.111.111 EUR` and `4.111.111.111,50` are amounts.
    let currency =
        |at| [&b"EUR"[..], b"USD", b"CHF", b"BRL", b"IDR", "€".as_bytes()].iter().any(|m| hay.starts(at, m));
    let grouped = end - at >= 13 && hay.slice(end - 12, end).iter().step_by(4).all(|&b| b == b'.');
    let cents = next == b',' && hay.run(end + 1, 3, |b| b.is_ascii_digit()) == end + 3;
    let money = (next == b' ' && currency(end + 1)) || (grouped && cents);
    let touched = money
        || next.is_ascii_alphanumeric()
        || next == b'_'
        || (matches!(next, b'.' | b'-' | b'+')
            && further.is_ascii_alphanumeric()
            && !(next == b'-' && further.is_ascii_digit()));
    let before = hay.before(at);
    let further = if at < 2 { 0 } else { hay.at(at - 2) };
    // `Chrome/118.0.5993.88`, `tool-1.2.3.4`, `lib_1.2.3.4`, `1.1.2.3.4`.
    let named = matches!(before, b'/' | b'-' | b'_' | b'.' | b'+') && further.is_ascii_alphanumeric();
    if touched || named || matches!(before, b'^' | b'~') || context.versioned(at) {
        return None;
    }
    let label = context.label(at, Kind::IP_ADDRESS);
    let permille = match (label, single) {
        (Some(_), _) => 970,
        (None, false) => 850,
        // 8.8.8.8 and 1.2.3.4 are as often a section of a document.
        (None, true) => 550,
    };
    let (shape, check) = ("four decimal parts", "parts up to 255");
    out.push(Proposal { start: at, end, kind: Kind::IP_ADDRESS, permille, shape, check, label });
    Some(end)
}

/// An IPv6 address, full or compressed, with or without an embedded IPv4 one.
///
/// Source: RFC 4291, 2.2, by the standard library's parser.
pub(in crate::pii) fn ipv6(context: &Context<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let hay = context.hay;
    let before = hay.before(at);
    if before.is_ascii_alphanumeric() || matches!(before, b':' | b'.' | b'_') {
        return None;
    }
    let mut end = hay.run(at, LONGEST_IPV6 + 1, |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    while end > at
        && (hay.before(end) == b'.' || (hay.before(end) == b':' && hay.at(end.saturating_sub(2)) != b':'))
    {
        end -= 1;
    }
    let text = hay.slice(at, end);
    let colons = text.iter().filter(|&&b| b == b':').count();
    if text.len() > LONGEST_IPV6 || colons < 2 || hay.at(end).is_ascii_alphanumeric() || hay.at(end) == b'_' {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse::<Ipv6Addr>().ok()?;
    let groups = text.split(|&b| b == b':').filter(|group| !group.is_empty()).count();
    // Eight pairs are an EUI-64 or the start of a fingerprint.
    if groups == 8 && text.len() == 23 {
        return None;
    }
    let digits = text.iter().any(u8::is_ascii_digit);
    let label = context.label(at, Kind::IP_ADDRESS);
    // `::`, `::1` and `dead::beef` are also written in programs.
    let permille = match (label, groups >= 3 || (groups == 2 && digits && text.len() >= 6)) {
        (_, true) => 950,
        (Some(_), false) if digits => 800,
        _ => 300,
    };
    let (shape, check) = ("hexadecimal groups with colons", "RFC 4291");
    out.push(Proposal { start: at, end, kind: Kind::IP_ADDRESS, permille, shape, check, label });
    Some(end)
}

/// A hardware address: six pairs with `:` or `-`, or three groups of four with `.`.
///
/// Source: IEEE 802, EUI-48; the dotted form is Cisco's.
pub(in crate::pii) fn mac(context: &Context<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let hay = context.hay;
    let run = hay.run(at, 5, |b| b.is_ascii_hexdigit()) - at;
    let (width, parts, separator) = match (run, hay.at(at + run)) {
        (2, b':') => (2, 6, b':'),
        (2, b'-') => (2, 6, b'-'),
        (4, b'.') => (4, 3, b'.'),
        _ => return None,
    };
    let end = at + parts * (width + 1) - 1;
    let text = hay.slice(at, end);
    let shaped = text.len() == end - at
        && text
            .iter()
            .enumerate()
            .all(|(i, b)| if i % (width + 1) == width { *b == separator } else { b.is_ascii_hexdigit() });
    let goes_on = |b: u8, further: u8| {
        b.is_ascii_alphanumeric()
            || b == b'_'
            || (matches!(b, b':' | b'-' | b'.') && further.is_ascii_hexdigit())
    };
    let further = if at < 2 { 0 } else { hay.at(at - 2) };
    if !shaped || goes_on(hay.at(end), hay.at(end + 1)) || goes_on(hay.before(at), further) {
        return None;
    }
    let label = context.label(at, Kind::MAC_ADDRESS);
    let letters = text.iter().any(u8::is_ascii_alphabetic);
    let cases = text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    let permille = match (label, letters, separator) {
        (Some(_), ..) => 980,
        _ if cases => 450,
        (None, true, _) | (None, false, b':') => 900,
        (None, false, _) => 300,
    };
    let shape = match separator {
        b':' => "six hexadecimal pairs with :",
        b'-' => "six hexadecimal pairs with -",
        _ => "three groups of four hexadecimal digits",
    };
    out.push(Proposal { start: at, end, kind: Kind::MAC_ADDRESS, permille, shape, check: "", label });
    Some(end)
}

/// A URL whose `://` or `www.` is at `at`. Returns where to go on.
///
/// Source: RFC 3986 for the characters; punctuation at the end belongs to the sentence.
pub(in crate::pii) fn url(hay: Haystack<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let (start, host, shape) = if hay.starts(at, b"://") {
        let mut start = at;
        while start > at.saturating_sub(LONGEST_SCHEME) && scheme(hay.before(start)) {
            start -= 1;
        }
        start = (start..at).find(|&i| hay.bytes[i].is_ascii_alphabetic())?;
        if at - start < 2 || scheme(hay.before(start)) {
            return None;
        }
        (start, at + 3, "scheme and host")
    } else {
        if scheme(hay.before(at)) || matches!(hay.before(at), b'@' | b'/') {
            return None;
        }
        (at, at, "www. and host")
    };
    // The first character of a host, or of user information before it.
    if !(hay.at(host).is_ascii_alphanumeric() || matches!(hay.at(host), b'[' | b'_' | b'%' | 0x80..)) {
        return None;
    }
    // Before the whole is read: a refusal must have read little.
    let name_end = hay
        .run(host, 255, |b| !matches!(b, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b',') && b > b' ');
    if start == host && hay.slice(host, name_end).iter().filter(|&&b| b == b'.').count() < 2 {
        return None;
    }
    let quoted = matches!(hay.before(start), b'"' | b'\'');
    let mut end = hay.run(host, usize::MAX, |b| {
        !(b <= b' '
            || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'`' | b'|' | b'\\' | b'^' | b'{' | b'}' | 0x7F))
            && (quoted || b != b',')
    });
    // Bytes that are no character are not part of it.
    if let Some(broken) = hay.slice(host, end).utf8_chunks().find(|chunk| !chunk.invalid().is_empty()) {
        end = host
            + (broken.valid().as_ptr().addr() - hay.slice(host, end).as_ptr().addr())
            + broken.valid().len();
    }
    let end = trimmed(hay, host, end);
    if end < host + 2 {
        return None;
    }
    let kind = Kind::URL;
    out.push(Proposal { start, end, kind, permille: 900, shape, check: "", label: None });
    Some(end)
}

/// Without the punctuation of the sentence, and without a parenthesis that opened before.
fn trimmed(hay: Haystack<'_>, host: usize, mut end: usize) -> usize {
    let count = |sign: u8| hay.slice(host, end).iter().filter(|&&b| b == sign).count();
    let mut surplus = count(b')').saturating_sub(count(b'('));
    while end > host {
        match hay.before(end) {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'*' => end -= 1,
            b')' if surplus > 0 => {
                surplus -= 1;
                end -= 1;
            }
            b']' if hay.at(host) != b'[' => end -= 1,
            _ => break,
        }
    }
    end
}

fn scheme(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-')
}

/// Eight groups of four and seven colons; 45 with an embedded IPv4 address.
const LONGEST_IPV6: usize = 45;

/// The longest registered schemes in use are shorter.
const LONGEST_SCHEME: usize = 24;
