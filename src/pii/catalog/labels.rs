//! The words that announce what has a recognizer of its own, and the words that announce something else.
//!
//! The national identifiers have theirs in their rules. A phrase matches whole words only. Sources: the usual words of forms in English, German, French, Spanish,
//! Italian, Portuguese, Dutch, Polish, Swedish, Danish and Turkish; keys of JSON and SQL in public schemas.

use super::{Kind, Kinds};

/// What a list announces; its words; whether a word of it, nearer to a value, takes the value away from other labels.
pub(in crate::pii) const LABELS: &[(Kinds, &[&str], bool)] = &[
    (Kinds::of(Kind::CREDIT_CARD), CARD, true),
    (Kinds::of(Kind::US_SSN), SSN, true),
    (Kinds::of(Kind::PHONE_NUMBER), PHONE, true),
    (Kinds::of(Kind::DATE_OF_BIRTH), BIRTH, true),
    (Kinds::of(Kind::IP_ADDRESS), IP, false),
    (Kinds::of(Kind::MAC_ADDRESS), MAC, false),
    (Kinds::of(Kind::GPS_COORDINATES), PLACE, false),
    (Kinds::of(Kind::IBAN), IBAN, true),
    (Kinds::of(Kind::CRYPTO_BTC), BITCOIN, false),
    (Kinds::of(Kind::CRYPTO_ETH), ETHEREUM, false),
    (Kinds::VERSION, VERSION, false),
    (Kinds::NONE, OTHER, true),
];

/// Announces a payment card.
#[rustfmt::skip]
const CARD: &[&str] = &[
    "credit card", "credit card number", "debit card", "card number", "card no", "card num", "card nr", "card",
    "cc", "cc number", "cc num", "ccnum", "cc no", "ccn", "pan", "cardnumber", "creditcard", "visa", "mastercard",
    "amex", "maestro", "american express", "discover", "unionpay", "jcb", "kreditkarte", "kreditkartennummer",
    "kartennummer", "karte", "carte bancaire", "carte de credit", "carte", "numero de carte", "cb",
    "tarjeta de credito", "tarjeta", "numero de tarjeta", "carta di credito", "carta", "numero della carta",
    "cartao de credito", "cartao", "numero do cartao", "creditcardnummer", "kaartnummer", "creditkaart",
    "karta kredytowa", "karta", "karty", "numer karty", "kreditkort", "kortnummer", "kredi karti", "kart numarasi",
];

/// Announces a social security number of the United States.
#[rustfmt::skip]
const SSN: &[&str] = &[
    "ssn", "social security number", "social security no", "social security num", "social security",
    "soc sec no", "soc sec", "socialsecuritynumber", "ss number", "ssn number", "ssnum", "us ssn", "taxpayer ssn",
    "numero de seguro social", "seguro social", "sozialversicherungsnummer usa",
];

/// Announces a telephone number.
#[rustfmt::skip]
const PHONE: &[&str] = &[
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
const BIRTH: &[&str] = &[
    "date of birth", "dateofbirth", "birth date", "birthdate", "birthday", "birth day", "bday", "dob", "d o b", "born",
    "born on", "birth dt", "date birth", "birth", "was born on", "geboren", "geboren am", "geburtsdatum", "geburtstag",
    "geb", "geb am", "geb dat", "ne le", "nee le", "ne e le", "date de naissance", "naissance", "date naissance",
    "fecha de nacimiento", "fecha nacimiento", "nacimiento", "nacido el", "nacida el", "nacido", "nacida", "f nacimiento",
    "fec nac", "f nac", "data di nascita", "data nascita", "nato il", "nata il", "nato a", "nata a", "nascita",
    "data de nascimento", "data nascimento", "nascimento", "nascido em", "nascida em", "nascido a", "dt nasc",
    "data nasc", "geboortedatum", "geboren op", "geb datum", "gebdatum", "data urodzenia", "urodzenia", "urodzony",
    "urodzona", "ur", "fodelsedatum", "fodd", "fodselsdato", "fodt", "syntymaaika", "dogum tarihi", "datum narozeni",
    "narozen", "data nasterii", "szuletesi datum", "生年月日", "出生日期", "생년월일", "дата рождения", "родился",
    "ημερομηνια γεννησης", "date of birth is", "born in", "d ob", "dt of birth", "birthdate is", "year of birth", "syntynyt", "syntymapaiva",
    "synt", "fodelsedag", "fodselsdag", "fodselsdatum", "fodt den", "fodd den", "dato for fodsel", "dogum gunu", "dogumlu", "dogdu",
    "narozena", "datum narodenia", "narodeny", "datum rodenja", "rodjen", "roden", "rodena", "datum rojstva", "nascut", "nascuta",
    "data nasterii", "szuletett", "szul", "sunniaeg", "sundinud", "dzimsanas datums", "gimimo data", "ur dnia", "data ur", "dzien urodzenia",
    "дата на раждане", "роден", "родена", "дата народження", "родилась", "д р", "תאריך לידה", "נולד", "נולדה", "जन्म तिथि", "जन्म तारीख",
    "วันเกิด", "เกิดวันที่", "วันเดือนปีเกิด", "出生", "生日", "誕生日", "생일", "출생일", "tarikh lahir", "tanggal lahir", "ngay sinh",
    "datas de nascimento", "nacio el", "nacido en fecha", "compleanno", "geboortedag", "geb op", "gebdat", "geburts datum",
];

/// Announces a network address.
#[rustfmt::skip]
const IP: &[&str] = &[
    "ip", "ip address", "ipaddress", "ip addr", "ipaddr", "ipv4", "ipv6", "client ip", "remote addr", "host", "from",
    "server", "gateway", "dns", "subnet", "network", "peer", "src", "dst", "source", "destination", "adresse ip",
    "direccion ip", "ip adresse", "indirizzo ip", "adres ip", "endereco ip", "listen", "bind", "addr", "address",
];

/// Announces a hardware address.
#[rustfmt::skip]
const MAC: &[&str] = &[
    "mac", "mac address", "macaddress", "mac addr", "hwaddr", "hardware address", "ethernet", "ether", "bssid",
    "link ether", "adresse mac", "direccion mac", "mac adresse", "indirizzo mac", "physical address",
];

/// Announces a number with dots that is no network address.
#[rustfmt::skip]
const VERSION: &[&str] = &[
    "version", "versions", "ver", "v", "release", "rev", "revision", "build", "firmware", "driver", "sdk", "api",
    "upgrade to", "upgraded to", "updated to", "update to", "section", "chapter", "clause", "article", "paragraph",
    "figure", "table", "appendix", "abschnitt", "kapitel", "oid", "assembly", "fileversion", "kernel", "version de",
];

/// Announces a place on earth.
#[rustfmt::skip]
const PLACE: &[&str] = &[
    "gps", "gps coordinates", "coordinates", "coordinate", "coords", "coord", "location", "position", "geolocation", "geo",
    "geo location", "geo point", "geopoint", "lat lon", "lat lng", "lat long", "latlng", "latlon", "latitude", "longitude", "lon lat",
    "long lat", "last seen at", "point", "standort", "koordinaten", "position gps", "coordonnees", "coordonnees gps",
    "localisation", "emplacement", "ubicacion", "coordenadas", "posicion", "localizacao", "posicao", "posizione", "coordinate gps",
    "locatie", "positie", "coordinaten", "lokalizacja", "wspolrzedne", "polozenie", "sijainti", "koordinater", "plats", "konum",
    "koordinatlar", "souradnice", "координати", "координаты", "местоположение", "位置", "坐标", "座標", "緯度経度", "좌표", "위치", "พิกัด", "निर्देशांक",
];

/// Announces a bank account with country and check digits.
const IBAN: &[&str] = &["iban", "compte iban", "iban nr", "iban number", "rekeningnummer", "bankverbindung"];

const BITCOIN: &[&str] =
    &["btc", "bitcoin", "btc wallet", "bitcoin address", "btc address", "bitcoin wallet"];

const ETHEREUM: &[&str] =
    &["eth", "ethereum", "eth wallet", "ethereum address", "eth address", "ethereum wallet", "0x address"];

/// Announces a number of another kind.
#[rustfmt::skip]
const OTHER: &[&str] = &[
    "regon", "siren", "imsi", "isbn", "issn", "ean", "gtin", "upc", "tracking", "tracking number", "tracking no", "order",
    "order no", "order id", "order number", "invoice", "invoice no", "invoice number", "batch", "lot", "part", "part no", "part number",
    "item", "item no", "sku", "serial", "serial no", "serial number", "seq", "sequence", "ticket", "reference", "ref", "policy",
    "policy number", "claim", "claim number", "member", "member id", "meter", "transaction", "transaction id", "confirmation",
    "confirmation number", "booking", "booking reference", "zip", "zip code", "postal code", "postcode", "barcode", "uuid", "guid",
    "hash", "checksum", "commit", "pid", "port", "timestamp", "epoch", "trace id", "span id", "request id", "session", "session id",
    "cusip", "isin", "kvk", "amka", "afm", "orgnr", "rfc", "nonce", "case number", "case no", "file number", "bestellnummer",
    "rechnungsnummer", "auftragsnummer", "kundennummer", "artikelnummer", "vorgangsnummer", "aktenzeichen", "sendungsnummer",
    "commande", "numero de commande", "facture", "numero de facture", "pedido", "numero de pedido", "factura", "ordine", "fattura",
    "bestelling", "bestelnummer", "factuurnummer", "zamowienie", "faktura", "nr faktury", "ordrenummer", "ordernummer", "size", "count",
    "offset", "length", "bytes", "duration", "elapsed", "latency", "price", "amount", "total", "quantity", "qty", "stock", "weight",
    "width", "height", "row", "line", "page", "pages", "step", "iteration", "counter", "build", "seed", "customer id", "user id",
    "customer number", "product id", "job id", "process id", "thread", "ts", "time", "mtime",
];
