//! Identifiers of Brazil.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check};

pub(in crate::pii) const RULES: &[Rule] = &[
    Rule {
        entity: Entity::BR_CPF,
        shapes: &[
            Shape::new("9{3}.9{3}.9{3}-9{2}").alone(930),
            Shape::new("9{3}.9{3}.9{3}/9{2}").alone(850),
            Shape::new("9{9}-9{2}").alone(600),
            Shape::new("9{3} 9{3} 9{3} 9{2}").alone(450),
            Shape::new("9{3}-9{3}-9{3}-9{2}").alone(600),
            Shape::new("9{3}.9{3}.9{3}.9{2}").alone(600),
            Shape::new("9{3} 9{3} 9{3}-9{2}").alone(600),
            Shape::new("9{9}/9{2}"),
            Shape::new("9{9} 9{2}"),
            Shape::new("9{11}"),
        ],
        check: Some(Check { name: "two mod 11", holds: check::national::br::cpf }),
        labels: CPF,
    },
    Rule {
        entity: Entity::BR_CNPJ,
        shapes: &[
            Shape::new("9{2}.9{3}.9{3}/9{4}-9{2}").alone(950),
            Shape::new("*{2}.*{3}.*{3}/*{4}-9{2}").alone(950),
            Shape::new("*{8}/*{4}-9{2}").alone(900),
            Shape::new("9{2} 9{3} 9{3} 9{4} 9{2}").alone(600),
            Shape::new("9{2}.9{3}.9{3}.9{4}-9{2}").alone(700),
            Shape::new("9{2}.9{3}.9{3}-9{4}-9{2}").alone(700),
            Shape::new("9{2}-9{3}-9{3}-9{4}-9{2}").alone(700),
            Shape::new("9{2} 9{3} 9{3}/9{4}-9{2}").alone(900),
            Shape::new("9{2}.9{3}.9{3}/9{6}").alone(800),
            Shape::new("9{12}-9{2}").alone(600),
            Shape::new("9{8}/9{6}"),
            Shape::new("9{8}-9{4}-9{2}"),
            Shape::new("*{8} *{4} 9{2}"),
            Shape::new("9{14}").alone(550),
            Shape::new("*{12}9{2}"),
        ],
        check: Some(Check { name: "two mod 11", holds: check::national::br::cnpj }),
        labels: CNPJ,
    },
];

#[rustfmt::skip]
const CPF: &[&str] = &[
    "cpf", "c.p.f.", "cpf no", "cpf number", "cpf cnpj", "cnpj/cpf", "documento", "nr documento",
    "número do documento", "num documento", "cadastro de pessoa física", "cadastro de pessoas físicas",
    "cadastro pessoa física", "inscrito no cpf sob o nº", "contribuinte", "número de contribuinte",
    "número do contribuinte", "id fiscal", "identificação fiscal", "brazilian tax id",
    "brazilian taxpayer id", "brazil tax id", "individual taxpayer registry",
    "individual taxpayer registration", "chave pix", "pix key", "巴西税号", "tax id", "tax id number",
    "tax id no", "tax number", "tax no", "tax identification number", "tax identification no",
    "tax identifier", "tin", "tin number", "tin no", "taxpayer id", "taxpayer id number",
    "taxpayer identification number", "taxpayer identifier", "taxpayer number", "national id",
    "national id number", "national id no", "national id card", "national id card number",
    "national identity number", "national identity no", "national identity card",
    "national identity card number", "national identification number", "national identification no",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "id num", "id nr",
    "id card", "id card number", "id card no", "identity number", "identity no", "identity card",
    "identity card number", "identity card no", "identity document", "identification number",
    "identification no", "identification card", "personal id", "personal id number", "personal id no",
    "personal identification number", "personal number", "citizen id", "citizen id number",
    "citizen number", "government id", "govt id", "gov id",
];

#[rustfmt::skip]
const CNPJ: &[&str] = &[
    "cnpj", "c.n.p.j.", "cgc", "cnpj no", "cnpj number", "cpf cnpj", "cnpj/cpf", "documento",
    "número do documento", "cadastro nacional de pessoas jurídicas", "pessoa jurídica",
    "inscrita no cnpj sob o nº", "brazilian company number", "brazilian company id",
    "brazilian company tax id", "brazilian tax id", "company number", "company registration number",
    "company tax id", "contribuinte", "número de contribuinte", "id fiscal", "identificação fiscal",
    "chave pix", "pix key", "vat number", "巴西公司税号", "tax id", "tax id number", "tax id no",
    "tax number", "tax no", "tax identification number", "tax identification no", "tax identifier", "tin",
    "tin number", "tin no", "taxpayer id", "taxpayer id number", "taxpayer identification number",
    "taxpayer identifier", "taxpayer number",
];
