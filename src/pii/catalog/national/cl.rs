//! Identifiers of Chile.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::CL_RUT,
    shapes: &[
        Shape::new("9{1,2}.9{3}.9{3}-*").alone(850),
        Shape::new("9{7,8}-*").alone(600),
        Shape::new("9{3}.9{3}-*"),
        Shape::new("9{6}-*"),
        Shape::new("9{1,2},9{3},9{3}-*").alone(600),
        Shape::new("9{1,2} 9{3} 9{3}-*").alone(600),
        Shape::new("9{1,2} 9{3} 9{3} *"),
        Shape::new("9{1,2}.9{3}.9{3} *"),
        Shape::new("9{1,2}-9{3}-9{3}-*").alone(450),
        Shape::new("9{1,2}.9{3}.9{3}.*").alone(350),
        Shape::new("9{7,8} *"),
        Shape::new("9{7,8}.*"),
        Shape::new("9{1,2}.9{3}.9{3}*"),
        BARE,
    ],
    check: Some(Check { name: "mod 11", holds: check::national::cl::rut }),
    labels: RUT,
}];

/// Without separators. Numbers of other countries that look like it prove more, and win where a label fits both.
const BARE: Shape = Shape { labelled: 900, ..Shape::new("9{7,8}*") };

#[rustfmt::skip]
const RUT: &[&str] = &[
    "rut", "r.u.t.", "r.u.n.", "rut no", "rut number", "número de run", "rut de la empresa", "rol unico",
    "rol tributario", "cédula", "cédula nacional de identidad", "carnet", "c.i.", "documento de identidad",
    "número de documento", "documento", "identificación tributaria", "número de identificación tributaria",
    "identificación fiscal", "id fiscal", "chilean run", "chilean id", "chilean tax id",
    "chilean national id", "chile tax id", "chilean id number", "chilean id card", "identité chilienne",
    "identidade chilena", "tax id", "tax id number", "tax id no", "tax number", "tax no",
    "tax identification number", "tax identification no", "tax identifier", "tin", "tin number", "tin no",
    "taxpayer id", "taxpayer id number", "taxpayer identification number", "taxpayer identifier",
    "taxpayer number", "national id", "national id number", "national id no", "national id card",
    "national id card number", "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "id num", "id nr",
    "id card", "id card number", "id card no", "identity number", "identity no", "identity card",
    "identity card number", "identity card no", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id",
];
