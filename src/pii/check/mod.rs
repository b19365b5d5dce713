//! Checks on values, one function per scheme, each with its source.
//!
//! They read the digits alone: shape, boundaries and labels are the catalog's business.

mod card;
mod date;
mod iban;
mod luhn;
pub(super) mod national;
mod phone;
mod ssn;
mod token;

pub(super) use card::card;
pub(super) use date::civil;
pub(super) use iban::{iban, iban_length};
pub(super) use luhn::luhn;
pub(super) use phone::{calling_code, nanp};
pub(super) use ssn::us_ssn;
pub(super) use token::github_checksum;
