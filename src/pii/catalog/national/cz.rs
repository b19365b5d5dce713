//! Identifiers of Czechia.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check::national::cz};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::CZ_RC,
    shapes: &[
        Shape::new("9{6}/9{4}").alone(450),
        labelled("9{6}/9{3}", 850),
        Shape::new("9{10}"),
        labelled("9{9}", 850),
        Shape::new("9{6} 9{4}"),
        Shape::new("9{6}-9{4}"),
        Shape::new("9{6}.9{4}"),
        Shape::new("9{6} / 9{4}"),
        Shape::new("9{6}/ 9{4}"),
        Shape::new("9{6} /9{4}"),
        labelled("9{6} / 9{3}", 850),
        labelled("9{6} 9{3}", 850),
        labelled("9{6}-9{3}", 850),
        Shape::new("9{2} 9{2} 9{2} / 9{4}"),
        Shape::new("9{2} 9{2} 9{2}/9{4}"),
        Shape::new("9{2}.9{2}.9{2}/9{4}"),
        Shape::new("9{2}-9{2}-9{2}/9{4}"),
        Shape::new("9{2} 9{2} 9{2} 9{4}"),
        Shape::new("A{2}9{10}"),
        Shape::new("A{2} 9{10}"),
        labelled("A{2}9{9}", 850),
    ],
    check: Some(Check { name: "mod 11, birth date", holds: cz::birth_number }),
    labels: NUMBER,
}];

/// A shape that less than the usual check supports, at this confidence in thousandths with a label.
const fn labelled(pattern: &'static str, permille: u16) -> Shape {
    Shape { labelled: permille, ..Shape::new(pattern) }
}

#[rustfmt::skip]
const NUMBER: &[&str] = &[
    "rodné číslo", "rodné č", "rodne cislo", "rodného čísla", "rodným číslem", "rodnému číslu",
    "rodném čísle", "rodná čísla", "rod. číslo", "rod. č", "rodné čís", "rodné číslo pojištěnce",
    "rodnecislo", "rodné číslo klienta", "R.Č.", "RČ", "rc", "r/č", "rč pacienta", "č. pojištěnce",
    "číslo pojištěnce", "číslo pojistence", "čísla pojištěnce", "identifikátor pacienta", "RČ/IČ", "RČ/IČO",
    "IČ/RČ", "rodné číslo / IČ", "nar./rč", "osobní číslo", "DIČ", "daňové identifikační číslo",
    "daňové číslo", "rodné čislo", "rodného čisla", "rodné číslo SK", "rodným čislom", "rodné číslo/IČ",
    "rc cz", "cz rc", "birth number", "birth no", "czech birth number", "czech birth no",
    "czech rodné číslo", "czech rc", "birth certificate number cz", "číslo občana", "rodné číslo občana",
    "RČ č", "rodc", "rodne c", "rodcislo", "rodčíslo", "rodné_číslo", "Geburtsnummer",
    "tschechische Geburtsnummer", "numer urodzenia", "номер рождения", "personal number (rodné číslo)",
    "rodné číslo (rč)", "insured person number", "insurance number", "czech id", "czech id number",
    "czech id card", "czech national id", "czech national id number", "czech national identity number",
    "czech national identification number", "czech identity number", "czech identification number",
    "czech personal id", "czech personal id number", "czech personal identification number",
    "czech personal number", "czech social security number", "czech tax id", "czech tax number",
    "czech tin", "czech vat", "czech vat number", "national id", "national id number", "national id no",
    "national id card", "national identity number", "national identity no", "national identity card",
    "national identification number", "national identification no", "national identification code",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "id num", "id code",
    "id card", "id card number", "identity number", "identity no", "identity code", "identity card",
    "identification number", "identification no", "identification code", "personal id",
    "personal id number", "personal id no", "personal id code", "personal identification number",
    "personal identification code", "personal identity number", "personal identity code", "personal code",
    "personal number", "personal no", "citizen id", "citizen number", "government id",
    "civil registration number", "population register number", "national register number", "tax id",
    "tax id number", "tax id no", "tax number", "tax no", "tax code", "tax identification number",
    "tax identification no", "tax identification code", "tax identification", "tax identifier", "tin",
    "tin number", "tin no", "taxpayer id", "taxpayer id number", "taxpayer identification number",
    "taxpayer identifier", "taxpayer number", "fiscal number", "fiscal code", "fiscal id", "vat",
    "vat number", "vat id", "vat no",
];
