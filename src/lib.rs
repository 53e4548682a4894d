//! stub
pub mod error;
