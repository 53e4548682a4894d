//! Which modules and crates each module of `src/` may use, as `src/lib.rs` says, and how long a file may be.

use std::path::{Path, PathBuf};

/// A module of `src/`, and the other modules that it may use.
const MODULES: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("text", &[]),
    ("schedule", &["error", "text"]),
    ("model", &["schedule", "error"]),
    ("work", &["error", "mask", "model", "text"]),
    ("crontab", &[]),
    ("events", &["model", "schedule", "text"]),
    ("api", &["error", "events", "model", "schedule", "work"]),
    ("config", &["error", "fs", "model", "schedule", "text"]),
    ("fs", &[]),
    ("clock", &["error", "fs", "schedule"]),
    ("memory", &[]),
    ("store", &["error", "events", "fs", "model", "schedule"]),
    ("output", &["error", "fs", "model"]),
    ("mask", &[]),
    (
        "runner",
        &[
            "clock", "config", "error", "fs", "mask", "model", "output", "schedule", "text", "work",
        ],
    ),
    (
        "scheduler",
        &[
            "clock", "error", "events", "mask", "model", "output", "runner", "schedule", "store",
            "work",
        ],
    ),
    (
        "service",
        &[
            "api",
            "clock",
            "crontab",
            "error",
            "events",
            "fs",
            "mask",
            "model",
            "output",
            "runner",
            "schedule",
            "scheduler",
            "store",
            "text",
            "work",
        ],
    ),
    ("gate", &["api", "error"]),
    ("rpc", &["api", "error", "fs", "gate", "memory"]),
    (
        "http",
        &["api", "error", "events", "fs", "gate", "model", "schedule"],
    ),
    (
        "cli",
        &[
            "api", "clock", "config", "error", "model", "rpc", "schedule", "text", "work",
        ],
    ),
    (
        "daemon",
        &[
            "api",
            "cli",
            "clock",
            "config",
            "error",
            "events",
            "fs",
            "http",
            "memory",
            "model",
            "output",
            "rpc",
            "runner",
            "schedule",
            "scheduler",
            "service",
            "store",
            "text",
        ],
    ),
];

/// A module, and the crates that it must not use.
const FORBIDDEN_CRATES: &[(&str, &[&str])] = &[
    ("error", &["tokio", "diesel"]),
    ("text", &["tokio", "diesel", "SystemTime"]),
    ("fs", &["diesel"]),
    ("clock", &["diesel"]),
    ("schedule", &["tokio", "diesel", "std::time::SystemTime"]),
    ("model", &["tokio", "diesel", "SystemTime"]),
    ("work", &["tokio", "diesel", "SystemTime"]),
    ("crontab", &["tokio", "diesel", "SystemTime"]),
    ("events", &["diesel", "SystemTime", "axum"]),
    ("api", &["tokio", "diesel", "axum"]),
    ("store", &["SystemTime", "std::process"]),
    ("output", &["SystemTime", "std::process", "diesel"]),
    ("runner", &["diesel"]),
    ("scheduler", &["diesel", "clap", "axum", "interprocess"]),
    (
        "service",
        &[
            "diesel",
            "clap",
            "axum",
            "interprocess",
            "serde_json",
            "println",
        ],
    ),
    ("gate", &["diesel", "clap", "axum", "interprocess"]),
    ("rpc", &["diesel", "clap"]),
    ("http", &["diesel", "clap", "interprocess", "std::process"]),
    ("cli", &["diesel", "tokio"]),
];

pub fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    let entries = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| files(&path))
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// The Rust files of a module.
fn files_of(name: &str) -> Vec<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folder = source.join(name);
    if folder.is_dir() {
        files(&folder)
    } else {
        files(&source.join(format!("{name}.rs")))
    }
}

fn is_test(file: &Path) -> bool {
    let file = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
    file.components().any(|part| part.as_os_str() == "tests")
}

/// The modules that a text uses: each word after `crate::`, also in a list.
fn uses(text: &str) -> Vec<String> {
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut used = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let words = match rest.strip_prefix('{') {
            Some(list) => list
                .split('}')
                .next()
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .collect(),
            None => vec![rest],
        };
        for word in words {
            let end = word
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(word.len());
            used.push(word[..end].to_string());
        }
    }
    used
}

#[test]
fn modules_use_only_what_their_row_allows() {
    let mut faults = Vec::new();
    for (name, allowed) in MODULES {
        for file in files_of(name) {
            for used in uses(&std::fs::read_to_string(&file).unwrap()) {
                if used != *name && !allowed.contains(&used.as_str()) {
                    faults.push(format!(
                        "{}: `{name}` must not use `{used}`",
                        file.display()
                    ));
                }
            }
        }
    }
    for (name, forbidden) in FORBIDDEN_CRATES {
        // Tests may use any crate, for example one that is a server.
        for file in files_of(name).into_iter().filter(|file| !is_test(file)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for line in text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
            {
                for krate in *forbidden {
                    let is_named = line.contains(&format!("{krate}::"))
                        || line.contains(&format!("use {krate}"));
                    if is_named {
                        faults.push(format!(
                            "{}: `{name}` must not use `{krate}`: {}",
                            file.display(),
                            line.trim()
                        ));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The boundary of the store names no database; only a backend does.
#[test]
fn store_outside_its_backends_names_no_database() {
    for file in files_of("store") {
        if file.components().any(|part| part.as_os_str() == "sqlite") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for krate in ["diesel", "rusqlite"] {
            assert!(!text.contains(krate), "{} names `{krate}`", file.display());
        }
    }
}

#[test]
fn modules_without_a_row_are_refused() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let is_known = ["lib", "main"].contains(&name.as_str())
            || MODULES.iter().any(|(module, _)| *module == name);
        assert!(is_known, "`{name}` has no row in the table");
    }
}

#[test]
fn files_over_400_lines_are_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let too_long: Vec<String> = ["src", "tests", "benches"]
        .iter()
        .flat_map(|folder| files(&root.join(folder)))
        // The build folder of `cargo fuzz`.
        .filter(|file| !file.starts_with(root.join("tests/fuzz/target")))
        .filter_map(|file| {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            (lines > 400).then(|| format!("{} has {lines} lines: split it", file.display()))
        })
        .collect();
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}
