//! The reader of stderr or stdout stops: the daemon goes on.

use std::io::{Read, Write};
use std::process::{Child, Stdio};

use crate::support::{Home, signal, until};

/// A pipe that takes no further byte.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&vec![b'.'; 64 * 1024]).unwrap();
    (reader, writer)
}

fn answers(home: &Home) {
    until("the daemon answers", || {
        (home.jobs(&["status"]).code == 0).then_some(())
    });
}

fn ends(mut daemon: Child) {
    signal(daemon.id(), "TERM");
    let status = until("the daemon ends", || daemon.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn stderr_that_nobody_reads_stops_nothing() {
    let home = Home::new();
    let (mut reader, writer) = full_pipe();
    let mut start = home.command();
    start.arg("start").stdout(Stdio::null()).stderr(writer);
    let daemon = start.spawn().unwrap();
    // `start` would hold the other end of the pipe.
    drop(start);
    answers(&home);
    home.add(&["job", "--cron", "* * * * * *", "--", "true"]);
    until("it runs", || (home.history("job").len() >= 3).then_some(()));
    // The lines are written once somebody reads.
    let mut bytes = vec![0; 64 * 1024];
    reader.read_exact(&mut bytes).unwrap();
    let reading = std::thread::spawn(move || {
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        rest
    });
    ends(daemon);
    let lines = reading.join().unwrap();
    assert!(
        lines.contains("the daemon is up") && lines.contains("execution ended"),
        "{lines}"
    );
}

#[test]
fn stderr_that_nobody_reads_any_more_delays_the_end_by_little() {
    let home = Home::new();
    let (reader, writer) = full_pipe();
    let mut start = home.command();
    start.arg("start").stdout(Stdio::null()).stderr(writer);
    let daemon = start.spawn().unwrap();
    answers(&home);
    ends(daemon);
    drop(reader);
}

#[test]
fn output_that_nobody_reads_stops_no_job_of_a_crontab() {
    let home = Home::new();
    let crontab = home.write("tab", "* * * * * * echo said\n* * * * * * seq 20000\n");
    let (reader, writer) = full_pipe();
    let mut start = home.command();
    start.args(["start", "--crontab"]).arg(crontab);
    let daemon = start.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    answers(&home);
    let ended = || {
        let done = home.jobs(&["history", "--json", "-n", "100"]).ok().json();
        let rows = done.as_array().unwrap();
        rows.iter().filter(|row| row["status"] == "success").count()
    };
    until("the jobs run", || (ended() >= 8).then_some(()));
    ends(daemon);
    assert!(
        home.system_log()
            .contains("output of jobs could not be shown")
    );
    drop(reader);
}
