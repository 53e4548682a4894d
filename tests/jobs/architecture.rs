//! Rules that the compiler does not check of the rooms of `src/`: the crates that a room must not depend on, who reads the time, and
//! how long a file may be. Each room is a crate: it can use only the rooms that its `Cargo.toml` names.

use std::path::{Path, PathBuf};

/// A room, and crates that it must not depend on.
const FORBIDDEN_CRATES: &[(&str, &[&str])] = &[
    ("error", &["tokio", "diesel"]),
    ("text", &["tokio", "diesel"]),
    ("fs", &["diesel"]),
    ("clock", &["diesel"]),
    ("schedule", &["tokio", "diesel"]),
    ("model", &["tokio", "diesel"]),
    ("work", &["tokio", "diesel"]),
    ("crontab", &["tokio", "diesel"]),
    ("events", &["diesel", "axum"]),
    ("api", &["tokio", "diesel", "axum"]),
    ("output", &["diesel"]),
    ("page", &["tokio", "diesel", "axum", "serde"]),
    ("runner", &["diesel"]),
    ("scheduler", &["diesel", "clap", "axum", "interprocess"]),
    ("service", &["diesel", "clap", "axum", "interprocess"]),
    ("gate", &["diesel", "clap", "axum", "interprocess"]),
    ("rpc", &["diesel", "clap"]),
    ("http", &["diesel", "clap", "interprocess"]),
    ("cli", &["diesel", "tokio"]),
];

/// Rooms that start no process.
const WITHOUT_PROCESSES: &[&str] = &["store", "output", "http"];

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

/// The Rust files of a room.
fn files_of(name: &str) -> Vec<PathBuf> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name))
}

fn is_test(file: &Path) -> bool {
    let file = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
    file.with_extension("")
        .components()
        .any(|part| part.as_os_str() == "tests")
}

/// The lines of a room's code, with the file of each. Tests and comments are left out.
fn code_of(name: &str) -> Vec<(PathBuf, String)> {
    let mut lines = Vec::new();
    for file in files_of(name).into_iter().filter(|file| !is_test(file)) {
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            if !line.trim_start().starts_with("//") {
                lines.push((file.clone(), line.to_string()));
            }
        }
    }
    lines
}

/// All rooms: the folders of `src/`.
fn rooms() -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = std::fs::read_dir(source)
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

#[test]
fn dependencies_of_a_room_name_no_forbidden_crate() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (name, forbidden) in FORBIDDEN_CRATES {
        let manifest = std::fs::read_to_string(source.join(name).join("Cargo.toml")).unwrap();
        let mut is_for_tests = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                // Tests may use any crate, for example one that is a server.
                is_for_tests = line.contains("dev-dependencies");
            }
            let krate = line.split(['.', ' ', '=']).next().unwrap();
            assert!(
                is_for_tests || !forbidden.contains(&krate),
                "`{name}` must not depend on `{krate}`"
            );
        }
    }
}

#[test]
fn only_clock_reads_the_time_of_the_system() {
    for room in rooms().iter().filter(|room| *room != "clock") {
        for (file, line) in code_of(room) {
            let is_read = line.contains("SystemTime::now");
            assert!(!is_read, "{} reads the time: {line}", file.display());
        }
    }
}

#[test]
fn rooms_without_processes_name_none() {
    for room in WITHOUT_PROCESSES {
        for (file, line) in code_of(room) {
            let is_named = line.contains("std::process");
            assert!(!is_named, "{} uses processes: {line}", file.display());
        }
    }
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
