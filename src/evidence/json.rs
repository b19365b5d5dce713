//! JSON that everybody reads alike: an object with two members of one name is refused.
//!
//! A parser that takes the first and one that takes the last would see two cards under one digest.

use std::{collections::BTreeSet, fmt};

use serde::{
    Serialize,
    de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

/// The value that `text` holds. The error says where and what, without anything of the text but names of members.
pub(super) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let mut parser = serde_json::Deserializer::from_slice(text);
    Once.deserialize(&mut parser).and_then(|()| parser.end()).map_err(|e| without_list(&e))?;
    serde_json::from_slice(text).map_err(|e| without_list(&e))
}

/// Whether `document` is what `value` is written as. The parser behind also takes a list for an object, and what is
/// left out for what is empty.
pub(super) fn is_written_as(document: &Value, value: &impl Serialize) -> bool {
    fn same(a: &Value, b: &Value) -> bool {
        match (a, b) {
            // 1 and 1.0 are one number.
            (Value::Number(a), Value::Number(b)) => {
                a == b
                    || a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits)
                        && a.is_f64() != b.is_f64()
            }
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
            }
            _ => a == b,
        }
    }
    serde_json::to_value(value).is_ok_and(|written| same(document, &written))
}

/// The parser's message without the list of what would be known.
fn without_list(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(", expected").next().unwrap_or_default().trim().to_owned()
}

/// Reads any value and keeps nothing of it.
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("an object has two members of one name"));
            }
            map.next_value_seed(Once)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Once)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_members_are_refused_at_every_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"\u0061":2}}]"#] {
            let error = read::<serde_json::Value>(text.as_bytes()).unwrap_err();
            assert!(error.starts_with("an object has two members of one name"), "{error}");
        }
        assert!(read::<serde_json::Value>(br#"{"a":[true,null,1.5,-1,"x",{}],"b":{"a":1}}"#).is_ok());
        assert!(read::<serde_json::Value>(b"{} {}").is_err());
    }
}
