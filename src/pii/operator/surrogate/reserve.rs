//! Which reserve a value gets its surrogate from.

use super::{contact, layout, name, network, number};
use crate::pii::Entity;

/// A numbered set of surrogates. Two reserves have no surrogate in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reserve {
    Phone,
    Email,
    Version4,
    Version6,
    Mac,
    Url,
    Card {
        /// The first digits.
        lead: &'static str,
        length: usize,
    },
    Ssn,
    Iban {
        /// `A` for each letter, `0` for each digit, behind country and check digits.
        pattern: String,
    },
    Person,
    Label {
        entity: String,
    },
}

impl Reserve {
    /// The reserve for a value without disguises, and the form in which equal values are equal.
    pub(super) fn of(entity: &Entity, text: &str) -> (Reserve, String) {
        let known = match entity.as_str() {
            "PHONE_NUMBER" => Some((Reserve::Phone, contact::phone(text))),
            "EMAIL_ADDRESS" => Some((Reserve::Email, text.to_lowercase())),
            "IP_ADDRESS" => Some(network::address(text)),
            "MAC_ADDRESS" => network::mac(text).map(|value| (Reserve::Mac, value)),
            "URL" => Some((Reserve::Url, text.to_owned())),
            "CREDIT_CARD" => number::card(text),
            "US_SSN" => number::ssn(text).map(|value| (Reserve::Ssn, value)),
            "IBAN" => number::iban(text),
            "PERSON" => Some((Reserve::Person, layout::words(text))),
            _ => None,
        };
        known.unwrap_or_else(|| (Reserve::Label { entity: entity.to_string() }, text.to_owned()))
    }

    /// How many surrogates there are; at least two, so that no value must become itself.
    pub(super) fn size(&self) -> u128 {
        match self {
            Reserve::Phone => contact::PHONES,
            Reserve::Email => contact::EMAILS,
            Reserve::Version4 => network::VERSION_4,
            Reserve::Version6 => network::VERSION_6,
            Reserve::Mac => network::MACS,
            Reserve::Url => network::URLS,
            Reserve::Card { lead, length } => number::cards(lead, *length),
            Reserve::Ssn => number::SSNS,
            Reserve::Iban { pattern } => number::ibans(pattern),
            Reserve::Person => name::PERSONS,
            Reserve::Label { .. } => layout::SUFFIXES,
        }
    }

    /// Appends the surrogate at `place`, in the layout of `text`.
    pub(super) fn write(&self, place: u128, text: &str, out: &mut String) {
        match self {
            Reserve::Phone => contact::write_phone(place, text, out),
            Reserve::Email => contact::write_email(place, out),
            Reserve::Version4 => network::write_version_4(place, out),
            Reserve::Version6 => network::write_version_6(place, out),
            Reserve::Mac => network::write_mac(place, text, out),
            Reserve::Url => network::write_url(place, text, out),
            Reserve::Card { lead, length } => number::write_card(lead, *length, place, text, out),
            Reserve::Ssn => number::write_ssn(place, text, out),
            Reserve::Iban { pattern } => number::write_iban(pattern, place, text, out),
            Reserve::Person => name::write(place, out),
            Reserve::Label { entity } => {
                out.push('[');
                out.push_str(entity);
                out.push('_');
                layout::suffix(place, out);
                out.push(']');
            }
        }
    }
}
