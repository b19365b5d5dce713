//! Identifiers of Malaysia.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::MY_NRIC,
    shapes: &[
        Shape::new("9{6}-9{2}-9{4}").alone(600),
        Shape::new("9{6} 9{2} 9{4}").alone(450),
        Shape::new("9{6}.9{2}.9{4}"),
        Shape::new("9{6}/9{2}/9{4}"),
        Shape::new("9{6} - 9{2} - 9{4}"),
        Shape::new("9{12}"),
        Shape::new("9{6}-9{6}"),
        Shape::new("9{6} 9{6}"),
    ],
    check: Some(Check { name: "birth date, place of birth", holds: check::national::my::nric }),
    labels: NRIC,
}];

#[rustfmt::skip]
const NRIC: &[&str] = &[
    "nric", "n.r.i.c.", "nric no", "nric number", "nric num", "nric id", "new nric", "new nric no",
    "nric new", "mykad", "my kad", "mykad no", "mykad number", "mypr", "mytentera", "mykid", "mykid no",
    "mykas", "ic", "i.c.", "ic no", "ic number", "ic num", "ic nombor", "no ic", "new ic", "new ic no",
    "new ic number", "nombor ic", "ic baru", "kad pengenalan", "no kad pengenalan", "nombor kad pengenalan",
    "kad pengenalan no", "no kad pengenalan baru", "kad pengenalan malaysia", "no kp", "k/p", "kp baru",
    "nombor kp", "no pengenalan", "nombor pengenalan", "pengenalan diri", "nombor identiti",
    "identity card no", "malaysian ic", "malaysian ic number", "malaysian ic no", "malaysian nric",
    "malaysia nric", "malaysia ic", "malaysian id", "malaysian id number", "malaysian identity card",
    "malaysian identity card number", "malaysian national id", "national registration identity card",
    "national registration identity card number", "national registration number", "jpn number", "bcic",
    "nric passport", "ic/passport", "身份证", "身份证号", "身份证号码", "登记证号码", "登记号码",
    "马来西亚身份证", "大马卡", "大马卡号码", "身分证号码", "அடையாள அட்டை", "அடையாள அட்டை எண்", "மைகாட்",
    "nomor ktp malaysia", "nomor identitas", "national id", "national id number", "national id no",
    "national id card", "national id card number", "national identity number", "national identity no",
    "national identity card", "national identity card number", "national identification number",
    "national identification no", "national identifier", "national number", "nat id", "nid", "id number",
    "id no", "id num", "id nr", "id card", "id card number", "id card no", "identity number", "identity no",
    "identity card", "identity card number", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id",
];
