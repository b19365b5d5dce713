//! Identifiers of Singapore.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::SG_NRIC_FIN,
    shapes: &[
        Shape::new("A9{7}A").alone(850),
        Shape::new("A 9{7} A").alone(600),
        Shape::new("A-9{7}-A").alone(700),
        Shape::new("A~9{4}~9{3}~A"),
        Shape::new("A 9{3} 9{4} A"),
        Shape::new("A 9{4} 9{3}A"),
        Shape::new("A9{4} 9{3}A"),
        Shape::new("A9{4}-9{3}A"),
        Shape::new("A9{7}-A"),
        Shape::new("A9{7} A"),
        Shape::new("A-9{7}A"),
    ],
    check: Some(Check { name: "mod 11", holds: check::national::sg::nric }),
    labels: NRIC,
}];

#[rustfmt::skip]
const NRIC: &[&str] = &[
    "nric", "n.r.i.c.", "nric no", "nric number", "nric num", "nric id", "nric/fin", "fin/nric",
    "nric or fin", "nric/passport", "nric/passport no", "fin", "f.i.n.", "fin no", "fin number", "fin num",
    "fin id", "fin card", "foreign identification number", "foreign identification no", "foreign id number",
    "ic", "i.c.", "ic no", "ic number", "ic num", "pink ic", "blue ic", "uin", "uinfin", "uin/fin",
    "singapore nric", "singapore ic", "singapore fin", "singaporean nric", "singapore id",
    "singapore id number", "singaporean id", "singapore identity card", "sg nric", "sg ic", "sg id",
    "sg fin", "national registration identity card", "national registration identity card number",
    "national registration number", "identity card no", "singpass", "singpass no", "work permit no",
    "work permit number", "work pass", "work pass no", "wp no", "employment pass no", "ep no", "s pass no",
    "patient nric", "customer nric", "employee nric", "member nric", "birth certificate no",
    "birth certificate number", "bc number", "kad pengenalan", "no kad pengenalan", "nombor kad pengenalan",
    "nombor nric", "身份证", "身份证号", "身份证号码", "身份证编号", "登记证号码", "新加坡身份证",
    "新加坡身份证号码", "外籍身份证号码", "身份證號碼", "外国人身份号码", "அடையாள அட்டை", "அடையாள அட்டை எண்",
    "身分証番号", "シンガポール身分証番号", "national id", "national id number", "national id no",
    "national id card", "national id card number", "national identity number", "national identity no",
    "national identity card", "national identity card number", "national identification number",
    "national identification no", "national identifier", "national number", "nat id", "nid", "id number",
    "id no", "id num", "id nr", "id card", "id card number", "id card no", "identity number", "identity no",
    "identity card", "identity card number", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id", "tax id", "tax reference number", "tin",
];
