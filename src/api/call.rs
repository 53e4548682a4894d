//! Parsing of a call from JSON.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why JSON is not a call.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadCall {
    /// There is no such operation.
    #[error("unknown method: `{0}`")]
    UnknownMethod(String),
    /// The parameters do not fit the operation.
    #[error("{field}: {problem}")]
    BadParams {
        /// The parameter, or `params` for all of them.
        field: String,
        /// The problem.
        problem: String,
    },
}

/// Reads the parameters of a method: an object, an array in the order of the fields, or null for none.
pub(super) fn parse<A: DeserializeOwned>(method: &str, params: Value) -> Result<A, BadCall> {
    let params = match params {
        Value::Null => Value::Object(serde_json::Map::new()),
        params @ (Value::Object(_) | Value::Array(_)) => params,
        other => {
            return Err(BadCall::BadParams {
                field: "params".into(),
                problem: format!("`{other}` is neither an object nor an array"),
            });
        }
    };
    // A struct that is read from an array ignores nothing: too many elements are an error of serde_json's own.
    serde_path_to_error::deserialize(params).map_err(|error| {
        let path = error.path().to_string();
        BadCall::BadParams {
            field: if path == "." { "params".into() } else { path },
            problem: format!("{} (in `{method}`)", error.into_inner()),
        }
    })
}
