//! Properties of tokens, encrypted values and shifted dates, on values that are drawn.

use incog::{
    ErrorKind,
    pseudonym::{Alphabet, DateShift, Ff1, Format, FormatPreserving, Key, KeySource, Tokenizer},
    table::Column,
};
use jiff::civil::Date;
use proptest::prelude::*;

use crate::pseudonym::{key, layout, luhn_holds, token};

/// Digits with separators among them, `least` digits or more.
fn spaced_digits(least: usize) -> impl Strategy<Value = String> {
    prop::collection::vec("[0-9][ ./()+-]{0,2}", least..20).prop_map(|parts| parts.concat())
}

proptest! {
    /// The guarantee of `Tokenizer`.
    #[test]
    fn tokens_are_equal_for_equal_values_of_one_domain_and_key_only(
        x in ".{0,80}", y in ".{0,80}", domain in "[a-z]{1,9}", other in "[a-z]{1,9}", kind in "[A-Z][A-Z0-9_]{0,9}",
    ) {
        let first = token(&key(7), &domain, &x);
        prop_assert_eq!(&first, &token(&key(7), &domain, &x));
        prop_assert_eq!(x == y, first == token(&key(7), &domain, &y));
        prop_assert_eq!(domain == other, first == token(&key(7), &other, &x));
        prop_assert_ne!(&first, &token(&key(8), &domain, &x));

        let of_kind = Tokenizer::new(&key(7), &domain, &kind).unwrap();
        let mut out = String::from("in a text: ");
        of_kind.token_into(&x, &mut out);
        let rest = first.strip_prefix("MRN").unwrap();
        prop_assert_eq!(out, format!("in a text: {kind}{rest}"));

        let (id, tag) = (rest[1..5].to_owned(), &rest[6..]);
        prop_assert_eq!(id, key(7).id().to_string());
        prop_assert_eq!(tag.len(), 16);
        prop_assert!(tag.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')));
    }

    #[test]
    fn kinds_outside_their_alphabet_are_refused(kind in "[a-zA-Z0-9_é -]{0,6}") {
        let fits = kind.starts_with(|c: char| c.is_ascii_uppercase())
            && kind.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        prop_assert_eq!(Tokenizer::new(&key(7), "d", &kind).is_ok(), fits);
    }

    /// The guarantee of `Ff1`.
    #[test]
    fn decryption_inverts_encryption_over_both_alphabets(digits in "[0-9]{6,40}", alnum in "[0-9a-z]{4,40}") {
        for (text, alphabet) in [(digits, Alphabet::DIGITS), (alnum, Alphabet::LOWER_ALNUM)] {
            let ff1 = Ff1::new(&key(7), "d", alphabet.clone()).unwrap();
            let hidden = ff1.encrypt(&text).unwrap();
            prop_assert_eq!(hidden.len(), text.len());
            prop_assert!(hidden.chars().all(|c| alphabet.symbols().contains(c)));
            prop_assert_eq!(ff1.decrypt(&hidden).unwrap(), text);
        }
    }

    /// The guarantee of `FormatPreserving`, for digits.
    #[test]
    fn digits_are_encrypted_in_place_and_decrypt(value in spaced_digits(6)) {
        let phones = FormatPreserving::new(&key(7), "d", Format::Digits).unwrap();
        let hidden = phones.encrypt(&value).unwrap();
        prop_assert_eq!(layout(&hidden), layout(&value));
        prop_assert_eq!(phones.decrypt(&hidden).unwrap(), value);
    }

    /// The guarantee of `FormatPreserving`, for cards.
    #[test]
    fn encrypted_cards_stay_cards_and_decrypt(value in spaced_digits(6).prop_filter("19 digits", |v| {
        v.bytes().filter(u8::is_ascii_digit).count() < 19
    })) {
        let cards = FormatPreserving::new(&key(7), "d", Format::Card).unwrap();
        let with_check = |digit| format!("{value}{digit}");
        let fitting = (0..10).map(with_check).find(|v| luhn_holds(v)).unwrap();
        let hidden = cards.encrypt(&fitting).unwrap();
        prop_assert!(luhn_holds(&hidden));
        prop_assert_eq!(layout(&hidden), layout(&fitting));
        prop_assert_eq!(cards.decrypt(&hidden).unwrap(), fitting);
        for other in (0..10).map(with_check).filter(|v| !luhn_holds(v)) {
            prop_assert_eq!(cards.encrypt(&other).unwrap_err().kind(), ErrorKind::Value);
        }
    }

    /// Texts of many lengths, some longer than the rounds take, in any order; then one that is wrong among them.
    #[test]
    fn many_texts_at_once_are_what_each_is_alone(
        mut texts in prop::collection::vec("[0-9a-z]{4,14}|[0-9a-z]{60,80}", 0..150), wrong in 0..150usize,
    ) {
        let ff1 = Ff1::new(&key(7), "d", Alphabet::LOWER_ALNUM).unwrap();
        let alone: Vec<String> = texts.iter().map(|text| ff1.encrypt(text).unwrap()).collect();
        let plain = texts.clone();
        ff1.encrypt_texts(&mut texts).unwrap();
        prop_assert_eq!(&texts, &alone);
        ff1.decrypt_texts(&mut texts).unwrap();
        prop_assert_eq!(&texts, &plain);

        let place = wrong.min(texts.len());
        for text in ["abc", "ab_d", "äbcd", ""] {
            texts.insert(place, text.to_owned());
            let before = texts.clone();
            let error = ff1.encrypt_texts(&mut texts).unwrap_err();
            prop_assert!(error.to_string().starts_with(&format!("text {}: ", place + 1)), "{}", error);
            prop_assert_eq!(&texts, &before);
            texts.remove(place);
        }
    }

    #[test]
    fn two_domains_or_formats_encrypt_differently(value in "[0-9]{12}") {
        // 10^12 values: a chance agreement of two permutations in 256 cases is below 1e-9.
        let encrypted = |domain, format| FormatPreserving::new(&key(7), domain, format).unwrap().encrypt(&value).unwrap();
        prop_assert_ne!(encrypted("a", Format::Digits), encrypted("b", Format::Digits));
        let plain = Ff1::new(&key(7), "a", Alphabet::DIGITS).unwrap().encrypt(&value).unwrap();
        prop_assert_ne!(encrypted("a", Format::Digits), plain);
    }

    /// The guarantee of `DateShift`.
    #[test]
    fn shifts_keep_intervals_and_never_the_date(
        person in ".{0,20}", a in -30_000..30_000i32, b in -30_000..30_000i32, max_days in 1..400u32,
    ) {
        use jiff::ToSpan;
        let origin = Date::constant(2000, 1, 1);
        let (a, b) = (origin + a.days(), origin + b.days());
        let shift = DateShift::new(&key(7), "d", max_days).unwrap();
        let shifted = |date: Date| shift.shift(&person, &date.to_string()).unwrap().parse::<Date>().unwrap();
        let days = |from: Date, to: Date| (to - from).get_days();
        prop_assert_eq!(days(shifted(a), shifted(b)), days(a, b));
        let moved = days(a, shifted(a)).unsigned_abs();
        prop_assert!((1..=max_days).contains(&moved));

        let at_noon = shift.shift(&person, &format!("{a}T12:00:00")).unwrap();
        prop_assert_eq!(at_noon, format!("{}T12:00:00", shifted(a)));
    }

    #[test]
    fn columns_and_single_values_agree(cells in prop::collection::vec("[0-9]{6,9}", 1..20)) {
        let column = Column::from_values(&cells).unwrap();
        let tokenizer = Tokenizer::new(&key(7), "d", "MRN").unwrap();
        let phones = FormatPreserving::new(&key(7), "d", Format::Digits).unwrap();
        let tokens = tokenizer.column("c", &column).unwrap();
        let hidden = phones.encrypt_column("c", &column).unwrap();
        let shown = phones.decrypt_column("c", &hidden).unwrap();
        let shift = DateShift::new(&key(7), "d", 30).unwrap();
        let dates = Column::from_values(cells.iter().map(|_| "2024-02-29")).unwrap();
        let shifted = shift.column("c", &dates, &column).unwrap();
        for (row, cell) in cells.iter().enumerate() {
            prop_assert_eq!(tokens.cell(row).unwrap(), tokenizer.token(cell));
            prop_assert_eq!(hidden.cell(row).unwrap(), phones.encrypt(cell).unwrap());
            prop_assert_eq!(shown.cell(row).unwrap(), cell);
            prop_assert_eq!(shifted.cell(row).unwrap(), shift.shift(cell, "2024-02-29").unwrap());
        }
    }

    #[test]
    fn no_text_makes_anything_panic(text in ".{0,60}", date in "[0-9T:é-]{0,20}") {
        let key = key(7);
        for format in [Format::Digits, Format::Card] {
            let encryption = FormatPreserving::new(&key, "d", format).unwrap();
            let _ = (encryption.encrypt(&text), encryption.decrypt(&text));
        }
        let _ = Ff1::new(&key, "d", Alphabet::LOWER_ALNUM).unwrap().encrypt(&text);
        let shift = DateShift::new(&key, "d", 30).unwrap();
        let _ = (shift.shift(&text, &date), shift.shift("p", &text));
        let _ = (Key::from_text(&text), KeySource::parse(&text), Format::parse(&text));
    }
}
