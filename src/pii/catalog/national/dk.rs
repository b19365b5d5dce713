//! Identifiers of Denmark.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check::national::dk};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::DK_CPR,
    shapes: &[
        Shape::new("9{6}-9{4}"),
        Shape::new("9{10}"),
        Shape::new("9{6} 9{4}"),
        Shape::new("9{6}.9{4}"),
        Shape::new("9{6}/9{4}"),
        Shape::new("9{6} - 9{4}"),
        Shape::new("9{2}~9{2}~9{2}~9{4}"),
        Shape::new("9{2} 9{2} 9{2}-9{4}"),
        Shape::new("9{2}.9{2}.9{2}-9{4}"),
        Shape::new("9{2}/9{2}/9{2}-9{4}"),
        Shape::new("9{2}-9{2}-9{2} 9{4}"),
        Shape::new("9{2}.9{2}.9{2} 9{4}"),
    ],
    check: Some(Check { name: "birth date", holds: dk::cpr }),
    labels: NUMBER,
}];

#[rustfmt::skip]
const NUMBER: &[&str] = &[
    "CPR", "CPR-nummer", "CPR-nr", "CPRnr", "cprnr", "CPR-nummeret", "CPR nummeret", "CPR-numre",
    "CPR-numrene", "CPR-numrenes", "CPR no", "CPR number", "CPR num", "C.P.R.", "cpr nr.", "cprnummer",
    "cpr id", "cpr dk", "dk cpr", "personnummer", "person nr", "personnr", "personnummeret",
    "personens cpr", "centrale personregister", "det centrale personregister", "person register nummer",
    "patientens cpr", "barnets cpr", "borgerens cpr", "fødselsnummer", "cpr/cvr", "cvr/cpr",
    "cvr eller cpr", "erstatningscpr", "erstatningspersonnummer", "sygesikring", "sygesikringsnummer",
    "sygesikringsbevis", "sundhedskort", "sundhedskortnummer", "gult sundhedskort", "sygesikringskort",
    "kommunal id", "skattenummer", "NemID CPR", "MitID CPR", "central person register",
    "central persons register", "civil registration number", "civil registration no",
    "civil registration system", "danish cpr", "danish cpr number", "danish civil registration number",
    "danish personal number", "danish personal identification number", "danish ssn", "danish person number",
    "dänische personennummer", "dansk cpr", "dansk personnummer", "p-tal", "danskt personnummer",
    "danish crn", "person number", "social security number dk", "dänische cpr nummer", "danish id",
    "danish id number", "danish id card", "danish national id", "danish national id number",
    "danish national identity number", "danish national identification number", "danish identity number",
    "danish identification number", "danish personal id", "danish personal id number",
    "danish social security number", "danish tin", "danish tax id", "danish tax number",
];
