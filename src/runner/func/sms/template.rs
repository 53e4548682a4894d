//! Fills templates: `{phone}` and `{text}` become the arguments, escaped for the place where they stand.

/// How a value is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// Unchanged.
    Raw,
    /// Percent-encoded, for a URL.
    Url,
    /// For `application/x-www-form-urlencoded`.
    Form,
    /// For the inside of a JSON string.
    Json,
}

impl Escape {
    /// The escape for a body of this media type.
    pub(super) fn of_media_type(media_type: &str) -> Escape {
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

    fn escaped(self, value: &str) -> String {
        match self {
            Escape::Raw => value.to_string(),
            Escape::Url => percent(value, "%20"),
            Escape::Form => percent(value, "+"),
            Escape::Json => json(value),
        }
    }
}

/// The values of the placeholders.
pub(super) struct Values<'a> {
    pub(super) phone: &'a str,
    pub(super) text: &'a str,
}

impl Values<'_> {
    /// Fills a template. Inserted values are not searched for placeholders: a text of `{phone}` stays `{phone}`.
    pub(super) fn fill(&self, template: &str, escape: Escape) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, from)) = rest.find('{').and_then(|at| rest.split_at_checked(at)) {
            filled.push_str(before);
            let named = [("{phone}", self.phone), ("{text}", self.text)];
            let found = named
                .into_iter()
                .find_map(|(name, value)| from.strip_prefix(name).map(|after| (value, after)));
            rest = match found {
                Some((value, after)) => {
                    filled.push_str(&escape.escaped(value));
                    after
                }
                None => {
                    filled.push('{');
                    from.strip_prefix('{').unwrap_or_default()
                }
            };
        }
        filled.push_str(rest);
        filled
    }
}

/// Encodes all bytes but ASCII letters, digits and `-._~` as `%XX`.
fn percent(value: &str, blank: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b' ' => encoded.push_str(blank),
            b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
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

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Values<'_> = Values {
        phone: "+4915",
        text: "a&b \"{phone}\"\n你",
    };

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
        ];
        for (escape, expected) in table {
            assert_eq!(VALUES.fill("{phone}|{text}|{x}{", escape), expected);
        }
        assert_eq!(VALUES.fill("{{phone}}", Escape::Raw), "{+4915}");
        assert_eq!(VALUES.fill("", Escape::Raw), "");
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
