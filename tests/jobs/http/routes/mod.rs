//! Every route of the original system, with good and bad input.

mod access;
mod daemon;
mod jobs;
