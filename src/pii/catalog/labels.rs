//! The words that announce a value, in eleven languages: lower case, without accents, parts of compounds apart.
//!
//! A phrase matches whole words only. Sources: the usual words of forms in English, German, French, Spanish,
//! Italian, Portuguese, Dutch, Polish, Swedish, Danish and Turkish; keys of JSON and SQL in public schemas.

/// Announces a payment card.
#[rustfmt::skip]
pub(in crate::pii) const CARD: &[&str] = &[
    "credit card", "credit card number", "debit card", "card number", "card no", "card num", "card nr", "card",
    "cc number", "cc num", "ccnum", "cc no", "ccn", "pan", "cardnumber", "creditcard", "visa", "mastercard",
    "amex", "maestro", "american express", "discover", "unionpay", "jcb", "kreditkarte", "kreditkartennummer",
    "kartennummer", "karte", "carte bancaire", "carte de credit", "carte", "numero de carte", "cb",
    "tarjeta de credito", "tarjeta", "numero de tarjeta", "carta di credito", "carta", "numero della carta",
    "cartao de credito", "cartao", "numero do cartao", "creditcardnummer", "kaartnummer", "creditkaart",
    "karta kredytowa", "karta", "karty", "numer karty", "kreditkort", "kortnummer", "kredi karti", "kart numarasi",
];

/// Announces a social security number of the United States.
#[rustfmt::skip]
pub(in crate::pii) const SSN: &[&str] = &[
    "ssn", "social security number", "social security no", "social security num", "social security",
    "soc sec no", "soc sec", "socialsecuritynumber", "ss number", "ssn number", "ssnum", "us ssn", "taxpayer ssn",
    "numero de seguro social", "seguro social", "sozialversicherungsnummer usa",
];

/// Announces a telephone number.
#[rustfmt::skip]
pub(in crate::pii) const PHONE: &[&str] = &[
    "phone", "phone number", "phone no", "phone nr", "phonenumber", "telephone", "telephone number", "tel", "tel no",
    "tel nr", "telno", "mobile", "mobile number", "mobile no", "mobile phone", "cell", "cell phone", "cellphone",
    "cell number", "landline", "fax", "fax number", "faxnumber", "contact number", "contact no", "call me at",
    "call me on", "call us at", "call us on", "call at", "call on", "reach me at", "reach me on", "reach us at",
    "reached at", "reached on", "text me at", "text me on", "ring me on", "phone me on", "whatsapp", "sms", "msisdn",
    "hotline", "=call", "=ring", "=text", "=or call", "=desk", "=office", "=contact", "messages to", "answering at", "dial", "telefon", "telefonnummer", "telefon nr", "telefonnr", "handy", "handynummer", "mobil",
    "mobilnummer", "mobiltelefon", "mobilfunknummer", "rufnummer", "festnetz", "festnetznummer", "erreichbar unter",
    "ruckrufnummer", "faxnummer", "durchwahl", "rufen sie mich an unter", "tel portable", "portable",
    "telephone portable", "numero de telephone", "numero de portable", "appelez moi au", "joignable au", "fixe",
    "telefono", "numero de telefono", "movil", "telefono movil", "celular", "telefono celular", "numero de celular",
    "fijo", "llamame al", "llameme al", "cellulare", "numero di telefono", "telefono cellulare", "numero di cellulare",
    "chiamami al", "recapito telefonico", "telefone", "numero de telefone", "telemovel", "telefone celular", "fone",
    "ligue para", "contacto", "telefoon", "telefoonnummer", "mobiel", "mobiele nummer", "gsm", "gsm nummer",
    "bel me op", "bereikbaar op", "mobieltje", "numer telefonu", "telefonu", "telefon komorkowy", "komorka",
    "komorkowy", "nr telefonu", "nr tel", "numer tel", "telefonszam", "puhelin", "puhelinnumero", "telefonnumer",
    "mobilnr", "tlf", "tlf nr", "tlfnr", "telefon numarasi", "cep telefonu", "gsm no", "cep tel", "whats app",
    "電話番号", "電話", "携帯", "携帯電話", "電話號碼", "电话", "手机", "手机号", "手機", "전화번호", "전화", "휴대폰", "телефон",
    "номер телефона", "тел", "моб", "τηλεφωνο", "κινητο",
];

/// Announces a date of birth.
#[rustfmt::skip]
pub(in crate::pii) const BIRTH: &[&str] = &[
    "date of birth", "dateofbirth", "birth date", "birthdate", "birthday", "birth day", "bday", "dob", "d o b", "born",
    "born on", "birth dt", "date birth", "birth", "was born on", "geboren", "geboren am", "geburtsdatum", "geburtstag",
    "geb", "geb am", "geb dat", "ne le", "nee le", "ne e le", "date de naissance", "naissance", "date naissance",
    "fecha de nacimiento", "fecha nacimiento", "nacimiento", "nacido el", "nacida el", "nacido", "nacida", "f nacimiento",
    "fec nac", "f nac", "data di nascita", "data nascita", "nato il", "nata il", "nato a", "nata a", "nascita",
    "data de nascimento", "data nascimento", "nascimento", "nascido em", "nascida em", "nascido a", "dt nasc",
    "data nasc", "geboortedatum", "geboren op", "geb datum", "gebdatum", "data urodzenia", "urodzenia", "urodzony",
    "urodzona", "ur", "fodelsedatum", "fodd", "fodselsdato", "fodt", "syntymaaika", "dogum tarihi", "datum narozeni",
    "narozen", "data nasterii", "szuletesi datum", "生年月日", "出生日期", "생년월일", "дата рождения", "родился",
    "ημερομηνια γεννησης",
];

/// Announces a network address.
#[rustfmt::skip]
pub(in crate::pii) const IP: &[&str] = &[
    "ip", "ip address", "ipaddress", "ip addr", "ipaddr", "ipv4", "ipv6", "client ip", "remote addr", "host", "from",
    "server", "gateway", "dns", "subnet", "network", "peer", "src", "dst", "source", "destination", "adresse ip",
    "direccion ip", "ip adresse", "indirizzo ip", "adres ip", "endereco ip", "listen", "bind", "addr", "address",
];

/// Announces a hardware address.
#[rustfmt::skip]
pub(in crate::pii) const MAC: &[&str] = &[
    "mac", "mac address", "macaddress", "mac addr", "hwaddr", "hardware address", "ethernet", "ether", "bssid",
    "link ether", "adresse mac", "direccion mac", "mac adresse", "indirizzo mac", "physical address",
];

/// Announces a number with dots that is no network address.
#[rustfmt::skip]
pub(in crate::pii) const VERSION: &[&str] = &[
    "version", "versions", "ver", "v", "release", "rev", "revision", "build", "firmware", "driver", "sdk", "api",
    "upgrade to", "upgraded to", "updated to", "update to", "section", "chapter", "clause", "article", "paragraph",
    "figure", "table", "appendix", "abschnitt", "kapitel", "oid", "assembly", "fileversion", "kernel", "version de",
];

/// Announces a number of another kind.
#[rustfmt::skip]
pub(in crate::pii) const OTHER: &[&str] = &[
    "nhs", "npi", "id card", "id card no", "id card number", "identity card", "identity card number", "nip", "regon", "siret", "siren", "cnpj", "cpf", "nif", "nie", "dni", "imei", "imsi", "isbn", "issn", "ean",
    "gtin", "upc", "tracking", "order", "order no", "order id", "invoice", "batch", "lot", "part", "part no", "item", "sku",
    "serial", "serial no", "seq", "sequence", "ticket", "reference", "ref", "account", "account no", "account number", "konto",
    "kontonummer", "routing", "aba", "ein", "tin", "itin", "tax id", "taxid", "steuer id", "steuernummer", "ust id", "vat",
    "pesel", "rut", "cuit", "curp", "rfc", "abn", "acn", "tfn", "medicare", "sin", "passport", "passport no",
    "passport number", "reisepass", "license", "licence", "vin", "policy", "claim", "member", "mrn", "egn", "cnp", "bsn", "kvk",
    "oib", "amka", "afm", "personnummer", "orgnr", "aadhaar", "gstin", "iban", "meter", "transaction", "confirmation", "booking",
    "zip", "postal code", "utr", "nino", "nrn", "ssn", "social security number", "barcode", "uuid", "guid", "hash", "checksum",
    "commit", "pid", "port", "timestamp", "epoch", "trace id", "span id", "request id", "session", "dea", "cusip", "isin",
];
