//! Places: what is accepted, what is refused, and with which command.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A folder with `above/place`.
fn places() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let base = tempfile::tempdir().unwrap();
    let above = base.path().join("above");
    let place = above.join("place");
    fs::create_dir_all(&place).unwrap();
    (base, above, place)
}

#[track_caller]
fn refusal(result: Result<(), PlaceError>) -> (String, String) {
    match result {
        Err(PlaceError::Refused(refusal)) => (refusal.to_string(), refusal.mend()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn folder_that_others_may_write_to_is_refused_with_the_command() {
    let (_base, above, place) = places();
    for (path, bits, who, argument) in [
        (&place, 0o775, "the group ", "g-w"),
        (&place, 0o757, "everyone", "go-w"),
        (&place, 0o777, "everyone", "go-w"),
        // The exception of sticky folders is for those above.
        (&place, 0o1777, "everyone", "go-w"),
        (&above, 0o775, "the group ", "g-w"),
        (&above, 0o757, "everyone", "go-w"),
    ] {
        set_mode(path, bits);
        let (says, mend) = refusal(make_folder(&place));
        assert!(says.starts_with(who), "{bits:o}: {says}");
        assert!(
            says.contains(&format!("write to the folder `{}`", path.display())),
            "{says}"
        );
        assert_eq!(mend, format!("`chmod {argument} {}`", path.display()));
        set_mode(path, 0o755);
        make_folder(&place).unwrap();
    }
}

#[test]
fn link_is_refused_and_nothing_is_changed_behind_it() {
    let (base, above, place) = places();
    let other = base.path().join("other");
    fs::create_dir(&other).unwrap();
    let link = above.join("link");
    symlink(&other, &link).unwrap();
    let (says, mend) = refusal(make_folder(&link));
    assert!(
        says.contains(&format!(
            "`{}` is a link to `{}`",
            link.display(),
            other.display()
        )),
        "{says}"
    );
    assert!(mend.contains(&other.display().to_string()), "{mend}");
    let dangling = above.join("dangling");
    symlink(base.path().join("nowhere"), &dangling).unwrap();
    refusal(make_folder(&dangling));
    assert!(!base.path().join("nowhere").exists());
    // A socket and a file that is made are no links either.
    let socket = place.join("socket");
    symlink(other.join("socket"), &socket).unwrap();
    refusal(check_socket(&socket));
    let mut options = std::fs::OpenOptions::new();
    open_private(options.append(true).create(true), &socket).unwrap_err();
    assert!(fs::read_dir(&other).unwrap().next().is_none());
}

#[test]
fn link_above_a_place_is_followed_only_when_root_has_set_it() {
    let (base, above, _place) = places();
    let link = base.path().join("link");
    symlink(&above, &link).unwrap();
    let place = link.join("place");
    if !rustix::process::geteuid().is_root() {
        refusal(check_folder(&place));
        return;
    }
    check_folder(&place).unwrap();
    // The folders behind it are checked too.
    set_mode(&above, 0o775);
    refusal(check_folder(&place));
    set_mode(&above, 0o755);
    std::os::unix::fs::lchown(&link, Some(65_534), Some(65_534)).unwrap();
    let (says, _) = refusal(check_folder(&place));
    assert!(says.contains("is a link"), "{says}");
    // Links that lead to each other end.
    let round = base.path().join("round");
    symlink("round", &round).unwrap();
    refusal(check_folder(&round.join("x")));
}

#[test]
fn place_of_another_account_is_refused() {
    let (base, above, place) = places();
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for path in [&place, &above] {
        std::os::unix::fs::chown(path, Some(65_534), None).unwrap();
        let (says, mend) = refusal(make_folder(&place));
        assert!(
            says.contains("belongs to the account 65534, not to root"),
            "{says}"
        );
        assert_eq!(mend, format!("`chown root {}`", path.display()));
        std::os::unix::fs::chown(path, Some(0), None).unwrap();
    }
    // In a sticky folder of root's everyone may make files, in one of another account its owner may replace them.
    set_mode(&above, 0o1777);
    make_folder(&place).unwrap();
    std::os::unix::fs::chown(&above, Some(65_534), None).unwrap();
    refusal(make_folder(&place));
    let file = base.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(check_file(&file).unwrap(), Some(file.clone()));
    std::os::unix::fs::chown(&file, Some(65_534), None).unwrap();
    refusal(check_file(&file).map(drop));
    open_private(std::fs::OpenOptions::new().write(true), &file).unwrap_err();
}

#[test]
fn missing_folders_are_made_for_their_owner_alone() {
    let (_base, _above, place) = places();
    let deep = place.join("a/b");
    check_folder(&deep).unwrap();
    assert!(!deep.exists());
    make_folder(&deep).unwrap();
    assert_eq!((mode(&deep), mode(&place.join("a"))), (0o700, 0o700));
    make_folder(&place.join("a/../c")).unwrap();
    assert!(place.join("c").is_dir());
    fs::write(place.join("file"), "").unwrap();
    let error = make_folder(&place.join("file")).unwrap_err();
    assert!(matches!(error, PlaceError::Io { .. }), "{error:?}");
    assert!(matches!(check_file(&deep), Err(PlaceError::Io { .. })));
    assert_eq!(check_file(&place.join("none")).unwrap(), None);
}

#[test]
fn file_that_is_opened_privately_gets_mode_0600() {
    let (_base, _above, place) = places();
    let path = place.join("file");
    fs::write(&path, "old").unwrap();
    set_mode(&path, 0o666);
    let mut options = std::fs::OpenOptions::new();
    open_private(options.write(true), &path).unwrap();
    assert_eq!(mode(&path), 0o600);
    // Neither a folder nor a device is taken for a file.
    open_private(std::fs::OpenOptions::new().read(true), &place).unwrap_err();
    open_private(
        std::fs::OpenOptions::new().write(true),
        Path::new("/dev/null"),
    )
    .unwrap_err();
    // A pipe without a reader is not waited for.
    let pipe = place.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let error = open_private(std::fs::OpenOptions::new().append(true), &pipe).unwrap_err();
    assert_eq!(error.to_string(), "it is not a file");
}

#[test]
fn pipe_socket_and_device_are_neither_opened_nor_waited_for() {
    let (_base, _above, place) = places();
    let pipe = place.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let socket = place.join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let link = place.join("link");
    symlink(&pipe, &link).unwrap();
    for path in [&pipe, &socket, &link, &place, Path::new("/dev/zero")] {
        for opened in [
            open_file(path).map(drop),
            read_file(path, 10).map(drop),
            open_input(path).map(drop),
            open_own(std::fs::OpenOptions::new().read(true), path).map(drop),
            open_own(std::fs::OpenOptions::new().write(true), path).map(drop),
            open_own(std::fs::OpenOptions::new().read(true).write(true), path).map(drop),
        ] {
            let error = opened.unwrap_err().to_string();
            let is_told = ["it is not a file", "it is a link", "Is a directory"]
                .iter()
                .any(|told| error.contains(told));
            assert!(is_told, "{}: {error}", path.display());
        }
    }
    let file = place.join("file");
    fs::write(&file, "0123456789").unwrap();
    symlink(&file, place.join("named")).unwrap();
    assert_eq!(read_file(&place.join("named"), 10).unwrap(), b"0123456789");
    let error = read_file(&file, 9).unwrap_err().to_string();
    assert_eq!(error, "it has more than 9 bytes");
    // A file that has no size, and a loop of links.
    assert!(
        !read_file(Path::new("/proc/self/stat"), 4096)
            .unwrap()
            .is_empty()
    );
    symlink("loop", place.join("loop")).unwrap();
    open_file(&place.join("loop")).unwrap_err();
}

#[test]
fn pipe_that_the_shell_has_opened_is_read() {
    use std::os::fd::AsRawFd;
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut writer, b"text").unwrap();
    drop(writer);
    let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
    assert_eq!(
        read_at_most(open_input(&path).unwrap(), 100).unwrap(),
        b"text"
    );
}
