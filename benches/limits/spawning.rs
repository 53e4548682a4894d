//! The limit of any scheduler on this machine: two threads that start the same commands and store nothing.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A small program that prints the time at which it runs, in nanoseconds since 1970.
pub const STAMP: &str = "date +%s%N";

pub fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
}

/// The time of a stamp, in milliseconds since 1970.
pub fn millis(stamp: &str) -> f64 {
    let nanoseconds: f64 = stamp.trim().parse().expect("a stamp");
    nanoseconds / 1e6
}

/// Starts `command` with `sh -c`, with its output to `file`.
fn start(command: &str, file: &File) -> Child {
    Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("a descriptor"))
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

/// How late each command begins, in milliseconds, with `number` commands due in each of `seconds` seconds.
pub fn lateness(number: usize, seconds: u64) -> Vec<f64> {
    let folder = tempfile::tempdir().expect("a folder");
    let first = since_1970().as_secs() + 2;
    // A file for each second: a stamp does not tell which second it was due in.
    let of_second = |second: u64| folder.path().join(second.to_string());
    std::thread::scope(|scope| {
        for part in 0..2 {
            let share = number / 2 + usize::from(part == 0) * (number % 2);
            scope.spawn(move || {
                let mut running: Vec<Child> = Vec::new();
                for second in first..first + seconds {
                    let wait = Duration::from_secs(second).saturating_sub(since_1970());
                    std::thread::sleep(wait);
                    let file = File::options()
                        .append(true)
                        .create(true)
                        .open(of_second(second))
                        .expect("a file");
                    for _ in 0..share {
                        running.push(start(STAMP, &file));
                        running.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
                    }
                }
                for mut child in running {
                    child.wait().expect("it ends");
                }
            });
        }
    });
    let mut late = Vec::new();
    for second in first..first + seconds {
        let text = std::fs::read_to_string(of_second(second)).expect("the stamps");
        late.extend(text.lines().map(|line| millis(line) - second as f64 * 1e3));
    }
    late
}

/// The number of `sh -c true` that two threads start and wait for in a second.
pub fn rate(number: usize) -> f64 {
    let null = || {
        File::options()
            .write(true)
            .open("/dev/null")
            .expect("it is there")
    };
    let began = std::time::Instant::now();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let file = null();
            std::thread::spawn(move || {
                for _ in 0..number / 2 {
                    start("true", &file).wait().expect("it ends");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("it has measured");
    }
    number as f64 / began.elapsed().as_secs_f64()
}
