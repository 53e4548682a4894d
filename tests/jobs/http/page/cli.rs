//! `jobs page` and `jobs session` as a person types them.

use std::process::Stdio;

use super::super::client::{Api, home_with_http};
use super::{Browser, enter};
use crate::support::{Home, signal, until};

/// Runs a client at a terminal and returns what it shows.
fn at_a_terminal(home: &Home, words: &str, variables: &[(&str, &str)]) -> String {
    let mut command = home.call_of("script");
    let client = format!("{} {words}", env!("CARGO_BIN_EXE_jobs"));
    command.args(["-qec", &client, "/dev/null"]);
    command.envs(variables.iter().copied());
    let done = command.output().expect("`script` of util-linux runs");
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap().replace('\r', "")
}

fn secret_in(text: &str) -> &str {
    let rest = text.split_once("#enter=").expect(text).1;
    rest.split_whitespace().next().unwrap()
}

#[test]
fn link_is_data_and_its_terms_are_a_message() {
    let home = home_with_http("");
    let done = home.jobs(&["page"]).ok();
    assert_eq!(done.stdout.lines().count(), 1, "{}", done.stdout);
    assert!(
        done.stderr.starts_with("the link is good once, until "),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("with the role admin"),
        "{}",
        done.stderr
    );
    assert!(!done.stderr.contains(secret_in(&done.stdout)));
    let made = home.jobs(&["page", "--json", "--as", "vic"]).ok().json();
    assert_eq!(made["user"]["name"], "vic");
    Browser::entered(&home, made["secret"].as_str().unwrap());
}

#[test]
fn ssh_connection_gets_the_way_to_the_page() {
    let home = home_with_http("");
    let ssh = [("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.7 22")];
    let shown = at_a_terminal(&home, "page", &ssh);
    let address = Api::anonymous(&home).address().to_string();
    let port = address.rsplit(':').next().unwrap();
    let name = rustix::system::uname();
    let host = name.nodename().to_string_lossy().into_owned();
    let tunnel = format!("on your own machine:  ssh -N -L {port}:{address} {host}\n");
    assert!(shown.starts_with(&tunnel), "{shown}");
    let open = format!("then open             http://localhost:{port}/#enter=");
    assert!(shown.contains(&open), "{shown}");
    enter(&Api::anonymous(&home), secret_in(&shown)).is(200);
    // `sudo` removes the variable, which the shell before it has.
    #[cfg(target_os = "linux")]
    {
        let client = format!(
            "script -qec '{} page' /dev/null",
            env!("CARGO_BIN_EXE_jobs")
        );
        let line = format!("env -u SSH_CONNECTION SUDO_USER=ann {client}; true");
        let mut shell = home.call_of("sh");
        let done = shell.args(["-c", &line]).envs(ssh).output().unwrap();
        let shown = String::from_utf8(done.stdout).unwrap();
        assert!(shown.contains("ssh -N -L"), "{shown}");
    }
    // A script gets the link alone.
    let mut command = home.command();
    let done = command.arg("page").envs(ssh).output().unwrap();
    let stdout = String::from_utf8(done.stdout).unwrap();
    assert!(
        stdout.starts_with(&format!("http://{address}/#enter=")),
        "{stdout}"
    );
}

/// A program that stands for the browser notes the file that it is called with. Browsers refuse to run as root, so for root none
/// is opened.
#[test]
fn browser_is_opened_on_a_desktop_only() {
    let home = home_with_http("");
    let folder = home.path("bin");
    std::fs::create_dir(&folder).unwrap();
    let program = home.write(
        "bin/xdg-open",
        "#!/bin/sh\ncp \"$1\" \"$JOBS_HOME/opened\"\n",
    );
    std::process::Command::new("chmod")
        .args(["755"])
        .arg(&program)
        .status()
        .unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let runtime = home.path("bin").display().to_string();
    let desktop = [
        ("DISPLAY", ":9"),
        ("XDG_RUNTIME_DIR", &runtime),
        ("PATH", &path),
    ];
    let shown = at_a_terminal(&home, "page --print", &desktop);
    assert!(!shown.contains("browser"), "{shown}");
    let over_ssh = [desktop.as_slice(), &[("SSH_CONNECTION", "a 1 b 22")]].concat();
    let shown = at_a_terminal(&home, "page", &over_ssh);
    assert!(!shown.contains("browser"), "{shown}");
    let no_display = [("XDG_RUNTIME_DIR", runtime.as_str()), ("PATH", &path)];
    let shown = at_a_terminal(&home, "page", &no_display);
    assert!(!shown.contains("browser"), "{shown}");
    let shown = at_a_terminal(&home, "page", &desktop);
    let is_root = rustix::process::geteuid().is_root();
    assert_eq!(
        shown.contains("it was opened in the browser"),
        !is_root,
        "{shown}"
    );
    if !is_root {
        let opened = until("the browser is called", || {
            Some(home.read("opened")).filter(|text| text.ends_with('\n'))
        });
        assert!(opened.contains(secret_in(&shown)), "{opened}");
    }
}

#[test]
fn closed_server_is_told_with_what_opens_it() {
    let home = Home::started();
    for words in [
        ["page"].as_slice(),
        &["page", "--print"],
        &["page", "--json"],
    ] {
        let done = home.jobs(words);
        assert_eq!(done.code, 1);
        let text = format!("{}{}", done.stdout, done.stderr);
        for part in [
            "the HTTP server is closed",
            "server.enabled: true",
            "jobs start --http",
            "127.0.0.1:36363",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let config = home.path("config.yaml").display().to_string();
    assert!(home.jobs(&["page"]).stderr.contains(&config));
}

#[test]
fn foreground_start_at_a_terminal_prints_a_link() {
    let home = Home::new();
    home.write("config.yaml", "server:\n  port: 0\n");
    let file = std::fs::File::create(home.path("shown")).unwrap();
    let client = format!("exec {} start --http", env!("CARGO_BIN_EXE_jobs"));
    let mut started = home
        .call_of("script")
        .args(["-qec", &client, "/dev/null"])
        .stdout(file)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let shown = until("the link is printed", || {
        let shown = home.read("shown");
        shown.contains("the link is good once").then_some(shown)
    });
    let secret = secret_in(&shown).to_string();
    Browser::entered(&home, &secret);
    assert!(!home.system_log().contains(&secret));
    let status = home.jobs(&["status", "--json"]).ok().json();
    signal(
        u32::try_from(status["pid"].as_u64().unwrap()).unwrap(),
        "TERM",
    );
    until("the daemon ends", || started.try_wait().unwrap());
}

#[test]
fn background_start_names_the_command_of_the_page() {
    let home = Home::new();
    home.write("config.yaml", "server:\n  port: 0\n");
    let done = home.jobs(&["start", "-d", "--http"]).ok();
    assert!(
        done.stderr.contains("`jobs page` opens its page"),
        "{}",
        done.stderr
    );
    assert!(!done.stderr.contains("#enter="), "{}", done.stderr);
    home.jobs(&["shutdown"]).ok();
    let closed = home.jobs(&["start", "-d"]).ok();
    assert!(!closed.stderr.contains("jobs page"), "{}", closed.stderr);
    home.jobs(&["shutdown"]).ok();
}

#[test]
fn sessions_are_shown_as_a_table() {
    let home = home_with_http("");
    let none = home.jobs(&["session", "list"]).ok();
    assert!(none.stderr.contains("--all"), "{}", none.stderr);
    Browser::logged_in(&home, "vic");
    let shown = home.jobs(&["session", "list", "--all"]).ok().stdout;
    assert!(
        shown.contains("account vic") && shown.contains("viewer"),
        "{shown}"
    );
    for words in [
        ["session", "rm"].as_slice(),
        &["session", "rm", "x"],
        &["session", "rm", "1", "--all-mine"],
    ] {
        assert_eq!(home.jobs(words).code, 2, "{words:?}");
    }
    let done = home.jobs(&["session", "rm", "--all-mine"]).ok();
    assert!(done.stderr.contains("no sessions"), "{}", done.stderr);
}
