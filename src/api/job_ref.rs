//! A reference to a job: a name or an id.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use jobs_model::JobId;

/// A job as somebody refers to it: by name, or by id when it is a whole number in plain digits. In JSON a string or a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobRef(String);

impl JobRef {
    /// The given text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id, when it is one.
    pub fn id(&self) -> Option<JobId> {
        whole_number(&self.0)
    }
}

/// The number that a text is, in plain digits. Texts such as `+1`, `01` and ` 1` are none.
fn whole_number(text: &str) -> Option<i64> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_digits)?;
    (text == "0" || !text.starts_with('0')).then_some(number)
}

impl From<String> for JobRef {
    fn from(text: String) -> Self {
        JobRef(text)
    }
}

impl From<&str> for JobRef {
    fn from(text: &str) -> Self {
        JobRef(text.to_string())
    }
}

impl From<JobId> for JobRef {
    fn from(id: JobId) -> Self {
        JobRef(id.to_string())
    }
}

impl std::fmt::Display for JobRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for JobRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = JobRef;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("the name or the id of a job")
            }

            fn visit_str<E>(self, name: &str) -> Result<JobRef, E> {
                Ok(JobRef::from(name))
            }

            fn visit_u64<E>(self, id: u64) -> Result<JobRef, E> {
                Ok(JobRef(id.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for JobRef {
    fn schema_name() -> Cow<'static, str> {
        "JobRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "a job, by name or id",
            "type": ["string", "integer"]
        })
    }
}
