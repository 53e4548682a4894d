//! Why an execution failed: facts, rules as data, ranked causes. Pure: the store, the masks and the clock are elsewhere.

mod facts;
mod rank;
mod rules;
#[cfg(test)]
mod tests;

pub use facts::{Facts, Line, lines};
pub use rank::{Cause, Confidence, Remedy, causes};
