//! What does my release give away about the people in it, that it does not about everybody else?
//!
//! `cargo run --example attack_your_own_release --features audit`

use incog::{
    audit::table::{Attacker, ControlSplit},
    kanon::{
        Anonymizer, Hierarchy, Search,
        model::{Ground, KAnonymity, TCloseness},
    },
    table::{Column, Table},
};

fn main() -> incog::Result<()> {
    // Wages go up with age, for everybody; within five years of age they vary by chance.
    let draw = |i: u64, of: u64| {
        let x = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (x ^ (x >> 27)) % of
    };
    let ages = (0..6000).map(|i| 20 + draw(i, 45));
    let wages = (0..6000).map(|i| (20 + draw(i, 45)) / 15 + draw(i + 20_000, 3));
    let table = Table::new([
        ("age", Column::from_values(ages.map(|a| a.to_string()))?),
        ("zip", Column::from_values((0..6000).map(|i| format!("{:05}", 10_000 + draw(i + 10_000, 900))))?),
        ("wage", Column::from_values(wages.map(|w| format!("class {w}")))?),
    ])?;

    // A fifth of the people is held back: what is found about them is knowledge about everybody.
    let split = ControlSplit::keyed(&[7; 32], 0.2, &table, None)?;
    let members = table.select(split.members());
    let request = || -> incog::Result<_> {
        Ok(Anonymizer::builder()
            .quasi_identifier("age", Hierarchy::intervals(&[5.0, 15.0, 45.0], 20.0)?)
            .quasi_identifier("zip", Hierarchy::prefix(&[5, 3, 1, 0])?)
            .sensitive("wage")
            .search(Search::Optimal))
    };
    let weak = request()?.model(KAnonymity::new(3)?).build()?.run(&members)?.table()?;
    let close = TCloseness::new("wage", 0.5, Ground::Equal)?;
    let strong = request()?.model(KAnonymity::new(30)?).model(close).build()?.run(&members)?.table()?;

    for (name, released) in [("as it is", &members), ("k = 3", &weak), ("k = 30, t = 0.5", &strong)] {
        let attacker = Attacker::builder(released, &table, &split).known(["age", "zip"]).sensitive(["wage"]);
        let report = attacker.build()?.run(&|_, _, _| {});
        println!("{name}");
        for attack in report.attacks.iter().filter(|a| a.decides) {
            println!("  {attack}");
        }
    }
    Ok(())
}
