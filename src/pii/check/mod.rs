//! Checks on values, one function per scheme, each with its source.
//!
//! They read the digits alone: shape, boundaries and labels are the catalog's business.

mod base58;
mod bech32;
mod bic;
mod card;
mod date;
mod digits;
mod eip55;
mod iban;
mod imei;
mod iso7064;
mod luhn;
pub(super) mod national;
mod phone;
#[cfg(test)]
mod single;
mod ssn;
mod token;
mod verhoeff;
mod vin;

pub(super) use base58::base58check;
pub(super) use bech32::segwit;
pub(super) use bic::bic;
pub(super) use card::card;
pub(super) use date::civil;
pub(super) use eip55::eip55;
pub(super) use iban::{iban, iban_length};
pub(super) use imei::imei;
pub(super) use luhn::luhn;
pub(super) use phone::{calling_code, nanp};
pub(super) use ssn::us_ssn;
pub(super) use token::github_checksum;
pub(super) use verhoeff::verhoeff;
pub(super) use vin::{vin, vin_elsewhere};
