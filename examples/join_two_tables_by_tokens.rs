//! How do I take the names out of two tables and still join them?
//!
//! `cargo run --example join_two_tables_by_tokens`

use std::collections::HashMap;

use incog::{
    pseudonym::{Canonical, Frequency, Key, Tokenizer},
    table::Column,
};

fn main() -> incog::Result<()> {
    let key = Key::generate()?;
    // Two systems, and the spelling of neither.
    let customers = Column::from_values(["Ada@Example.org", "bob@example.net", "cid@example.com"])?;
    let orders =
        Column::from_values(["ada@example.org", "bob@example.net", "ada@example.org ", "ada@example.org"])?;

    // One key, one domain, one canonical form: equal addresses have equal tokens, in each table and in the next delivery.
    let tokens = Tokenizer::new(&key, "churn study", "EMAIL")?.canonical(Canonical::Email);
    let (left, right) = (tokens.column("email", &customers)?, tokens.column("email", &orders)?);
    let number: HashMap<_, _> = (0..left.len()).map(|row| (left.cell(row), row)).collect();
    for row in 0..right.len() {
        let token = right.cell(row);
        println!("order {row}: {}  customer {:?}", token.unwrap_or(""), number.get(&token));
        assert!(number.contains_key(&token));
    }

    // In another domain nothing joins, not even for somebody who has both tables.
    let elsewhere = Tokenizer::new(&key, "billing", "EMAIL")?.canonical(Canonical::Email);
    let other = elsewhere.column("email", &customers)?;
    assert!((0..other.len()).all(|row| other.cell(row) != left.cell(row)));
    println!("billing: {}", other.cell(0).unwrap_or(""));

    // What no token hides: how often each value occurs. Whoever knows the best customer knows a token.
    let frequency = Frequency::of(&right);
    println!("{}", frequency.summary());
    if let Some(warning) = frequency.warning() {
        println!("{warning}");
    }
    Ok(())
}
