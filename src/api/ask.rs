//! What every ask is: a struct of parameters that is read from flags and from JSON alike.

/// An ask without the fields that a job has: its own fields and nothing more.
macro_rules! ask {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$fmeta])* #[serde(skip_serializing_if = "is_default")] pub $field: $ty,)*
        }
    };
}

pub(super) use ask;
