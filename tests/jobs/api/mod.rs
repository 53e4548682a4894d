//! The HTTP API: every route, over real HTTP, against a real daemon.

mod audit;
mod client;
mod documentation;
mod downloads;
mod hostile;
mod kept;
mod roles;
mod routes;
mod tokens;
