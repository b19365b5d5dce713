//! How do I encrypt a card number so that old programs still take it for one?
//!
//! `cargo run --example encrypt_a_card_number`
//!
//! Format-preserving encryption by FF1 (NIST SP 800-38G): as many digits, the same separators, a check digit that fits.

use incog::pseudonym::{Format, FormatPreserving, Key};

fn main() -> incog::Result<()> {
    let key = Key::generate()?; // yours comes from a file or a secret store: `KeySource`
    let cards = FormatPreserving::new(&key, "billing", Format::Card)?;
    for card in ["4111 1111 1111 1111", "3782-822463-10005", "6011000990139424"] {
        let hidden = cards.encrypt(card)?;
        println!("{card:<22}{hidden:<22}{}", if luhn(&hidden) { "passes Luhn" } else { "fails Luhn" });
        assert!(luhn(&hidden) && hidden.len() == card.len());
        assert_eq!(cards.decrypt(&hidden)?, card);
    }

    // The issuer's digits may stay, for whoever routes by them, as long as a million numbers remain for the rest.
    let routed = FormatPreserving::new(&key, "billing", Format::CardKeeping { first: 6, last: 0 })?;
    let hidden = routed.encrypt("4111 1111 1111 1111")?;
    println!("{:<22}{hidden:<22}issuer kept", "4111 1111 1111 1111");
    assert!(hidden.starts_with("4111 11"));
    let both = FormatPreserving::new(&key, "billing", Format::CardKeeping { first: 6, last: 4 })?;
    match both.encrypt("4111 1111 1111 1111") {
        Ok(_) => println!("encrypted"),
        Err(refusal) => println!("refused: {refusal}"),
    }

    // Another domain, another card: two data sets cannot be joined by it. Other numbers have formats of their own.
    assert_ne!(
        FormatPreserving::new(&key, "research", Format::Card)?.encrypt("4111 1111 1111 1111")?,
        cards.encrypt("4111 1111 1111 1111")?
    );
    let iban = FormatPreserving::new(&key, "billing", Format::Iban)?;
    println!("{:<28}{}", "DE89 3704 0044 0532 0130 00", iban.encrypt("DE89 3704 0044 0532 0130 00")?);
    Ok(())
}

fn luhn(text: &str) -> bool {
    let digits = text.chars().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 =
        digits.enumerate().map(|(i, d)| if i % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 }).sum();
    sum.is_multiple_of(10)
}
