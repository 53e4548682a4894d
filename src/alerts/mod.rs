//! Decisions about alerts: which channels a condition of a job concerns, whether two failures are the same, when a channel is to be
//! left alone, and the texts of messages. Pure: the store and the clock are elsewhere.

mod matter;
mod quiet;
mod rules;
mod signature;
mod text;
mod words;

pub use matter::Matter;
pub use quiet::Quiet;
pub use rules::{Told, check_pattern, severer, told};
pub use signature::{last_line, signature};
pub use text::{Context, Message, Totals, message};
pub use words::Language;
