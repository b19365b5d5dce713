//! What happens to the tables of a ledger behind its back: rewritten, rolled back, damaged.

use incog::{
    ErrorKind,
    dp::ledger::{Audited as _, Ledger as _, Reservation, audit},
};
use incog_postgres::PostgresLedger;

use crate::{fresh, options, psql, psql_at, pure, request};

#[test]
fn a_rewritten_ledger_is_noticed() {
    for attack in [
        "update incog.record set text = replace(text, '0.05', '0.01') where sequence = 2",
        "delete from incog.charge where sequence = 2; delete from incog.record where sequence = 2",
        "update incog.meter set spent = array[0]",
        "delete from incog.charge where sequence = 2",
        "update incog.ledger set count = count - 1",
        "update incog.ledger set latest = 1",
        "update incog.ledger set terms = replace(terms, 'epsilon=1', 'epsilon=9')",
    ] {
        let Some(url) = fresh() else { return };
        let mut ledger = options(true).create(&url, pure("1")).unwrap();
        for i in 0..4 {
            ledger.reserve(&request(&format!("{i}"), "0.05")).unwrap();
        }
        audit(&ledger, None, &mut |_, _| {}).unwrap();
        let name = url.rsplit_once('=').unwrap().1;
        let own = format!("ledger = (select ledger from incog.ledger where name = '{name}')");
        let attack: Vec<String> = attack
            .split("; ")
            .map(|one| {
                if one.contains(" where ") {
                    format!("{one} and {own}")
                } else {
                    format!("{one} where {own}")
                }
            })
            .collect();
        psql(&attack.join("; "));
        let audited = options(true).open(&url).and_then(|ledger| audit(&ledger, None, &mut |_, _| {}));
        assert!(audited.is_err(), "{attack:?}");
    }
}

/// A ledger that was cut at its end and rolled back with it is another one to whoever kept an anchor.
#[test]
fn a_rolled_back_ledger_is_noticed_by_its_anchor() {
    let Some(url) = fresh() else { return };
    let mut ledger = PostgresLedger::create(&url, pure("1")).unwrap();
    ledger.reserve(&request("a", "0.25")).unwrap();
    let before = ledger.anchor().unwrap();
    ledger.reserve(&request("b", "0.25")).unwrap();
    let after = ledger.anchor().unwrap();
    let name = url.rsplit_once('=').unwrap().1;
    psql(&format!(
        "with l as (select ledger from incog.ledger where name = '{name}') \
         update incog.meter set spent = array[250000000000] where ledger = (select ledger from l); \
         delete from incog.charge where id = 'b' and ledger = (select ledger from incog.ledger where name = '{name}'); \
         delete from incog.record where sequence = 2 and ledger = (select ledger from incog.ledger where name = '{name}'); \
         update incog.ledger l set count = 1, hash = r.hash from incog.record r \
         where r.ledger = l.ledger and r.sequence = 1 and l.name = '{name}'"
    ));
    let ledger = PostgresLedger::open(&url).unwrap();
    audit(&ledger, Some(&before), &mut |_, _| {}).unwrap();
    let error = audit(&ledger, Some(&after), &mut |_, _| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification);
}

/// Runs `damage` on the tables of a ledger in a database of its own, and hands over its URL.
fn damaged(name: &str, damage: &str) -> String {
    let database = format!("{name}{}", std::process::id());
    psql(&format!("create database {database}"));
    let base = std::env::var("INCOG_POSTGRES").unwrap();
    let url = format!("{}/{database}", base.rsplit_once('/').unwrap().0);
    let mut ledger = PostgresLedger::create(&url, pure("1")).unwrap();
    ledger.reserve(&request("a", "0.25")).unwrap();
    psql_at(&url, damage);
    url
}

/// Nothing in an array, not even a number, must not be taken for nothing spent.
#[test]
fn a_damaged_meter_grants_nothing() {
    if fresh().is_none() {
        return;
    }
    let meters = ["{}", "{NULL}", "{0,0}", "{{0}}", "[2:2]={0}", "{-1000000000000}", "{0.5}", "{NaN}"];
    for (i, spent) in meters.into_iter().enumerate() {
        let damage = format!("update incog.meter set spent = '{spent}'");
        let url = damaged(&format!("meter{i}x"), &damage);
        let open = || PostgresLedger::open(&url).unwrap();
        let error = open().reserve(&request("b", "0.25")).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{spent}: {error}");
        let error = open().release(Reservation::new(1)).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{spent}: {error}");
        // The number of a part is read where it has one.
        if spent != "[2:2]={0}" {
            assert_eq!(open().balance().unwrap_err().kind(), ErrorKind::Data, "{spent}");
            assert_eq!(open().meters().unwrap_err().kind(), ErrorKind::Data, "{spent}");
        }
        assert!(audit(&open(), None, &mut |_, _| {}).is_err(), "{spent}");
        assert_eq!(psql_at(&url, "select count(*) from incog.record"), "1", "{spent}: nothing was granted");
    }
    let url = damaged("nometer", "delete from incog.meter");
    let ledger = PostgresLedger::open(&url).unwrap();
    assert_eq!(ledger.balance().unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(ledger.meters().unwrap_err().kind(), ErrorKind::Data);
}

/// Columns that lost their types, and rows that lost their values: a sentence, never a panic.
#[test]
fn a_damaged_row_is_refused_with_a_sentence() {
    if fresh().is_none() {
        return;
    }
    let columns = [
        ("ledger", "terms"),
        ("ledger", "count"),
        ("ledger", "hash"),
        ("record", "text"),
        ("record", "hash"),
        ("charge", "id"),
        ("charge", "at"),
        ("charge", "progress"),
        ("meter", "period"),
        ("meter", "spent"),
    ];
    for (table, column) in columns {
        for (what, damage) in [
            (
                "empty",
                format!("alter column {column} drop not null; update incog.{table} set {column} = null"),
            ),
            (
                "other",
                format!(
                    "alter column {column} drop default, alter column {column} type jsonb using to_jsonb({column})"
                ),
            ),
        ] {
            let url =
                damaged(&format!("{table}{column}{what}"), &format!("alter table incog.{table} {damage}"));
            let outcome = PostgresLedger::open(&url).and_then(|mut ledger| {
                audit(&ledger, None, &mut |_, _| {})?;
                ledger.balance()?;
                ledger.entries()?;
                ledger.reserve(&request("b", "0.25"))?;
                ledger.reserve(&request("a", "0.25"))
            });
            let error = outcome.map(|_| ()).unwrap_err();
            assert!(!error.to_string().is_empty(), "{table}.{column} {what}");
            for use_of in 0..5 {
                let Ok(mut ledger) = PostgresLedger::open(&url) else { continue };
                let _ = match use_of {
                    0 => ledger.balance().map(|_| ()),
                    1 => ledger.entries().map(|_| ()),
                    2 => ledger.reserve(&request("b", "0.25")).map(|_| ()),
                    3 => ledger.reserve(&request("a", "0.25")).map(|_| ()),
                    _ => ledger.commit(Reservation::new(1), b"1"),
                };
            }
        }
    }
}

#[test]
fn a_change_that_failed_poisons_the_handle() {
    let Some(url) = fresh() else { return };
    let mut ledger = PostgresLedger::create(&url, pure("1")).unwrap();
    ledger.reserve(&request("a", "0.25")).unwrap();
    let name = url.rsplit_once('=').unwrap().1;
    let of = format!("where ledger = (select ledger from incog.ledger where name = '{name}')");
    psql(&format!("update incog.meter set number = 7 {of}"));
    assert_eq!(ledger.reserve(&request("b", "0.25")).unwrap_err().kind(), ErrorKind::Io);
    psql(&format!("update incog.meter set number = 0 {of}"));
    let error = ledger.reserve(&request("b", "0.25")).unwrap_err();
    assert!(error.to_string().contains("open the ledger again"), "{error}");
    let mut ledger = PostgresLedger::open(&url).unwrap();
    ledger.reserve(&request("b", "0.25")).unwrap();
    assert_eq!(ledger.balance().unwrap().spent, pure("0.5"));
    audit(&ledger, None, &mut |_, _| {}).unwrap();
}
