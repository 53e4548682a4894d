//! The access lists of network addresses.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::is_default;
use crate::model::IpList;

request! {
    /// Tells from which addresses the HTTP door may be used.
    IpStatus {}
}

/// From which addresses the HTTP door may be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IpLists {
    /// Whether the lists are looked at (`ip_control.enabled`).
    pub enabled: bool,
    /// Those that may come in; it beats the other list.
    pub whitelist: Vec<String>,
    /// Those that may not.
    pub blacklist: Vec<String>,
}

request! {
    /// Puts an address or a network on a list.
    IpAdd {
        /// The list: `whitelist` or `blacklist`.
        #[arg(value_enum)]
        list: Option<IpList>,
        /// An address such as 10.0.0.7 or ::1, or a network such as 10.0.0.0/8.
        #[arg(required = true)]
        ip: String,
    }
}

request! {
    /// Takes an address or a network from a list.
    IpRemove {
        /// The list: `whitelist` or `blacklist`.
        #[arg(value_enum)]
        list: Option<IpList>,
        /// An address or a network, as it stands on the list.
        #[arg(required = true)]
        ip: String,
    }
}
