//! Identifiers of Mexico.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::MX_CURP,
    shapes: &[
        Shape::new("A{4}9{6}A{6}*9").alone(970),
        Shape::new("A{4} 9{6} A{6} *9").alone(850),
        Shape::new("A{4}-9{6}-A{6}-*9").alone(850),
        Shape::new("A{4} 9{6} A{6}*9").alone(850),
        Shape::new("A{4}-9{6}-A{6}*9").alone(850),
        Shape::new("A{4} 9{6} A A{2} A{3} *9"),
        Shape::new("A{4}~9{6}~A{6}~*~9"),
        Shape::new("A{4}9{6}-A{6}*9"),
        Shape::new("A{4}9{6} A{6}*9"),
    ],
    check: Some(Check { name: "mod 10, birth date, state", holds: check::national::mx::curp }),
    labels: CURP,
}];

#[rustfmt::skip]
const CURP: &[&str] = &[
    "curp", "c.u.r.p.", "curp no", "curp number", "clave única de registro poblacional", "clave única",
    "registro de población", "curp/rfc", "renapo", "clave de identificación", "identificación oficial",
    "clave de población", "documento de identidad", "número de identificación", "número de identidad",
    "population registry code", "population registry", "unique population registration code",
    "unique population code", "personal id code", "mexican id", "mexican id number", "mexican national id",
    "mexico id", "mexico national id", "mexican personal id", "mexican tax id", "墨西哥身份证",
    "墨西哥人口登记号", "national id", "national id number", "national id no", "national id card",
    "national id card number", "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "id num", "id nr",
    "id card", "id card number", "id card no", "identity number", "identity no", "identity card",
    "identity card number", "identity card no", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id", "tax id", "tin",
];
