//! Backups of unreadable and changing sources, killed runs, full disks.

use super::*;

#[test]
fn backup_of_unreadable_entry_is_incomplete() {
    let fixture = fixture();
    fs::set_permissions(&fixture.base, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&fixture.source, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&fixture.archives, Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(fixture.source.join("closed")).unwrap();
    fs::write(fixture.source.join("open"), "x").unwrap();
    fs::write(fixture.source.join("secret"), "x").unwrap();
    fs::set_permissions(fixture.source.join("open"), Permissions::from_mode(0o644)).unwrap();
    fixture.backup();
    let complete = fixture.names();
    for path in ["closed", "secret"] {
        fs::set_permissions(fixture.source.join(path), Permissions::from_mode(0o700)).unwrap();
    }
    for _ in 0..3 {
        let args = [text(&fixture.source), text(&fixture.archives), "keep=1"];
        let Some(output) = as_nobody("Backup", &args) else {
            return;
        };
        let out = String::from_utf8_lossy(&output.stdout);
        if output.status.success() {
            return;
        }
        assert!(
            out.contains("/src/secret` can't be read: Permission denied"),
            "{out}"
        );
        assert!(
            out.contains("/src/closed` can't be read: Permission denied"),
            "{out}"
        );
        assert!(
            out.contains("2 could not be read and are not in the archive"),
            "{out}"
        );
    }
    let names = fixture.names();
    assert_eq!((names.len(), &names[0]), (2, &complete[0]));
    assert!(names[1].ends_with(".incomplete.tar.zst"), "{names:?}");
    let paths: Vec<_> = entries(&fixture.archives.join(&names[1]))
        .into_iter()
        .map(|e| e.1)
        .collect();
    assert!(paths.contains(&"src/open".into()) && paths.contains(&"src/closed/".into()));
    // A source that cannot be read at all gives no archive.
    let closed = fixture.source.join("closed");
    let args = [text(&closed), text(&fixture.archives)];
    let output = as_nobody("Backup", &args).unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("src: `"));
    assert_eq!(fixture.names().len(), 2);
}

#[test]
fn backup_of_changing_source_is_valid_with_warning() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let fixture = fixture();
    for n in 0..200 {
        fs::write(fixture.source.join(format!("{n}")), random_bytes(20_000)).unwrap();
    }
    let done = AtomicBool::new(false);
    let mut warned = String::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n: u64 = 0;
            while !done.load(Ordering::Relaxed) {
                let path = fixture.source.join(format!("{}", n % 200));
                match n % 7 {
                    0 => fs::remove_file(&path).unwrap_or(()),
                    1 => fs::write(&path, "short").unwrap(),
                    _ => fs::write(&path, random_bytes(50_000)).unwrap(),
                }
                n += 1;
            }
        });
        for _ in 0..20 {
            warned += &fixture.backup();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(warned.contains("warning: `"), "{warned}");
    assert!(
        warned.contains("changed or vanished while they were read"),
        "{warned}"
    );
    for name in fixture.names() {
        assert!(!name.contains("incomplete") && !name.contains("partial"));
        entries(&fixture.archives.join(name));
    }
}

#[test]
fn backup_killed_leaves_no_half_archive() {
    let fixture = fixture();
    for n in 0..30 {
        fs::write(fixture.source.join(format!("{n}")), random_bytes(1_000_000)).unwrap();
    }
    let args = [text(&fixture.source), text(&fixture.archives)];
    let mut partials = 0;
    for n in 0..8 {
        let mut child = start("Backup", &args);
        std::thread::sleep(Duration::from_millis(40 * n));
        child.kill().unwrap();
        child.wait().unwrap();
        for name in fixture.names() {
            if name.ends_with(".partial") {
                partials += 1;
            } else {
                assert_eq!(entries(&fixture.archives.join(name)).len(), 31);
            }
        }
    }
    assert!(partials > 0);
    let foreign = fixture.archives.join(".src-00000000-x.tar.zst.partial");
    fs::write(&foreign, "").unwrap();
    fixture.backup();
    let left: Vec<_> = fixture
        .names()
        .into_iter()
        .filter(|name| name.ends_with(".partial"))
        .collect();
    assert_eq!(left, [".src-00000000-x.tar.zst.partial"]);
}

#[test]
fn backup_keeps_unfinished_file_of_other_run() {
    let fixture = fixture();
    std::fs::write(fixture.source.join("a"), "a").unwrap();
    let location = roots::target("dst", &fixture.archives, &roots::Roots::default()).unwrap();
    let folder = Folder::open(&location).unwrap();
    let names = ArchiveNames::new(&fixture.source);
    let stamp = Stamp::of(now(), &jobs_schedule::Zone::utc());
    let running = Partial::new(&folder, &names, &stamp).unwrap();
    let second = Partial::new(&folder, &names, &stamp).unwrap();
    assert_eq!(fixture.names().len(), 2);
    drop(second);
    let out = fixture.backup();
    assert!(!out.contains("removed"), "{out}");
    assert_eq!(fixture.names().len(), 2);
    // The archive is published beside one of the same name.
    let taken = fixture.archives.join(names.archive(&stamp, 1, true));
    fs::write(&taken, "taken").unwrap();
    let published = running.publish(&names, &stamp, true).unwrap();
    assert!(published.name.ends_with("-2.tar.zst"));
    assert_eq!(fs::read(&taken).unwrap(), b"taken");
}

#[test]
fn backup_on_full_disk_leaves_no_file() {
    let fixture = fixture();
    fs::write(fixture.source.join("big"), random_bytes(3_000_000)).unwrap();
    let Some(_mounted) = Mounted::new(&fixture.archives, "1m") else {
        return;
    };
    let why = bad("Backup", &[text(&fixture.source), text(&fixture.archives)]);
    assert!(why.contains("No space left on device"), "{why}");
    assert!(why.contains(text(&fixture.archives)), "{why}");
    assert!(fixture.names().is_empty());
}

#[test]
fn verify_of_broken_archive_fails() {
    let fixture = fixture();
    fs::write(fixture.source.join("file"), random_bytes(100_000)).unwrap();
    fixture.backup();
    let path = fixture.archives.join(&fixture.names()[0]);
    let sound = fs::read(&path).unwrap();
    let check = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        verify::verify(file, archive::Entries::default())
            .unwrap_err()
            .0
    };
    let mut flipped = sound.clone();
    flipped[50_000] ^= 1;
    for broken in [&sound[..sound.len() - 1], &sound[..1000], &[], &flipped] {
        let why = check(broken);
        assert!(why.contains("and was removed"), "{why}");
    }
    assert!(check(&sound).contains("0 entries were written, 2 read"));
}

#[test]
fn backup_outside_roots_fails() {
    let fixture = fixture();
    symlink("/etc", fixture.source.join("etc")).unwrap();
    let (source, archives) = (text(&fixture.source), text(&fixture.archives));
    let etc = fixture.source.join("etc");
    for (args, roots) in [
        ([source, archives], &[&*fixture.source][..]),
        ([source, archives], &[&*fixture.archives]),
        ([text(&etc), archives], &[&*fixture.base]),
        ([source, "/tmp"], &[&*fixture.base]),
    ] {
        let (_, ended) = run_within("Backup", &args, roots);
        assert!(ended.unwrap_err().0.contains("jobs.func_roots"));
    }
    let roots = [&*fixture.source, &*fixture.archives];
    let (out, ended) = run_within("Backup", &[source, archives], &roots);
    assert_eq!(ended, Ok(()), "{out}");
    assert_eq!(fixture.entries().len(), 2);
}

#[test]
fn backup_run_concurrently_makes_all_archives() {
    let fixture = fixture();
    fs::write(fixture.source.join("file"), random_bytes(10_000)).unwrap();
    let at = now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let args = [text(&fixture.source), text(&fixture.archives)];
                    let (out, ended) = run_at("Backup", &args, &[], at);
                    assert_eq!(ended, Ok(()), "{out}");
                }
            });
        }
    });
    assert_eq!(fixture.names().len(), 40);
    let _ = run(
        "Backup",
        &[text(&fixture.source), text(&fixture.archives), "keep=1"],
    );
    assert_eq!(fixture.names().len(), 1);
}
