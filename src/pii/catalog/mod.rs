//! The built-in recognizers and their words, a file per family.

mod contact;
mod finance;
mod labels;
pub(super) mod national;
mod network;
mod secrets;
mod time;
mod us;

use super::Entity;

pub(super) use contact::{email, phone, spelled_email};
pub(super) use finance::{card, iban};
pub(super) use network::{ipv4, ipv6, mac, url};
pub(super) use secrets::{private_key, secret};
pub(super) use time::birth_date;
pub(super) use us::ssn;

/// What the built-in recognizers find. Earlier ones win an overlap that confidence and length leave open.
pub(super) const BUILT_IN: &[Entity] = &[
    Entity::SECRET_PRIVATE_KEY,
    Entity::SECRET_JWT,
    Entity::SECRET_AWS_ACCESS_KEY,
    Entity::SECRET_STRIPE_KEY,
    Entity::SECRET_GITHUB_TOKEN,
    Entity::SECRET_GITLAB_TOKEN,
    Entity::SECRET_SENDGRID_KEY,
    Entity::SECRET_SLACK_TOKEN,
    Entity::SECRET_NPM_TOKEN,
    Entity::SECRET_GCP_API_KEY,
    Entity::IBAN,
    Entity::CREDIT_CARD,
    Entity::US_SSN,
    Entity::EMAIL_ADDRESS,
    Entity::URL,
    Entity::IP_ADDRESS,
    Entity::MAC_ADDRESS,
    Entity::DATE_OF_BIRTH,
    Entity::PHONE_NUMBER,
];

/// How many of them are keys and tokens.
pub(super) const SECRETS: usize = 10;

/// The place of an entity in the order of the catalog; entities outside of it come last.
pub(super) fn rank(entity: &Entity) -> usize {
    BUILT_IN.iter().position(|known| known == entity).unwrap_or(BUILT_IN.len())
}
