//! `jobs start --crontab` in the foreground.

use std::process::Stdio;

use crate::support::{Home, signal};

#[test]
fn foreground_crontab_prints_output_and_follows_the_file() {
    use std::io::{BufRead, BufReader};
    let home = Home::new();
    let crontab = home.write(
        "tab",
        "* * * * * * echo one; echo oops >&2\n* * * * * * echo two\nnonsense\n",
    );
    let mut child = home
        .command()
        .args(["start", "--crontab", crontab.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut messages = BufReader::new(child.stderr.take().unwrap());
    let mut heard = String::new();
    // The log has a thread of its own, so its line may come after the introduction.
    while !(heard.contains("2 jobs of `") && heard.contains("nonsense")) {
        assert!(messages.read_line(&mut heard).unwrap() > 0, "{heard}");
    }
    // Close the pipe: unread, it would fill up and block the daemon.
    drop(messages);
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let mut missing = vec![
        "echo-one         | one",
        "echo-one         | oops",
        "echo-two         | two",
    ];
    while !missing.is_empty() {
        let line = lines.next().expect("it goes on");
        missing.retain(|wanted| *wanted != line);
    }
    let one = home.show("echo-one")["id"].clone();
    home.write(
        "tab",
        "* * * * * * echo one; echo oops >&2\n* * * * * * echo three\n",
    );
    signal(child.id(), "HUP");
    for line in lines.by_ref() {
        if line == "echo-three       | three" {
            break;
        }
    }
    assert_eq!(home.show("echo-one")["id"], one);
    assert_eq!(home.show("echo-two")["stopped"], true);
    assert!(
        !home.history("echo-two").is_empty(),
        "what is gone keeps its history"
    );
    signal(child.id(), "INT");
    // Read the rest of the pipe: the view ends only then.
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
