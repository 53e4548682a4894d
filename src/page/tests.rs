//! Checks of all files of the page: the table has the folder, and no file does what the policy of the page forbids.

use std::path::{Path, PathBuf};

use super::*;

/// Files that only people and tools read, not browsers: declarations of types.
fn is_for_browsers(name: &str) -> bool {
    !name.ends_with(".d.ts")
}

/// The names of all files below a folder.
fn names_in(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            names.push(name.replace('\\', "/"));
        }
    }
    names.sort();
    names
}

fn text(file: &File) -> &str {
    std::str::from_utf8(&file.bytes).unwrap_or_else(|_| panic!("{} is not UTF-8", file.name))
}

#[test]
fn table_names_each_file_of_the_folder_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("files");
    let mut expected = names_in(&folder);
    expected.retain(|name| is_for_browsers(name));
    let known: Vec<String> = FILES.iter().map(|file| file.name.to_string()).collect();
    assert_eq!(
        known, expected,
        "`FILES` in src/page/mod.rs is not the folder"
    );
}

#[test]
fn hash_changes_with_names_and_with_bytes() {
    let file = |name: &'static str, bytes: &'static [u8]| File {
        name: Cow::Borrowed(name),
        bytes: Cow::Borrowed(bytes),
    };
    let first = hash(&[file("a", b"bc")]);
    assert_eq!(first.len(), HASH_LENGTH);
    assert_ne!(first, hash(&[file("ab", b"c")]));
    assert_ne!(first, hash(&[file("a", b"bd")]));
    assert_ne!(first, hash(&[file("a", b""), file("bc", b"")]));
    assert_eq!(first, hash(&[file("a", b"bc")]));
}

#[test]
fn index_names_the_modules_of_the_first_screen_under_the_hash() {
    let files = Files(None);
    let index = files.index();
    let index = text(&index);
    assert!(!index.contains("HASH"), "{index}");
    assert!(!index.contains(MODULES_MARK), "{index}");
    let is_named = |name: &str| {
        let link = format!(r#"modulepreload" href="/page/{}/{name}""#, files.hash());
        index.contains(&link)
    };
    for name in [
        "app.js",
        "base/dom.js",
        "vendor/preact.js",
        "views/today.js",
    ] {
        assert!(is_named(name), "{name} is not in {index}");
    }
    for name in ["views/jobs.js", "views/edit.js", "words/en.js"] {
        assert!(!is_named(name), "{name} is in {index}");
    }
    // A module of the first screen imports only such modules: none is loaded after the one that imports it.
    for file in FILES.iter().filter(|file| is_named(&file.name)) {
        for line in text(file).lines().filter(|line| !line.contains("import(")) {
            for import in imports(line) {
                let path = modules::path(&file.name, import).unwrap();
                assert!(is_named(&path), "{} imports {path}", file.name);
            }
        }
    }
}

#[test]
fn get_takes_only_names_of_the_table_under_the_hash() {
    let files = Files(None);
    assert!(files.get(files.hash(), "app.js").is_some());
    for (hash, name) in [
        ("0123456789ab", "app.js"),
        ("", "app.js"),
        (files.hash(), "index.html"),
        (files.hash(), "mod.rs"),
        (files.hash(), "../mod.rs"),
        (files.hash(), "/app.js"),
        (files.hash(), "App.js"),
        (files.hash(), ""),
    ] {
        assert_eq!(files.get(hash, name), None, "{hash}/{name}");
    }
}

/// The policy of the page refuses these when it runs; here they are found before.
#[test]
fn files_use_nothing_that_the_policy_forbids() {
    const FORBIDDEN: &[&str] = &[
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "createContextualFragment",
        "srcdoc",
        "eval(",
        "new Function",
        "javascript:",
        "style=",
        "onclick=",
        "onload=",
        "onerror=",
        "http:",
        "//cdn",
    ];
    // The namespace of SVG is a name and no address; comments of the library name its source.
    const ALLOWED: &[&str] = &["http://www.w3.org/"];
    for file in FILES.iter().filter(|file| !file.name.ends_with(".png")) {
        for (number, line) in text(file).lines().enumerate() {
            let line = ALLOWED
                .iter()
                .fold(line.to_string(), |line, allowed| line.replace(allowed, ""));
            let is_library = file.name.starts_with("vendor/");
            for word in FORBIDDEN {
                // The library can set HTML when it is asked to, which the policy refuses.
                let is_excepted = is_library && word.ends_with("HTML");
                assert!(
                    is_excepted || !line.contains(word),
                    "{}:{}: `{word}` in {line}",
                    file.name,
                    number + 1
                );
            }
        }
    }
}

#[test]
fn scripts_use_no_html_of_the_library() {
    for file in FILES
        .iter()
        .filter(|file| !file.name.starts_with("vendor/") && !file.name.ends_with(".png"))
    {
        assert!(
            !text(file).contains("dangerouslySetInnerHTML"),
            "{}",
            file.name
        );
    }
}

/// The imports of a module, by the quoted texts after `from` and `import`.
fn imports(module: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in module.lines() {
        let line = line.trim_start();
        if line.starts_with("//") || line.starts_with('*') || line.starts_with("/*") {
            continue;
        }
        for start in [
            "from '",
            "from \"",
            "import '",
            "import \"",
            "import('",
            "import(\"",
        ] {
            if let Some((before, rest)) = line.split_once(start)
                && (before.is_empty() || before.ends_with([' ', '}', '=', '(', '*']))
                && let Some(end) = rest.find(['\'', '"'])
            {
                found.push(&rest[..end]);
            }
        }
    }
    found
}

#[test]
fn imports_are_found_in_all_their_forms() {
    let module = "import {a,\n  b} from './a.js';\nimport \"./b.js\"\nexport * from './c.js'\n// import './d.js'\nconst e = await import('./e.js')";
    assert_eq!(imports(module), ["./a.js", "./b.js", "./c.js", "./e.js"]);
}

#[test]
fn imports_of_modules_name_embedded_files() {
    for file in FILES.iter().filter(|file| file.name.ends_with(".js")) {
        // Types in comments import from declarations, which browsers do not load.
        let sent = comments::without_comments(file);
        for import in imports(text(&sent)) {
            assert!(
                import.starts_with('.'),
                "{}: `{import}` is not relative",
                file.name
            );
            let path = modules::path(&file.name, import).unwrap();
            let is_known = FILES.iter().any(|file| file.name == path);
            assert!(
                is_known,
                "{} imports `{import}`, which is no file",
                file.name
            );
        }
    }
}

/// Addresses in the page itself.
#[test]
fn addresses_in_the_page_name_embedded_files() {
    let index = Files(None).index();
    let folder = format!("/page/{}/", *HASH);
    for part in text(&index).split(&folder).skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(
            FILES.iter().any(|file| file.name == name),
            "`{name}` is no file"
        );
    }
}

/// The keys of a file of words: the quoted texts at the beginning of lines.
fn keys(words: &str) -> Vec<&str> {
    let lines = words
        .lines()
        .filter_map(|line| line.strip_prefix("  '")?.split_once("': "));
    lines.map(|(key, _)| key).collect()
}

#[test]
fn words_have_the_same_keys_in_all_languages() {
    let files: Vec<&File> = FILES
        .iter()
        .filter(|file| file.name.starts_with("words/en"))
        .collect();
    assert!(!files.is_empty());
    for english in files {
        let name = english.name.replace("words/en", "words/zh");
        let chinese = FILES.iter().find(|file| file.name == name);
        let chinese = chinese.unwrap_or_else(|| panic!("`{name}` is missing"));
        assert_eq!(
            keys(text(english)),
            keys(text(chinese)),
            "{} and {name}",
            english.name
        );
    }
}

/// All files of words that are loaded are one dictionary.
#[test]
fn words_have_each_key_in_one_file() {
    let mut known = std::collections::BTreeMap::new();
    for file in FILES
        .iter()
        .filter(|file| file.name.starts_with("words/en"))
    {
        for key in keys(text(file)) {
            let before = known.insert(key, &file.name);
            assert_eq!(before, None, "`{key}` is in {} too", file.name);
        }
    }
}

/// Scripts and styles are read by people; the library is as it was made.
#[test]
fn files_over_400_lines_are_refused() {
    for file in FILES
        .iter()
        .filter(|file| !file.name.starts_with("vendor/") && !file.name.ends_with(".png"))
    {
        let lines = text(file).lines().count();
        assert!(lines <= 400, "{} has {lines} lines: split it", file.name);
    }
}
