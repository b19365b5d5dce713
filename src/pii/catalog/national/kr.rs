//! Identifiers of Korea.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::KR_RRN,
    shapes: &[
        Shape::new("9{6}-9{7}").alone(850),
        BARE,
        Shape::new("9{6} 9{7}").alone(500),
        Shape::new("9{6} - 9{7}").alone(800),
        Shape::new("9{6}.9{7}"),
        Shape::new("9{6}/9{7}"),
        Shape::new("9{2}-9{2}-9{2}-9{7}"),
    ],
    check: Some(Check { name: "mod 11, birth date", holds: check::national::kr::rrn }),
    labels: RRN,
}];

/// Without separators. Numbers of other countries that look like it prove more, and win where a label fits both.
const BARE: Shape = Shape { labelled: 900, ..Shape::new("9{13}").alone(600) };

#[rustfmt::skip]
const RRN: &[&str] = &[
    "주민등록번호", "주민번호", "주민등록증", "주민등록증번호", "주민등록", "실명번호", "실명확인번호",
    "개인식별번호", "고유식별번호", "고유식별정보", "신분증번호", "신분증 번호", "외국인등록번호",
    "외국인 등록번호", "외국인번호", "외국인등록증", "국내거소신고번호", "거소신고번호", "민증번호", "민증",
    "주민", "주민No", "주민넘버", "住民登録番号", "韓国住民登録番号", "外国人登録番号", "住民登录号码",
    "居民登记号码", "韩国身份证号", "韩国身份证", "外国人登录号", "居民登錄號碼", "住民登錄番號",
    "韓國身分證", "rrn", "r.r.n.", "rrn number", "rrn no", "resident registration number",
    "resident registration no", "resident registration num", "resident registration",
    "resident registration id", "resident reg no", "resident reg number", "resident registration card",
    "resident number", "resident no", "resident id", "resident id number", "kssn", "korean ssn",
    "korean id", "korean id number", "korean id card", "korean national id", "korea id number",
    "korean social security number", "jumin", "jumin number", "jumin no", "jumindeungnokbeonho",
    "juminbunho", "ju min no", "ssn kr", "alien registration number", "alien registration no",
    "alien registration card", "arc number", "arc no", "foreigner registration number",
    "foreigner registration no", "foreign registration number", "frn", "foreign resident number",
    "national id", "national id number", "national id no", "national id card", "national id card number",
    "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "id num", "id nr",
    "id card", "id card number", "id card no", "identity number", "identity no", "identity card",
    "identity card number", "identity card no", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id",
];
