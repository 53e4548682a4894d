//! Finds secrets whose name and value stand apart: `<password>x</password>`, `<add key="password" value="x"/>` and
//! `{"name": "PASSWORD", "value": "x"}`; and those whose name is written with escapes: `"pass\u0077ord":"x"`, `?pass%77ord=x`.

use std::ops::Range;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};

use super::names::{self, Kind};
use super::regex;
use super::values::{Candidate, Join, Source};

/// An element with a text; the name of the second tag is compared later.
static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"<(?P<tag>(?:[A-Za-z0-9_-]+:)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*))(?:[ \t\r\n][^<>]*)?>[ \t\r\n]*(?:<!\[CDATA\[)?(?P<plain>[^<\s](?:[^<]*[^<\s])?)[ \t\r\n]*</(?P<close>[A-Za-z0-9_.:-]+)>",
    )
});

/// An element whose attributes are a name and a value.
static ATTRIBUTES: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r#"(?i)<[a-z][^<>]*?[ \t\r\n](?:key|name|id|n)=["']?(?P<name>[a-z0-9_.:-]+)["']?(?:[ \t\r\n][^<>]*?)?[ \t\r\n](?:value|v)=(?:"(?P<double>[^"<>]+)"|'(?P<single>[^'<>]+)'|(?P<plain>[^\s"'<>/]+))"#,
        r#"|<[a-z][^<>]*?[ \t\r\n]value=(?:"(?P<double2>[^"<>]+)"|'(?P<single2>[^'<>]+)'|(?P<plain2>[^\s"'<>/]+))[ \t\r\n](?:[^<>]*?[ \t\r\n])?(?:key|name|id)=["']?(?P<name2>[a-z0-9_.:-]+)"#,
    ))
});

/// An object whose members are a name and a value, also in a text with escaped quotes.
static MEMBERS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)\\?"(?:name|key)\\?"[ \t\r\n]*:[ \t\r\n]*\\?"(?P<name>[a-z0-9_.-]+)\\?"[ \t\r\n]*,[ \t\r\n]*\\?"value\\?"[ \t\r\n]*:[ \t\r\n]*\\?"(?P<double>(?:[^"\\]|\\[^"])+)"#,
    )
});

/// A name with at least one escape, and its value.
static ESCAPED_NAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r#"["'](?P<json>[A-Za-z0-9_.-]*\\u00[0-9A-Fa-f]{2}(?:[A-Za-z0-9_.-]|\\u00[0-9A-Fa-f]{2})*)["'][ \t]*:[ \t]*["'](?P<double>(?:[^"'\\]|\\.)+)"#,
        r#"|(?:[?&;'" \t]|^)(?P<url>[A-Za-z0-9_.-]*%[4-7][0-9A-Fa-f](?:[A-Za-z0-9_.-]|%[0-9A-Fa-f]{2})*)=(?P<plain>[^\s"'&;|`<>#]+)"#,
    ))
});

/// Adds the secrets that begin in `range` of `text`.
pub(super) fn find(text: &str, range: Range<usize>, source: Source, found: &mut Vec<Range<usize>>) {
    let slice = &text[range.clone()];
    let mut push = |captures: &Captures<'_>, name: &str, join: Join| {
        let groups = ["double", "single", "plain", "double2", "single2", "plain2"];
        let mut groups = groups.iter().filter_map(|group| captures.name(group));
        let Some(value) = groups.next() else {
            return;
        };
        let candidate = Candidate {
            name,
            kind: names::kind(name),
            join,
            source,
            value: value.as_str(),
            is_value_quoted: true,
            rest: "",
        };
        // `key` is too common as the name of an element or a member: `<key>Label</key>`.
        let is_common = join == Join::Quoted && candidate.kind == Kind::Key;
        if !is_common && candidate.is_secret() {
            found.push(range.start + value.start()..range.start + value.end());
        }
    };
    if slice.contains('<') {
        for captures in ELEMENT.captures_iter(slice) {
            if captures["tag"] == captures["close"] {
                push(&captures, &captures["name"], Join::Quoted);
            }
        }
        for captures in ATTRIBUTES.captures_iter(slice) {
            let name = captures.name("name").or_else(|| captures.name("name2"));
            if let Some(name) = name {
                push(&captures, name.as_str(), Join::Quoted);
            }
        }
    }
    for captures in MEMBERS.captures_iter(slice) {
        push(&captures, &captures["name"], Join::Quoted);
    }
    for captures in ESCAPED_NAME.captures_iter(slice) {
        if let Some(name) = captures.name("json") {
            push(&captures, &without_escapes(name.as_str()), Join::Quoted);
        }
        if let Some(name) = captures.name("url") {
            let name = percent_decode_str(name.as_str()).decode_utf8_lossy();
            push(&captures, &name, Join::Query);
        }
    }
}

/// A JSON text with the characters in the place of their escapes.
fn without_escapes(name: &str) -> String {
    // The name holds no `%`, and the escapes are those of single bytes.
    let percent = name.replace("\\u00", "%");
    percent_decode_str(&percent)
        .decode_utf8_lossy()
        .into_owned()
}
