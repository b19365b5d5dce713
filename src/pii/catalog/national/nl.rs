//! Identifiers of the Netherlands.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check::national::nl};

pub(in crate::pii) const RULES: &[Rule] = &[Rule {
    entity: Entity::NL_BSN,
    shapes: &[
        Shape::new("9{9}"),
        Shape::new("9{4}.9{2}.9{3}"),
        Shape::new("9{3}~9{3}~9{3}"),
        Shape::new("9{4}~9{2}~9{3}"),
        Shape::new("9{2}~9{3}~9{4}"),
        Shape::new("9{3}~9{2}~9{4}"),
        Shape::new("9{4}~9{5}"),
        Shape::new("9{5}~9{4}"),
        Shape::new("9{3} 9{6}"),
        Shape::new("9{6} 9{3}"),
        Shape::new("9{4} 9{4} 9"),
        Shape::new("9{2} 9{2} 9{2} 9{3}"),
        Shape::new("9{3} 9{2} 9{2} 9{2}"),
        Shape::new("9{4}/9{2}/9{3}"),
        labelled("9{8}", 900),
        labelled("9{2}~9{3}~9{3}", 900),
        labelled("9{4} 9{4}", 900),
        labelled("9{3}.9{2}.9{3}", 900),
    ],
    check: Some(Check { name: "mod 11", holds: nl::bsn }),
    labels: NUMBER,
}];

/// A shape that less than the usual check supports, at this confidence in thousandths with a label.
const fn labelled(pattern: &'static str, permille: u16) -> Shape {
    Shape { labelled: permille, ..Shape::new(pattern) }
}

#[rustfmt::skip]
const NUMBER: &[&str] = &[
    "BSN", "B.S.N.", "BSN-nummer", "BSN nummer", "BSN nr", "BSNnr", "bsnnr", "BSNr", "bsnr", "BSN no",
    "BSN number", "BSN num", "bsn_nummer", "bsn_nr", "bsnNummer", "bsnnummer", "bsn_number", "bsn nl",
    "nl bsn", "BSN's", "burgerservicenummer", "burger service nummer", "burgerservice nummer",
    "burgerservicenr", "burgerservice-nr", "burger-servicenummer", "burgerservicenummers", "burgernummer",
    "burgerservice", "burgerservicenummer (bsn)", "BSN/sofi", "BSN/SoFi-nummer", "sofi", "sofinummer",
    "sofi-nummer", "sofi nr", "sofinr", "SoFi number", "sociaal-fiscaal nummer", "sociaal fiscaal nummer",
    "sociaalfiscaalnummer", "sofi/bsn", "onderwijsnummer", "persoonsgebonden nummer", "PGN",
    "persoonsnummer", "persoonlijk nummer", "persoonsidentificatie", "identificatienummer",
    "persoonlijk identificatienummer", "nationaal identificatienummer", "nationaal nummer",
    "fiscaal nummer", "fiscaal identificatienummer", "fiscaalnummer", "belastingnummer", "RSIN", "BSN/RSIN",
    "RSIN/BSN", "bsn werknemer", "bsn patiënt", "bsn patient", "bsn cliënt", "bsn client", "bsn kind",
    "bsn partner", "bsn klant", "bsn medewerker", "persoons id", "dutch bsn", "dutch bsn number",
    "dutch citizen service number", "dutch citizen number", "dutch service number", "dutch sofi number",
    "dutch ssn", "dutch social security number", "dutch personal number",
    "dutch personal identification number", "dutch personal public service number", "dutch national id",
    "dutch national identification number", "dutch national identity number", "dutch identity number",
    "dutch identification number", "dutch id number", "dutch id", "dutch personal id", "dutch tax id",
    "dutch tax number", "dutch tin", "netherlands bsn", "netherlands citizen service number",
    "netherlands national id", "citizen service number", "citizen service no", "citizen's service number",
    "citizens service number", "burger service number", "niederländische bsn", "bürgerservicenummer",
    "bürger-service-nummer", "bürgerservicenr", "niederländische bürgernummer",
    "niederländische personennummer", "niederländische sozialversicherungsnummer",
    "niederländische steuernummer", "numéro bsn", "numéro de service citoyen",
    "numéro de service du citoyen", "numéro citoyen", "numéro bsn néerlandais", "número bsn",
    "número de servicio ciudadano", "número de servicio al ciudadano", "número de ciudadano", "numero bsn",
    "numero di servizio del cittadino", "numero de serviço ao cidadão", "número de serviço do cidadão",
    "numer bsn", "numeru bsn", "numer sofi", "numer BSN holenderski", "nr bsn",
    "hollandalı vatandaşlık numarası", "vatandaş servis numarası", "bsn numarası", "bsn-numero",
    "BSN номер", "national id", "national id number", "national id no", "national id card",
    "national identity number", "national identity no", "national identity card",
    "national identification number", "national identification no", "national identification code",
    "national identifier", "national number", "nat id", "nid", "id number", "id no", "id num", "id code",
    "id card", "id card number", "identity number", "identity no", "identity code", "identity card",
    "identification number", "identification no", "identification code", "personal id",
    "personal id number", "personal id no", "personal id code", "personal identification number",
    "personal identification code", "personal identity number", "personal identity code", "personal code",
    "personal number", "personal no", "citizen id", "citizen number", "government id",
    "civil registration number", "population register number",
];
