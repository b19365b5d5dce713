//! Identifiers of Australia.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[
    Rule {
        entity: Entity::AU_ABN,
        shapes: &[
            Shape::new("9{2} 9{3} 9{3} 9{3}").alone(450),
            Shape::new("9{2}-9{3}-9{3}-9{3}").alone(450),
            Shape::new("9{2}.9{3}.9{3}.9{3}"),
            Shape::new("9{2} 9{9}"),
            Shape::new("9{11}"),
        ],
        check: Some(Check { name: "mod 89", holds: check::national::au::abn }),
        labels: ABN,
    },
    Rule {
        entity: Entity::AU_ACN,
        shapes: &[
            Shape::new("9{3} 9{3} 9{3}").alone(350),
            Shape::new("9{3}-9{3}-9{3}").alone(350),
            Shape::new("9{3}.9{3}.9{3}"),
            Shape::new("9{9}"),
        ],
        check: Some(Check { name: "mod 10", holds: check::national::au::acn }),
        labels: ACN,
    },
    Rule {
        entity: Entity::AU_MEDICARE,
        shapes: &[
            Shape::new("9{10}"),
            Shape::new("9{11}"),
            Shape::new("9{4} 9{5} 9").alone(450),
            Shape::new("9{4}-9{5}-9").alone(450),
            Shape::new("9{4}.9{5}.9"),
            Shape::new("9{4} 9{5} 9 9"),
            Shape::new("9{4} 9{5} 9/9"),
            Shape::new("9{4}-9{5}-9-9"),
            Shape::new("9{4}-9{5}-9/9"),
            Shape::new("9{4} 9{5} 99"),
            Shape::new("9{4}-9{5}-99"),
            Shape::new("9{4} 9{6}"),
            Shape::new("9{10}/9"),
            Shape::new("9{10}-9"),
            Shape::new("9{10} 9"),
            Shape::new("9{9} 9"),
            Shape::new("9{9}-9"),
            Shape::new("9{4} 9{5}-9"),
        ],
        check: Some(Check { name: "mod 10", holds: check::national::au::medicare }),
        labels: MEDICARE,
    },
    Rule {
        entity: Entity::AU_TFN,
        shapes: &[
            Shape::new("9{3} 9{3} 9{3}").alone(400),
            Shape::new("9{3}-9{3}-9{3}").alone(350),
            Shape::new("9{3}.9{3}.9{3}"),
            Shape::new("9{2} 9{3} 9{3}"),
            Shape::new("9{3} 9{3} 9{2}"),
            Shape::new("9{3}-9{3}-9{2}"),
            Shape::new("9{9}"),
            Shape::new("9{8}"),
        ],
        check: Some(Check { name: "mod 11", holds: check::national::au::tfn }),
        labels: TFN,
    },
];

#[rustfmt::skip]
const ABN: &[&str] = &[
    "abn", "a.b.n.", "abn number", "abn no", "business number", "business no", "business num",
    "business registration number", "business id", "business identifier", "business identification number",
    "gst registration number", "gst number", "gst no", "vat number", "vat no", "abn acn", "abn/tfn",
    "澳大利亚商业号码", "澳洲商业号码", "商业号码", "澳洲公司税号", "tax id", "tax id number",
    "tax identification number", "tin",
];

#[rustfmt::skip]
const ACN: &[&str] = &[
    "acn", "a.c.n.", "acn number", "acn no", "australian company number", "aus company number",
    "company number", "company no", "company registration number", "company reg no",
    "company registration no", "company id", "asic number", "asic no", "asic registration",
    "asic registration number", "registered company number", "arbn", "australian registered body number",
    "abn acn", "澳大利亚公司号码", "澳洲公司注册号", "公司注册号",
];

#[rustfmt::skip]
const MEDICARE: &[&str] = &[
    "medicare", "medicare number", "medicare no", "medicare num", "medicare nr", "medicare card",
    "medicare card number", "medicare card no", "medicare card num", "medicare id", "medicare card id",
    "medicare irn", "medicare details", "patient medicare", "patient medicare number",
    "australian medicare", "australian medicare number", "australian medicare card", "au medicare",
    "aus medicare", "aussie medicare", "medicare australia", "green card medicare", "medicare identifier",
    "medicare ref", "medicare reference number", "medicare and irn", "ihi medicare", "health card number",
    "health card no", "health insurance number", "health insurance card", "dva medicare", "carte medicare",
    "numéro medicare", "tarjeta medicare", "número de medicare", "medicare 卡号", "医疗卡号", "澳洲医疗卡",
    "国民保健卡号", "医保卡号", "số thẻ medicare", "số medicare", "thẻ medicare",
];

#[rustfmt::skip]
const TFN: &[&str] = &[
    "tfn", "t.f.n.", "tfn number", "tfn no", "tax file number", "tax file no", "tax file num", "tax file",
    "taxfile number", "taxfile no", "taxfile", "ato number", "ato reference number", "tax number", "tax no",
    "australian tax number", "australian tax id", "australian tax id number", "australian taxpayer number",
    "澳洲税号", "澳大利亚税号", "税号", "税务档案号", "税务档案号码", "稅號", "mã số thuế úc",
];
