//! Templates: `{name}` becomes a value, escaped for the place where it stands; `{?name}...{/}` is left out when the value is empty.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All bytes but ASCII letters, digits and `-._~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How a value is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Unchanged.
    Raw,
    /// Percent-encoded, for a URL.
    Url,
    /// For `application/x-www-form-urlencoded`.
    Form,
    /// For the inside of a JSON string.
    Json,
    /// For a header: a blank in the place of each control character.
    Header,
}

impl Escape {
    /// The escape for a body of this media type.
    pub fn of_media_type(media_type: &str) -> Escape {
        let media_type = media_type.split(';').next().unwrap_or_default();
        let media_type = media_type.trim().to_ascii_lowercase();
        if media_type.ends_with("/json") || media_type.ends_with("+json") {
            Escape::Json
        } else if media_type == "application/x-www-form-urlencoded" {
            Escape::Form
        } else {
            Escape::Raw
        }
    }

    /// The value as it may stand in such a place.
    pub fn escaped(self, value: &str) -> Cow<'_, str> {
        match self {
            Escape::Raw => Cow::Borrowed(value),
            Escape::Url => utf8_percent_encode(value, RESERVED).into(),
            Escape::Form => Cow::Owned(
                utf8_percent_encode(value, RESERVED)
                    .to_string()
                    .replace("%20", "+"),
            ),
            Escape::Json => Cow::Owned(json(value)),
            Escape::Header => Cow::Owned(super::plain(value)),
        }
    }
}

/// A JSON string without its quotes.
fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or_default()
        .to_string()
}

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// A `{?name}` has no `{/}`. The name is given.
    NotClosed(String),
    /// A `{/}` without a `{?name}` before it.
    NotOpened,
}

/// A part of a template.
enum Part<'t> {
    Text(&'t str),
    Value(&'t str),
    Open(&'t str),
    Close,
}

/// Splits a template. A brace that begins neither a placeholder nor a condition is text.
fn parts(template: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (part, length) = match tag(rest) {
            Some(found) => found,
            None => {
                let next = rest.char_indices().skip(1).find(|(index, c)| {
                    *c == '{' && rest.get(*index..).is_some_and(|from| tag(from).is_some())
                });
                let length = next.map_or(rest.len(), |(index, _)| index);
                (Part::Text(rest.get(..length).unwrap_or(rest)), length)
            }
        };
        rest = rest.get(length..).unwrap_or_default();
        Some(part)
    })
}

/// The placeholder or condition with which a text begins, and its length.
fn tag(text: &str) -> Option<(Part<'_>, usize)> {
    let inner = text.strip_prefix('{')?;
    if inner.starts_with("/}") {
        return Some((Part::Close, "{/}".len()));
    }
    let (name, is_condition) = match inner.strip_prefix('?') {
        Some(name) => (name, true),
        None => (inner, false),
    };
    let name = name.split_once('}')?.0;
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_name {
        return None;
    }
    Some(match is_condition {
        true => (Part::Open(name), name.len() + "{?}".len()),
        false => (Part::Value(name), name.len() + "{}".len()),
    })
}

/// The names in a template, in their order; those of conditions too.
///
/// # Errors
///
/// When a condition is not closed, or closed without being opened.
pub fn placeholders(template: &str) -> Result<Vec<&str>, TemplateError> {
    let mut names = Vec::new();
    let mut open = Vec::new();
    for part in parts(template) {
        match part {
            Part::Text(_) => {}
            Part::Value(name) => names.push(name),
            Part::Open(name) => {
                names.push(name);
                open.push(name);
            }
            Part::Close => {
                open.pop().ok_or(TemplateError::NotOpened)?;
            }
        }
    }
    match open.pop() {
        Some(name) => Err(TemplateError::NotClosed(name.to_string())),
        None => Ok(names),
    }
}

/// Fills a template. A name without a value stays as it is written. Values are not searched for placeholders: a text of `{phone}`
/// stays `{phone}`.
pub fn fill<'v>(
    template: &str,
    escape: Escape,
    value: impl Fn(&str) -> Option<Cow<'v, str>>,
) -> String {
    let mut filled = String::with_capacity(template.len());
    // Per open condition, whether its part is left out.
    let mut left_out: Vec<bool> = Vec::new();
    for part in parts(template) {
        let is_shown = !left_out.contains(&true);
        match part {
            Part::Text(text) if is_shown => filled.push_str(text),
            Part::Value(name) if is_shown => match value(name) {
                Some(value) => filled.push_str(&escape.escaped(&value)),
                None => {
                    filled.push('{');
                    filled.push_str(name);
                    filled.push('}');
                }
            },
            Part::Text(_) | Part::Value(_) => {}
            Part::Open(name) => left_out.push(value(name).is_none_or(|value| value.is_empty())),
            Part::Close => {
                left_out.pop();
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str) -> Option<Cow<'static, str>> {
        match name {
            "phone" => Some("+4915".into()),
            "text" => Some("a&b \"{phone}\"\n你".into()),
            "none" => Some("".into()),
            _ => None,
        }
    }

    #[test]
    fn fill_escapes_per_place() {
        let table = [
            (Escape::Raw, "+4915|a&b \"{phone}\"\n你|{x}{"),
            (
                Escape::Url,
                "%2B4915|a%26b%20%22%7Bphone%7D%22%0A%E4%BD%A0|{x}{",
            ),
            (
                Escape::Form,
                "%2B4915|a%26b+%22%7Bphone%7D%22%0A%E4%BD%A0|{x}{",
            ),
            (Escape::Json, "+4915|a&b \\\"{phone}\\\"\\n你|{x}{"),
            (Escape::Header, "+4915|a&b \"{phone}\" 你|{x}{"),
        ];
        for (escape, expected) in table {
            assert_eq!(fill("{phone}|{text}|{x}{", escape, value), expected);
        }
        assert_eq!(fill("{{phone}}", Escape::Raw, value), "{+4915}");
        assert_eq!(fill("", Escape::Raw, value), "");
        assert_eq!(fill("你{phone}你", Escape::Raw, value), "你+4915你");
    }

    #[test]
    fn condition_without_a_value_is_left_out() {
        for (template, expected) in [
            ("a{?phone}b{phone}{/}c", "ab+4915c"),
            ("a{?none}b{phone}{/}c", "ac"),
            ("a{?unknown}b{/}c", "ac"),
            ("{?phone}1{?none}2{/}3{/}4", "134"),
            ("{?none}1{?phone}2{/}3{/}4", "4"),
            (
                "{\"a\": {?phone}{\"b\": \"{phone}\"}{/}}",
                "{\"a\": {\"b\": \"+4915\"}}",
            ),
        ] {
            assert_eq!(fill(template, Escape::Json, value), expected, "{template}");
        }
    }

    #[test]
    fn placeholders_are_named_and_conditions_checked() {
        assert_eq!(
            placeholders("{\"a\":\"{text}\"}{?phone}{x}{/}"),
            Ok(vec!["text", "phone", "x"])
        );
        assert_eq!(
            placeholders("{?a}{?b}{/}"),
            Err(TemplateError::NotClosed("a".into()))
        );
        assert_eq!(placeholders("a{/}"), Err(TemplateError::NotOpened));
    }

    #[test]
    fn escape_is_chosen_by_media_type() {
        for (media_type, escape) in [
            ("application/json", Escape::Json),
            ("Application/JSON; charset=utf-8", Escape::Json),
            ("application/vnd.api+json", Escape::Json),
            (
                "application/x-www-form-urlencoded;charset=UTF-8",
                Escape::Form,
            ),
            ("text/xml", Escape::Raw),
            ("", Escape::Raw),
        ] {
            assert_eq!(Escape::of_media_type(media_type), escape, "{media_type}");
        }
    }
}
