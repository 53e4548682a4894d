//! JSON in which no object has a key twice. serde_json would keep the last value without a word.

use std::collections::HashMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

/// A value of which no object has a key twice, at any depth.
#[derive(Clone, Debug, PartialEq)]
pub struct UniqueJson(pub Value);

/// The members of an object that has no key twice, as text.
#[derive(Debug)]
pub struct UniqueMembers<'t>(pub HashMap<String, &'t RawValue>);

fn twice<E: de::Error>(key: &str) -> E {
    E::custom(format!("the key `{key}` stands twice in an object"))
}

impl<'de> Deserialize<'de> for UniqueJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UniqueJson, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = UniqueJson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<UniqueJson, E> {
        Ok(UniqueJson(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<UniqueJson, E> {
        Ok(UniqueJson(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<UniqueJson, E> {
        Ok(UniqueJson(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<UniqueJson, E> {
        Ok(UniqueJson(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<UniqueJson, E> {
        Ok(UniqueJson(
            Number::from_f64(value).map_or(Value::Null, Value::Number),
        ))
    }

    fn visit_str<E>(self, value: &str) -> Result<UniqueJson, E> {
        Ok(UniqueJson(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<UniqueJson, E> {
        Ok(UniqueJson(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<UniqueJson, A::Error> {
        let mut values = Vec::new();
        while let Some(UniqueJson(value)) = members.next_element()? {
            values.push(value);
        }
        Ok(UniqueJson(values.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<UniqueJson, A::Error> {
        let mut values = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let UniqueJson(value) = members.next_value()?;
            if values.contains_key(&key) {
                return Err(twice(&key));
            }
            values.insert(key, value);
        }
        Ok(UniqueJson(values.into()))
    }
}

impl<'de: 't, 't> Deserialize<'de> for UniqueMembers<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UniqueMembers<'t>, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = UniqueMembers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<UniqueMembers<'de>, A::Error> {
        let mut texts: HashMap<String, &'de RawValue> = HashMap::new();
        while let Some(key) = members.next_key::<String>()? {
            let text = members.next_value()?;
            if texts.contains_key(&key) {
                return Err(twice(&key));
            }
            texts.insert(key, text);
        }
        Ok(UniqueMembers(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_json_equals_plain_json_and_refuses_keys_that_stand_twice() {
        for text in [
            "null",
            r#"{"a":1,"b":[true,-2,1.5,"x",null,{"c":{}}]}"#,
            "18446744073709551615",
            r#""\u00e9""#,
            "[]",
        ] {
            let UniqueJson(value) = serde_json::from_str(text).unwrap();
            assert_eq!(
                value,
                serde_json::from_str::<Value>(text).unwrap(),
                "{text}"
            );
        }
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"[{"b":{"a":1,"c":2,"a":3}}]"#,
            r#"{"a":1,"\u0061":2}"#,
        ] {
            let error = serde_json::from_str::<UniqueJson>(text).unwrap_err();
            assert!(error.to_string().contains("`a` stands twice"), "{error}");
        }
        let error = serde_json::from_str::<UniqueMembers<'_>>(r#"{"id":1,"id":2}"#).unwrap_err();
        assert!(error.to_string().contains("`id` stands twice"), "{error}");
    }
}
