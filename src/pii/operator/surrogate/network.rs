//! Addresses of hosts, interfaces and pages.

use std::net::{IpAddr, Ipv6Addr};

use super::{layout, reserve::Reserve};

/// The reserve of the version, and the address in its usual form.
pub(super) fn address(text: &str) -> (Reserve, String) {
    let reserve = if text.contains(':') { Reserve::Version6 } else { Reserve::Version4 };
    let canonical =
        text.parse::<IpAddr>().map_or_else(|_| text.to_lowercase(), |address| address.to_string());
    (reserve, canonical)
}

/// The twelve hexadecimal digits of an address.
pub(super) fn mac(text: &str) -> Option<String> {
    let signs = layout::signs_of(text)?;
    (signs.len() == 12 && signs.bytes().all(|b| b.is_ascii_hexdigit())).then_some(signs)
}

/// Appends a host of one of the three networks; the first and last address of a network are no hosts.
pub(super) fn write_version_4(place: u128, out: &mut String) {
    let network = ["192.0.2", "198.51.100", "203.0.113"][usize::try_from(place / 254 % 3).unwrap_or(0)];
    out.push_str(&format!("{network}.{}", place % 254 + 1));
}

/// Appends an address of 2001:db8::/32.
pub(super) fn write_version_6(place: u128, out: &mut String) {
    out.push_str(&Ipv6Addr::from((0x2001_0db8 << 96) | (place % VERSION_6)).to_string());
}

/// Appends a unicast address for documentation, in the layout of `text`.
pub(super) fn write_mac(place: u128, text: &str, out: &mut String) {
    layout::fill(text, &format!("00005E0053{place:02X}"), out);
}

/// Appends a page of example.com, with the scheme of `text`.
pub(super) fn write_url(place: u128, text: &str, out: &mut String) {
    let starts =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    out.push_str(match () {
        () if starts("http://") => "http://example.com/",
        () if starts("www.") => "www.example.com/",
        () => "https://example.com/",
    });
    layout::suffix(place, out);
}

/// RFC 5737: TEST-NET-1, TEST-NET-2, TEST-NET-3.
pub(super) const VERSION_4: u128 = 3 * 254;

/// RFC 3849.
pub(super) const VERSION_6: u128 = 1 << 96;

/// RFC 7042, documentation values: 00-00-5E-00-53-00 to 00-00-5E-00-53-FF.
pub(super) const MACS: u128 = 256;

/// RFC 2606, section 3, for the domain.
pub(super) const URLS: u128 = layout::SUFFIXES;
