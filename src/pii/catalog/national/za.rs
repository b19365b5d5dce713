//! Identifiers of South Africa.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::ZA_ID,
    shapes: &[
        Shape::new("9{13}").alone(450),
        Shape::new("9{6} 9{4} 9{3}").alone(450),
        Shape::new("9{6}-9{4}-9{3}").alone(450),
        Shape::new("9{6} 9{4} 9{2} 9").alone(450),
        Shape::new("9{6}-9{4}-9{2}-9").alone(450),
        Shape::new("9{6}.9{4}.9{3}"),
        Shape::new("9{6} 9{4} 9 9 9"),
        Shape::new("9{6}-9{4}-9-9-9"),
        Shape::new("9{6} 9{7}"),
        Shape::new("9{6}-9{7}"),
        Shape::new("9{6} 9{4} 9 9{2}"),
        Shape::new("9{10} 9{2} 9"),
        Shape::new("9{10} 9{3}"),
    ],
    check: Some(Check { name: "Luhn, birth date", holds: check::national::za::id }),
    labels: ID,
}];

#[rustfmt::skip]
const ID: &[&str] = &[
    "south african id", "south african identity number", "south african identity document",
    "south african identification number", "south african national id", "south africa id", "sa id",
    "sa id number", "sa id no", "sa identity number", "sa identity document", "sa national id", "rsa id",
    "rsa id number", "rsa id no", "rsa identity number", "za id", "za id number", "id number sa", "id book",
    "id book number", "smart id", "smart id card", "smart id number", "identity book",
    "identity document number", "identity document no", "id document number", "id document", "id doc",
    "id doc number", "national id za", "dha id", "home affairs id", "population register number", "idno",
    "id nommer", "id nr", "identiteitsnommer", "identiteits nommer", "id boekie", "identiteitsdokument",
    "suid-afrikaanse id", "inombolo kamazisi", "umazisi", "inombolo ye-id", "inombolo yesazisi", "isazisi",
    "nomoro ya id", "boitsebiso", "boitshupo", "nomboro ya id", "nombolo ya id", "client id number",
    "employee id number", "holder id number", "patient id number", "applicant id number", "national id",
    "national id number", "national id no", "national id card", "national id card number",
    "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "id num", "id card",
    "id card number", "id card no", "identity number", "identity no", "identity card",
    "identity card number", "identity card no", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id",
];
