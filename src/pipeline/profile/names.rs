//! What the name of a column says: whole words in many languages, never parts of words.

use super::{ColumnKind, vote::Vote};

/// The words of a column's name in lower case, without accents: `patientBirthDate`, `patient_birth_date` and
/// `PATIENT-BIRTH-DATE` are three words each.
pub(super) fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, &c) in characters.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| characters[i]);
        let after = characters.get(i + 1);
        let starts = before.is_some_and(|b| {
            (b.is_lowercase() && c.is_uppercase())
                || (b.is_uppercase() && c.is_uppercase() && after.is_some_and(|a| a.is_lowercase()))
                || b.is_numeric() != c.is_numeric()
        });
        if starts || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            c.to_lowercase().for_each(|c| fold(c, word));
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

fn fold(c: char, word: &mut String) {
    let plain = match c {
        'ä' | 'æ' => "ae",
        'ö' | 'ø' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ù' | 'ú' | 'û' => "u",
        'ł' => "l",
        'ś' | 'š' => "s",
        'ý' => "y",
        'ź' | 'ż' | 'ž' => "z",
        c => return word.push(c),
    };
    word.push_str(plain);
}

pub(super) fn vote(words: &[String]) -> Option<Vote> {
    if let Some(part) = person_part(words) {
        let why = format!("a person's {part}");
        return Vote::new(ColumnKind::Identifying, 0.9, why);
    }
    // Identifying first: `birth name` is a name.
    let lists = [
        (ColumnKind::Identifying, 0.9, PERSON_NUMBERS, "a word for what identifies"),
        (ColumnKind::Identifying, 0.9, IDENTIFYING, "a word for what identifies"),
        (ColumnKind::QuasiIdentifying, 0.85, BIRTH, "a word for what others may know"),
        (ColumnKind::QuasiIdentifying, 0.85, POSTAL, "a word for what others may know"),
        (ColumnKind::QuasiIdentifying, 0.85, QUASI, "a word for what others may know"),
        (ColumnKind::Sensitive, 0.85, SENSITIVE, "a word for what nobody should learn"),
        (ColumnKind::FreeText, 0.8, TEXT, "a word for text"),
    ];
    lists.into_iter().find_map(|(kind, confidence, phrases, what)| {
        let phrase = find(words, phrases)?;
        Vote::new(kind, confidence, format!("'{phrase}' is {what}"))
    })
}

/// The first of `phrases` whose words stand side by side in `words`; after `=`, with no others.
fn find(words: &[String], phrases: &'static str) -> Option<&'static str> {
    phrases.split(", ").find_map(|phrase| {
        let (whole, phrase) = phrase.strip_prefix('=').map_or((false, phrase), |p| (true, p));
        let wanted: Vec<&str> = phrase.split(' ').collect();
        let found =
            words.windows(wanted.len()).any(|w| w == wanted) && (!whole || words.len() == wanted.len());
        found.then_some(phrase)
    })
}

pub(super) fn holds(list: &str, word: &str) -> bool {
    list.split(", ").any(|w| w == word)
}

/// `name` or `number` if `words` speak of that of a person, side by side: `patient_id`, `customerName`, `nr_kunde`,
/// but not `driver_version_number`.
fn person_part(words: &[String]) -> Option<&'static str> {
    let beside = |left: &[&str], right: &str| {
        let owner = |word: &str| left.iter().any(|list| holds(list, word));
        words
            .windows(2)
            .any(|w| (owner(&w[0]) && holds(right, &w[1])) || (holds(right, &w[0]) && owner(&w[1])))
    };
    if beside(&[PERSONS, WHICH_NAME], NAME_WORDS) {
        return Some("name");
    }
    beside(&[PERSONS], NUMBER_WORDS).then_some("number")
}

/// Whether a column of this name tells persons apart.
pub(in crate::pipeline) fn numbers_persons(name: &str) -> bool {
    let words = words(name);
    person_part(&words) == Some("number") || find(&words, PERSON_NUMBERS).is_some()
}

/// Whether a column of this name holds postal codes.
pub(in crate::pipeline) fn is_postal(name: &str) -> bool {
    find(&words(name), POSTAL).is_some()
}

/// Whether a column of this name is about a birth.
pub(in crate::pipeline) fn is_birth(name: &str) -> bool {
    find(&words(name), BIRTH).is_some()
}

/// English, German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian; some Russian, Chinese, Japanese.
/// Only words that mean the same in most tables: `cap`, `genre` and `pan` are left out.
const PERSONS: &str = "\
    patient, patients, person, customer, client, user, employee, member, student, pupil, subject, \
    participant, beneficiary, citizen, resident, tenant, borrower, passenger, guest, applicant, owner, \
    holder, cardholder, contact, doctor, physician, nurse, provider, practitioner, author, teacher, \
    mother, father, parent, spouse, guardian, subscriber, voter, driver, patienten, kunde, kunden, \
    mitarbeiter, personal, mitglied, mitglieds, versicherten, arzt, cliente, paciente, empleado, \
    usuario, employe, utilisateur, medecin, paziente, utente, klant, medewerker, kund, medarbejder";
const WHICH_NAME: &str = "\
    first, last, full, given, family, middle, maiden, birth, legal, preferred, nick, emergency, billing, \
    shipping, screen, completo, complet";
const NAME_WORDS: &str = "name, names, nom, nombre, nome, naam, navn, namn, initials";
const NUMBER_WORDS: &str = "\
    id, ids, identifier, number, num, no, nr, key, code, ref, reference, uuid, guid, nummer, numero, \
    kennung";
const PERSON_NUMBERS: &str = "\
    mrn, medical record, patientid, customerid, userid, memberid, employeeid, personid, ssn, social \
    security, nhs number, patientennummer, kundennummer, personalnummer, matrikelnummer, personnummer, \
    national id";
const IDENTIFYING: &str = "\
    =name, =names, fullname, firstname, lastname, surname, forename, maidenname, username, nickname, \
    login, =patient, =customer, =employee, =person, vorname, nachname, familienname, geburtsname, \
    prenom, =nom, nom famille, apellido, apellidos, =nombre, sobrenome, =nome, cognome, voornaam, \
    achternaam, =naam, fornavn, etternavn, efternamn, efternavn, имя, фамилия, фио, 姓名, 氏名, 名前, email, \
    emails, e mail, mail, emailaddress, courriel, correo, phone, phones, telephone, tel, mobile, cell \
    phone, cellphone, fax, telefon, telefonnummer, handy, telefono, telefone, celular, movil, telefoon, \
    телефон, 电话, 電話, address, addr, street, house number, adresse, anschrift, strasse, hausnummer, rue, \
    direccion, calle, endereco, indirizzo, straat, адрес, 地址, 住所, =id, =ids, =uuid, =guid, row id, \
    record id, record number, national insurance, nino, tax id, tin, tax number, passport, identity \
    card, driving licence, driver license, drivers license, licence number, license number, license \
    plate, number plate, kennzeichen, vin, aadhaar, cpf, dni, bsn, steuer id, steuernummer, \
    personalausweis, reisepass, sozialversicherungsnummer, versichertennummer, passeport, pasaporte, \
    codice fiscale, 身份证, iban, account number, account no, account id, account name, account holder, \
    kontonummer, card number, cardnumber, credit card, cc number, cvv, ip, ip address, ipaddress, mac \
    address, imei, imsi, device id, deviceid, cookie, session id, password, passwd, passwort, secret, \
    api key, token, fingerprint, biometric, signature";
const QUASI: &str = "\
    age, alter, edad, idade, leeftijd, возраст, 年齢, 年龄, sex, gender, geschlecht, sexe, sexo, sesso, \
    geslacht, genero, пол, 性别, 性別, city, town, county, state, region, province, country, district, \
    municipality, neighborhood, neighbourhood, canton, kanton, wohnort, stadt, bundesland, ville, \
    commune, pays, ciudad, pais, provincia, cidade, citta, comune, latitude, longitude, lat, lon, lng, \
    gps, location, nationality, citizenship, staatsangehoerigkeit, nationalite, nacionalidad, race, \
    ethnicity, ethnic, marital, maritalstatus, familienstand, civil status, estado civil, etat civil, \
    education, degree, school, ausbildung, bildungsabschluss, occupation, profession, job, jobtitle, \
    beruf, profesion, workclass, employer, arbeitgeber, language, muttersprache, height, weight, \
    household, children, dependents, ward, department, abteilung, hospital, clinic, facility, admission, \
    admitted, discharge, discharged";
const POSTAL: &str = "\
    zip, zipcode, postal, postcode, post code, plz, postleitzahl, postnummer, 邮编";
const BIRTH: &str = "\
    birth, birthdate, birthday, dob, born, birthyear, geburtsdatum, geburtstag, geburtsjahr, naissance, \
    nacimiento, nascimento, nascita, geboortedatum, fodselsdato, 生年月日, 出生日期";
const SENSITIVE: &str = "\
    diagnosis, diagnoses, disease, illness, condition, disorder, symptom, symptoms, icd, medication, \
    medications, drug, prescription, treatment, therapy, procedure, lab result, test result, hiv, \
    disability, pregnancy, blood type, genotype, diagnose, krankheit, medikament, behandlung, therapie, \
    behinderung, diagnostic, maladie, diagnostico, enfermedad, doenca, diagnosi, malattia, диагноз, 诊断, \
    診断, religion, religious, konfession, political, union membership, trade union, sexual orientation, \
    criminal, conviction, offence, offense, salary, wage, wages, income, earnings, gehalt, lohn, \
    einkommen, salaire, revenu, salario, sueldo, ingresos, stipendio, salaris, зарплата, 年収, debt, \
    credit score, creditscore";
const TEXT: &str = "\
    note, notes, comment, comments, remark, remarks, description, text, freetext, narrative, message, \
    messages, body, transcript, feedback, complaint, summary, bemerkung, bemerkungen, notiz, notizen, \
    kommentar, kommentare, beschreibung, anamnese, befund, remarque, remarques, commentaire, \
    commentaires, comentario, comentarios, observaciones, observacoes, osservazioni, opmerking, \
    opmerkingen, комментарий, 备注, 備考";
/// Words that speak against a person: cells that merely look like something are then not believed.
pub(super) const INNOCENT: &str = "\
    code, codes, year, years, version, versions, revision, build, release, schema, format, currency, \
    unit, status, flag, jahr, annee, ano, anno, jaar, codigo, codice, waehrung";
