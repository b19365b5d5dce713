//! Keys and tokens with a prefix of their issuer.

use super::Kind;
use crate::pii::{
    check,
    recognizer::{Haystack, Proposal},
};

/// A family of tokens: prefix, the characters behind it and how many.
///
/// Sources: the issuers' documentation of their formats, as of 2025.
struct Family {
    prefix: &'static str,
    class: fn(u8) -> bool,
    least: usize,
    most: usize,
    kind: Kind,
    shape: &'static str,
}

/// Tokens that one run of characters follows. Returns where to go on.
pub(in crate::pii) fn secret(hay: Haystack<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    if matches!(hay.before(at), b'-' | b'_') {
        return None;
    }
    match hay.at(at) {
        b'e' => return json_web_token(hay, at, out),
        b'S' => return sendgrid(hay, at, out),
        b'A' | b's' | b'r' | b'g' | b'x' | b'n' => {}
        _ => return None,
    }
    let family = FAMILIES.iter().find(|f| hay.starts(at, f.prefix.as_bytes()))?;
    let body = at + family.prefix.len();
    let end = hay.run(body, family.most + 1, family.class);
    if !(family.least..=family.most).contains(&(end - body)) || word(hay.at(end)) {
        return None;
    }
    let (mut permille, mut check) = (990, "");
    if family.kind == Kind::SECRET_GITHUB_TOKEN && family.most == GITHUB_BODY {
        if check::github_checksum(hay.slice(body, end)) {
            check = "CRC-32 of the token";
        } else {
            permille = 400;
        }
    }
    out.push(Proposal {
        start: at,
        end,
        kind: family.kind,
        permille,
        shape: family.shape,
        check,
        label: None,
    });
    Some(end)
}

/// Source: RFC 7515, section 3.1: three base64url parts; `eyJ` is the base64 of `{"`.
fn json_web_token(hay: Haystack<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    if !hay.starts(at, b"eyJ") {
        return None;
    }
    let mut end = at;
    for (part, least) in [8, 2, 8].into_iter().enumerate() {
        if part > 0 {
            if hay.at(end) != b'.' {
                return None;
            }
            end += 1;
        }
        let from = end;
        end = hay.run(from, LONGEST_PART, url_safe);
        if end - from < least {
            return None;
        }
    }
    let (shape, check) = ("three base64url parts", "header is a JSON object");
    let kind = Kind::SECRET_JWT;
    out.push(Proposal { start: at, end, kind, permille: 990, shape, check, label: None });
    Some(end)
}

/// Source: SendGrid documentation, "API keys": `SG.`, 22 characters, a dot, 43 characters.
fn sendgrid(hay: Haystack<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    if !hay.starts(at, b"SG.") {
        return None;
    }
    let dot = hay.run(at + 3, 32, url_safe);
    let end = hay.run(dot + 1, 64, url_safe);
    if !(16..=32).contains(&(dot - at - 3)) || hay.at(dot) != b'.' || !(32..=64).contains(&(end - dot - 1)) {
        return None;
    }
    let shape = "prefix SG. and two parts";
    let kind = Kind::SECRET_SENDGRID_KEY;
    out.push(Proposal { start: at, end, kind, permille: 990, shape, check: "", label: None });
    Some(end)
}

/// A private key in PEM armor, from its header to its footer. Without a footer: to the next header, the end, or
/// the limit, since a key that was cut off is still a secret. Returns where to go on, so no byte is read twice.
///
/// Source: RFC 7468, section 2; PKCS #1, PKCS #8, OpenSSH and PGP labels.
pub(in crate::pii) fn private_key(hay: Haystack<'_>, at: usize, out: &mut Vec<Proposal>) -> Option<usize> {
    let kind = at + BEGIN.len();
    if !hay.starts(at, BEGIN) {
        return None;
    }
    let label_end = hay.run(kind, 48, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
    let label = hay.slice(kind, label_end);
    let private = label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK";
    if !private || !hay.starts(label_end, b"-----") {
        return Some(kind);
    }
    let body = label_end + 5;
    let stop = hay.bytes.len().min(body + LONGEST_KEY);
    let mut end = body;
    let mut dash = body;
    while let Some(found) = (dash..stop).find(|&i| hay.bytes[i] == b'-') {
        if hay.starts(found, END) {
            let footer =
                hay.run(found + END.len(), 48, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
            end = hay.run(footer, 5, |b| b == b'-');
            break;
        }
        if hay.starts(found, BEGIN) {
            break;
        }
        dash = found + 1;
    }
    if end == body {
        end = armor_end(hay, body, stop);
    }
    let shape = "PEM armor";
    let kind = Kind::SECRET_PRIVATE_KEY;
    out.push(Proposal { start: at, end, kind, permille: 990, shape, check: "", label: None });
    // Up to the limit was read: going on before it would read those bytes again for each nested header.
    Some(end)
}

/// The end of what can be base64 in lines, also with `\n` written as two characters.
fn armor_end(hay: Haystack<'_>, body: usize, stop: usize) -> usize {
    let limit = stop - body;
    let mut end = hay.run(body, limit, |b| base64(b) || matches!(b, b'\n' | b'\r' | b' ' | b'\\'));
    while end > body && matches!(hay.before(end), b'\n' | b'\r' | b' ' | b'\\') {
        end -= 1;
    }
    end
}

fn word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn alphanumeric(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

fn dashed(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-'
}

fn url_safe(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

fn base64(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')
}

/// The start of a header; a space is part of it.
pub(in crate::pii) const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// A 16,384-bit RSA key in PEM has about 12,800 bytes.
pub(in crate::pii) const LONGEST_KEY: usize = 16 << 10;

/// RFC 7519 sets no limit; servers refuse headers above 8 KiB.
const LONGEST_PART: usize = 16 << 10;

/// Thirty random characters and six of checksum.
const GITHUB_BODY: usize = 36;

#[rustfmt::skip]
const FAMILIES: &[Family] = &[
    Family { prefix: "AKIA", class: upper, least: 16, most: 16, kind: Kind::SECRET_AWS_ACCESS_KEY, shape: "prefix AKIA and 16 characters" },
    Family { prefix: "ASIA", class: upper, least: 16, most: 16, kind: Kind::SECRET_AWS_ACCESS_KEY, shape: "prefix ASIA and 16 characters" },
    Family { prefix: "AIza", class: url_safe, least: 35, most: 35, kind: Kind::SECRET_GCP_API_KEY, shape: "prefix AIza and 35 characters" },
    Family { prefix: "sk_live_", class: alphanumeric, least: 16, most: 247, kind: Kind::SECRET_STRIPE_KEY, shape: "prefix sk_live_ and a run" },
    Family { prefix: "sk_test_", class: alphanumeric, least: 16, most: 247, kind: Kind::SECRET_STRIPE_KEY, shape: "prefix sk_test_ and a run" },
    Family { prefix: "rk_live_", class: alphanumeric, least: 16, most: 247, kind: Kind::SECRET_STRIPE_KEY, shape: "prefix rk_live_ and a run" },
    Family { prefix: "rk_test_", class: alphanumeric, least: 16, most: 247, kind: Kind::SECRET_STRIPE_KEY, shape: "prefix rk_test_ and a run" },
    Family { prefix: "ghp_", class: alphanumeric, least: GITHUB_BODY, most: GITHUB_BODY, kind: Kind::SECRET_GITHUB_TOKEN, shape: "prefix ghp_ and 36 characters" },
    Family { prefix: "gho_", class: alphanumeric, least: GITHUB_BODY, most: GITHUB_BODY, kind: Kind::SECRET_GITHUB_TOKEN, shape: "prefix gho_ and 36 characters" },
    Family { prefix: "ghu_", class: alphanumeric, least: GITHUB_BODY, most: GITHUB_BODY, kind: Kind::SECRET_GITHUB_TOKEN, shape: "prefix ghu_ and 36 characters" },
    Family { prefix: "ghs_", class: alphanumeric, least: GITHUB_BODY, most: GITHUB_BODY, kind: Kind::SECRET_GITHUB_TOKEN, shape: "prefix ghs_ and 36 characters" },
    Family { prefix: "ghr_", class: alphanumeric, least: GITHUB_BODY, most: GITHUB_BODY, kind: Kind::SECRET_GITHUB_TOKEN, shape: "prefix ghr_ and 36 characters" },
    Family { prefix: "github_pat_", class: word, least: 40, most: 244, kind: Kind::SECRET_GITHUB_TOKEN, shape: "prefix github_pat_ and a run" },
    Family { prefix: "glpat-", class: url_safe, least: 20, most: 64, kind: Kind::SECRET_GITLAB_TOKEN, shape: "prefix glpat- and a run" },
    Family { prefix: "npm_", class: alphanumeric, least: 36, most: 36, kind: Kind::SECRET_NPM_TOKEN, shape: "prefix npm_ and 36 characters" },
    Family { prefix: "xoxb-", class: dashed, least: 16, most: 250, kind: Kind::SECRET_SLACK_TOKEN, shape: "prefix xoxb- and parts" },
    Family { prefix: "xoxp-", class: dashed, least: 16, most: 250, kind: Kind::SECRET_SLACK_TOKEN, shape: "prefix xoxp- and parts" },
    Family { prefix: "xoxa-", class: dashed, least: 16, most: 250, kind: Kind::SECRET_SLACK_TOKEN, shape: "prefix xoxa- and parts" },
    Family { prefix: "xoxr-", class: dashed, least: 16, most: 250, kind: Kind::SECRET_SLACK_TOKEN, shape: "prefix xoxr- and parts" },
    Family { prefix: "xoxe-", class: dashed, least: 16, most: 500, kind: Kind::SECRET_SLACK_TOKEN, shape: "prefix xoxe- and parts" },
    Family { prefix: "xapp-", class: dashed, least: 16, most: 250, kind: Kind::SECRET_SLACK_TOKEN, shape: "prefix xapp- and parts" },
    Family { prefix: "xoxs-", class: dashed, least: 16, most: 250, kind: Kind::SECRET_SLACK_TOKEN, shape: "prefix xoxs- and parts" },
];
