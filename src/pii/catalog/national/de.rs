//! Identifiers of Germany.

use super::{Check, Rule, Shape};
use crate::pii::{Entity, check::national::de};

pub(in crate::pii) const RULES: &[Rule] = &[
    Rule {
        entity: Entity::DE_ID_CARD,
        shapes: &[
            Shape::new("A*{8}9").alone(350),
            labelled("A*{8}", 850),
            labelled("9{10}", 900),
            Shape::new("9{10}A"),
            Shape::new("A*{8}9A"),
            Shape::new("A*{8} 9"),
            Shape::new("A*{8}-9"),
            Shape::new("A*{8} 9A"),
            Shape::new("9{9} 9"),
            labelled("A*{2} *{3} *{3}", 850),
            Shape::new("A*{2}-*{3}-*{3}-9"),
            Shape::new("A*{2} *{3} *{3} 9"),
            Shape::new("A*{4} *{4}9"),
            Shape::new("A*{4}-*{4}9"),
            Shape::new("A*{3}-*{5}9"),
        ],
        check: Some(Check { name: "7-3-1, mod 10", holds: de::id_card }),
        labels: CARD,
    },
    Rule {
        entity: Entity::DE_TAX_ID,
        shapes: &[
            Shape::new("9{11}"),
            Shape::new("9{2} 9{3} 9{3} 9{3}").alone(400),
            Shape::new("9{2}~9{3}~9{3}~9{3}"),
            Shape::new("9{2}/9{3}/9{3}/9{3}"),
            Shape::new("9{3}~9{3}~9{3}~9{2}"),
            Shape::new("9{5} 9{6}"),
            Shape::new("9{2} 9{9}"),
            Shape::new("9{2}-9{9}"),
            Shape::new("9{3} 9{4} 9{4}"),
            Shape::new("9{4} 9{4} 9{3}"),
            Shape::new("9{5} 9{3} 9{3}"),
            Shape::new("9{5}/9{3}/9{3}"),
            Shape::new("9{2} 9{3} 9{6}"),
        ],
        check: Some(Check { name: "repeats, MOD 11,10", holds: de::tax_id }),
        labels: TAX,
    },
];

/// A shape that less than the usual check supports, at this confidence in thousandths with a label.
const fn labelled(pattern: &'static str, permille: u16) -> Shape {
    Shape { labelled: permille, ..Shape::new(pattern) }
}

#[rustfmt::skip]
const CARD: &[&str] = &[
    "Personalausweis", "Personalausweisnummer", "Personalausweis-Nr", "Personalausweisnr",
    "PersonalausweisNr", "Personalausweis Nummer", "Perso", "Perso-Nr", "Persoausweis", "Perso Nummer",
    "Personalausweises", "Nummer des Personalausweises", "Ausweisnummer", "Ausweis-Nr", "Ausweis Nr",
    "Ausweisnr", "Ausweis", "Ausweises", "Ausweis Nummer", "Ausweisdokument", "Ausweisdokumentnummer",
    "Ausweis-ID", "Ausweiskennung", "Ausweiskarte", "Ausweis Kennziffer", "Seriennummer des Ausweises",
    "Seriennummer Personalausweis", "Dokumentennummer", "Dokument-Nr", "Dokumentnummer", "Dokumenten-Nr",
    "Dokumentennr", "PA-Nummer", "PA-Nr", "PA Nr", "PANr", "panr", "ID-Nr", "ID Nr", "BPA", "BPA-Nr",
    "BPA Nummer", "nPA", "npa", "nPA-Nummer", "Bundespersonalausweis", "eID-Karte", "Online-Ausweis", "eAT",
    "eat", "vorläufiger Personalausweis", "Identitätskarte", "Identitätsnummer", "ID-Karte",
    "ID-Kartennummer", "ID-Nummer", "Legitimationsnummer", "Legitimation", "Legitimationsdokument",
    "ausgewiesen durch", "Lichtbildausweis", "Aufenthaltstitel", "Reisepass oder Personalausweis",
    "Personalausweis/Reisepass", "ausweisnummer personalausweis", "personalausweis id", "perso id",
    "personal ausweis", "de id card", "german personalausweis", "id card de", "id document number",
    "identity document number", "identity document", "id document", "id doc number", "document number",
    "document no", "doc number", "doc no", "card number of the id", "carte d'identité allemande",
    "carte d'identité", "documento de identidad alemán", "documento de identidad", "carta d'identità",
    "carta d'identità tedesca", "numero carta d'identità", "dowód osobisty", "dowodu osobistego",
    "niemiecki dowód osobisty", "duitse identiteitskaart", "identiteitskaart", "Alman kimlik",
    "identity card number", "identity card no", "id card no", "id card num", "german id",
    "german id number", "german id card", "german id card number", "german identity card",
    "german identity card number", "german national id", "german national id number",
    "german national id card", "german identity document", "national id", "national id number",
    "national id no", "national id card", "national identity number", "national identity no",
    "national identity card", "national identification number", "national identification no",
    "national identification code", "national identifier", "national number", "nat id", "nid", "id number",
    "id no", "id num", "id card", "id card number", "identity number", "identity no", "identity card",
    "identification number", "identification no", "personal id", "personal id number", "personal id no",
    "personal id code", "personal identification number", "personal identity number", "citizen id",
    "citizen number", "government id",
];

#[rustfmt::skip]
const TAX: &[&str] = &[
    "Steuer-ID", "Steuer-Id-Nr", "Steuer-IdNr", "SteuerIdNr", "Steuer ID Nr", "Steuer-ID-Nummer",
    "Steuerid Nummer", "Steueridentifikationsnummer", "Steuer-Identifikationsnummer",
    "Steueridentifikationsnr", "Steuer-Identifikations-Nr", "Steuerident", "Steuer-Identnummer",
    "Steueridentnummer", "Steuer-Ident-Nr", "Steuerident-Nr", "steuerliche Identifikationsnummer",
    "steuerlichen Identifikationsnummer", "steuerliche Identnummer", "steuerliche ID",
    "steuerl. Identifikationsnummer", "steuerliche IdNr", "Identifikationsnummer", "Identifikations-Nr",
    "Identifikationsnr", "Identnummer", "Ident-Nr", "Identnr", "IdNr", "idnr", "steuer idnr",
    "steuerl idnr", "tin idnr", "st idnr", "st id nr", "steuer ident nr", "Id-Nr", "IdNummer", "idnummer",
    "persönliche Identifikationsnummer", "Steuernummer", "Steuernr", "Steuer-Nr", "Steuer Nr", "StNr",
    "stnr", "St.-Nr", "St-Nr", "Steuerkennzeichen", "Persönliche Steuernummer", "Steuer-Kennnummer",
    "Steuerkennnummer", "Steuer Kenn Nr", "TIN Deutschland", "Tax-ID", "TaxID", "taxid",
    "Steuerausländer TIN", "Steuernummer TIN", "Lohnsteuer-ID", "Lohnsteuer ID",
    "elektronische Lohnsteuerkarte", "eTIN", "etin", "ELStAM", "elstam", "Elster", "BZSt", "bzst",
    "Bundeszentralamt für Steuern", "Finanzamt Steuer-ID", "Steuerpflichtigen-ID", "Steuerzahlernummer",
    "Bürgernummer", "deutsche steuer id", "ID-Nummer Steuer", "Wirtschafts-Identifikationsnummer", "tin de",
    "tax id de", "de tax id", "de tin", "steuer id nr de", "steuerident de", "idnr de", "steuer identnr",
    "steuernr id", "identification number for tax purposes", "numéro fiscal allemand",
    "numéro d'identification fiscale", "numéro fiscal", "identifiant fiscal",
    "número de identificación fiscal", "codice fiscale tedesco", "numer identyfikacji podatkowej",
    "niemiecki numer podatkowy", "numer podatkowy", "fiscaal nummer", "Duits belastingnummer",
    "vergi kimlik numarası", "Alman vergi numarası", "налоговый номер", "идентификационный налоговый номер",
    "steuer identificationsnummer", "steuer indentifikationsnummer", "german tax id",
    "german tax id number", "german tax number", "german tax identification number", "german tax code",
    "german tin", "german taxpayer id", "german taxpayer number", "german tax identification",
    "german personal tax id", "german income tax number", "tax id", "tax id number", "tax id no",
    "tax number", "tax no", "tax code", "tax identification number", "tax identification no",
    "tax identification code", "tax identification", "tax identifier", "tin", "tin number", "tin no",
    "taxpayer id", "taxpayer id number", "taxpayer identification number", "taxpayer identifier",
    "taxpayer number", "fiscal number", "fiscal code", "fiscal id", "personal tax id",
    "personal tax number",
];
