//! Requests: structs of parameters, read from flags and from JSON alike.

/// Defines the struct of a request. Absent fields have their default and are not serialized.
macro_rules! request {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$fmeta])* #[serde(skip_serializing_if = "is_default")] pub $field: $ty,)*
        }
    };
}

pub(super) use request;

/// A request: the parameters of one operation, as a client gives them.
pub trait Request: serde::Serialize + serde::de::DeserializeOwned {
    /// The name of the operation.
    const METHOD: &'static str;
    /// The type of the answer.
    type Answer: serde::Serialize + serde::de::DeserializeOwned;
}
