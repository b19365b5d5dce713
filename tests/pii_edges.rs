//! Values at the edge of what starts a look at a text: written from the rules of the identifiers.

use incog::pii::Scanner;

/// Entity and text of each finding.
fn found(text: &str) -> Vec<(String, &str)> {
    let findings = Scanner::new().scan(text.as_bytes());
    findings.iter().map(|f| (f.entity().to_string(), &text[f.range()])).collect()
}

/// At the start of the text, behind words, and before more of it.
fn everywhere(value: &str, mut check: impl FnMut(&str)) {
    for (before, behind) in
        [("", ""), ("see ", ""), ("", " and so on"), ("it is in the list: ", ", they say")]
    {
        check(&format!("{before}{value}{behind}"));
    }
}

fn is_found(entity: &str, value: &str) {
    everywhere(value, |text| {
        assert_eq!(found(text), [(entity.to_owned(), value)], "{text}");
    });
}

/// IEEE 802: six groups of two hexadecimal digits or three of four; what starts a look is a decimal digit, which may be in
/// any one of the groups.
#[test]
fn a_hardware_address_is_found_wherever_its_only_digit_is() {
    for (group, digits, groups) in [("ab", ["1b", "a1"], 6), ("abcd", ["1bcd", "abc1"], 3)] {
        let separators: &[&str] = if groups == 6 { &["-", ":"] } else { &["."] };
        for place in 0..groups {
            for digit in digits {
                for separator in separators {
                    let mut parts = vec![group; groups];
                    parts[place] = digit;
                    is_found("MAC_ADDRESS", &parts.join(separator));
                }
            }
        }
    }
    // A word before it that is none of its groups, though it has a hexadecimal digit.
    assert_eq!(found("bg-1b-22-33-44-55-66"), [("MAC_ADDRESS".to_owned(), "1b-22-33-44-55-66")]);
    // One group too many.
    assert_eq!(found("see ab-1b-22-33-44-55-66"), []);
}

/// Receita Federal, Instrução Normativa 2.229/2024: from 2026 on all but the two check digits may be letters; each counts as its code less
/// 48, and the check digits are those modulo 11.
#[test]
fn a_company_number_of_brazil_is_found_with_letters_only() {
    for number in ["AB.CDE.FGH/IJKL-80", "1B.CDE.FGH/IJKL-02", "A2.CDE.FGH/IJKL-67", "12.ABC.345/01DE-35"] {
        // What follows is found too. Two digits before the end of a line start no look: of letters alone, a number is
        // found where more stands behind it.
        for before in ["", "Empresa ", "a empresa tem o número "] {
            let text = format!("{before}{number} ada@example.org");
            let expected = [("BR_CNPJ".to_owned(), number), ("EMAIL_ADDRESS".to_owned(), "ada@example.org")];
            assert_eq!(found(&text), expected);
        }
    }
    assert_eq!(found("AB.CDE.FGH/IJKL-81"), []);
}

/// BIP 350: the shortest address has 14 characters.
#[test]
fn the_shortest_segwit_address_is_found() {
    is_found("CRYPTO_BTC", "BC1SW50QGDZ25J");
}

/// Births are recorded at full hours, if a time is written at all; lines of logs are not.
#[test]
fn a_date_with_a_time_is_a_birth_at_a_full_hour_only() {
    for label in ["date of birth: ", "born on "] {
        for (time, is_birth) in
            [("", true), ("T00:00:00Z", true), (" 10:00", true), ("T10:15:00Z", false), (" 23:59", false)]
        {
            let text = format!("{label}1990-05-12{time}");
            let births = found(&text).into_iter().filter(|(entity, _)| entity == "DATE_OF_BIRTH").count();
            assert_eq!(births, usize::from(is_birth), "{text}");
        }
    }
}

/// E.164: the plus says what it is, also where a digit alone would need a label.
#[test]
fn an_international_number_before_a_comma_is_found() {
    for end in ["", ",", "\"", ";", "}", "\n"] {
        let text = format!("call +12015550123{end}");
        assert_eq!(found(&text), [("PHONE_NUMBER".to_owned(), "+12015550123")], "{text:?}");
        assert_eq!(found(&format!("order 12015550123{end}")), [], "{end:?}");
    }
}

/// What goes on as a name of a file or as an address is no number.
#[test]
fn an_identifier_that_goes_on_is_none() {
    for (entity, value) in [("BR_CNPJ", "16.727.230/0001-97"), ("BR_CPF", "390.533.447-05")] {
        assert_eq!(found(&format!("{value} is it")), [(entity.to_owned(), value)]);
        assert_eq!(found(&format!("it is {value}.")), [(entity.to_owned(), value)]);
        assert_eq!(found(&format!("{value}.pdf")), []);
        let text = format!("{value}@example.org");
        assert!(found(&text).iter().all(|(found, _)| found == "EMAIL_ADDRESS"), "{:?}", found(&text));
    }
}

/// A name of a host begins with its own first letter.
#[test]
fn an_address_of_a_page_starts_at_the_start_of_a_word() {
    assert_eq!(found("see www.example.org now"), [("URL".to_owned(), "www.example.org")]);
    for text in ["see awww.example.org now", "see 7www.example.org now"] {
        assert_eq!(found(text), [], "{text}");
    }
}

/// The fewest digits that a value has: four with three signs between them, or with two.
#[test]
fn values_of_few_digits_are_found() {
    is_found("IP_ADDRESS", "9.9.9.9");
    for (text, entity, value) in [
        ("date of birth: 1/2/90", "DATE_OF_BIRTH", "1/2/90"),
        ("born on 1.2.90 in Linz", "DATE_OF_BIRTH", "1.2.90"),
        ("coordinates 4.12, 52.13", "GPS_COORDINATES", "4.12, 52.13"),
    ] {
        assert_eq!(found(text), [(entity.to_owned(), value)], "{text}");
    }
}

/// What stands behind a value is looked at as well, wherever the value stands.
#[test]
fn what_follows_a_bank_code_is_found() {
    for before in ["bic ", "the code of the bank is, as the list of today says, bic: "] {
        let text = format!("{before}DEUTDEFF ada@example.org");
        let entities: Vec<String> = found(&text).into_iter().map(|(entity, _)| entity).collect();
        assert_eq!(entities, ["SWIFT_BIC", "EMAIL_ADDRESS"], "{text}");
    }
}
