//! Addresses of wallets.

use super::Kind;
use crate::pii::{
    check,
    context::Context,
    recognizer::{Haystack, Proposal, closes},
};

/// A Bitcoin address that starts at `at` and ends at `end`: base58 with a checksum, or bech32.
///
/// Source: the Bitcoin wiki, "Base58Check encoding"; BIP-173 and BIP-350.
pub(in crate::pii) fn bitcoin(hay: Haystack<'_>, at: usize, end: usize, out: &mut Vec<Proposal>) {
    let text = hay.slice(at, end);
    let (shape, check) = match text {
        // Without a capital it is a hash: one address in fifty million has none.
        [b'1' | b'3', ..]
            if (26..=35).contains(&text.len())
                && text.iter().any(u8::is_ascii_uppercase)
                && check::base58check(text) =>
        {
            ("base58, starts with 1 or 3", "double SHA-256 checksum")
        }
        [b'b' | b'B', b'c' | b'C', b'1', ..] if (14..=74).contains(&text.len()) && check::segwit(text) => {
            ("bech32, starts with bc1", "BCH checksum")
        }
        _ => return,
    };
    if closes(hay, end) {
        out.push(Proposal {
            start: at,
            end,
            kind: Kind::CRYPTO_BTC,
            permille: 990,
            shape,
            check,
            label: None,
        });
    }
}

/// An Ethereum address that starts at `at` and ends at `end`: `0x` and forty hexadecimal digits.
///
/// Source: ERC-55. Addresses in one case carry no checksum, and hashes of other lengths are no addresses.
pub(in crate::pii) fn ethereum(context: &Context<'_>, at: usize, end: usize, out: &mut Vec<Proposal>) {
    let text = context.hay.slice(at, end);
    let [b'0', b'x' | b'X', digits @ ..] = text else { return };
    if digits.len() != 40 || !digits.iter().all(u8::is_ascii_hexdigit) || !check::eip55(text) {
        return;
    }
    let mixed = digits.iter().any(u8::is_ascii_lowercase) && digits.iter().any(u8::is_ascii_uppercase);
    let label = context.label(at, Kind::CRYPTO_ETH);
    let (permille, check) = match (label, mixed) {
        (_, true) => (990, "EIP-55 checksum"),
        (Some(_), false) => (980, ""),
        (None, false) => (900, ""),
    };
    let shape = "0x and 40 hexadecimal digits";
    out.push(Proposal { start: at, end, kind: Kind::CRYPTO_ETH, permille, shape, check, label });
}
