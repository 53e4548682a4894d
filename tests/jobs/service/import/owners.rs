//! Crontabs that accounts other than root and the own one could have written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::{Home, is_root, leave_out};

const NOBODY: u32 = 65_534;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Clients that see other folders in the places where cron keeps its crontabs.
fn with_places(home: &mut Home, places: &[(&Path, &str)]) {
    let mounts: Vec<String> = places
        .iter()
        .map(|(from, to)| format!("mount --bind '{}' {to}", from.display()))
        .collect();
    let script = format!(
        "{} && exec '{}' \"$@\"",
        mounts.join(" && "),
        env!("CARGO_BIN_EXE_jobs")
    );
    home.called_by(&["unshare", "--mount", "sh", "-c", &script, "sh"]);
}

fn can_mount() -> bool {
    let probe = Command::new("unshare").args(["--mount", "true"]).status();
    is_root() && probe.is_ok_and(|status| status.success())
}

#[test]
fn crontabs_that_cron_ignores_are_left_out_with_the_reason() {
    if !can_mount() || !Path::new("/etc/cron.d").is_dir() {
        return leave_out("only root can mount, over /etc/cron.d");
    }
    let mut home = Home::started();
    let folder = tempfile::tempdir().unwrap();
    let (crond, spools) = (folder.path().join("d"), folder.path().join("spools"));
    let accounts = spools.join("cron/crontabs");
    fs::create_dir(&crond).unwrap();
    fs::create_dir_all(&accounts).unwrap();
    let system = |name: &str| {
        let path = crond.join(name);
        fs::write(&path, format!("* * * * * root echo {name}\n")).unwrap();
        path
    };
    system("good");
    chown(system("foreign"), Some(NOBODY), None).unwrap();
    set_mode(&system("open"), 0o666);
    set_mode(&system("group"), 0o664);
    let target = folder.path().join("target");
    fs::rename(system("linked"), &target).unwrap();
    symlink(&target, crond.join("linked")).unwrap();
    symlink(&target, crond.join("hijacked")).unwrap();
    lchown(crond.join("hijacked"), Some(NOBODY), None).unwrap();
    symlink("nowhere", crond.join("dangling")).unwrap();
    let pipe = crond.join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    system("left.dpkg-old");
    for (name, owner, mode) in [
        ("nobody", NOBODY, 0o600),
        ("daemon", NOBODY, 0o600),
        ("bin", 2, 0o644),
        ("no-such-account", 0, 0o600),
    ] {
        let path = accounts.join(name);
        fs::write(&path, format!("* * * * * echo of-{name}\n")).unwrap();
        chown(&path, Some(owner), None).unwrap();
        set_mode(&path, mode);
    }
    with_places(
        &mut home,
        &[(&crond, "/etc/cron.d"), (&spools, "/var/spool")],
    );
    let done = home.jobs(&["import", "crontab", "--system"]).says(&[
        "`/etc/cron.d/foreign` is left out, because cron ignores it: it belongs to the account 65534",
        "`chown root /etc/cron.d/foreign`",
        "`/etc/cron.d/open` is left out, because cron ignores it: everyone may write to it",
        "`chmod go-w /etc/cron.d/open`",
        "`/etc/cron.d/group` is left out, because cron ignores it: the group 0 may write to it",
        "`/etc/cron.d/hijacked` is left out, because cron ignores it: the link belongs to the account 65534",
        "`chown -h root /etc/cron.d/hijacked`",
        "`/etc/cron.d/dangling` is left out: it leads to no file",
        "`/etc/cron.d/pipe` is left out: it leads to no file",
        "`/etc/cron.d/left.dpkg-old` is left out",
        "/crontabs/daemon` is left out, because cron ignores it: it belongs to the account 65534",
        "`chown daemon /var/spool/cron/crontabs/daemon`",
        "/crontabs/bin` is left out, because cron ignores it: its mode is 0644 and not 0600",
        "/crontabs/no-such-account` is left out, because cron ignores it: there is no account",
    ]);
    for echoed in ["echo good", "echo linked", "echo of-nobody"] {
        assert!(done.stdout.contains(echoed), "{echoed}: {}", done.stdout);
    }
    let listed = home.jobs(&["list", "--json"]).ok().stdout;
    for echoed in [
        "echo foreign",
        "echo open",
        "echo group",
        "of-daemon",
        "of-bin",
        "of-no-such",
        "dpkg",
    ] {
        assert!(!listed.contains(echoed), "{echoed}: {listed}");
    }
    // The same by its folder and by the account.
    home.jobs(&["import", "crontab", "/etc/cron.d"])
        .says(&["`/etc/cron.d/open` is left out, because cron ignores it"]);
    home.jobs(&["import", "crontab", "--user", "daemon"])
        .fails(1)
        .says(&[
            "cron ignores it",
            "`chown daemon /var/spool/cron/crontabs/daemon`",
        ]);
    // A person who names a file has chosen it, and is warned.
    home.jobs(&["import", "crontab", "--system", "/etc/cron.d/open"])
        .ok()
        .says(&[
            "everyone may write to it, so other accounts decide",
            "`chmod go-w /etc/cron.d/open`",
        ])
        .shows(&["echo open"]);
}

#[test]
fn file_that_others_may_write_to_is_a_warning_when_a_person_names_it() {
    let home = Home::started();
    let file = home.write("tab", "* * * * * echo once\n");
    let path = file.to_str().unwrap();
    set_mode(&file, 0o600);
    let done = home.jobs(&["import", path]).ok();
    assert_eq!(done.stderr, "");
    set_mode(&file, 0o646);
    for args in [["import", path].as_slice(), &["import", "crontab", path]] {
        home.jobs(args).ok().says(&[
            "warning:",
            "everyone may write to it",
            &format!("`chmod go-w {path}`"),
        ]);
    }
    let list = home.write(
        "list.yaml",
        "- name: a\n  schedule: '@daily'\n  command: echo a\n",
    );
    set_mode(&list, 0o666);
    home.jobs(&["import", list.to_str().unwrap()])
        .says(&["everyone may write to it"]);
    if is_root() {
        set_mode(&file, 0o600);
        chown(&file, Some(NOBODY), None).unwrap();
        home.jobs(&["import", path]).ok().says(&[
            "it belongs to the account 65534",
            &format!("`chown root {path}`"),
        ]);
        let done = home
            .jobs(&["import", "crontab", "--user", "nobody", path])
            .ok();
        assert_eq!(done.stderr, "");
    }
}

/// Many systems have a group for each person, which may write what the person makes.
#[test]
fn own_group_of_a_person_may_write() {
    if !is_root() {
        return leave_out("only root can become another account");
    }
    let mut home = Home::new();
    let folder = home.path("");
    set_mode(&folder, 0o700);
    let file = home.write("tab", "* * * * * echo once\n");
    let path = file.to_str().unwrap();
    for place in [&folder, &file] {
        chown(place, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let nobody = NOBODY.to_string();
    home.called_by(&[
        "setpriv",
        "--reuid",
        &nobody,
        "--regid",
        &nobody,
        "--clear-groups",
        env!("CARGO_BIN_EXE_jobs"),
    ]);
    if home.jobs(&["--version"]).code != 0 {
        return leave_out("another account can start the program, and setpriv is installed");
    }
    let start = ["start", "-d", "--crontab", path];
    set_mode(&file, 0o666);
    home.jobs(&start)
        .fails(1)
        .says(&["everyone may write to it"]);
    set_mode(&file, 0o664);
    chown(&file, None, Some(100)).unwrap();
    home.jobs(&start)
        .fails(1)
        .says(&["the group 100 may write to it"]);
    chown(&file, None, Some(NOBODY)).unwrap();
    home.jobs(&start).ok();
    let _ended = Ended(&home);
    let done = home.jobs(&["import", "crontab", path, "--dry-run"]).ok();
    assert_eq!(done.stderr, "");
}

/// Ends the daemon in the background.
struct Ended<'a>(&'a Home);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.jobs(&["shutdown"]);
    }
}

#[test]
fn crontab_of_the_start_that_others_may_write_to_is_refused() {
    let home = Home::new();
    let file = home.write("tab", "* * * * * echo once\n");
    let path = file.to_str().unwrap();
    set_mode(&file, 0o666);
    let start = ["start", "-d", "--crontab", path];
    home.jobs(&start)
        .fails(1)
        .says(&["everyone may write to it", &format!("`chmod go-w {path}`")]);
    if is_root() {
        set_mode(&file, 0o644);
        chown(&file, Some(NOBODY), None).unwrap();
        home.jobs(&start).fails(1).says(&[
            "it belongs to the account 65534",
            &format!("`chown root {path}`"),
        ]);
        chown(&file, Some(0), None).unwrap();
    }
    set_mode(&file, 0o644);
    home.jobs(&start).ok();
    let _ended = Ended(&home);
    home.show("echo-once");
    // A reload takes no line of it either, and keeps those that are there.
    home.write("tab", "* * * * * echo other\n");
    set_mode(&file, 0o646);
    let done = home.jobs(&["reload"]).says(&["everyone may write to it"]);
    assert_ne!(done.code, 0);
    home.jobs(&["show", "echo-other"]).fails(4);
    assert_eq!(home.show("echo-once")["stopped"], false);
}
