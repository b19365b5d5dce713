//! Identifiers of Bulgaria.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check::national::bg};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::BG_EGN,
    shapes: &[
        Shape::new("9{10}"),
        Shape::new("9{6} 9{4}"),
        Shape::new("9{6}-9{4}"),
        Shape::new("9{6}.9{4}"),
        Shape::new("9{6}/9{4}"),
        Shape::new("9{2}~9{2}~9{2}~9{4}"),
        Shape::new("9{2} 9{2} 9{2} 9{3} 9"),
        Shape::new("9{5} 9{5}"),
        Shape::new("9{3} 9{3} 9{4}"),
        Shape::new("9{4} 9{2} 9{4}"),
    ],
    check: Some(Check { name: "mod 11, birth date", holds: bg::egn }),
    labels: NUMBER,
}];

#[rustfmt::skip]
const NUMBER: &[&str] = &[
    "ЕГН", "Е.Г.Н.", "ЕГН-то", "егнто", "ЕГН номер", "единен граждански номер", "единния граждански номер",
    "единният граждански номер", "единен гражд номер", "гражданския номер", "граждански номер",
    "граждански №", "личен номер", "личният номер", "личния номер", "идентификационен номер",
    "идентификатор", "персонален номер", "данъчен номер", "данъчен идентификационен номер",
    "осигурителен номер", "номер на лична карта", "лична карта", "ЕГН/ЛНЧ", "ЛНЧ", "егн на лицето",
    "егн на клиента", "егн на пациента", "егн на титуляра", "с ЕГН", "egn", "e.g.n.", "egn number",
    "egn no", "egn nr", "egn code", "egn bg", "bg egn", "edinen grazhdanski nomer",
    "edinen grajdanski nomer", "edinen grazdanski nomer", "grazhdanski nomer", "grajdanski nomer",
    "lichen nomer", "lichna karta", "bulgarian egn", "bulgarian civil number",
    "bulgarian uniform civil number", "bulgarian unified civil number", "uniform civil number",
    "unified civil number", "unique civil number", "unified citizen number", "uniform citizen number",
    "unique citizenship number", "universal civil number", "ucn", "civil number", "civil id",
    "civil id number", "personal number egn", "UCN number", "ucn bg", "bg ucn", "единый гражданский номер",
    "bulgarische personenkennzahl", "bulgarische personennummer", "bulgarian id", "bulgarian id number",
    "bulgarian id card", "bulgarian national id", "bulgarian national id number",
    "bulgarian national identity number", "bulgarian national identification number",
    "bulgarian identity number", "bulgarian identification number", "bulgarian personal id",
    "bulgarian personal id number", "bulgarian personal identification number", "bulgarian personal number",
    "bulgarian social security number", "bulgarian tax id", "bulgarian tax number", "bulgarian tin",
    "national id", "national id number", "national id no", "national id card", "national identity number",
    "national identity no", "national identity card", "national identification number",
    "national identification no", "national identification code", "national identifier", "national number",
    "nat id", "nid", "id number", "id no", "id num", "id code", "id card", "id card number",
    "identity number", "identity no", "identity code", "identity card", "identification number",
    "identification no", "identification code", "personal id", "personal id number", "personal id no",
    "personal id code", "personal identification number", "personal identification code",
    "personal identity number", "personal identity code", "personal code", "personal number", "personal no",
    "citizen id", "citizen number", "government id", "civil registration number",
    "population register number", "national register number", "tax id", "tax id number", "tax id no",
    "tax number", "tax no", "tax code", "tax identification number", "tax identification no",
    "tax identification code", "tax identification", "tax identifier", "tin", "tin number", "tin no",
    "taxpayer id", "taxpayer id number", "taxpayer identification number", "taxpayer identifier",
    "taxpayer number", "fiscal number", "fiscal code", "fiscal id",
];
