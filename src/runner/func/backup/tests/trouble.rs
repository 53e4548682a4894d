//! Sources that can't be read or change, runs that are killed, disks that are full.

use super::*;

#[test]
fn what_can_not_be_read_makes_it_incomplete() {
    let room = room();
    fs::set_permissions(&room.base, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&room.source, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&room.archives, Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(room.source.join("closed")).unwrap();
    fs::write(room.source.join("open"), "x").unwrap();
    fs::write(room.source.join("secret"), "x").unwrap();
    fs::set_permissions(room.source.join("open"), Permissions::from_mode(0o644)).unwrap();
    room.backup();
    let complete = room.names();
    for path in ["closed", "secret"] {
        fs::set_permissions(room.source.join(path), Permissions::from_mode(0o700)).unwrap();
    }
    for _ in 0..3 {
        let args = [text(&room.source), text(&room.archives), "keep=1"];
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
    let names = room.names();
    assert_eq!((names.len(), &names[0]), (2, &complete[0]));
    assert!(names[1].ends_with(".incomplete.tar.zst"), "{names:?}");
    let paths: Vec<_> = entries(&room.archives.join(&names[1]))
        .into_iter()
        .map(|e| e.1)
        .collect();
    assert!(paths.contains(&"src/open".into()) && paths.contains(&"src/closed/".into()));
    // A source that can't be read at all makes none.
    let closed = room.source.join("closed");
    let args = [text(&closed), text(&room.archives)];
    let output = as_nobody("Backup", &args).unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("src: `"));
    assert_eq!(room.names().len(), 2);
}

#[test]
fn a_source_that_changes_makes_a_sound_archive_and_a_warning() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let room = room();
    for n in 0..200 {
        fs::write(room.source.join(format!("{n}")), noise(20_000)).unwrap();
    }
    let done = AtomicBool::new(false);
    let mut warned = String::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n: u64 = 0;
            while !done.load(Ordering::Relaxed) {
                let path = room.source.join(format!("{}", n % 200));
                match n % 7 {
                    0 => fs::remove_file(&path).unwrap_or(()),
                    1 => fs::write(&path, "short").unwrap(),
                    _ => fs::write(&path, noise(50_000)).unwrap(),
                }
                n += 1;
            }
        });
        for _ in 0..20 {
            warned += &room.backup();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(warned.contains("warning: `"), "{warned}");
    assert!(
        warned.contains("changed or vanished while they were read"),
        "{warned}"
    );
    for name in room.names() {
        assert!(!name.contains("incomplete") && !name.contains("partial"));
        entries(&room.archives.join(name));
    }
}

#[test]
fn a_run_that_is_killed_leaves_no_half_of_an_archive() {
    let room = room();
    for n in 0..30 {
        fs::write(room.source.join(format!("{n}")), noise(1_000_000)).unwrap();
    }
    let args = [text(&room.source), text(&room.archives)];
    let mut partials = 0;
    for n in 0..8 {
        let mut child = start("Backup", &args);
        std::thread::sleep(Duration::from_millis(40 * n));
        child.kill().unwrap();
        child.wait().unwrap();
        for name in room.names() {
            if name.ends_with(".partial") {
                partials += 1;
            } else {
                assert_eq!(entries(&room.archives.join(name)).len(), 31);
            }
        }
    }
    assert!(partials > 0);
    let foreign = room.archives.join(".src-00000000-x.tar.zst.partial");
    fs::write(&foreign, "").unwrap();
    room.backup();
    let left: Vec<_> = room
        .names()
        .into_iter()
        .filter(|name| name.ends_with(".partial"))
        .collect();
    assert_eq!(left, [".src-00000000-x.tar.zst.partial"]);
}

#[test]
fn what_another_run_is_writing_is_not_touched() {
    let room = room();
    std::fs::write(room.source.join("a"), "a").unwrap();
    let place = roots::target("dst", &room.archives, &[]).unwrap();
    let folder = Folder::open(&place).unwrap();
    let names = Names::new(&room.source);
    let stamp = Stamp::of(now(), &crate::schedule::Zone::utc());
    let running = Partial::new(&folder, &names, &stamp).unwrap();
    let second = Partial::new(&folder, &names, &stamp).unwrap();
    assert_eq!(room.names().len(), 2);
    drop(second);
    let out = room.backup();
    assert!(!out.contains("removed"), "{out}");
    assert_eq!(room.names().len(), 2);
    // It is published beside one of the same name.
    let taken = room.archives.join(names.archive(&stamp, 1, true));
    fs::write(&taken, "taken").unwrap();
    let made = running.publish(&names, &stamp, true).unwrap();
    assert!(made.name.ends_with("-2.tar.zst"));
    assert_eq!(fs::read(&taken).unwrap(), b"taken");
}

#[test]
fn a_full_disk_leaves_nothing_but_a_clear_word() {
    let room = room();
    fs::write(room.source.join("big"), noise(3_000_000)).unwrap();
    let Some(_mounted) = Mounted::new(&room.archives, "1m") else {
        return;
    };
    let why = bad("Backup", &[text(&room.source), text(&room.archives)]);
    assert!(why.contains("No space left on device"), "{why}");
    assert!(why.contains(text(&room.archives)), "{why}");
    assert!(room.names().is_empty());
}

#[test]
fn what_reads_back_otherwise_is_no_archive() {
    let room = room();
    fs::write(room.source.join("file"), noise(100_000)).unwrap();
    room.backup();
    let path = room.archives.join(&room.names()[0]);
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
        assert!(why.contains("and is removed"), "{why}");
    }
    assert!(check(&sound).contains("0 entries were written, 2 read"));
}

#[test]
fn source_and_archives_lie_within_the_roots() {
    let room = room();
    symlink("/etc", room.source.join("etc")).unwrap();
    let (source, archives) = (text(&room.source), text(&room.archives));
    let etc = room.source.join("etc");
    for (args, roots) in [
        ([source, archives], &[&*room.source][..]),
        ([source, archives], &[&*room.archives]),
        ([text(&etc), archives], &[&*room.base]),
        ([source, "/tmp"], &[&*room.base]),
    ] {
        let (_, ended) = run_within("Backup", &args, roots);
        assert!(ended.unwrap_err().0.contains("jobs.func_roots"));
    }
    let roots = [&*room.source, &*room.archives];
    let (out, ended) = run_within("Backup", &[source, archives], &roots);
    assert_eq!(ended, Ok(()), "{out}");
    assert_eq!(room.entries().len(), 2);
}

#[test]
fn many_at_once_all_get_an_archive() {
    let room = room();
    fs::write(room.source.join("file"), noise(10_000)).unwrap();
    let at = now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let args = [text(&room.source), text(&room.archives)];
                    let (out, ended) = run_at("Backup", &args, &[], at);
                    assert_eq!(ended, Ok(()), "{out}");
                }
            });
        }
    });
    assert_eq!(room.names().len(), 40);
    let _ = run(
        "Backup",
        &[text(&room.source), text(&room.archives), "keep=1"],
    );
    assert_eq!(room.names().len(), 1);
}
