//! The resource limits of a command, and its priority for the disk.

use std::fmt;

use jobs_error::{Error, Result};

/// Resource limits of a command's processes. `None` means the limit of the daemon itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory in bytes: of all processes together where a cgroup is available, else of each process.
    pub memory: Option<u64>,
    /// CPU time of each process, in seconds.
    pub cpu: Option<u64>,
    /// Open files of each process.
    pub files: Option<u64>,
    /// Number of processes: of this command where a cgroup is available, else of its account.
    pub processes: Option<u64>,
}

/// Units of memory, the largest first.
const UNITS: [(char, u64); 4] = [
    ('T', 1 << 40),
    ('G', 1 << 30),
    ('M', 1 << 20),
    ('K', 1 << 10),
];

/// Smallest memory limit, in bytes. A lower one can only be a mistake.
const MIN_MEMORY: u64 = 1 << 20;

impl Limits {
    /// Parses `mem=512M,cpu=60s,nofile=1024,nproc=64`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with the wrong member.
    pub fn parse(text: &str) -> Result<Limits> {
        let mut limits = Limits::default();
        for member in text
            .split(',')
            .map(str::trim)
            .filter(|member| !member.is_empty())
        {
            let refuse = |problem: &str| {
                Error::invalid(
                    "limit",
                    format!("`{}` {problem}", super::brackets::shorten(member)),
                )
                .hint("for example `mem=512M,cpu=60s,nofile=1024,nproc=64`")
            };
            let (name, value) = member
                .split_once('=')
                .ok_or_else(|| refuse("is not NAME=VALUE"))?;
            let value = value.trim();
            let (slot, number, least) = match name.trim() {
                "mem" | "memory" => (&mut limits.memory, bytes(value), MIN_MEMORY),
                "cpu" => (&mut limits.cpu, seconds(value), 1),
                "nofile" | "files" => (&mut limits.files, value.parse().ok(), 3),
                "nproc" | "processes" => (&mut limits.processes, value.parse().ok(), 1),
                _ => {
                    return Err(refuse(
                        "is not a limit: use `mem`, `cpu`, `nofile` or `nproc`",
                    ));
                }
            };
            let number = number
                .filter(|number| (least..=1 << 50).contains(number))
                .ok_or_else(|| {
                    refuse(&format!(
                        "is not a number of at least {least} with a valid unit"
                    ))
                })?;
            if slot.replace(number).is_some() {
                return Err(refuse("is given twice"));
            }
        }
        Ok(limits)
    }

    /// Whether no limit is set.
    pub fn is_none(&self) -> bool {
        *self == Limits::default()
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = [
            self.memory
                .map(|bytes| format!("mem={}", shown_bytes(bytes))),
            self.cpu.map(|seconds| format!("cpu={seconds}s")),
            self.files.map(|files| format!("nofile={files}")),
            self.processes.map(|processes| format!("nproc={processes}")),
        ];
        let members: Vec<String> = members.into_iter().flatten().collect();
        f.write_str(&members.join(","))
    }
}

fn bytes(text: &str) -> Option<u64> {
    let text = text.to_ascii_uppercase();
    let text = text
        .strip_suffix("IB")
        .or_else(|| text.strip_suffix('B'))
        .unwrap_or(&text);
    for (unit, factor) in UNITS {
        if let Some(number) = text.strip_suffix(unit) {
            return number.parse::<u64>().ok()?.checked_mul(factor);
        }
    }
    text.parse().ok()
}

fn shown_bytes(bytes: u64) -> String {
    UNITS
        .into_iter()
        .find(|(_, factor)| bytes.is_multiple_of(*factor))
        .map_or_else(
            || bytes.to_string(),
            |(unit, factor)| format!("{}{unit}", bytes / factor),
        )
}

fn seconds(text: &str) -> Option<u64> {
    let factors = [('s', 1), ('m', 60), ('h', 3600)];
    for (unit, factor) in factors {
        if let Some(number) = text.strip_suffix(unit) {
            return number.parse::<u64>().ok()?.checked_mul(factor);
        }
    }
    text.parse().ok()
}

/// The priority of a command for the disk, as in ionice(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoPriority {
    /// Runs only while no other process uses the disk.
    Idle,
    /// The default class, from 0 (first) to 7 (last).
    BestEffort(u8),
    /// Before all other classes, from 0 (first) to 7 (last); for root only.
    Realtime(u8),
}

impl IoPriority {
    /// Parses `idle`, `best-effort:7` or `realtime:0`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for any other text.
    pub fn parse(text: &str) -> Result<IoPriority> {
        let (class, level) = match text.split_once(':') {
            Some((class, level)) => (class, level.parse().ok().filter(|level| *level <= 7)),
            None => (text, Some(4)),
        };
        match (class.trim(), level) {
            ("idle", _) if !text.contains(':') => Ok(IoPriority::Idle),
            ("best-effort", Some(level)) => Ok(IoPriority::BestEffort(level)),
            ("realtime", Some(level)) => Ok(IoPriority::Realtime(level)),
            _ => Err(Error::invalid(
                "ionice",
                format!(
                    "`{}` is not a disk priority",
                    super::brackets::shorten(text)
                ),
            )
            .hint(
                "use `idle`, `best-effort:0` to `best-effort:7`, or `realtime:0` to `realtime:7`",
            )),
        }
    }
}

impl fmt::Display for IoPriority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IoPriority::Idle => f.write_str("idle"),
            IoPriority::BestEffort(level) => write!(f, "best-effort:{level}"),
            IoPriority::Realtime(level) => write!(f, "realtime:{level}"),
        }
    }
}
