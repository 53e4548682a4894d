//! Sets one key in the text of a configuration file and keeps everything else: comments, order, blanks.

use jobs_error::{Error, Result};

/// The text with `path` (`jobs.max_concurrent`) set to a value, which is written as it is given.
///
/// # Errors
///
/// [`Error::Invalid`] when the key stands in a form that this does not change, such as `{a: 1}`.
pub fn set(text: &str, path: &str, value: &str) -> Result<String> {
    let keys: Vec<&str> = path.split('.').collect();
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let mut block = Block {
        from: 0,
        to: lines.len(),
        indent: 0,
    };
    for (depth, key) in keys.iter().enumerate() {
        let is_last = depth + 1 == keys.len();
        let Some(at) = block.find(&lines, key) else {
            block.insert(&mut lines, &keys[depth..], value);
            return Ok(joined(&lines));
        };
        if is_last {
            let end = value_end(&lines, at, block.to);
            let comment = comment_of(&lines[at]);
            lines[at] = format!("{}{key}: {value}{comment}", " ".repeat(block.indent));
            lines.drain(at + 1..end);
            return Ok(joined(&lines));
        }
        let (_, rest) = lines[at].split_once(':').unwrap_or(("", ""));
        let rest = rest.trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            return Err(Error::invalid(
                path,
                format!("`{key}` has its values on one line (line {})", at + 1),
            )
            .hint("`jobs config edit` opens the file"));
        }
        let to = block_end(&lines, at, block.to, block.indent);
        let indent = lines[at + 1..to]
            .iter()
            .find(|line| is_content(line))
            .map_or(block.indent + 2, |line| indent_of(line));
        block = Block {
            from: at + 1,
            to,
            indent,
        };
    }
    Ok(joined(&lines))
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The lines of a section.
struct Block {
    from: usize,
    to: usize,
    indent: usize,
}

impl Block {
    fn find(&self, lines: &[String], key: &str) -> Option<usize> {
        (self.from..self.to).find(|at| {
            let line = &lines[*at];
            is_content(line)
                && indent_of(line) == self.indent
                && line
                    .trim_start()
                    .split_once(':')
                    .is_some_and(|(name, rest)| {
                        name.trim().trim_matches(['"', '\'']) == key
                            && (rest.is_empty() || rest.starts_with(' '))
                    })
        })
    }

    /// Adds the keys at the end of the block, before the blank lines and comments that follow it.
    fn insert(&self, lines: &mut Vec<String>, keys: &[&str], value: &str) {
        let mut at = self.to;
        while at > self.from && !is_content(&lines[at - 1]) {
            at -= 1;
        }
        // A section of comments alone: the key follows them.
        if at == self.from {
            at = self.to;
        }
        for (depth, key) in keys.iter().enumerate() {
            let before = " ".repeat(self.indent + 2 * depth);
            let line = match depth + 1 == keys.len() {
                true => format!("{before}{key}: {value}"),
                false => format!("{before}{key}:"),
            };
            lines.insert(at, line);
            at += 1;
        }
    }
}

/// Whether a line is neither blank nor a comment, nor the mark of a document.
fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#') && line != "---"
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Where the block below a key ends: at the next line with content that is not indented more.
fn block_end(lines: &[String], at: usize, most: usize, indent: usize) -> usize {
    (at + 1..most)
        .find(|next| is_content(&lines[*next]) && indent_of(&lines[*next]) <= indent)
        .unwrap_or(most)
}

/// Where the value of a key ends: after the lines of a list or of a text that go on below it.
fn value_end(lines: &[String], at: usize, most: usize) -> usize {
    let indent = indent_of(&lines[at]);
    let mut end = at + 1;
    let mut last = at + 1;
    while end < most {
        let line = &lines[end];
        let is_member = indent_of(line) == indent && line.trim_start().starts_with("- ");
        if is_content(line) && indent_of(line) <= indent && !is_member {
            break;
        }
        end += 1;
        if is_content(line) {
            last = end;
        }
    }
    last
}

/// The comment at the end of a line with a key, with the blanks before it.
fn comment_of(line: &str) -> String {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if (c == '"' || c == '\'') && (before == ' ' || before == '[') => quote = Some(c),
            None if c == '#' && before == ' ' => {
                let start = line[..at].trim_end().len();
                return line[start..].to_string();
            }
            None => {}
        }
        before = c;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_is_set_and_all_else_is_kept() {
        for (text, path, value, expected) in [
            ("", "jobs.history_days", "30", "jobs:\n  history_days: 30\n"),
            (
                "# mine\njobs:\n  history_days: 90  # days\n  shell: /bin/sh\n",
                "jobs.history_days",
                "30",
                "# mine\njobs:\n  history_days: 30  # days\n  shell: /bin/sh\n",
            ),
            (
                "jobs:\n    shell: /bin/sh\n\n# next\nserver:\n    port: 1\n",
                "jobs.history_days",
                "30",
                "jobs:\n    shell: /bin/sh\n    history_days: 30\n\n# next\nserver:\n    port: 1\n",
            ),
            (
                "jobs:\n  func_roots:\n    - /a\n    - /b\n  shell: x\n",
                "jobs.func_roots",
                "[/c]",
                "jobs:\n  func_roots: [/c]\n  shell: x\n",
            ),
            (
                "jobs:\n  func_roots:\n  - /a\n  # about shell\n  shell: x\n",
                "jobs.func_roots",
                "[]",
                "jobs:\n  func_roots: []\n  # about shell\n  shell: x\n",
            ),
            ("jobs:\n", "jobs.shell", "x", "jobs:\n  shell: x\n"),
            (
                "server:\n  port: 1\njob_log_keep_count: 5\n",
                "job_log_keep_count",
                "7",
                "server:\n  port: 1\njob_log_keep_count: 7\n",
            ),
            (
                "jobs:\n  shell: \"a # b\" # c\n",
                "jobs.shell",
                "x",
                "jobs:\n  shell: x # c\n",
            ),
            (
                "a: 1\n",
                "database.mysql.host",
                "h",
                "a: 1\ndatabase:\n  mysql:\n    host: h\n",
            ),
        ] {
            assert_eq!(set(text, path, value).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn section_on_one_line_is_refused() {
        let error = set("jobs: {shell: x}\n", "jobs.shell", "y").unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
