//! Identifiers of Estonia.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check::national::ee};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::EE_IK,
    shapes: &[
        Shape::new("9{11}"),
        Shape::new("9 9{6} 9{4}"),
        Shape::new("9-9{6}-9{4}"),
        Shape::new("9{7} 9{4}"),
        Shape::new("9{7}-9{4}"),
        Shape::new("9 9{2} 9{2} 9{2} 9{4}"),
        Shape::new("9 9{2} 9{2} 9{2} 9{3} 9"),
        Shape::new("9{3} 9{4} 9{4}"),
        Shape::new("9{7}.9{4}"),
        Shape::new("9 9{10}"),
        Shape::new("9{3} 9{2} 9{2} 9{4}"),
        Shape::new("9{5} 9{6}"),
    ],
    check: Some(Check { name: "mod 11, birth date", holds: ee::personal_code }),
    labels: CODE,
}];

#[rustfmt::skip]
const CODE: &[&str] = &[
    "isikukood", "isikukoodi", "isikukoodiga", "isikukoodid", "isikukoodis", "isikukoodist", "isikukoode",
    "isiku kood", "isikukood nr", "isikukoodi number", "isikukood on", "ik kood", "isikukood ee", "IK",
    "i.k.", "ik nr", "isiku id", "isikunumber", "isikutunnus", "isikutunnistuse number", "isikutunnistus",
    "ID-kaart", "ID-kaardi number", "ID kood", "id-kood", "idkood", "identifitseerimiskood",
    "maksukohustuslase number", "maksukohustuslase kood", "patsiendi isikukood", "kliendi isikukood",
    "lapse isikukood", "ee ik", "ik ee", "estonian isikukood", "estonian ik", "estonian personal code",
    "estonian personal identification code", "estonian identity code", "estonian id code", "estonian pin",
    "personal identification code estonia", "e-residency code", "digi-id", "e-resident id", "личный код",
    "личного кода", "isikukood личный код", "эстонский личный код", "персональный код",
    "идентификационный код", "henkilökoodi", "virolainen henkilötunnus", "estnische personennummer",
    "estnischer personencode", "personencode", "personenkennzahl", "asmens kodas", "personas kods",
    "personal code ee", "personal identification code ee", "estonian id", "estonian id number",
    "estonian id card", "estonian national id", "estonian national id number",
    "estonian national identity number", "estonian national identification number",
    "estonian identity number", "estonian identification number", "estonian personal id",
    "estonian personal id number", "estonian personal identification number", "estonian personal number",
    "estonian social security number", "estonian tax id", "estonian tin", "estonian tax number",
    "national id", "national id number", "national id no", "national id card", "national identity number",
    "national identity no", "national identity card", "national identification number",
    "national identification no", "national identification code", "national identifier", "national number",
    "nat id", "nid", "id number", "id no", "id num", "id code", "id card", "id card number",
    "identity number", "identity no", "identity code", "identity card", "identification number",
    "identification no", "identification code", "personal id", "personal id number", "personal id no",
    "personal id code", "personal identification number", "personal identification code",
    "personal identity number", "personal identity code", "personal code", "personal number", "personal no",
    "citizen id", "citizen number", "government id", "civil registration number",
    "population register number", "national register number", "social security number",
    "social security no", "social security", "social insurance number", "social insurance no", "tax id",
    "tax id number", "tax id no", "tax number", "tax no", "tax code", "tax identification number",
    "tax identification no", "tax identification code", "tax identification", "tax identifier", "tin",
    "tin number", "tin no", "taxpayer id", "taxpayer id number", "taxpayer identification number",
    "taxpayer identifier", "taxpayer number", "fiscal number", "fiscal code", "fiscal id",
];
