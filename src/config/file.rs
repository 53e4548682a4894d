//! The YAML file: text -> settings, each with the line it stands on.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::Setting;
use super::keys::{self, Given, Refusal};
use jobs_error::{Error, Result};
use jobs_text::{listed, nearest};

/// Deeper nesting is refused: the deepest key has three levels.
const DEEPEST: usize = 16;

/// The settings in `text`, in its order. `name` is the file as messages call it.
///
/// # Errors
///
/// [`Error::Invalid`] when the text is no YAML, or a key is unknown, stands twice or has a value
/// that it does not take; with the dotted path, the line, and what would do.
pub(super) fn settings(text: &str, name: &str) -> Result<Vec<Setting>> {
    // Bytes that say "UTF-8" to some editors, and would otherwise become a part of the first key.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree = parse(text, name)?;
    let mut reader = Reader {
        text,
        name,
        settings: Vec::new(),
    };
    match &tree.value {
        Node::Nothing => {}
        Node::Section(entries) => reader.section("", entries)?,
        Node::Text(_) | Node::Plain(_) | Node::List(_) => {
            let line = line(tree.referenced);
            return Err(Error::invalid(
                format!("`{name}`"),
                format!("line {line} is no section with keys, `key: value`"),
            )
            .hint(known("")));
        }
    }
    Ok(reader.settings)
}

/// A YAML node whose text is not interpreted yet: the key decides how to read it.
enum Node {
    /// Nothing after the colon, or `null`.
    Nothing,
    /// Text in quotes, or text that is neither a number nor a truth value.
    Text(String),
    /// A number or a truth value; the letters that were typed are in the file.
    Plain(String),
    List(Vec<Spanned<Node>>),
    Section(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Plain(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Plain(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(Node::Plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Plain(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(member) = seq.next_element()? {
            list.push(member);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Section(entries))
    }
}

fn parse(text: &str, name: &str) -> Result<Spanned<Node>> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| refused(&error, name))
}

/// An error of the YAML parser, with the line in front.
fn refused(error: &serde_saphyr::Error, name: &str) -> Error {
    let (place, ending) = error.location().map_or_else(Default::default, |location| {
        let (line, column) = (location.line(), location.column());
        let ending = format!(" at line {line}, column {column}");
        (format!("line {line}: "), ending)
    });
    let says = |text: &str| Error::invalid(format!("`{name}`"), format!("{place}{text}"));
    match error.without_snippet() {
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
            says(&format!("the key `{key}` stands twice in its section"))
                .hint("keep one of the two")
        }
        serde_saphyr::Error::MultipleDocuments { .. } => {
            says("a second document begins, and the configuration is one")
        }
        serde_saphyr::Error::Budget { .. } => says("too deeply nested, or too large"),
        // The parser's message is shown, never interpreted.
        other => {
            let text = other.to_string();
            let text = text.lines().next().unwrap_or_default();
            says(text.strip_suffix(ending.as_str()).unwrap_or(text))
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    settings: Vec<Setting>,
}

impl Reader<'_> {
    fn section(
        &mut self,
        section: &str,
        entries: &[(Spanned<String>, Spanned<Node>)],
    ) -> Result<()> {
        for (key, node) in entries {
            let path = match section {
                "" => key.value.clone(),
                _ => format!("{section}.{}", key.value),
            };
            self.entry(&path, line(key.referenced), node)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, line: u64, node: &Spanned<Node>) -> Result<()> {
        let canonical = keys::canonical(path);
        if keys::is_section(&canonical) {
            return match &node.value {
                Node::Nothing => Ok(()),
                Node::Section(entries) => self.section(path, entries),
                Node::Text(_) | Node::Plain(_) | Node::List(_) => Err(self
                    .invalid(path, "a value is given where a section is wanted", line)
                    .hint(known(&canonical))),
            };
        }
        let Some(key) = keys::find(&canonical) else {
            return Err(self.unknown(path, line));
        };
        let given = match &node.value {
            // A key with nothing after its colon keeps its default.
            Node::Nothing => return Ok(()),
            Node::Text(_) | Node::Plain(_) => self.scalar(node).map(Given::Text),
            Node::List(list) => list
                .iter()
                .map(|member| self.scalar(member))
                .collect::<Option<_>>()
                .map(Given::List),
            Node::Section(entries) if key.takes_names() => entries
                .iter()
                .map(|(name, node)| Some((name.value.clone(), self.scalar(node)?)))
                .collect::<Option<_>>()
                .map(Given::Named),
            Node::Section(_) => None,
        };
        let value = given
            .as_ref()
            .ok_or_else(|| Refusal::from("a section is given where a value is wanted"))
            .and_then(|given| key.kind.read(given))
            .map_err(|refusal| {
                self.invalid(path, &refusal.problem, line)
                    .hint(refusal.hint(key.kind))
            })?;
        self.settings.push(Setting {
            holds_secret: key.holds_secret(&value),
            name: path.to_owned(),
            place: format!("`{}` line {line}", self.name),
            sets: key.sets,
            value,
        });
        Ok(())
    }

    /// The letters of a single value as they were typed: `0123` and `1.10` keep their zeros.
    fn scalar(&self, node: &Spanned<Node>) -> Option<String> {
        match &node.value {
            Node::Text(text) => Some(text.clone()),
            Node::Plain(plain) => {
                let span = node.defined.span();
                let start = usize::try_from(span.byte_offset()?).ok()?;
                let end = start + usize::try_from(span.byte_len()?).ok()?;
                Some(self.text.get(start..end).unwrap_or(plain).trim().to_owned())
            }
            Node::Nothing => Some(String::new()),
            Node::List(_) | Node::Section(_) => None,
        }
    }

    fn invalid(&self, path: &str, problem: &str, line: u64) -> Error {
        Error::invalid(path, format!("{problem} (`{}` line {line})", self.name))
    }

    fn unknown(&self, path: &str, line: u64) -> Error {
        let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
        let section = keys::canonical(section);
        let meant = nearest(name, keys::below(&section))
            .map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
        self.invalid(path, "no such key", line)
            .hint(format!("{meant}{}", known(&section)))
    }
}

/// `known in `daemon`: `restart_delay`, ...`.
fn known(section: &str) -> String {
    let names = listed(keys::below(section));
    match section {
        "" => format!("known: {names}"),
        _ => format!("known in `{section}`: {names}"),
    }
}

fn line(location: Location) -> u64 {
    location.line()
}
