//! What a command is confined to: the limits of its resources, its priority for CPU and disk.

use std::fmt;

use crate::error::{Error, Result};

/// What the processes of a command may use; absent is what the daemon itself may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory, in bytes: of all its processes together where the system can do that (a cgroup), else of each.
    pub memory: Option<u64>,
    /// CPU time of each process, in seconds.
    pub cpu: Option<u64>,
    /// Open files of each process.
    pub files: Option<u64>,
    /// Processes: of this command where the system can do that (a cgroup), else of its account.
    pub processes: Option<u64>,
}

/// The units of memory, the largest first.
const UNITS: [(char, u64); 4] = [
    ('T', 1 << 40),
    ('G', 1 << 30),
    ('M', 1 << 20),
    ('K', 1 << 10),
];

/// Less than this is no limit but a slip of the pen.
const LEAST_MEMORY: u64 = 1 << 20;

impl Limits {
    /// Reads `mem=512M,cpu=60s,nofile=1024,nproc=64`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming the member that will not do.
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
                    format!("`{}` {problem}", super::format::shorten(member)),
                )
                .hint("such as `mem=512M,cpu=60s,nofile=1024,nproc=64`")
            };
            let (name, value) = member
                .split_once('=')
                .ok_or_else(|| refuse("is not NAME=VALUE"))?;
            let value = value.trim();
            let (slot, number, least) = match name.trim() {
                "mem" | "memory" => (&mut limits.memory, bytes(value), LEAST_MEMORY),
                "cpu" => (&mut limits.cpu, seconds(value), 1),
                "nofile" | "files" => (&mut limits.files, value.parse().ok(), 3),
                "nproc" | "processes" => (&mut limits.processes, value.parse().ok(), 1),
                _ => {
                    return Err(refuse(
                        "is no limit: there are `mem`, `cpu`, `nofile` and `nproc`",
                    ));
                }
            };
            let number = number
                .filter(|number| (least..=1 << 50).contains(number))
                .ok_or_else(|| {
                    refuse(&format!(
                        "is not a number from {least} on, with a unit that fits"
                    ))
                })?;
            if slot.replace(number).is_some() {
                return Err(refuse("stands twice"));
            }
        }
        Ok(limits)
    }

    /// Whether nothing is limited.
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

/// The priority of a command for the disk, as ionice(1) knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoPriority {
    /// Only when nobody else wants the disk.
    Idle,
    /// The usual, from 0, the first, to 7, the last.
    BestEffort(u8),
    /// Before all others, from 0 to 7; for root only.
    Realtime(u8),
}

impl IoPriority {
    /// Reads `idle`, `best-effort:7` or `realtime:0`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when it is none of these.
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
                    "`{}` is no priority for the disk",
                    super::format::shorten(text)
                ),
            )
            .hint("`idle`, `best-effort:0` to `best-effort:7`, or `realtime:0` to `realtime:7`")),
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
