//! Text helpers that every room may use: cutting, escaping, durations in words, shell quotes, the nearest known word, templates.

mod cut;
mod duration;
mod escape;
mod nearest;
mod quote;
mod template;
mod url;

pub use cut::{cut, cut_bytes, ellipsis};
pub use duration::duration;
pub use escape::{
    changes_direction, escaped, for_terminal, is_escaped, json_for_terminal, plain, push_escaped,
    unstyled, visible,
};
pub use nearest::nearest;
pub use quote::{counted, join_words, listed, quoted, shell_word};
pub use template::{Escape, TemplateError, fill, placeholders};
pub use url::http_host;
