//! Identifiers of New Zealand.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::NZ_IRD,
    shapes: &[
        Shape::new("9{8,9}"),
        Shape::new("9{2,3} 9{3} 9{3}").alone(350),
        Shape::new("9{2,3}-9{3}-9{3}").alone(400),
        Shape::new("9{2,3}.9{3}.9{3}"),
        Shape::new("9{2} 9{6}"),
        Shape::new("9{3} 9{6}"),
    ],
    check: Some(Check { name: "mod 11", holds: check::national::nz::ird }),
    labels: IRD,
}];

#[rustfmt::skip]
const IRD: &[&str] = &[
    "ird", "i.r.d.", "ird number", "ird no", "ird/gst", "ird/gst number", "ird or gst number", "gst number",
    "gst no", "gst registration number", "gst registration", "inland revenue", "inland revenue number",
    "inland revenue no", "inland revenue id", "nz tax number", "nz tax id", "nz tax no",
    "new zealand tax number", "new zealand tax id", "tax number", "tax no", "ird customer number", "税号",
    "新西兰税号", "新西兰ird号码", "ird号码", "ird号", "稅號",
];
