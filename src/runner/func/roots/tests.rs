//! Tests of paths within and outside the roots.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::*;
use jobs_fs::FileId;

/// A folder whose own path contains no links.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(folder.path()).unwrap();
    (folder, path)
}

fn why(path: &Path, roots: &[PathBuf]) -> String {
    why_not(path, &Roots::open(roots))
}

fn why_not(path: &Path, roots: &Roots) -> String {
    target("path", path, roots).unwrap_err().0
}

#[test]
fn target_within_roots_is_found() {
    let (_folder, base) = folder();
    let root = base.join("a");
    fs::create_dir_all(root.join("deep/er")).unwrap();
    fs::write(root.join("file"), "").unwrap();
    symlink("file", root.join("link")).unwrap();
    symlink(&root, base.join("way")).unwrap();
    let roots = Roots::open(&[base.join("missing"), base.join("way")]);
    for (given, found) in [
        ("a/file", "file"),
        ("a/link", "file"),
        ("a/new", "new"),
        ("a/deep/er/../../file", "file"),
        ("way/deep/new", "deep/new"),
    ] {
        let location = target("path", &base.join(given), &roots).unwrap();
        assert_eq!(location.path, root.join(found), "{given}");
    }
    let location = target_itself("path", &base.join("way/link"), &roots).unwrap();
    assert_eq!(location.path, root.join("link"));
    // The root itself.
    assert!(target("path", &root, &roots).is_ok());
}

#[test]
fn target_outside_roots_fails_and_names_roots() {
    let (_folder, base) = folder();
    let root = base.join("a");
    fs::create_dir(&root).unwrap();
    fs::create_dir(base.join("ab")).unwrap();
    fs::write(base.join("ab/secret"), "").unwrap();
    symlink("../ab", root.join("out")).unwrap();
    symlink("../ab/secret", root.join("file")).unwrap();
    symlink("../ab/not-there-yet", root.join("dangling")).unwrap();
    symlink("dangling", root.join("twice")).unwrap();
    let roots = [root.clone(), base.join("missing")];
    for given in [
        "ab/secret",
        "a/../ab/secret",
        "a/out/secret",
        "a/out/new",
        "a/out/no/such/folder",
        "a/file",
        "a/dangling",
        "a/twice",
        "missing/file",
        "ab",
        "",
    ] {
        let why = why(&base.join(given), &roots);
        assert!(why.starts_with("path: `"), "{given}: {why}");
        assert!(why.contains("jobs.func_roots"), "{given}: {why}");
        assert!(why.contains(root.to_str().unwrap()), "{given}: {why}");
    }
    let shown = why(&root.join("file"), &roots);
    assert!(shown.contains("ab/secret`, is outside"), "{shown}");
    // A link within the root may be handled as itself.
    let roots = Roots::open(&roots);
    assert!(target_itself("path", &root.join("file"), &roots).is_ok());
    assert!(target_itself("path", &root.join("out/secret"), &roots).is_err());
}

#[test]
fn open_after_swap_with_link_fails() {
    let (_folder, base) = folder();
    fs::create_dir_all(base.join("a/sub")).unwrap();
    fs::create_dir(base.join("secret")).unwrap();
    let roots = Roots::open(&[base.join("a")]);
    let path = resolved("path", &base.join("a/sub/file"), &roots).unwrap();
    fs::remove_dir(base.join("a/sub")).unwrap();
    symlink("../secret", base.join("a/sub")).unwrap();
    assert!(open(path).is_err());
}

#[test]
fn file_is_in_held_folder_wherever_that_is() {
    let (_folder, base) = folder();
    let root = base.join("a");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::create_dir_all(base.join("secret/sub")).unwrap();
    let roots = Roots::open(std::slice::from_ref(&root));
    let found = resolved("path", &root.join("sub/file"), &roots).unwrap();
    // Between the check and the walk the root is moved away, and another folder takes its place.
    fs::rename(&root, base.join("moved")).unwrap();
    fs::rename(base.join("secret"), &root).unwrap();
    let location = open(found).unwrap();
    let held = FileId::at(&base.join("moved/sub")).unwrap();
    let stat = rustix::fs::fstat(&location.folder).unwrap();
    assert_eq!((stat.st_dev, stat.st_ino), (held.device, held.inode));
    // A later call takes the folder that only the own account can have put there, such as a mounted file system.
    let location = target("path", &root.join("sub/file"), &roots).unwrap();
    let new = FileId::at(&root.join("sub")).unwrap();
    let stat = rustix::fs::fstat(&location.folder).unwrap();
    assert_eq!((stat.st_dev, stat.st_ino), (new.device, new.inode));
}

#[test]
fn root_that_has_become_a_link_is_refused_until_it_is_opened_again() {
    let (_folder, base) = folder();
    let (root, late) = (base.join("a"), base.join("late"));
    fs::create_dir(&root).unwrap();
    fs::create_dir(base.join("secret")).unwrap();
    let paths = [root.clone(), late.clone()];
    let roots = Roots::open(&paths);
    fs::remove_dir(&root).unwrap();
    symlink("secret", &root).unwrap();
    symlink("secret", &late).unwrap();
    for path in [&root, &late] {
        let why = why_not(&path.join("file"), &roots);
        assert!(why.contains("leads to `"), "{why}");
        assert!(why.contains("secret` now"), "{why}");
        assert!(why.contains("`jobs reload`"), "{why}");
    }
    let reloaded = Roots::open(&paths);
    assert!(target("path", &root.join("file"), &reloaded).is_ok());
    assert_eq!(roots, reloaded);
    // A folder that is made after the start is entered.
    fs::remove_file(&late).unwrap();
    fs::create_dir(&late).unwrap();
    assert!(target("path", &late.join("file"), &roots).is_ok());
}

#[test]
fn target_with_link_loop_fails() {
    let (_folder, base) = folder();
    symlink("b", base.join("a")).unwrap();
    symlink("a", base.join("b")).unwrap();
    assert!(why(&base.join("a"), &[]).contains("can't be reached"));
    for n in 0..50 {
        symlink(format!("c{}", n + 1), base.join(format!("c{n}"))).unwrap();
    }
    assert!(why(&base.join("c0"), &[]).contains("can't be reached"));
    assert!(target("path", &base.join("c20"), &Roots::default()).is_ok());
}

#[test]
fn absolute_of_bad_path_names_problem() {
    for (text, problem) in [
        ("", "is empty"),
        ("a/b", "not an absolute path"),
        ("./a", "not an absolute path"),
        ("~/a", "not an absolute path"),
        ("/a\0b", "NUL"),
    ] {
        let why = absolute("src", text).unwrap_err().0;
        assert!(why.starts_with("src: `") && why.contains(problem), "{why}");
    }
    assert!(
        absolute_without_parent("path", "/a/../b")
            .unwrap_err()
            .0
            .contains("`..`")
    );
    assert!(absolute_without_parent("path", "/a/..b").is_ok());
    let (_folder, base) = folder();
    fs::write(base.join("file"), "").unwrap();
    for (path, problem) in [
        ("no/file", "does not exist"),
        ("no/../../x", "does not exist"),
        ("file/x", "not a folder"),
    ] {
        let why = why(&base.join(path), &[]);
        assert!(why.contains(problem), "{path}: {why}");
    }
    assert!(why(Path::new("/"), &[]).contains("is a folder"));
    let long = format!("/{}", "a/".repeat(100_000));
    assert!(absolute("path", &long).unwrap_err().0.contains("longer"));
    let long = &long[..MAX_PATH_BYTES];
    assert!(why(absolute("path", long).unwrap(), &[]).contains("does not exist"));
}

/// A sticky folder in which everyone may make files, with links of other accounts. None without root.
fn sticky_folder() -> Option<(tempfile::TempDir, PathBuf)> {
    use std::os::unix::fs::{PermissionsExt, lchown};
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let (guard, base) = folder();
    fs::set_permissions(&base, fs::Permissions::from_mode(0o755)).unwrap();
    for (folder, owner, mode) in [
        ("sticky", 0, 0o1777),
        ("of-other", 4321, 0o1777),
        ("open", 0, 0o777),
        ("closed", 0, 0o1775),
        ("data", 0, 0o755),
    ] {
        let path = base.join(folder);
        fs::create_dir(&path).unwrap();
        std::os::unix::fs::chown(&path, Some(owner), None).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        for (name, owner) in [("own", 0), ("foreign", 4321), ("third", 4322)] {
            for (kind, target) in [
                ("file", "../data/file"),
                ("folder", "../data"),
                ("new", "../data/missing"),
            ] {
                let link = path.join(format!("{name}-{kind}"));
                symlink(target, &link).unwrap();
                lchown(&link, Some(owner), None).unwrap();
            }
        }
    }
    fs::write(base.join("data/file"), "").unwrap();
    symlink("../sticky/foreign-file", base.join("data/chain")).unwrap();
    Some((guard, base))
}

#[test]
fn links_of_other_accounts_in_sticky_folders_are_not_followed() {
    let Some((_guard, base)) = sticky_folder() else {
        return;
    };
    let roots = Roots::default();
    let follows = |path: &str| target("path", &base.join(path), &roots);
    for good in [
        "sticky/own-file",
        "sticky/own-new",
        "sticky/own-folder/file",
        "of-other/foreign-file",
        "open/foreign-file",
        "closed/foreign-folder/new",
        "data/../sticky/own-file",
    ] {
        let location = follows(good).unwrap_or_else(|failure| panic!("{good}: {failure}"));
        assert!(location.path.starts_with(base.join("data")), "{good}");
    }
    for bad in [
        "sticky/foreign-file",
        "sticky/foreign-new",
        "sticky/foreign-folder/file",
        "sticky/foreign-folder/../file",
        "of-other/third-file",
        "data/../sticky/foreign-file",
        "data/chain",
    ] {
        let failure = follows(bad).unwrap_err().0;
        let owner = if bad.contains("third") { 4322 } else { 4321 };
        assert!(
            failure.contains(&format!("belongs to the account {owner}")),
            "{bad}: {failure}"
        );
        assert!(failure.contains("not followed"), "{bad}: {failure}");
    }
    // The link itself is not followed, so it can be removed.
    let link = target_itself("path", &base.join("sticky/foreign-file"), &roots).unwrap();
    assert_eq!(link.path, base.join("sticky/foreign-file"));
    let below = base.join("sticky/foreign-folder/file");
    assert!(target_itself("path", &below, &roots).is_err());
    let within = Roots::open(&[base.join("data")]);
    let failure = why_not(&base.join("sticky/foreign-file"), &within);
    assert!(failure.contains("not followed"), "{failure}");
}

#[test]
fn paths_resolve_as_the_system_resolves_them() {
    let (_folder, base) = folder();
    fs::create_dir_all(base.join("a/b/c")).unwrap();
    fs::write(base.join("a/file"), "").unwrap();
    symlink("b/../b", base.join("a/around")).unwrap();
    symlink(base.join("a/b"), base.join("absolute")).unwrap();
    symlink("loop", base.join("loop")).unwrap();
    for path in [
        "a/around/c",
        "absolute/../file",
        "a/./b//c",
        "absolute",
        "a/around/../file",
    ] {
        let path = base.join(path);
        assert_eq!(follow(&path).unwrap(), fs::canonicalize(&path).unwrap());
    }
    for (path, leads) in [
        ("a/new", "a/new"),
        ("no/way/here", "no/way/here"),
        ("a/file/x", "a/file/x"),
        ("absolute/new", "a/b/new"),
    ] {
        assert_eq!(follow(&base.join(path)).unwrap(), base.join(leads));
    }
    for path in ["no/..", "a/file/../b", "loop", "loop/x"] {
        assert!(follow(&base.join(path)).is_err(), "{path}");
    }
}
