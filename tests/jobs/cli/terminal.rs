//! Output of jobs on a terminal: colours stay, all else that a terminal obeys goes.

use std::process::Command;

use crate::support::{Home, until};

/// A title, the clipboard, a cleared screen, a rewritten line, a colour, and text made invisible.
const EVIL: &str = r"printf 'ok\033]0;pwned\007\033]52;c;cm0K\007\033[2J\033[1A\033[2K\033[31mred\033[0m evil\rwell\n'; printf '\302\2332J\033[8mhidden\033[0m\n' >&2; exit 3";

/// The text that the client writes to a terminal.
fn on_terminal(home: &Home, args: &str) -> String {
    let line = format!("{} {args}", env!("CARGO_BIN_EXE_jobs"));
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("JOBS_HOME", home.path(""))
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn output_on_a_terminal_has_colours_and_no_control() {
    let home = Home::started();
    home.add(&["evil", "--every", "1h", "--timeout", "5", "--", EVIL]);
    home.ended(home.run("evil"));
    for args in [
        "logs evil",
        "logs --exec 1",
        "logs --exec 1 -f",
        "run evil --wait",
        "history evil",
        "history evil --json",
        "logs evil --json",
        "list",
        "show evil",
        "status",
    ] {
        let shown = on_terminal(&home, args);
        for control in [
            "\x1b]", "\x1b[2J", "\x1b[1A", "\x1b[2K", "\x1b[8m", "\u{9b}",
        ] {
            assert!(!shown.contains(control), "{args}: {shown:?}");
        }
        assert!(!shown.contains("evil\rwell"), "{args}: {shown:?}");
    }
    let shown = on_terminal(&home, "logs --exec 1");
    assert!(shown.contains("\x1b[31mred\x1b[0m evil"), "{shown:?}");
    assert!(shown.contains("hidden"), "{shown:?}");
    let raw = on_terminal(&home, "logs --exec 1 --raw");
    assert!(
        raw.contains("\x1b]52;c;cm0K\x07") && raw.contains("\x1b[2J"),
        "{raw:?}"
    );
    let raw = on_terminal(&home, "run evil --wait --raw");
    assert!(raw.contains("\x1b]52;c;cm0K\x07"), "{raw:?}");
    // In a pipe the output is what the job printed.
    let piped = home.jobs(&["logs", "--exec", "1"]).ok().stdout;
    assert!(piped.contains("\x1b]52;c;cm0K\x07"), "{piped:?}");
}

/// An operator of the web page sets texts, and an administrator exports them.
#[test]
fn export_and_configuration_on_a_terminal_have_no_control_and_are_read_as_they_were() {
    let home = Home::with_config("app: {name: \"x\\u009b2J\\u202e\\u007f\"}\n");
    let desc =
        "x\u{9b}2J\u{9d}0;owned\u{9c}\u{90}\u{85} \u{202e}gnp.exe\u{2066}\u{200f}\u{61c} \u{7f}";
    let command = "echo \u{9b}31m\necho '\u{202e}'\n";
    home.add(&[
        "a",
        "--every",
        "1h",
        "--timeout",
        "10",
        "--desc",
        desc,
        "--",
        command,
    ]);
    let is_obeyed = |c: char| {
        ('\u{7f}'..='\u{9f}').contains(&c) || "\u{61c}\u{200f}\u{202e}\u{2066}\u{2028}".contains(c)
    };
    for args in [
        "export",
        "export --json",
        "config show",
        "config show --json",
        "config get app",
        "config get app.name",
        "show a",
        "show a --json",
        "list --json",
    ] {
        let shown = on_terminal(&home, args);
        assert!(
            shown.contains("gnp.exe") || shown.contains("2J"),
            "{args}: {shown:?}"
        );
        assert!(!shown.contains(is_obeyed), "{args}: {shown:?}");
    }
    // A file of it is loaded as it was, and can be printed too.
    let exported = home.jobs(&["export"]).ok().stdout;
    assert!(!exported.contains(is_obeyed), "{exported:?}");
    home.jobs(&["rm", "a"]).ok();
    home.jobs_reading(&["import", "-"], &exported).ok();
    let job = home.show("a");
    assert_eq!(job["desc"], desc);
    assert!(
        job["command"]
            .as_str()
            .unwrap()
            .contains(command.trim_end()),
        "{job}"
    );
    let config = home.jobs(&["config", "show"]).ok().stdout;
    home.write("config.yaml", &config);
    let read = home
        .jobs(&["config", "get", "app.name", "--json"])
        .ok()
        .json();
    assert_eq!(read, "x\u{9b}2J\u{202e}\u{7f}");
}

#[test]
fn followed_output_in_parts_has_no_control() {
    let home = Home::started();
    let command = r"printf 'a\033]52;c;'; sleep 0.3; printf 'cm0K'; sleep 0.3; printf '\007b\033'; sleep 0.3; printf '[2Jc\n'";
    home.add(&["parts", "--every", "1h", "--timeout", "20", "--", command]);
    let shown = until("the execution", || {
        let shown = on_terminal(&home, "run parts --wait");
        (!shown.is_empty()).then_some(shown)
    });
    assert_eq!(shown.trim_end(), "abc", "{shown:?}");
}

#[test]
fn refused_arguments_are_shown_with_escapes() {
    let home = Home::started();
    for (args, escaped) in [
        (r"put-back JOB $'9\e]0;pwned\a'", r"9\u{1b}]0;pwned\u{7}"),
        (r"add x --timeout $'\e[2J9'", r"\u{1b}[2J9"),
        (r"history -n $'\e[2J'", r"\u{1b}[2J"),
        (r"$'a\e]0;pwned\a'", r"a\u{1b}]0;pwned\u{7}"),
        (r"list --no$'\e[2J'", r"--no\u{1b}[2J"),
        (r"put-back JOB $'\xff\e[2J'", r"\u{1b}[2J"),
    ] {
        let line = format!("{} {args}", env!("CARGO_BIN_EXE_jobs"));
        let output = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .env("JOBS_HOME", home.path(""))
            .env("SHELL", "/bin/bash")
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(shown.contains(escaped), "{args}: {shown:?}");
        for control in ["\x1b]", "\x1b[2J", "\u{7}"] {
            assert!(!shown.contains(control), "{args}: {shown:?}");
        }
    }
}
