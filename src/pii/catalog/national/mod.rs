//! Identifiers that states and their agencies issue, a file per country.
//!
//! To add one: its rule in the country's file, its check in `check/national`, a constant in `entity.rs`. Everything else follows.

mod ar;
mod au;
mod be;
mod bg;
mod br;
mod ca;
mod ch;
mod cl;
mod cn;
mod cz;
mod de;
mod dk;
mod ee;
mod es;
mod fi;
mod fr;
mod hr;
mod ie;
mod il;
mod ind;
mod it;
mod jp;
mod kr;
mod mx;
mod my;
mod nl;
mod no;
mod nz;
mod pl;
mod pt;
mod ro;
mod se;
mod sg;
mod th;
mod tr;
mod uk;
mod us;
mod za;

pub(super) use crate::pii::rule::{Check, Rule, Shape};

/// The rules of all countries.
pub(in crate::pii) const RULES: &[&[Rule]] = &[
    ar::RULES,
    au::RULES,
    be::RULES,
    bg::RULES,
    br::RULES,
    ca::RULES,
    ch::RULES,
    cl::RULES,
    cn::RULES,
    cz::RULES,
    de::RULES,
    dk::RULES,
    ee::RULES,
    es::RULES,
    fi::RULES,
    fr::RULES,
    hr::RULES,
    ie::RULES,
    il::RULES,
    ind::RULES,
    it::RULES,
    jp::RULES,
    kr::RULES,
    mx::RULES,
    my::RULES,
    nl::RULES,
    no::RULES,
    nz::RULES,
    pl::RULES,
    pt::RULES,
    ro::RULES,
    se::RULES,
    sg::RULES,
    th::RULES,
    tr::RULES,
    uk::RULES,
    us::RULES,
    za::RULES,
];
