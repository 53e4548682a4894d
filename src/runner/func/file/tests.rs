//!
//! Tests of `File` on real files.
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::time::Duration;

use super::super::roots::testing::{as_nobody, bad, good, run, run_within, start, text};
use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn fifo(path: &Path) {
    let mode = rustix::fs::Mode::from_bits_truncate(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// Checks that the folder contains only these names, so no temporary file is left.
fn contains_only(folder: &Path, names: &[&str]) {
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, names);
}

#[test]
fn file_operations_work_in_sequence() {
    let folder = folder();
    let path = folder.path().join("a b");
    let at = text(&path);
    let (out, ended) = run("File", &["exists", at]);
    assert_eq!(out, "false\n");
    assert_eq!(ended.unwrap_err().0, format!("`{at}` does not exist"));
    good("File", &["write", at, "one", " two", "", "日"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "one, two,,日");
    good("File", &["append", at, "!", "?"]);
    assert_eq!(good("File", &["read", at]), "one, two,,日!,?");
    assert_eq!(good("File", &["exists", at]), "true\n");
    assert_eq!(good("File", &["size", at]), "16\n");
    good("File", &["write", at, ""]);
    assert_eq!(good("File", &["size", at]), "0\n");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(good("File", &["hash", at]), format!("{empty}  {at}\n"));
    good("File", &["delete", at]);
    assert!(bad("File", &["delete", at]).contains("does not exist"));
    let made = folder.path().join("made");
    good("File", &["append", text(&made), "x"]);
    assert_eq!(fs::read(&made).unwrap(), b"x");
    contains_only(folder.path(), &["made"]);
}

#[test]
fn file_of_bad_arguments_names_problem() {
    for (args, problem) in [
        (&[][..], "usage: File"),
        (&["read"], "usage: File"),
        (&["chmod", "/x"], "op: `chmod` is not one of"),
        (&["", "/x"], "op: `` is not one of"),
        (&["READ", "/x"], "op: `READ` is not one of"),
        (&["read", "/x", "y"], "takes no TEXT"),
        (&["delete", "/x", ""], "takes no TEXT"),
        (&["write", "/x"], "needs a TEXT"),
        (&["append", "/x"], "needs a TEXT"),
        (&["read", ""], "path: `` is empty"),
        (&["read", "x"], "path: `x` is not an absolute path"),
        (&["delete", "../x"], "is not an absolute path"),
        (&["delete", "/tmp/x/"], "ends with `/`"),
        (&["read", "/"], "ends with `/`"),
        (&["read", "/.."], "`/..` is a folder"),
        (&["delete", "/tmp/.."], "does not end with a name"),
        (&["read", "/no/such/file"], "does not exist"),
        (&["write", "/no/such/file", "x"], "does not exist"),
        (&["write", "/tmp", "x"], "it is a folder"),
        (&["append", "/tmp", "x"], "it is a folder"),
        (&["delete", "/tmp"], "it is a folder"),
        (&["hash", "/tmp"], "it is a folder"),
        (&["size", "/tmp"], "it is a folder"),
        (&["read", "/dev/null"], "it is a device"),
        (&["write", "/dev/null", "x"], "it is a device"),
        (&["append", "/dev/null", "x"], "it is a device"),
        (&["delete", "/dev/null"], "it is a device"),
        (&["read", "/etc/passwd/x"], "not a folder"),
        (&["write", "/tmp/\n\u{1}", "x"], ""),
    ] {
        if problem.is_empty() {
            let path = args[1];
            good("File", args);
            assert!(good("File", &["delete", path]).contains("\\n\\u{1}"));
            continue;
        }
        let why = bad("File", args);
        assert!(why.contains(problem), "{args:?}: {why}");
        assert!(!why.contains('\n'), "{why}");
    }
    let long = format!("/tmp/{}", "x".repeat(300));
    for op in ["read", "exists", "delete"] {
        assert!(bad("File", &[op, &long]).contains("too long"));
    }
}

#[test]
fn exists_of_hidden_path_is_error() {
    assert_eq!(good("File", &["exists", "/tmp"]), "true\n");
    assert_eq!(good("File", &["exists", "/dev/null"]), "true\n");
    for missing in ["/no/such/path", "/etc/passwd/x"] {
        let (out, ended) = run("File", &["exists", missing]);
        assert_eq!(out, "false\n");
        assert!(ended.unwrap_err().0.contains("does not exist"));
    }
    let folder = folder();
    let link = folder.path().join("link");
    symlink("nowhere", &link).unwrap();
    let (out, ended) = run("File", &["exists", text(&link)]);
    assert_eq!((out.as_str(), ended.is_err()), ("false\n", true));
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    if let Some(output) = as_nobody("File", &["exists", text(&link)]) {
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(
            out.contains("Permission denied") && !out.contains("false"),
            "{out}"
        );
    }
}

#[test]
fn file_of_fifo_fails_at_once() {
    let folder = folder();
    let path = folder.path().join("fifo");
    fifo(&path);
    let at = text(&path);
    for args in [
        &["read", at][..],
        &["hash", at],
        &["size", at],
        &["delete", at],
        &["write", at, "x"],
        &["append", at, "x"],
    ] {
        let why = bad("File", args);
        assert!(why.contains("it is a FIFO"), "{why}");
    }
    contains_only(folder.path(), &["fifo"]);
}

#[test]
fn read_passes_bytes_unchanged() {
    let folder = folder();
    let path = folder.path().join("raw");
    fs::write(&path, b"a\xff\x00b").unwrap();
    let (out, ended) = run("File", &["read", text(&path)]);
    assert_eq!((out.as_str(), ended), ("a\u{fffd}\0b", Ok(())));
    let big = folder.path().join("big");
    let file = fs::File::create(&big).unwrap();
    file.set_len(MAX_READ_BYTES).unwrap();
    assert_eq!(
        good("File", &["read", text(&big)]).len() as u64,
        MAX_READ_BYTES
    );
    file.set_len(MAX_READ_BYTES + 1).unwrap();
    let out = good("File", &["read", text(&big)]);
    assert!(out.ends_with("\n[the first 67108864 bytes of 67108865 are shown]\n"));
}

#[test]
fn hash_equals_sha256sum() {
    let folder = folder();
    for name in ["plain", "back\\slash", "line\nfeed"] {
        let path = folder.path().join(name);
        fs::write(&path, "abc".repeat(100_000)).unwrap();
        let Ok(output) = std::process::Command::new("sha256sum").arg(&path).output() else {
            return;
        };
        let expected = String::from_utf8(output.stdout).unwrap();
        assert_eq!(good("File", &["hash", text(&path)]), expected);
    }
}

#[test]
fn write_keeps_mode_and_owner() {
    let folder = folder();
    let path = folder.path().join("file");
    good("File", &["write", text(&path), "x"]);
    let usual = folder.path().join("usual");
    fs::write(&usual, "").unwrap();
    assert_eq!(mode(&path), mode(&usual));
    for wanted in [0o640, 0o604, 0o6755] {
        fs::set_permissions(&path, Permissions::from_mode(wanted)).unwrap();
        good("File", &["write", text(&path), "y"]);
        assert_eq!(mode(&path), wanted);
    }
    if fchown(fs::File::open(&path).unwrap(), Some(12), Some(34)).is_ok() {
        fs::set_permissions(&path, Permissions::from_mode(0o4751)).unwrap();
        let out = good("File", &["write", text(&path), "z"]);
        assert!(!out.contains("owner"), "{out}");
        let now = fs::metadata(&path).unwrap();
        assert_eq!((now.uid(), now.gid(), mode(&path)), (12, 34, 0o4751));
    }
    contains_only(folder.path(), &["file", "usual"]);
}

#[test]
fn write_without_permission_fails() {
    let folder = folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    for op in ["write", "append"] {
        if let Some(output) = as_nobody("File", &[op, text(&path), "new"]) {
            let out = String::from_utf8_lossy(&output.stdout);
            assert!(out.contains("Permission denied"), "{out}");
            assert_eq!(fs::read(&path).unwrap(), b"old");
        }
    }
    fs::set_permissions(&path, Permissions::from_mode(0o6777)).unwrap();
    if let Some(output) = as_nobody("File", &["write", text(&path), "new"]) {
        let out = String::from_utf8_lossy(&output.stdout);
        let is_other = fs::metadata(&path).unwrap().uid() == 65_534;
        assert_eq!(
            out.contains("the owner could not be kept"),
            is_other,
            "{out}"
        );
        assert_eq!(mode(&path), if is_other { 0o777 } else { 0o6777 });
    }
    contains_only(folder.path(), &["file"]);
}

#[test]
fn write_follows_links_and_delete_does_not() {
    let folder = folder();
    let base = fs::canonicalize(folder.path()).unwrap();
    fs::create_dir(base.join("sub")).unwrap();
    symlink("sub/file", base.join("link")).unwrap();
    symlink("link", base.join("twice")).unwrap();
    let twice = base.join("twice");
    good("File", &["write", text(&twice), "1"]);
    good("File", &["append", text(&twice), "2"]);
    good("File", &["write", text(&twice), "3"]);
    good("File", &["append", text(&twice), "4"]);
    assert_eq!(fs::read(base.join("sub/file")).unwrap(), b"34");
    contains_only(&base, &["link", "sub", "twice"]);
    contains_only(&base.join("sub"), &["file"]);
    good("File", &["delete", text(&twice)]);
    good("File", &["delete", text(&base.join("link"))]);
    contains_only(&base, &["sub"]);
    contains_only(&base.join("sub"), &["file"]);
}

#[test]
fn file_outside_roots_fails() {
    let folder = folder();
    let base = fs::canonicalize(folder.path()).unwrap();
    let root = base.join("root");
    fs::create_dir(&root).unwrap();
    fs::write(base.join("secret"), "s").unwrap();
    symlink("../secret", root.join("link")).unwrap();
    symlink("..", root.join("up")).unwrap();
    for path in [
        "secret",
        "root/up/secret",
        "root/../secret",
        "root/link",
        "no",
    ] {
        let path = base.join(path);
        for op in ["read", "exists", "size", "hash"] {
            let (out, ended) = run_within("File", &[op, text(&path)], &[&root]);
            assert_eq!(out, "");
            assert!(ended.unwrap_err().0.contains("jobs.func_roots"));
        }
        for op in ["write", "append"] {
            let (_, ended) = run_within("File", &[op, text(&path), "x"], &[&root]);
            assert!(ended.unwrap_err().0.contains("jobs.func_roots"));
        }
    }
    let (_, ended) = run_within("File", &["delete", text(&base.join("secret"))], &[&root]);
    assert!(ended.unwrap_err().0.contains("jobs.func_roots"));
    assert_eq!(fs::read(base.join("secret")).unwrap(), b"s");
    let inside = root.join("x");
    assert_eq!(
        run_within("File", &["write", text(&inside), "x"], &[&root]).1,
        Ok(())
    );
    let (_, ended) = run_within("File", &["delete", text(&root.join("link"))], &[&root]);
    assert_eq!(ended, Ok(()));
}

#[test]
fn write_killed_leaves_old_or_new_file() {
    let folder = folder();
    let path = folder.path().join("file");
    let texts = ["a".repeat(100_000), "b".repeat(100_000)];
    fs::write(&path, &texts[1]).unwrap();
    for n in 0..12 {
        let mut child = start("File", &["write", text(&path), &texts[n % 2]]);
        std::thread::sleep(Duration::from_micros(500 * n as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = fs::read_to_string(&path).unwrap();
        assert!(texts.contains(&now), "{}", now.len());
    }
}

#[test]
fn write_on_full_disk_leaves_old_file() {
    let folder = folder();
    let Some(_mounted) = super::super::roots::testing::Mounted::new(folder.path(), "64k") else {
        return;
    };
    let path = folder.path().join("file");
    good("File", &["write", text(&path), "old"]);
    let why = bad("File", &["write", text(&path), &"x".repeat(200_000)]);
    assert!(why.contains("No space left"), "{why}");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    contains_only(folder.path(), &["file"]);
}
