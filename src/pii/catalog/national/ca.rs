//! Identifiers of Canada.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::CA_SIN,
    shapes: &[
        Shape::new("9{3} 9{3} 9{3}").alone(350),
        Shape::new("9{3}-9{3}-9{3}").alone(400),
        Shape::new("9{3}.9{3}.9{3}"),
        Shape::new("9{9}"),
    ],
    check: Some(Check { name: "Luhn", holds: check::national::ca::sin }),
    labels: SIN,
}];

#[rustfmt::skip]
const SIN: &[&str] = &[
    "sin", "s.i.n.", "sin number", "sin no", "sin card", "social insurance number", "social insurance no",
    "social insurance num", "social insurance", "social insurance id", "social ins no", "soc ins no",
    "soc ins number", "=nas", "n.a.s.", "assurance sociale", "numéro nas", "nas numéro", "no nas", "nas no",
    "num nas", "individual tax number", "temporary tax number", "itn", "ttn", "tax id canada",
    "canadian tax id", "seguro social canadiense", "número de seguro social", "社会保险号", "社会保险号码",
    "加拿大社会保险号", "工卡号", "社會保險號碼", "ਸੋਸ਼ਲ ਇੰਸ਼ੋਰੈਂਸ ਨੰਬਰ", "социальный номер",
];
