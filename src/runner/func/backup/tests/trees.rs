//! An unpacked archive equals its source.

use super::*;

/// Fills a folder with all kinds of entries.
fn fill(source: &Path) {
    let long = "long-".repeat(40);
    fs::create_dir_all(source.join(&long).join(&long)).unwrap();
    fs::create_dir_all(source.join("empty/er")).unwrap();
    fs::write(source.join("text"), "some text\n").unwrap();
    fs::write(source.join("empty file"), "").unwrap();
    fs::write(source.join(&long).join(&long).join(&long), "deep").unwrap();
    fs::write(source.join(OsStr::from_bytes(b"\xff\xfe\n")), "raw").unwrap();
    fs::write(source.join("big"), random_bytes(3_000_000)).unwrap();
    // Exactly at the limit of a header.
    fs::write(source.join("h".repeat(100 - "src/".len())), "100").unwrap();
    fs::write(source.join("i".repeat(101 - "src/".len())), "101").unwrap();
    fs::write(source.join("record"), random_bytes(512)).unwrap();
    fs::set_permissions(source.join("text"), Permissions::from_mode(0o6751)).unwrap();
    fs::set_permissions(source.join("empty"), Permissions::from_mode(0o1711)).unwrap();
    symlink("./text//.", source.join("link")).unwrap();
    symlink(&long, source.join("to folder")).unwrap();
    symlink("/no/where/".repeat(30), source.join("far")).unwrap();
    fs::hard_link(source.join("text"), source.join("empty/again")).unwrap();
    fs::hard_link(source.join("text"), source.join(&long).join("again")).unwrap();
    if std::os::unix::fs::chown(source.join("record"), Some(3_000_000_000), Some(12)).is_err() {
        eprintln!("skipped: may not give files away");
    }
}

fn set_time(path: &Path, time: SystemTime) {
    let times = fs::FileTimes::new().set_modified(time);
    let file = File::options().read(true).open(path).unwrap();
    file.set_times(times).unwrap();
}

/// Everything about a tree that an archive must keep, one line per entry.
fn image(base: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![base.to_path_buf()];
    while let Some(path) = left.pop() {
        let facts = path.symlink_metadata().unwrap();
        let mut line = format!(
            "{:?} {:o} {}:{} {}.{:09}",
            path.strip_prefix(base).unwrap(),
            facts.mode(),
            facts.uid(),
            facts.gid(),
            facts.mtime(),
            facts.mtime_nsec()
        );
        if facts.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if facts.is_symlink() {
            line += &format!(" -> {:?}", fs::read_link(&path).unwrap());
        } else {
            let content = fs::read(&path).unwrap();
            line += &format!(" x{} {:?}", facts.nlink(), sum_of(&content));
        }
        found.push(line);
    }
    found.sort();
    found
}

fn sum_of(content: &[u8]) -> (u64, [u8; 32]) {
    let mut sum = content::Sum::default();
    sum.add(content);
    sum.finish()
}

#[test]
fn backup_unpacked_equals_source() {
    let fixture = fixture();
    fill(&fixture.source);
    let epoch = SystemTime::UNIX_EPOCH;
    set_time(
        &fixture.source.join("big"),
        epoch + Duration::new(1_000_000_000, 0),
    );
    set_time(
        &fixture.source.join("record"),
        epoch - Duration::new(3, 250_000_000),
    );
    set_time(
        &fixture.source.join("empty file"),
        epoch + Duration::new(9_000_000_000, 1),
    );
    set_time(
        &fixture.source.join("empty/er"),
        epoch + Duration::new(5, 500),
    );
    let out = fixture.backup();
    assert!(
        out.contains("8 files, 5 folders, 3 links, 2 other names of files; 3000535 bytes before, "),
        "{out}"
    );
    assert!(
        out.contains("; verified\n") && !out.contains("warning"),
        "{out}"
    );
    let name = &fixture.names()[0];
    let facts = fs::metadata(fixture.archives.join(name)).unwrap();
    assert_eq!(facts.mode() & 0o7777, 0o600);
    assert!(out.contains(&format!(" {} after", facts.len())), "{out}");
    let Some(unpacked) = fixture.unpack() else {
        return;
    };
    assert_eq!(image(&unpacked.join("src")), image(&fixture.source));
}

#[test]
fn backup_keeps_holes() {
    let fixture = fixture();
    const PART: u64 = 1 << 27;
    let sparse = |name: &str, size: u64, at: &[u64]| {
        let file = File::create(fixture.source.join(name)).unwrap();
        file.set_len(size).unwrap();
        for place in at {
            file.write_all_at(b"data", *place).unwrap();
        }
    };
    sparse("only a hole", 2 * PART, &[]);
    sparse("begins with data", PART, &[0]);
    sparse("ends with data", PART + 5, &[PART + 1]);
    let many: Vec<u64> = (0..60).map(|n| n * 1_000_000 + n).collect();
    sparse("many", 100_000_001, &many);
    let out = fixture.backup();
    let size = fs::metadata(fixture.archives.join(&fixture.names()[0]))
        .unwrap()
        .len();
    assert!(size < 100_000, "{size}\n{out}");
    let kinds: Vec<char> = fixture.entries().iter().map(|(kind, ..)| *kind).collect();
    let Some(unpacked) = fixture.unpack() else {
        return;
    };
    for name in ["only a hole", "begins with data", "ends with data", "many"] {
        let (before, after) = (fixture.source.join(name), unpacked.join("src").join(name));
        let after_size = fs::metadata(&after).unwrap();
        assert_eq!(
            fs::metadata(&before).unwrap().len(),
            after_size.len(),
            "{name}"
        );
        if kinds.contains(&'S') {
            assert!(after_size.blocks() * 512 < 10_000_000, "{name}");
        }
        if name != "only a hole" {
            let same = Command::new("cmp").arg(&before).arg(&after).status();
            assert!(same.is_ok_and(|same| same.success()), "{name}");
        }
    }
}
