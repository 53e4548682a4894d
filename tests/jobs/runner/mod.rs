//! Executions: commands, requests and functions.

mod command;
mod func;
mod http;
mod ownership;
mod roots;
