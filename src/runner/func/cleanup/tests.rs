//!
//! Tests of `Cleanup` on real trees.
use std::fs::{self, File, FileTimes};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::SystemTime;

use super::super::roots::testing::{
    Mounted, as_nobody, bad, good, now, run, run_at, run_within, text,
};
use super::*;

/// Creates a file of five bytes that was changed `hours` hours ago.
fn file(path: &Path, hours: u64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "12345").unwrap();
    age(path, hours);
}

fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    let times = FileTimes::new().set_modified(then);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_times(times)
        .unwrap();
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(folder.path()).unwrap();
    (folder, path)
}

/// The files below a folder, as relative paths.
fn files(base: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![base.to_path_buf()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.symlink_metadata().unwrap().is_dir() {
                left.push(path);
            } else {
                found.push(path.strip_prefix(base).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn cleanup_of_bad_arguments_names_problem() {
    let (_folder, base) = folder();
    file(&base.join("file"), 1000);
    symlink(&base, base.join("link")).unwrap();
    let (at, file, link) = (base.clone(), base.join("file"), base.join("link"));
    let (slash, missing) = (format!("{}/", text(&link)), base.join("no"));
    for (args, problem) in [
        (&[][..], "usage: Cleanup PATH,DAYS[,GLOB][,dry]"),
        (&["/x"], "usage: Cleanup"),
        (&["/", "7"], "path: `/` is the root of the system"),
        (&["//", "7"], "is the root of the system"),
        (&["/.", "7"], "is the root of the system"),
        (&["", "7"], "path: `` is empty"),
        (&["x", "7"], "is not an absolute path"),
        (&["/tmp/../etc", "7"], "contains `..`"),
        (&["/..", "7"], "contains `..`"),
        (
            &[text(&at), "0"],
            "days: `0` is not a whole number of at least 1",
        ),
        (&[text(&at), "-1"], "days: `-1` is not"),
        (&[text(&at), "+1"], "days: `+1` is not"),
        (&[text(&at), "1.5"], "days: `1.5` is not"),
        (&[text(&at), "7d"], "days: `7d` is not"),
        (&[text(&at), ""], "days: `` is not"),
        (&[text(&at), "*.log"], "days: `*.log` is not"),
        (&[text(&at), "99999999999"], "days: `99999999999` is not"),
        (&[text(&at), "1", ""], "glob: `` matches nothing"),
        (&[text(&at), "1", "", "dry"], "glob: `` matches nothing"),
        (&[text(&at), "1", "["], "glob: `[` is not a pattern"),
        (&[text(&at), "1", "{a"], "glob: `{a` is not a pattern"),
        (&[text(&at), "1", "/file"], "glob: `/file` begins with"),
        (&[text(&at), "1", "*.a", "*.b"], "outside of braces"),
        (&[text(&at), "1", "*", "dyr"], "outside of braces"),
        (&[text(&at), "1", "dry", "*"], "outside of braces"),
        (&[text(&missing), "1"], "does not exist"),
        (&[text(&file), "1"], "is a file, not a folder"),
        (&[text(&link), "1"], "is a symbolic link"),
        (&[&slash, "1"], "is a symbolic link"),
        (&["/dev/null", "1"], "is a device, not a folder"),
    ] {
        let why = bad("Cleanup", args);
        assert!(why.contains(problem), "{args:?}: {why}");
        assert!(!why.contains('\n'), "{why}");
    }
    assert_eq!(files(&base), ["file", "link"]);
}

#[test]
fn cleanup_deletes_old_files_only() {
    let (_folder, base) = folder();
    let path = base.join("data");
    file(&path.join("old"), 49);
    file(&path.join("young"), 47);
    file(&path.join(".hidden"), 49);
    file(&path.join("a/b/c/old"), 1000);
    file(&base.join("outside/old"), 1000);
    file(&path.join(OsStr::from_bytes(b"not \xff text")), 1000);
    fs::create_dir_all(path.join("empty/er")).unwrap();
    symlink("../outside", path.join("folder")).unwrap();
    symlink("../outside/old", path.join("file")).unwrap();
    symlink("nowhere", path.join("dangling")).unwrap();
    let listed = good("Cleanup", &[text(&path), "2", "dry"]);
    assert!(listed.contains("would delete `"), "{listed}");
    assert!(
        listed.contains("/data/a/b/c/old`, 5 bytes, modified 2"),
        "{listed}"
    );
    assert!(
        listed.contains("4 files would be deleted, 20 bytes would be freed, 1 files kept"),
        "{listed}"
    );
    assert_eq!(files(&base).len(), 9);
    let out = good("Cleanup", &[&format!("{}/", text(&path)), "2"]);
    assert!(
        out.contains("deleted `") && out.contains("/data/a/b/c/old`, 5 bytes, modified 2"),
        "{out}"
    );
    assert!(
        out.ends_with(
            "4 files deleted, 20 bytes freed, 1 files kept, 0 could not be read or deleted\n"
        ),
        "{out}"
    );
    let left = [
        "data/dangling",
        "data/file",
        "data/folder",
        "data/young",
        "outside/old",
    ];
    assert_eq!(files(&base), left);
    assert!(path.join("empty/er").is_dir() && path.join("a/b/c").is_dir());
}

#[test]
fn cleanup_compares_age_exactly() {
    let (_folder, base) = folder();
    file(&base.join("file"), 0);
    let modified = fs::metadata(base.join("file")).unwrap().modified().unwrap();
    let ms = modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64;
    let day = 86_400_000;
    let run = |at| run_at("Cleanup", &[text(&base), "1"], &[], Time::from_millis(at));
    assert!(run(ms + day).0.starts_with("0 files deleted"));
    assert!(run(i64::MIN).0.starts_with("0 files deleted"));
    assert!(run(ms + day + 1).0.contains("\n1 files deleted"));
}

#[test]
fn cleanup_pattern_with_slash_matches_path() {
    for (glob, deleted) in [
        (&["*.log"][..], &["a/b/z.log", "a/y.log", "x.log"][..]),
        (
            &["*.{log", "gz}"],
            &["a/b/z.log", "a/y.log", "q.gz", "x.log"],
        ),
        (&["a/*.log"], &["a/y.log"]),
        (&["a/**/*.log"], &["a/b/z.log", "a/y.log"]),
        (&["**/*.log"], &["a/b/z.log", "a/y.log", "x.log"]),
        (&["[!x].log"], &["a/b/z.log", "a/y.log"]),
        (&["x"], &[]),
        (&["a"], &[]),
        (&["?.gz"], &["q.gz"]),
    ] {
        let (_folder, base) = folder();
        for path in ["x.log", "a/y.log", "a/b/z.log", "q.gz"] {
            file(&base.join(path), 1000);
        }
        let before = files(&base);
        let args = [&[text(&base), "1"], glob].concat();
        let dry = good("Cleanup", &[&args[..], &["DRY"]].concat());
        assert_eq!(dry.matches("would delete").count(), deleted.len(), "{dry}");
        assert_eq!(files(&base), before);
        good("Cleanup", &args);
        let after = files(&base);
        let gone: Vec<_> = before.iter().filter(|path| !after.contains(path)).collect();
        assert_eq!(gone, deleted, "{glob:?}");
    }
}

#[test]
fn cleanup_outside_roots_fails() {
    let (_folder, base) = folder();
    file(&base.join("a/old"), 1000);
    file(&base.join("b/old"), 1000);
    symlink("../b", base.join("a/out")).unwrap();
    fs::create_dir(base.join("b/sub")).unwrap();
    for path in ["b", "a/out/sub"] {
        let path = base.join(path);
        let (_, ended) = run_within("Cleanup", &[text(&path), "1"], &[&base.join("a")]);
        assert!(ended.unwrap_err().0.contains("jobs.func_roots"));
    }
    let path = base.join("a");
    let (_, ended) = run_within("Cleanup", &[text(&path), "1"], &[&path]);
    assert_eq!(ended, Ok(()));
    assert_eq!(files(&base), ["a/out", "b/old"]);
}

#[test]
fn cleanup_skips_other_file_system() {
    let (_folder, base) = folder();
    file(&base.join("old"), 1000);
    let Some(_mounted) = Mounted::new(&base.join("disk"), "1m") else {
        return;
    };
    file(&base.join("disk/sub/old"), 1000);
    let out = good("Cleanup", &[text(&base), "1"]);
    assert!(out.contains("1 files deleted"), "{out}");
    assert!(
        out.contains("1 entries are on another file system"),
        "{out}"
    );
    assert_eq!(files(&base), ["disk/sub/old"]);
    // Unless the other file system is PATH itself.
    good("Cleanup", &[text(&base.join("disk")), "1"]);
    assert!(files(&base).is_empty());
}

#[test]
fn cleanup_reports_failures_after_the_rest() {
    let (_folder, base) = folder();
    fs::set_permissions(&base, fs::Permissions::from_mode(0o755)).unwrap();
    for n in 0..12 {
        file(&base.join(format!("kept/{n}")), 1000);
    }
    file(&base.join("free/old"), 1000);
    file(&base.join("closed/old"), 1000);
    fs::set_permissions(base.join("free"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(base.join("kept"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(base.join("closed"), fs::Permissions::from_mode(0o700)).unwrap();
    let Some(output) = as_nobody("Cleanup", &[text(&base), "1"]) else {
        return;
    };
    let out = String::from_utf8_lossy(&output.stdout);
    if base.join("kept/0").exists() {
        assert!(
            out.contains("1 files deleted, 5 bytes freed, 0 files kept, 13 could"),
            "{out}"
        );
        assert!(out.contains("13 files or folders could not be"), "{out}");
        assert_eq!(out.matches("Permission denied").count(), 11, "{out}");
        assert_eq!(output.status.code(), Some(1));
        assert!(!base.join("free/old").exists());
    }
}

#[test]
fn cleanup_of_hard_link_frees_nothing() {
    let (_folder, base) = folder();
    file(&base.join("a/old"), 1000);
    fs::hard_link(base.join("a/old"), base.join("other")).unwrap();
    let out = good("Cleanup", &[text(&base.join("a")), "1"]);
    assert!(out.contains("\n1 files deleted, 0 bytes freed"), "{out}");
}

#[test]
fn cleanup_handles_deep_and_large_trees() {
    let (_folder, base) = folder();
    for n in 0..5000 {
        fs::write(base.join(format!("{n}")), "").unwrap();
    }
    // Deeper than the longest path.
    let mut at: std::os::fd::OwnedFd = File::open(&base).unwrap().into();
    let mode = rustix::fs::Mode::from_bits_truncate(0o700);
    let name = OsStr::new("a-folder");
    for _ in 0..700 {
        rustix::fs::mkdirat(&at, name, mode).unwrap();
        at = entry::open_folder(&at, name).unwrap();
        entry::make_file(&at, OsStr::new("x"), rustix::fs::OFlags::WRONLY, 0o600).unwrap();
    }
    let later = now().plus(Duration::from_secs(2 * DAY));
    let (out, ended) = run_at("Cleanup", &[text(&base), "1"], &[], later);
    assert_eq!(ended, Ok(()), "{out}");
    assert!(out.contains("\n5700 files deleted"), "{out}");
}

#[test]
fn cleanup_with_swapped_link_deletes_nothing_outside() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let (_folder, base) = folder();
    for n in 0..50 {
        file(&base.join(format!("outside/{n}")), 1000);
        file(&base.join(format!("data/sub/{n}")), 1000);
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (sub, aside) = (base.join("data/sub"), base.join("data/aside"));
            while !done.load(Ordering::Relaxed) {
                fs::rename(&sub, &aside).unwrap();
                symlink("../outside", &sub).unwrap();
                fs::remove_file(&sub).unwrap();
                fs::rename(&aside, &sub).unwrap();
            }
        });
        for _ in 0..300 {
            let _ = run("Cleanup", &[text(&base.join("data")), "1"]);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(files(&base.join("outside")).len(), 50);
}
