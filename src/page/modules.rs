//! The modules that the first screen needs, by the imports in the files.

use std::collections::BTreeSet;

use super::File;

/// Where the reading begins: the frame of the page, and the view that most people see first.
const BEGIN: [&str; 2] = ["app.js", "views/today.js"];

/// The names of the modules that Today is made of, sorted. Views that `import()` reads later are not among them, nor are words,
/// because the server does not know the language.
pub(super) fn of_first_screen(files: &[File]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next: Vec<String> = BEGIN.iter().map(ToString::to_string).collect();
    while let Some(name) = next.pop() {
        let Some(file) = files.iter().find(|file| file.name == name) else {
            continue;
        };
        let text = String::from_utf8_lossy(&file.bytes);
        let imported = static_imports(&text).filter_map(|import| path(&name, import));
        next.extend(imported.filter(|other| !found.contains(other)));
        found.insert(name);
    }
    found
}

/// The texts between quotes after `from`, and after an `import` without names.
fn static_imports(module: &str) -> impl Iterator<Item = &str> {
    module.lines().filter_map(|line| {
        let is_comment = line.trim_start().starts_with(['/', '*']);
        let rest = match line.split_once(" from '") {
            Some((_, rest)) => rest,
            None => line.strip_prefix("import '")?,
        };
        let (import, end) = rest.split_once('\'')?;
        let is_whole = !is_comment && end == ";";
        is_whole.then_some(import)
    })
}

/// The name of the file that a module imports by a relative address. None if it would lie above the folder.
pub(super) fn path(module: &str, import: &str) -> Option<String> {
    let mut path: Vec<&str> = module.split('/').collect();
    path.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => {
                path.pop()?;
            }
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}
