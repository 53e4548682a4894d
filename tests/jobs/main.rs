//! The real binary, a real daemon in a home of its own, real sockets, files and processes. A file per feature.

mod access;
#[cfg(feature = "http")]
mod api;
mod cli;
mod clock;
mod commands;
mod config;
mod costs;
mod crash;
mod daemon;
mod disk;
#[cfg(feature = "http")]
mod door;
#[cfg(feature = "http")]
mod events;
mod examples;
mod functions;
mod generated;
mod house;
mod http;
mod import;
mod instants;
mod kept;
mod logs;
mod manual;
mod metrics;
mod plain;
mod prompt;
mod retries;
mod rpc;
mod runs;
mod secrets;
mod servers;
mod support;
mod time;
mod views;
