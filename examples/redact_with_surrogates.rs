//! How do I share texts that still read and parse like texts, with nobody's real data in them?

use std::sync::Arc;

use incog::{
    pii::{DateForm, DateShift, Entity, KeepLast, Redactor, Scanner, Surrogate, Token},
    pseudonym::Key,
};

fn main() -> Result<(), incog::Error> {
    // Keep a key as a file or in a variable (`incog keys generate`), if replacements shall be the same tomorrow.
    let key = Key::generate()?;
    // The domain says which texts can be joined by their replacements: all of this project, and no others.
    let domain = "support tickets";
    let surrogate = Arc::new(Surrogate::new(&key, domain)?);

    let redactor = Redactor::builder(Scanner::new())
        .with(Entity::DATE_OF_BIRTH, DateShift::new(&key, domain, 30)?.form(DateForm::DayFirst))
        .with(Entity::US_SSN, KeepLast::new(4)?)
        .with(Entity::SECRET_JWT, Token::new(&key, domain)?)
        .otherwise(surrogate.clone())
        .build();

    let tickets = [
        "ada.king@analytical.co.uk called from (212) 736-5000 about card 4111-1111-1111-1111.",
        "Born 10.12.1985, SSN 536-22-8726, account GB82 WEST 1234 5698 7654 32.",
        "Login of ada.king@analytical.co.uk from 10.1.2.3 and 2a00:1450:4001:82b::200e, device 3c:52:82:11:22:1f.",
        "Call back: 212.736.5000. See http://intranet.analytical.co.uk/tickets?user=ada and VIN 1HGCM82633A004352.",
    ];
    for ticket in tickets {
        println!("before: {ticket}\nafter:  {}\n", redactor.redact(ticket));
    }
    // More values than a reserved range has must share: 256 hardware addresses, 762 IPv4 addresses.
    println!("{} values share a surrogate with another", surrogate.collisions());
    Ok(())
}
