//! The walls: what a room must never know. The table of `src/lib.rs`, held against the `use crate::` lines.

use std::path::{Path, PathBuf};

/// A room, and what it may use of the house.
const ROOMS: &[(&str, &[&str])] = &[
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
    (
        "store",
        &[
            "config", "error", "events", "fs", "model", "schedule", "text", "work",
        ],
    ),
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
    ("rpc", &["api", "error", "fs", "memory"]),
    (
        "http",
        &["api", "error", "events", "fs", "model", "schedule"],
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
        ],
    ),
];

/// Crates that a room must not name.
const STRANGERS: &[(&str, &[&str])] = &[
    ("error", &["tokio", "diesel"]),
    ("text", &["tokio", "diesel", "SystemTime"]),
    ("fs", &["diesel"]),
    ("clock", &["diesel"]),
    ("schedule", &["tokio", "std::time::SystemTime"]),
    ("model", &["tokio", "SystemTime"]),
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
    ("rpc", &["diesel", "clap"]),
    ("http", &["diesel", "clap", "interprocess", "std::process"]),
    ("cli", &["diesel", "tokio"]),
];

fn files(path: &Path) -> Vec<PathBuf> {
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

fn room(name: &str) -> Vec<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folder = source.join(name);
    if folder.is_dir() {
        files(&folder)
    } else {
        files(&source.join(format!("{name}.rs")))
    }
}

fn is_of_tests(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "tests")
}

/// The rooms that a text uses: the word after `crate::`, also in a list.
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
fn no_room_forgets_itself() {
    let mut faults = Vec::new();
    for (name, allowed) in ROOMS {
        for file in room(name) {
            for used in uses(&std::fs::read_to_string(&file).unwrap()) {
                if used != *name && !allowed.contains(&used.as_str()) {
                    faults.push(format!(
                        "{}: `{name}` must not know `{used}`",
                        file.display()
                    ));
                }
            }
        }
    }
    for (name, strangers) in STRANGERS {
        // What a test needs for its own sake, such as a server, is no stranger.
        for file in room(name).into_iter().filter(|file| !is_of_tests(file)) {
            let text = std::fs::read_to_string(&file).unwrap();
            // `clock` is the one place that reads the time; clap's derive in words is no door.
            for line in text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
            {
                for stranger in *strangers {
                    let is_named = line.contains(&format!("{stranger}::"))
                        || line.contains(&format!("use {stranger}"));
                    if is_named {
                        faults.push(format!(
                            "{}: `{name}` must not know `{stranger}`: {}",
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

#[test]
fn every_room_is_on_the_list() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let is_known =
            ["lib", "main"].contains(&name.as_str()) || ROOMS.iter().any(|(room, _)| *room == name);
        assert!(is_known, "`{name}` has no walls");
    }
}

#[test]
fn no_file_outgrows_its_room() {
    for (name, _) in ROOMS {
        for file in room(name) {
            if is_of_tests(&file) {
                continue;
            }
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            assert!(
                lines <= 400,
                "{} has {lines} lines: it wants a second room",
                file.display()
            );
        }
    }
}
