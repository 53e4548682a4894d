//! `jobs`: a daemon that replaces cron, and its client.
//!
//! The house, from the ground up. Each room knows those below it and none above:
//!
//! - ground, words: [`error`], [`text`] (helpers), [`schedule`] (text to instants), [`model`] (the nouns), [`work`] and [`crontab`] (text
//!   formats), [`mask`] (what is not shown), [`events`] (what happens, told to who listens), [`api`] (the verbs), [`config`];
//! - first floor, hands: [`clock`], [`fs`] (file helpers), [`store`] (SQL), [`output`] (what jobs print), [`runner`] (one execution), [`scheduler`] (the loop);
//! - second floor, mind: [`service`] (what each verb means);
//! - transports: [`gate`] (limits for calls and connections), [`rpc`] (JSON-RPC over the local socket), [`cli`] (what a person types and sees), `http` (the API over a network);
//! - porch: [`daemon`] (builds all of it).

pub mod api;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crontab;
pub mod daemon;
pub mod error;
pub mod events;
pub mod fs;
pub mod gate;
#[cfg(feature = "http")]
pub mod http;
pub mod mask;
mod memory;
pub mod model;
pub mod output;
pub mod rpc;
pub mod runner;
pub mod schedule;
pub mod scheduler;
pub mod service;
pub mod store;
pub mod text;
pub mod work;
