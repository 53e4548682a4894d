//! The real binary, a real daemon in a home of its own, real sockets, files and processes. A file or folder per room of `src/`.

mod alerts;
mod architecture;
mod cli;
mod config;
mod costs;
mod daemon;
mod examples;
mod generated;
#[cfg(feature = "http")]
mod http;
mod manual;
mod mask;
mod monitoring;
mod output;
mod rpc;
mod rpc_load;
mod runner;
mod schedule;
mod scheduler;
mod servers;
mod service;
mod set_clock;
mod store;
mod support;
