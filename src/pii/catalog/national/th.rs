//! Identifiers of Thailand.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::TH_PIN,
    shapes: &[
        Shape::new("9-9{4}-9{5}-9{2}-9").alone(800),
        Shape::new("9 9{4} 9{5} 9{2} 9").alone(750),
        Shape::new("9.9{4}.9{5}.9{2}.9"),
        Shape::new("9{13}"),
        Shape::new("9-9{4}-9{5}-9{3}"),
        Shape::new("9 9{12}"),
        Shape::new("9-9{12}"),
    ],
    check: Some(Check { name: "mod 11", holds: check::national::th::pin }),
    labels: PIN,
}];

#[rustfmt::skip]
const PIN: &[&str] = &[
    "เลขประจำตัวประชาชน", "เลขบัตรประชาชน", "เลขที่บัตรประชาชน", "เลขที่บัตรประจำตัวประชาชน",
    "หมายเลขบัตรประชาชน", "หมายเลขประจำตัวประชาชน", "หมายเลขบัตรประจำตัวประชาชน", "เลขบัตรประจำตัวประชาชน",
    "รหัสบัตรประชาชน", "รหัสประจำตัวประชาชน", "บัตรประชาชน", "บัตรประจำตัวประชาชน", "บัตรประชาชนเลขที่",
    "บัตรประจำตัวประชาชนเลขที่", "เลขประจำตัว", "เลข 13 หลัก", "เลขบัตรปชช", "ปชช", "เลขปชช",
    "เลขประจําตัวประชาชน", "เลขประจําตัว", "บัตรประจําตัวประชาชน", "เลขประจําตัวผู้เสียภาษี",
    "เลขประจำตัวผู้เสียภาษี", "เลขประจำตัวผู้เสียภาษีอากร", "เลขผู้เสียภาษี", "เลขที่ผู้เสียภาษี",
    "เลขบัตรประจำตัวผู้เสียภาษี", "หมายเลขผู้เสียภาษี", "เลขประจำตัวบุคคล", "เลขบัตร", "หมายเลขบัตร", "thai id",
    "thai id number", "thai id no", "thai id card", "thai id card number", "thai id card no",
    "thai national id", "thai national id card", "thai citizen id", "thai citizen number", "thai pin",
    "thai identity card", "thai identity number", "thai identification number", "thai personal id",
    "thailand id", "thailand id card", "thailand id number", "thailand national id", "thai tax id",
    "thailand tax id", "th pin", "th id", "population identification number",
    "population identification code", "population id", "people id", "citizen card", "citizen card number",
    "citizen identification number", "citizen identification card", "citizen identity card",
    "bat prachachon", "bat pracha chon", "泰国身份证", "泰国身份证号", "泰国身份证号码", "タイ国民id",
    "タイ国民番号", "national id", "national id number", "national id no", "national id card",
    "national id card number", "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "id num", "id nr",
    "id card", "id card number", "id card no", "identity number", "identity no", "identity card",
    "identity card number", "identity card no", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id", "tax id", "tax id number", "tax id no",
    "tax number", "tax no", "tax identification number", "tax identification no", "tax identifier", "tin",
    "tin number", "tin no", "taxpayer id", "taxpayer id number", "taxpayer identification number",
    "taxpayer identifier", "taxpayer number",
];
