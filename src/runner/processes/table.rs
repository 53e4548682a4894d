//! The process table of the system, as /proc shows it.

use std::collections::BTreeMap;

use rustix::time::{ClockId, clock_gettime};

/// A process of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) pid: u32,
    pub(super) parent: u32,
    pub(super) group: u32,
    pub(super) session: u32,
    /// When the process started, in ticks since the boot. With the pid it identifies the process: the system gives the pid to
    /// another process after its end, and that one starts later.
    pub(super) start: u64,
}

/// Ticks per second in /proc. The kernel uses this number on all systems that are built for.
const TICKS: u64 = 100;

const NANOSECONDS: u64 = 1_000_000_000;

/// The ticks at which a process may have started that was started between two times, in nanoseconds since the boot. One tick more at
/// each end: the two clocks are not read at the same moment.
pub(super) fn ticks_between(earliest: u64, latest: u64) -> std::ops::RangeInclusive<u64> {
    let tick = |time: u64| (u128::from(time) * u128::from(TICKS) / u128::from(NANOSECONDS)) as u64;
    tick(earliest).saturating_sub(1)..=tick(latest) + 1
}

/// Nanoseconds since the boot of the machine, also while it was suspended.
pub(crate) fn since_boot() -> u64 {
    let time = clock_gettime(ClockId::Boottime);
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    part(time.tv_sec) * NANOSECONDS + part(time.tv_nsec)
}

/// All processes by pid, without zombies.
pub(super) fn table() -> BTreeMap<u32, Row> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, row(pid)?)))
        .collect()
}

/// The entry of a process; `None` when it is gone or a zombie.
pub(super) fn row(pid: u32) -> Option<Row> {
    parse(pid, &std::fs::read(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(pid: u32, stat: &[u8]) -> Option<Row> {
    // The name is in parentheses and may contain any character, parentheses too.
    let after_name = stat.iter().rposition(|byte| *byte == b')')?;
    let text = std::str::from_utf8(stat.get(after_name + 1..)?).ok()?;
    let fields: Vec<&str> = text.split_ascii_whitespace().take(20).collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let id = |index| u32::try_from(number(index)?).ok();
    // When the first thread of a process has ended, the process looks like a zombie as long as its other threads run.
    let has_ended = match *fields.first()? {
        "X" => true,
        "Z" => number(17)? <= 1,
        _ => false,
    };
    (!has_ended).then_some(())?;
    Some(Row {
        pid,
        parent: id(1)?,
        group: id(2)?,
        session: id(3)?,
        start: number(19)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_is_parsed_unless_the_process_has_ended() {
        let stat = |state: &str, threads: u32| {
            format!(
                "42 (a) S (b) {state} 7 40 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 {threads} 0 12345 6 7"
            )
        };
        let row = Row {
            pid: 42,
            parent: 7,
            group: 40,
            session: 41,
            start: 12_345,
        };
        for (state, threads, expected) in [
            ("S", 1, Some(row)),
            ("R", 9, Some(row)),
            ("Z", 1, None),
            ("Z", 0, None),
            ("Z", 2, Some(row)),
            ("X", 1, None),
        ] {
            let found = parse(42, stat(state, threads).as_bytes());
            assert_eq!(found, expected, "{state} {threads}");
        }
        assert_eq!(parse(42, b"42 (cut) S 7 40"), None);
        assert_eq!(parse(42, b""), None);
    }

    #[test]
    fn start_of_a_child_is_between_the_times_around_it() {
        let before = since_boot();
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let after = since_boot();
        let row = row(child.id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(ticks_between(before, after).contains(&row.start), "{row:?}");
        let hour = 3_600 * NANOSECONDS;
        assert!(!ticks_between(before - 1_000_000_000, before - 500_000_000).contains(&row.start));
        assert!(!ticks_between(before + hour, after + hour).contains(&row.start));
    }
}
