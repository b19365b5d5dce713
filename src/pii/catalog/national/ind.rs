//! Identifiers of India.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[
    Rule {
        entity: Entity::IN_AADHAAR,
        shapes: &[
            BARE,
            Shape::new("9{4} 9{4} 9{4}").alone(450),
            Shape::new("9{4}-9{4}-9{4}").alone(450),
            Shape::new("9{4}.9{4}.9{4}"),
            Shape::new("9{4}/9{4}/9{4}"),
            Shape::new("9{6} 9{6}"),
        ],
        check: Some(Check { name: "Verhoeff", holds: check::national::ind::aadhaar }),
        labels: AADHAAR,
    },
    Rule {
        entity: Entity::IN_GSTIN,
        shapes: &[
            Shape::new("9{2}A{5}9{4}A*A*").alone(950),
            Shape::new("9{2} A{5}9{4}A *A*").alone(850),
            Shape::new("9{2}-A{5}9{4}A-*A*").alone(850),
            Shape::new("9{2} A{5} 9{4} A *A*"),
            Shape::new("9{2}~A{5}9{4}A~*~A~*"),
        ],
        check: Some(Check { name: "mod 36, state, PAN", holds: check::national::ind::gstin }),
        labels: GSTIN,
    },
    Rule {
        entity: Entity::IN_PAN,
        shapes: &[
            Shape::new("A{5}9{4}A").alone(450),
            Shape::new("A{5} 9{4} A").alone(350),
            Shape::new("A{5}-9{4}-A").alone(350),
            Shape::new("A{5} 9{4}A"),
            Shape::new("A{5}-9{4}A"),
        ],
        check: Some(Check { name: "kind of holder", holds: check::national::ind::pan }),
        labels: PAN,
    },
];

/// Without separators. Numbers of other countries that look like it prove more, and win where a label fits both.
const BARE: Shape = Shape { labelled: 900, ..Shape::new("9{12}") };

#[rustfmt::skip]
const AADHAAR: &[&str] = &[
    "aadhaar", "aadhar", "adhaar", "adhar", "aadhaar number", "aadhar number", "adhaar number",
    "adhar number", "aadhaar no", "aadhar no", "adhaar no", "adhar no", "aadhaar card", "aadhar card",
    "adhar card", "adhaar card", "aadhaar card number", "aadhar card number", "adhar card number",
    "aadhaar card no", "aadhar card no", "adhar card no", "aadhaar ref", "uidai", "uidai number",
    "uidai no", "uid", "uid number", "uid no", "unique identification number", "unique identity number",
    "unique id number", "unique identification", "indian national id", "आधार", "यूआईडी",
    "विशिष्ट पहचान संख्या", "আধার", "ஆதார்", "ఆధార్", "ಆಧಾರ್", "ആധാർ", "આધાર", "ਆਧਾਰ", "ଆଧାର", "آدھار",
    "national id", "national id number", "national id no", "national id card", "national id card number",
    "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid",
];

#[rustfmt::skip]
const GSTIN: &[&str] = &[
    "gstin", "g.s.t.i.n.", "gstin no", "gstin number", "gst number", "gst no", "gst", "gst registration",
    "gst registration number", "gst identification number", "gst identification no",
    "goods and services tax", "uin", "provisional id", "vat number", "vat no", "tin", "जीएसटी",
    "जीएसटीआईएन", "वस्तु एवं सेवा कर", "জিএসটি", "ஜிஎஸ்டி", "జీఎస్టీ", "ಜಿಎಸ್‌ಟಿ", "ജിഎസ്ടി", "જીએસટી", "ਜੀਐਸਟੀ",
    "tax id", "tax id number", "tax id no", "tax number", "tax no", "tax identification number",
    "tax identification no", "tax identifier", "tin number", "tin no", "taxpayer id", "taxpayer id number",
    "taxpayer identification number", "taxpayer identifier", "taxpayer number",
];

#[rustfmt::skip]
const PAN: &[&str] = &[
    "pan", "p.a.n.", "pan no", "pan number", "pan num", "pan nr", "pan id", "pan card", "pan card no",
    "pan card number", "pan card num", "pancard", "pan details", "permanent account number",
    "permanent account no", "permanent account", "income tax pan", "income tax number", "it pan", "pan/tan",
    "pan of", "employee pan", "deductor pan", "customer pan", "applicant pan", "company pan", "holder pan",
    "kyc pan", "pan kyc", "my pan", "indian pan", "india pan", "indian tax id", "indian tax number",
    "indian taxpayer id", "पैन", "पॅन", "स्थायी खाता संख्या", "स्थायी लेखा संख्या", "প্যান", "পান নম্বর", "பான்",
    "పాన్", "ಪಾನ್", "ಪ್ಯಾನ್", "പാൻ", "પાન", "પેન નંબર", "પેન કાર્ડ", "ਪੈਨ", "پین نمبر", "پین کارڈ", "tax id",
    "tax id number", "tax id no", "tax number", "tax no", "tax identification number",
    "tax identification no", "tax identifier", "tin", "tin number", "tin no", "taxpayer id",
    "taxpayer id number", "taxpayer identification number", "taxpayer identifier", "taxpayer number",
];
