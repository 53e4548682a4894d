//! Files that another account could have put there: opened with the rights of the account of the job, or refused. The tests need
//! root, and take the account `nobody` as the other one.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::PathBuf;

use crate::support::{Home, is_root, leave_out};

const NOBODY: u32 = 65_534;

/// A folder that everyone may enter, with a folder of `nobody` in it.
struct Place {
    folder: tempfile::TempDir,
    theirs: PathBuf,
}

impl Place {
    fn new() -> Option<Place> {
        if !is_root() {
            leave_out("the daemon must run as root for these tests");
            return None;
        }
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let theirs = folder.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        chown(&theirs, Some(NOBODY), Some(NOBODY)).unwrap();
        Some(Place { folder, theirs })
    }

    /// A file that only root may read.
    fn secret(&self) -> PathBuf {
        let path = self.folder.path().join("secret");
        fs::write(&path, "ROOT_DB=of-root\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn write_theirs(&self, name: &str, text: &str) -> PathBuf {
        let path = self.theirs.join(name);
        fs::write(&path, text).unwrap();
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        path
    }
}

#[test]
fn env_file_is_opened_as_the_account_or_refused() {
    let Some(place) = Place::new() else { return };
    let home = Home::started();
    let path = place.write_theirs("env", "ROOT_DB=theirs\n");
    let file = path.to_str().unwrap();
    let command = [
        "--timeout",
        "5",
        "--env-file",
        file,
        "--",
        "echo got $ROOT_DB",
    ];
    let add = |name: &'static str, more: &[&'static str]| {
        let begin = [&[name, "--every", "1h"][..], more].concat();
        home.add(&[&begin[..], &command[..]].concat());
    };
    add("theirs", &["--user", "nobody"]);
    add("ours", &[]);
    home.jobs(&["run", "theirs", "--wait"])
        .ok()
        .shows(&["got theirs"]);
    home.jobs(&["run", "ours", "--wait"])
        .fails(1)
        .says(&["belongs to the account", "--user"]);
    let secret = place.secret();
    fs::remove_file(&path).unwrap();
    symlink(&secret, &path).unwrap();
    home.jobs(&["run", "theirs", "--wait"])
        .fails(1)
        .says(&["env_file", "Permission denied"]);
    fs::remove_file(&path).unwrap();
    fs::hard_link(&secret, &path).unwrap();
    home.jobs(&["run", "theirs", "--wait"])
        .fails(1)
        .says(&["env_file", "Permission denied"]);
    // A file of root's in folders of root's needs not be readable for the account.
    let trusted = secret.to_str().unwrap();
    home.jobs(&["edit", "theirs", "--env-file", trusted]).ok();
    home.jobs(&["run", "theirs", "--wait"])
        .ok()
        .shows(&["got of-root"]);
}

#[test]
fn function_with_user_has_the_rights_of_that_account() {
    let Some(place) = Place::new() else { return };
    let home = Home::started();
    let (secret, new) = (place.secret(), place.theirs.join("new"));
    let link = place.theirs.join("link");
    symlink(&secret, &link).unwrap();
    let add = |name: &str, args: &[&str]| {
        let mut words = vec![
            name,
            "--every",
            "1h",
            "--timeout",
            "10",
            "--user",
            "nobody",
            "--func",
            "File",
        ];
        for arg in args {
            words.extend(["--arg", arg]);
        }
        home.add(&words);
    };
    add("write", &["write", new.to_str().unwrap(), "text"]);
    add("read", &["read", secret.to_str().unwrap()]);
    add("follow", &["append", link.to_str().unwrap(), "more"]);
    home.jobs(&["run", "write", "--wait"]).ok();
    assert_eq!(fs::metadata(&new).unwrap().uid(), NOBODY);
    for name in ["read", "follow"] {
        home.jobs(&["run", name, "--wait"])
            .fails(1)
            .says(&["Permission denied"]);
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "ROOT_DB=of-root\n");
    let shown = home.jobs(&["show", "write"]).ok().stdout;
    assert!(shown.contains("nobody"), "{shown}");
    home.jobs(&[
        "add",
        "none",
        "--every",
        "1h",
        "--user",
        "no-such-account",
        "--func",
        "Hello",
    ])
    .fails(2)
    .says(&["no-such-account"]);
}

#[test]
fn function_root_and_database_of_others_are_refused_without_user() {
    let Some(place) = Place::new() else { return };
    let root = place.theirs.join("files");
    fs::create_dir_all(root.join("logs")).unwrap();
    chown(&root, Some(NOBODY), Some(NOBODY)).unwrap();
    let database = place.write_theirs("app.db", "");
    let system = place.folder.path().join("system");
    fs::create_dir_all(system.join("logs")).unwrap();
    let report = system.join("logs/report");
    fs::write(&report, "keep").unwrap();
    let mut home = Home::new();
    home.write(
        "config.yaml",
        &format!(
            "jobs: {{func_roots: [\"{}\"]}}\ndatabases: {{app: \"{}\"}}\n",
            root.display(),
            database.display()
        ),
    );
    home.start();
    let target = root.join("logs/report");
    let path = target.to_str().unwrap();
    let file = [
        "--func",
        "File",
        "--arg",
        "write",
        "--arg",
        path,
        "--arg",
        "overwritten",
    ];
    home.add(&[&["write", "--every", "1h"][..], &file].concat());
    home.add(&[&["theirs", "--every", "1h", "--user", "nobody"][..], &file].concat());
    home.add(&[
        "query", "--every", "1h", "--func", "Database", "--arg", "query", "--arg", "SELECT 1",
        "--arg", "app",
    ]);
    home.add(&[
        "execute",
        "--every",
        "1h",
        "--func",
        "Database",
        "--arg",
        "execute",
        "--arg",
        "CREATE TABLE t(a)",
        "--arg",
        "app",
    ]);
    for job in ["write", "query", "execute"] {
        home.jobs(&["run", job, "--wait"])
            .fails(1)
            .says(&["belongs to the account", "--user"]);
    }
    // The account makes a link of its folder.
    fs::rename(&root, place.theirs.join("old")).unwrap();
    symlink(&system, &root).unwrap();
    for job in ["write", "theirs"] {
        home.jobs(&["run", job, "--wait"]).fails(1);
    }
    assert_eq!(fs::read_to_string(&report).unwrap(), "keep");
}

#[test]
fn backup_of_a_sparse_file_takes_as_long_as_its_data() {
    let home = Home::started();
    let source = home.path("source");
    let folder = home.path("backups");
    fs::create_dir(&source).unwrap();
    fs::create_dir(&folder).unwrap();
    let sparse = fs::File::create(source.join("sparse")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&sparse, b"data", 1 << 39).unwrap();
    let (source, target) = (source.to_str().unwrap(), folder.to_str().unwrap());
    home.add(&[
        "back",
        "--every",
        "1h",
        "--timeout",
        "60",
        "--func",
        "Backup",
        "--arg",
        source,
        "--arg",
        target,
    ]);
    home.jobs(&["run", "back", "--wait"]).ok();
    let archive = fs::read_dir(&folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let restored = home.path("restored");
    fs::create_dir(&restored).unwrap();
    let tar = std::process::Command::new("tar")
        .args([
            "--zstd",
            "-xf",
            archive.to_str().unwrap(),
            "-C",
            restored.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    if !tar.status.success() {
        leave_out(&format!(
            "tar with zstd: {}",
            String::from_utf8_lossy(&tar.stderr)
        ));
        return;
    }
    let found = fs::metadata(restored.join("source/sparse")).unwrap();
    assert_eq!(found.len(), 1 << 40);
    assert!(found.blocks() < 1000, "{}", found.blocks());
}
