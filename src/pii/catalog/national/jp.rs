//! Identifiers of Japan.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::JP_MY_NUMBER,
    shapes: &[
        BARE,
        Shape::new("9{4} 9{4} 9{4}").alone(400),
        Shape::new("9{4}-9{4}-9{4}").alone(400),
        Shape::new("9{4}.9{4}.9{4}"),
        Shape::new("9{3} 9{3} 9{3} 9{3}"),
        Shape::new("9{3}-9{3}-9{3}-9{3}"),
    ],
    check: Some(Check { name: "mod 11", holds: check::national::jp::my_number }),
    labels: MY_NUMBER,
}];

/// Without separators. Numbers of other countries that look like it prove more, and win where a label fits both.
const BARE: Shape = Shape { labelled: 900, ..Shape::new("9{12}") };

#[rustfmt::skip]
const MY_NUMBER: &[&str] = &[
    "マイナンバー", "マイナンバー番号", "マイナンバーカード", "マイナンバーカード番号",
    "マイナンバーカードの番号", "個人番号", "個人番号カード", "個人番号カード番号", "個人番号欄",
    "12桁の個人番号", "行政手続における個人番号", "社会保障税番号", "社会保障番号", "共通番号", "国民番号",
    "国民識別番号", "マイナ番号", "マイナ", "ﾏｲﾅﾝﾊﾞｰ", "本人の個人番号", "被扶養者の個人番号",
    "扶養親族の個人番号", "従業員マイナンバー", "税番号", "納税者番号", "my number", "mynumber",
    "my number card", "my number id", "my number no", "my no", "individual number",
    "individual number card", "individual no", "individual id number", "kojin bango", "kojin bangou",
    "mainanba", "mai nanba", "mai nanbaa", "mynum", "japanese national id", "japanese id number",
    "japan national id", "japanese tax id", "japanese tax number", "japanese social security number",
    "social security and tax number", "个人编号", "个人号码", "日本个人编号", "日本个人号码",
    "日本個人番號", "個人編號", "마이넘버", "마이 넘버", "개인번호", "numéro individuel japonais",
    "número individual japonés", "national id", "national id number", "national id no", "national id card",
    "national id card number", "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid",
];
