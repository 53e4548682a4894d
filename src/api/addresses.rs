//! The access lists of network addresses.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::is_default;
use jobs_model::IpList;

request! {
    /// Shows the addresses that may use the HTTP server.
    IpStatus {}
}

/// The addresses from which the HTTP API may be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IpLists {
    /// Whether the lists are used (`ip_control.enabled`).
    pub enabled: bool,
    /// Addresses and networks that may use the HTTP server.
    pub whitelist: Vec<String>,
    /// Addresses and networks that may not; the whitelist is stronger.
    pub blacklist: Vec<String>,
}

request! {
    /// Adds an address or a network to a list.
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
    /// Removes an address or a network from a list.
    IpRemove {
        /// The list: `whitelist` or `blacklist`.
        #[arg(value_enum)]
        list: Option<IpList>,
        /// An address or a network, as the list shows it.
        #[arg(required = true)]
        ip: String,
    }
}
