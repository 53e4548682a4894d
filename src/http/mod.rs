//! The door to the network: HTTP.

mod client;
mod first;
mod frame;
mod limits;
mod listen;
mod pulse;
#[cfg(test)]
mod tests;
mod tls;

pub use client::Client;
pub use first::router;
pub use frame::{Frame, MetricsFor, Rate};
pub use listen::{Listening, Released, serve};
pub use tls::Tls;
