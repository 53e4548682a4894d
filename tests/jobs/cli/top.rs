//! `jobs top` in a real terminal of 80 columns and 24 lines.

use std::process::Command;

use crate::support::{Home, leave_out, signal, until};

/// A terminal of its own server, which ends with it.
struct Terminal {
    server: String,
}

impl Terminal {
    fn open(home: &Home) -> Option<Terminal> {
        if Command::new("tmux").arg("-V").output().is_err() {
            leave_out("tmux");
            return None;
        }
        let terminal = Terminal {
            server: home.path("tmux").display().to_string(),
        };
        let shell = format!(
            "env JOBS_HOME={} PS1=': ' sh",
            home.path("").display().to_string().trim_end_matches('/')
        );
        terminal.tmux(&["new-session", "-d", "-x", "80", "-y", "24", &shell]);
        Some(terminal)
    }

    fn tmux(&self, args: &[&str]) -> String {
        let done = Command::new("tmux")
            .args(["-S", &self.server])
            .args(args)
            .output()
            .unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    fn shows(&self, part: &str) -> String {
        until(&format!("the terminal shows `{part}`"), || {
            let shown = self.tmux(&["capture-pane", "-p"]);
            shown.contains(part).then_some(shown)
        })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// The process of `jobs top` in this home.
fn process(home: &Home) -> Option<u32> {
    let home = format!("JOBS_HOME={}", home.path("").display());
    let home = home.trim_end_matches('/').as_bytes();
    let has =
        |bytes: Vec<u8>, wanted: &[u8]| bytes.split(|byte| *byte == 0).any(|part| part == wanted);
    std::fs::read_dir("/proc").unwrap().find_map(|entry| {
        let entry = entry.unwrap();
        let read = |name: &str| std::fs::read(entry.path().join(name)).unwrap_or_default();
        let is_top = read("cmdline").starts_with(env!("CARGO_BIN_EXE_jobs").as_bytes())
            && has(read("cmdline"), b"top")
            && has(read("environ"), home);
        is_top.then(|| entry.file_name().to_str()?.parse().ok())?
    })
}

#[test]
fn top_shows_jobs_acts_and_leaves_the_terminal_as_it_was() {
    let home = Home::started();
    let Some(terminal) = Terminal::open(&home) else {
        return;
    };
    home.add(&["good", "--every", "1h", "--", "echo fine"]);
    home.add(&["bad", "--every", "1h", "--", "echo broken >&2; exit 3"]);
    for job in ["good", "bad", "bad"] {
        home.ended(home.run(job));
    }
    let top = format!("{} top", env!("CARGO_BIN_EXE_jobs"));
    terminal.keys(&[&top, "Enter"]);
    let shown = terminal.shows("failed ×2");
    for part in ["good", "success", "2 failing 1", "7 never 0", "q quit"] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
    // Only what fails, its log, and back.
    terminal.keys(&["2"]);
    until("only the failing job", || {
        let shown = terminal.tmux(&["capture-pane", "-p"]);
        (shown.contains("bad") && !shown.contains("good")).then_some(())
    });
    terminal.keys(&["Enter"]);
    let shown = terminal.shows("! broken");
    assert!(shown.contains("execution 3"), "{shown}");
    terminal.keys(&["q"]);
    terminal.shows("RUNS");
    // A run by hand needs a yes, and its end comes by itself.
    terminal.keys(&["r"]);
    terminal.shows("run `bad` now?");
    terminal.keys(&["y"]);
    terminal.shows("failed ×3");
    assert_eq!(home.history("bad").len(), 3);
    let pid = until("the process of top", || process(&home));
    signal(pid, "TERM");
    terminal.keys(&["echo code $?; stty -a", "Enter"]);
    terminal.shows("code 143");
    let shown = until("the terminal is as it was", || {
        let shown = terminal.tmux(&["capture-pane", "-p"]);
        shown.contains("icanon").then_some(shown)
    });
    assert!(
        !shown.contains("-icanon") && !shown.contains("-echo "),
        "{shown}"
    );
    assert!(!shown.contains("RUNS"), "{shown}");
}

#[test]
fn keys_pressed_while_a_list_is_read_are_not_lost() {
    let home = Home::started();
    let Some(terminal) = Terminal::open(&home) else {
        return;
    };
    for name in ["alpha", "beta", "gamma"] {
        home.add(&[name, "--every", "1h", "--", "true"]);
    }
    terminal.keys(&[&format!("{} top", env!("CARGO_BIN_EXE_jobs")), "Enter"]);
    terminal.shows("gamma");
    // All in one burst: the order by name, two rows down, run it, yes.
    terminal.keys(&["o", "j", "j", "r", "y"]);
    terminal.shows("execution 1 has begun");
    assert_eq!(home.history("gamma").len(), 1);
    // A search, its first row, the log of it.
    terminal.keys(&["/", "g", "a", "m", "Enter", "Enter"]);
    terminal.shows("execution 1");
    terminal.keys(&["q"]);
    terminal.shows("RUNS");
    // Alone: a key that follows at once would make it a sequence.
    terminal.keys(&["Escape"]);
    terminal.shows("alpha");
    terminal.keys(&["End", "s", "y"]);
    terminal.shows("`gamma` is stopped");
    terminal.keys(&["q"]);
}
