//! Identifiers of China.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::CN_RESIDENT_ID,
    shapes: &[
        Shape::new("9{17}*").alone(950),
        Shape::new("9{6} 9{8} 9{3}*").alone(850),
        Shape::new("9{6}-9{8}-9{3}*").alone(850),
        Shape::new("9{6} 9{4} 9{4} 9{3}*").alone(700),
        Shape::new("9{6}-9{4}-9{4}-9{3}*").alone(700),
        Shape::new("9{6}~9{8}~9{4}").alone(850),
        Shape::new("9{3} 9{3} 9{4} 9{4} 9{3}*").alone(500),
        Shape::new("9{6} 9{11}*"),
        Shape::new("9{6} 9{6} 9{6}"),
        Shape::new("9{6} 9{6} 9{5}*"),
        Shape::new("9{4} 9{4} 9{4} 9{4} 9*"),
        Shape::new("9{15}"),
        Shape::new("9{6} 9{6} 9{3}"),
    ],
    check: Some(Check { name: "mod 11-2, province, birth date", holds: check::national::cn::resident_id }),
    labels: RESIDENT_ID,
}];

#[rustfmt::skip]
const RESIDENT_ID: &[&str] = &[
    "身份证", "身份证号", "身份证号码", "身份证编号", "身份证件号码", "身份证明号码", "身份号码",
    "居民身份证", "居民身份证号", "居民身份证号码", "居民身份证编号", "二代身份证", "第二代身份证",
    "公民身份号码", "公民身份证号码", "公民身份证号", "公民身份证", "证件号", "证件号码", "证件编号",
    "身份证件", "有效证件号码", "身份信息", "外国人永久居留身份证", "永久居留身份证", "港澳台居民居住证",
    "居住证号码", "居住证", "身份證", "身份證號", "身份證號碼", "身分證", "身分證號", "身分證號碼",
    "身分證字號", "居民身份證", "居民身份證號碼", "公民身份號碼", "證件號", "證件號碼", "大陸身份證",
    "大陆身份证", "中国身份证", "中國身份證", "身份ID", "実名認証", "实名认证", "身份証番号", "居民身分証",
    "居民身分証番号", "中国の身分証番号", "주민신분증", "신분증 번호", "중국 신분증", "shenfenzheng",
    "shen fen zheng", "sfz", "sfzh", "id card no cn", "idcard", "idcard no", "idcard number", "cert no",
    "certificate no", "certificate number", "credential number", "resident identity card",
    "resident identity card number", "resident identity number", "resident id", "resident id number",
    "resident id no", "resident id card", "resident identification number", "resident number",
    "citizen identity number", "citizen identification number", "chinese id", "chinese id number",
    "chinese id no", "chinese id card", "chinese id card number", "chinese national id", "china id",
    "china id card", "china id number", "china resident id", "prc id", "prc id card", "prc id number",
    "prc resident id", "prc identity card", "mainland id", "mainland id card", "document number",
    "document no", "carte d'identité chinoise", "documento de identidad chino", "chinesische ausweisnummer",
    "chinesischer personalausweis", "китайское удостоверение личности", "national id", "national id number",
    "national id no", "national id card", "national id card number", "national identity number",
    "national identity no", "national identity card", "national identity card number",
    "national identification number", "national identification no", "national identifier",
    "national number", "nat id", "nid", "id number", "id no", "id num", "id nr", "id card",
    "id card number", "id card no", "identity number", "identity no", "identity card",
    "identity card number", "identity card no", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id",
];
