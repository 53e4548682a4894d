//! Output of jobs in JSON: output is bytes, JSON strings are text.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes without loss: in JSON a string when they are UTF-8, else `{"base64": "..."}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum Wire<'a> {
    Text(Cow<'a, str>),
    Base64 { base64: Cow<'a, str> },
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => Wire::Text(Cow::Borrowed(text)),
            Err(_) => Wire::Base64 {
                base64: Cow::Owned(STANDARD.encode(&self.0)),
            },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Wire::deserialize(deserializer)? {
            Wire::Text(text) => Ok(Bytes(text.into_owned().into_bytes())),
            Wire::Base64 { base64 } => STANDARD
                .decode(base64.as_bytes())
                .map(Bytes)
                .map_err(serde::de::Error::custom),
        }
    }
}

impl schemars::JsonSchema for Bytes {
    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}

/// Bytes as text: in JSON a string in which U+FFFD replaces each byte sequence that is not UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lossy(pub Vec<u8>);

impl From<Vec<u8>> for Lossy {
    fn from(bytes: Vec<u8>) -> Self {
        Lossy(bytes)
    }
}

impl Serialize for Lossy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.0))
    }
}

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Lossy(String::deserialize(deserializer)?.into_bytes()))
    }
}

impl schemars::JsonSchema for Lossy {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_through_json_and_back_stay_the_same() {
        for (bytes, json) in [
            (&b"caf\xc3\xa9\n"[..], r#""café\n""#),
            (&b"\xff\x00"[..], r#"{"base64":"/wA="}"#),
            (&b""[..], r#""""#),
        ] {
            let text = serde_json::to_string(&Bytes(bytes.to_vec())).unwrap();
            assert_eq!(text, json);
            assert_eq!(serde_json::from_str::<Bytes>(&text).unwrap().0, bytes);
        }
    }

    #[test]
    fn lossy_bytes_that_are_not_utf8_show_the_replacement_character() {
        let text = serde_json::to_string(&Lossy(b"a\xffb".to_vec())).unwrap();
        assert_eq!(text, "\"a\u{fffd}b\"");
    }
}
