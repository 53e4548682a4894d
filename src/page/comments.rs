//! Leaves out comments and indentation of scripts and styles: browsers load a fifth less.

use std::borrow::Cow;

use super::File;

/// The file as it is sent: without lines that are comments as a whole, without `/** @type … */` within lines, and without
/// indentation. A comment that begins with `/*!`, such as the licence of the library, stays.
pub(super) fn without_comments(file: &File) -> File {
    let has_comments = file.name.ends_with(".js") || file.name.ends_with(".css");
    if !has_comments {
        return file.clone();
    }
    let text = String::from_utf8_lossy(&file.bytes);
    let mut sent = String::with_capacity(text.len());
    let mut is_inside = false;
    let mut is_kept = false;
    for line in text.lines() {
        let code = line.trim();
        let begins = code.starts_with("/*") && (code.ends_with("*/") || !code.contains("*/"));
        if begins && !is_inside {
            is_kept = code.starts_with("/*!");
        }
        if is_inside || begins {
            is_inside = !code.ends_with("*/");
            if is_kept {
                sent.push_str(line);
                sent.push('\n');
            }
        } else if !code.starts_with("//") {
            push_without_types(&mut sent, line.trim_start());
            sent.push('\n');
        }
    }
    File {
        name: file.name.clone(),
        bytes: Cow::Owned(sent.into_bytes()),
    }
}

/// Adds a line without the types that it names in comments.
fn push_without_types(sent: &mut String, mut line: &str) {
    while let Some((before, rest)) = line.split_once("/** @type ")
        && let Some((_, after)) = rest.split_once("*/")
    {
        sent.push_str(before);
        line = after.trim_start();
    }
    sent.push_str(line);
}

#[test]
fn lines_that_are_comments_are_left_out() {
    let file = |name: &'static str, text: &'static str| File {
        name: Cow::Borrowed(name),
        bytes: Cow::Borrowed(text.as_bytes()),
    };
    let script = "// a\n/** b */\nconst c = 'd // e'; // f\n/**\n * g\n */\n  /* h\n  i */\n/** @type {j} */ (k);\n";
    let sent = without_comments(&file("a.js", script));
    assert_eq!(
        std::str::from_utf8(&sent.bytes).unwrap(),
        "const c = 'd // e'; // f\n(k);\n"
    );
    let casts = file(
        "a.js",
        "  f((/** @type {A} */ a, /** @type {B} */ b) => a /* c */);\n",
    );
    let sent = without_comments(&casts);
    assert_eq!(
        std::str::from_utf8(&sent.bytes).unwrap(),
        "f((a, b) => a /* c */);\n"
    );
    let library = file("vendor/a.js", "/*! licence\n * of all */\n// a\nb;\n");
    let sent = without_comments(&library);
    assert_eq!(
        std::str::from_utf8(&sent.bytes).unwrap(),
        "/*! licence\n * of all */\nb;\n"
    );
    let icon = file("icon.svg", "// a");
    assert_eq!(without_comments(&icon), icon);
}
