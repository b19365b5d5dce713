//! Checks on identifiers that states and their agencies issue, a file per country.
//!
//! Each takes the identifier without separators, letters in upper case, and is false for any other length or character.

pub(in crate::pii) mod ar;
pub(in crate::pii) mod au;
pub(in crate::pii) mod be;
pub(in crate::pii) mod bg;
pub(in crate::pii) mod br;
pub(in crate::pii) mod ca;
pub(in crate::pii) mod ch;
pub(in crate::pii) mod cl;
pub(in crate::pii) mod cn;
pub(in crate::pii) mod cz;
pub(in crate::pii) mod de;
pub(in crate::pii) mod dk;
pub(in crate::pii) mod ee;
pub(in crate::pii) mod es;
pub(in crate::pii) mod fi;
pub(in crate::pii) mod fr;
pub(in crate::pii) mod hr;
pub(in crate::pii) mod ie;
pub(in crate::pii) mod il;
pub(in crate::pii) mod ind;
pub(in crate::pii) mod it;
pub(in crate::pii) mod jp;
pub(in crate::pii) mod kr;
pub(in crate::pii) mod mx;
pub(in crate::pii) mod my;
pub(in crate::pii) mod nl;
pub(in crate::pii) mod no;
pub(in crate::pii) mod nz;
pub(in crate::pii) mod pl;
pub(in crate::pii) mod pt;
pub(in crate::pii) mod ro;
pub(in crate::pii) mod se;
pub(in crate::pii) mod sg;
pub(in crate::pii) mod th;
pub(in crate::pii) mod tr;
pub(in crate::pii) mod uk;
pub(in crate::pii) mod us;
pub(in crate::pii) mod za;
