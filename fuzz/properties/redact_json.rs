//! Any text: an error, or JSON of the same form, that is clean and stays as it is.

use std::sync::LazyLock;

use incog::pii::{Drop, Entity, JsonRedactor, Redactor, Scanner};
use serde_json::Value;

static REDACTORS: LazyLock<[JsonRedactor; 3]> = LazyLock::new(|| {
    let labels = || JsonRedactor::builder(Redactor::builder(Scanner::new()).build());
    let dropped = Redactor::builder(Scanner::new()).otherwise(Drop::new()).build();
    let secret = Entity::new("SECRET").expect("a name");
    [
        labels().build().expect("no rules"),
        labels().always("**.secret", secret).keep("a.**.b[]").keys(true).build().expect("paths"),
        JsonRedactor::builder(dropped).build().expect("no rules"),
    ]
});

pub fn holds(text: &str) {
    let before = serde_json::from_str::<Value>(text);
    for (i, json) in REDACTORS.iter().enumerate() {
        let Ok(once) = json.redact(text) else {
            // A byte order mark and halves of surrogate pairs are the difference the other way.
            assert!(before.is_err(), "JSON is refused");
            return;
        };
        assert_eq!(json.redact(&once).expect("JSON stays JSON"), once);
        if let Ok(before) = &before {
            let after = serde_json::from_str::<Value>(&once).expect("JSON stays JSON");
            assert!(i == 1 || same_form(before, &after), "another form");
        }
    }
}

/// Keys, lengths, types; a number may have become a string.
fn same_form(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_form(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| same_form(a, b))
        }
        (Value::String(_) | Value::Number(_), Value::String(_)) => true,
        (a, b) => a == b,
    }
}
