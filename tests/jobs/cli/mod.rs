//! The command line: arguments, exit statuses, output, and the client that calls the daemon.

mod arguments;
mod client;
mod definitions;
mod export;
mod habit_lines;
mod habits;
mod jobs;
mod output;
mod tables;
mod terminal;
mod top;
