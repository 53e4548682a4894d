//!
//! Tests of `Backup`: arguments, names, `keep`.
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::super::roots::testing::{
    Mounted, as_nobody, bad, good, now, run, run_at, run_within, start, text,
};
use super::*;

mod trees;
mod trouble;

struct Fixture {
    _folder: tempfile::TempDir,
    base: PathBuf,
    source: PathBuf,
    archives: PathBuf,
}

/// Creates `src` and `dst`, both empty.
fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let base = fs::canonicalize(folder.path()).unwrap();
    let (source, archives) = (base.join("src"), base.join("dst"));
    fs::create_dir(&source).unwrap();
    fs::create_dir(&archives).unwrap();
    Fixture {
        _folder: folder,
        base,
        source,
        archives,
    }
}

impl Fixture {
    fn backup(&self) -> String {
        good("Backup", &[text(&self.source), text(&self.archives)])
    }

    /// The names in `dst`, from old to new.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.archives)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The entries of the only archive: kind, path, size.
    fn entries(&self) -> Vec<(char, String, u64)> {
        let names = self.names();
        assert_eq!(names.len(), 1, "{names:?}");
        entries(&self.archives.join(&names[0]))
    }

    /// Unpacks the newest archive with the system's tar; `None` without such a program.
    fn unpack(&self) -> Option<PathBuf> {
        let to = self.base.join("out");
        fs::create_dir_all(&to).unwrap();
        let newest = self.archives.join(self.names().last().unwrap());
        let tar = self.base.join("plain.tar");
        let mut plain = zstd::Decoder::new(File::open(newest).unwrap()).unwrap();
        std::io::copy(&mut plain, &mut File::create(&tar).unwrap()).unwrap();
        let tar = Command::new("tar")
            .args([
                "--warning=no-timestamp",
                "-xpf",
                text(&tar),
                "-C",
                text(&to),
            ])
            .output()
            .ok()?;
        let errors = String::from_utf8_lossy(&tar.stderr).into_owned();
        assert!(tar.status.success() && errors.is_empty(), "{errors}");
        Some(to)
    }
}

fn entries(archive: &Path) -> Vec<(char, String, u64)> {
    let plain = zstd::Decoder::new(File::open(archive).unwrap()).unwrap();
    let mut tar = tar::Archive::new(plain);
    tar.entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = entry.header().entry_type().as_byte() as char;
            (kind, path, entry.size())
        })
        .collect()
}

#[test]
fn backup_of_bad_arguments_names_problem() {
    let fixture = fixture();
    let (source, archives) = (text(&fixture.source), text(&fixture.archives));
    let file = fixture.base.join("file");
    fs::write(&file, "").unwrap();
    let fifo = fixture.base.join("fifo");
    let mode = rustix::fs::Mode::from_bits_truncate(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, mode).unwrap();
    let no = text(&fixture.base).to_owned() + "/no";
    for (args, problem) in [
        (&[][..], "usage: Backup SRC,DST[,keep=N]"),
        (&[source], "usage: Backup"),
        (&[source, archives, "keep=1", "x"], "usage: Backup"),
        (&[source, archives, "7"], "`7` is not `keep=N`; usage"),
        (&[source, archives, ""], "`` is not `keep=N`"),
        (
            &[source, archives, "keep=0"],
            "keep: `0` is not a whole number of at least 1",
        ),
        (&[source, archives, "keep="], "keep: `` is not"),
        (&[source, archives, "keep=-1"], "keep: `-1` is not"),
        (&[source, archives, "keep=+1"], "keep: `+1` is not"),
        (
            &[source, archives, "keep=99999999999999999999"],
            "keep: `9999",
        ),
        (&["", archives], "src: `` is empty"),
        (&["x", archives], "src: `x` is not an absolute path"),
        (&["/", archives], "src: `/` is the root of the system"),
        (
            &["/srv/../etc", archives],
            "src: `/srv/../etc` contains `..`",
        ),
        (&[source, "x"], "dst: `x` is not an absolute path"),
        (&[source, "/x/.."], "dst: `/x/..` contains `..`"),
        (&[source, "/"], "dst: `/` is the root of the system"),
        (&[source, &no], "no` does not exist; is it a disk"),
        (&[source, text(&file)], "is a file, not a folder"),
        (&[&no, archives], "no` does not exist"),
        (&[source, source], "is DST itself"),
        (&[text(&fifo), archives], "is a FIFO, which can't be"),
        (&["/dev/null", archives], "is a device, which can't be"),
    ] {
        let why = bad("Backup", args);
        assert!(why.contains(problem), "{args:?}: {why}");
        assert!(!why.contains('\n'), "{why}");
    }
    assert!(fixture.names().is_empty());
}

fn random_bytes(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.u8(..))
        .take(length)
        .collect()
}

#[test]
fn backup_of_file_or_link_is_named_after_it() {
    let fixture = fixture();
    let file = fixture.base.join("dump.sql");
    fs::write(&file, "x").unwrap();
    good("Backup", &[text(&file), text(&fixture.archives)]);
    assert_eq!(fixture.entries(), [('0', "dump.sql".into(), 1)]);
    assert!(fixture.names()[0].starts_with("dump.sql-"));
    fs::remove_file(fixture.archives.join(&fixture.names()[0])).unwrap();
    fs::write(fixture.source.join("inner"), "y").unwrap();
    symlink("src", fixture.base.join("current")).unwrap();
    let link = text(&fixture.base).to_owned() + "/current/";
    good("Backup", &[&link, text(&fixture.archives)]);
    assert!(fixture.names()[0].starts_with("current-"));
    let expected = [
        ('5', "current/".into(), 0),
        ('0', "current/inner".into(), 1),
    ];
    assert_eq!(fixture.entries(), expected);
}

#[test]
fn backup_of_special_files_lists_them() {
    let fixture = fixture();
    fs::write(fixture.source.join("a"), "a").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(fixture.source.join("socket")).unwrap();
    let mode = rustix::fs::Mode::from_bits_truncate(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, fixture.source.join("fi\nfo"), mode).unwrap();
    let out = fixture.backup();
    assert!(out.contains("/src/socket` is a socket\n"), "{out}");
    assert!(out.contains("/src/fi\\nfo` is a FIFO\n"), "{out}");
    assert_eq!(
        fixture.entries(),
        [('5', "src/".into(), 0), ('0', "src/a".into(), 1)]
    );
}

#[test]
fn backup_of_empty_source_keeps_older_archives() {
    let fixture = fixture();
    let args = [text(&fixture.source), text(&fixture.archives), "keep=1"];
    fs::write(fixture.source.join("a"), "a").unwrap();
    assert_eq!(run_at("Backup", &args, &[], now()).1, Ok(()));
    fs::remove_file(fixture.source.join("a")).unwrap();
    for _ in 0..2 {
        let Failure(why) = run_at("Backup", &args, &[], now()).1.unwrap_err();
        assert!(why.contains("is empty"), "{why}");
    }
    let whole = fixture
        .names()
        .into_iter()
        .filter(|name| !name.contains("incomplete"));
    assert_eq!(whole.count(), 1);
}

#[test]
fn backup_into_source_leaves_archives_out() {
    let fixture = fixture();
    fs::write(fixture.source.join("file"), "x").unwrap();
    let inner = fixture.source.join("backups");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("other"), "x").unwrap();
    for _ in 0..2 {
        let out = good("Backup", &[text(&fixture.source), text(&inner)]);
        assert!(
            out.contains("/src/backups` is DST, with the archives"),
            "{out}"
        );
        assert!(out.contains("1 files, 1 folders"), "{out}");
    }
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 3);
    // The other way round, the source contains the archives.
    let out = good("Backup", &[text(&fixture.source), text(&fixture.base)]);
    assert!(out.contains("4 files, 2 folders"), "{out}");
}

#[test]
fn keep_removes_older_archives_of_same_source() {
    let fixture = fixture();
    let others = fixture.base.join("other/src");
    fs::create_dir_all(&others).unwrap();
    fs::write(others.join("a"), "a").unwrap();
    fs::write(fixture.source.join("a"), "a").unwrap();
    let at = |n: i64| jobs_schedule::Time::from_millis(1_800_000_000_000 + n);
    let run = |source: &Path, keep: &str, n: i64| {
        let args = [text(source), text(&fixture.archives), keep];
        let (out, ended) = run_at("Backup", &args, &[], at(n));
        assert_eq!(ended, Ok(()), "{out}");
        out
    };
    run(&others, "keep=1", 0);
    fs::write(fixture.archives.join("src.tar.zst"), "").unwrap();
    for n in 0..5 {
        run(&fixture.source, "keep=3", n);
    }
    assert_eq!(fixture.names().len(), 5);
    // Two archives of the same instant do not collide,
    let out = run(&fixture.source, "keep=2", 4);
    assert!(out.contains("-2.tar.zst`"), "{out}");
    assert_eq!(out.matches(".tar.zst`").count(), 3, "{out}");
    assert_eq!(fixture.names().len(), 4);
    // and an archive with a later name is not older.
    run(&fixture.source, "keep=1", 2);
    assert_eq!(fixture.names().len(), 5);
    let out = run(&fixture.source, "keep=1", 9);
    assert_eq!(out.matches(".tar.zst`").count(), 4, "{out}");
    assert_eq!(fixture.names().len(), 3);
    assert!(run(&others, "keep=1", 9).contains("removed by keep=1: `src-"));
    assert_eq!(fixture.names().len(), 3);
}
