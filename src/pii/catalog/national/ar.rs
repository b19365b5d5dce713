//! Identifiers of Argentina.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::AR_CUIT,
    shapes: &[
        Shape::new("9{2}-9{8}-9").alone(850),
        Shape::new("9{2} 9{8} 9").alone(400),
        Shape::new("9{2}.9{8}.9").alone(400),
        Shape::new("9{2}-9{2}.9{3}.9{3}-9").alone(850),
        Shape::new("9{2}/9{8}/9").alone(400),
        Shape::new("9{2} 9{2} 9{3} 9{3} 9"),
        Shape::new("9{2}-9{8}/9"),
        Shape::new("9{2}-9{9}"),
        Shape::new("9{11}"),
    ],
    check: Some(Check { name: "mod 11, type", holds: check::national::ar::cuit }),
    labels: CUIT,
}];

#[rustfmt::skip]
const CUIT: &[&str] = &[
    "cuit", "cuil", "cdi", "cuit no", "cuil no", "cuit number", "cuil number",
    "código único de identificación laboral", "clave única de identificación laboral",
    "clave de identificación", "clave fiscal", "identificación tributaria", "identificación fiscal",
    "número de identificación tributaria", "id fiscal", "id tributario", "argentine tax id",
    "argentinian tax id", "argentina tax id", "afip", "arca", "tax id", "tax id number", "tax id no",
    "tax number", "tax no", "tax identification number", "tax identification no", "tax identifier", "tin",
    "tin number", "tin no", "taxpayer id", "taxpayer id number", "taxpayer identification number",
    "taxpayer identifier", "taxpayer number", "número de identificação fiscal argentino",
    "codice fiscale argentino", "numéro fiscal argentin", "national id", "national id number",
    "national id no", "national id card", "national id card number", "national identity number",
    "national identity no", "national identity card", "national identity card number",
    "national identification number", "national identification no", "national identifier",
    "national number", "nat id", "nid", "id number", "id no", "id num", "id nr", "id card",
    "id card number", "id card no", "identity number", "identity no", "identity card",
    "identity card number", "identity card no", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id",
];
