//! Keys of a policy that a provider gives out: whatever the policy does asks the same one.

use std::{fs, sync::Arc};

use incog::{
    ErrorKind,
    dp::{
        Budget,
        ledger::{Ledger, LedgerKey, SqliteLedger},
    },
    pipeline::{Policy, Replace, SILENT},
    pseudonym::{Key, KeySource, SuppliedKeys},
};

use crate::temporary::Temporary;

const POLICY: &str = r#"
version = 1
purpose = "test"
person = "id"
[input]
path = "t.csv"
[columns]
id = { role = "identifying", action = "drop" }
day = { role = "insensitive" }
[release.stats]
ledger = "sqlite:budget.db"
key = "env:A_KEY_THAT_NOBODY_SET"
budget = { epsilon = 1.0 }
bounds = { rows_per_person = 1, groups_per_person = 1 }
queries = [{ count = "*", epsilon = 0.5 }]
"#;

/// An answer is stored under the key of the provider: with that key it is given out again, and with none nothing is charged.
#[test]
fn answers_and_releases_ask_the_same_provider() {
    let folder = Temporary::new();
    let rows: String = (0..60).map(|i| format!("p{i},{}\n", i % 7)).collect();
    fs::write(folder.join("t.csv"), format!("id,day\n{rows}")).unwrap();
    let key = || Key::from_bytes([7; 32]);
    let options = || {
        let key = LedgerKey::from_bytes(key().derive(&["ledger"]).mac(b"ledger"));
        SqliteLedger::options().key(key)
    };
    let ledger = folder.join("budget.db");
    options().create(&ledger, Budget::parse("1", "0").unwrap()).unwrap();
    let spent = || options().open(&ledger).unwrap().balance().unwrap().spent.to_string();
    let policy = || Policy::parse(POLICY, &folder).unwrap();

    assert_eq!(policy().answer(SILENT).map(drop).unwrap_err().kind(), ErrorKind::Key);
    assert_eq!(policy().plan(SILENT).unwrap_err().kind(), ErrorKind::Key);
    assert_eq!(spent(), "ε = 0");

    let provider = Arc::new(
        SuppliedKeys::default().supply(KeySource::parse("env:A_KEY_THAT_NOBODY_SET").unwrap(), key()),
    );
    let answered = policy().keys(provider.clone()).answer(SILENT).unwrap();
    let count = answered["stats"].answers()[0].values()[0].value;
    let plan = policy().keys(provider).plan(SILENT).unwrap();
    plan.apply(&folder.join("out"), Replace::No, SILENT).unwrap();
    assert_eq!(spent(), "ε = 0.5");
    let released = fs::read_to_string(folder.join("out/stats.json")).unwrap();
    assert!(released.contains(&count.to_string()), "{count} in {released}");
}
