//! Identifiers of Israel.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::IL_ID,
    shapes: &[
        Shape::new("9{9}"),
        Shape::new("9{8}"),
        Shape::new("9{8}-9").alone(350),
        Shape::new("9{7}-9"),
        Shape::new("9-9{7}-9").alone(400),
        Shape::new("9-9{8}"),
        Shape::new("9{3} 9{3} 9{3}"),
        Shape::new("9{3}-9{3}-9{3}"),
        Shape::new("9 9{7} 9"),
        Shape::new("9 9{4} 9{4}"),
        Shape::new("9{8} 9"),
        Shape::new("9{2} 9{3} 9{3} 9"),
    ],
    check: Some(Check { name: "Luhn", holds: check::national::il::id }),
    labels: ID,
}];

#[rustfmt::skip]
const ID: &[&str] = &[
    "ת.ז.", "תז", "מספר הזהות", "תעודת הזהות", "זהות", "מספר מזהה", "מזהה אישי", "מספר אישי", "מספר זיהוי",
    "رقم الهوية", "هوية", "بطاقة الهوية", "теудат зеут", "удостоверение личности",
    "номер удостоверения личности", "израильское удостоверение", "teudat zeut", "teudatzehut",
    "mispar zeut", "tz number", "tz no", "tz", "t.z.", "t.z. number", "zehut", "israeli id",
    "israeli id number", "israeli id no", "israeli id card", "israeli identity number",
    "israeli identity card", "israeli identity no", "israel id", "israel id number", "israel id card",
    "il id", "israeli national id", "israel national id", "israel identity number",
    "israelische ausweisnummer", "israelischer ausweis", "identité israélienne", "identidad israelí",
    "national id", "national id number", "national id no", "national id card", "national id card number",
    "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "identity number",
    "identity no", "identity card", "identity card number", "identity card no", "id card", "id card number",
    "id card no", "citizen id", "personal id",
];
