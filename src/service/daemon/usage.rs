//! Memory and threads of the daemon.

use jobs_api::Memory;

/// Memory and threads; 0 where the system does not report them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) memory: Memory,
    pub(super) threads: u64,
}

/// Reads memory and threads from `/proc`.
#[cfg(target_os = "linux")]
pub(super) fn usage() -> Usage {
    read(&std::fs::read_to_string("/proc/self/status").unwrap_or_default())
}

/// Reads memory and threads, as far as the system reports them.
#[cfg(not(target_os = "linux"))]
pub(super) fn usage() -> Usage {
    use sysinfo::{ProcessesToUpdate, System};
    let Ok(pid) = sysinfo::get_current_pid() else {
        return Usage::default();
    };
    let mut system = System::new();
    system.refresh_processes(ProcessesToUpdate::Some(&[pid]), true);
    let Some(process) = system.process(pid) else {
        return Usage::default();
    };
    Usage {
        memory: Memory {
            rss: process.memory(),
            reserved: process.virtual_memory(),
        },
        threads: process.tasks().map_or(0, |tasks| tasks.len() as u64),
    }
}

/// Parses `/proc/self/status`.
#[cfg(target_os = "linux")]
fn read(status: &str) -> Usage {
    let number = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let bytes = |key| number(key).unwrap_or_default().saturating_mul(1024);
    Usage {
        memory: Memory {
            rss: bytes("VmRSS:"),
            reserved: bytes("VmSize:"),
        },
        threads: number("Threads:").unwrap_or_default(),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn read_kernel_figures_returns_bytes() {
        let text = "Name:\tjobs\nVmSize:\t  2048 kB\nVmRSS:\t     8 kB\nThreads:\t7\n";
        let expected = Usage {
            memory: Memory {
                rss: 8 * 1024,
                reserved: 2 * 1024 * 1024,
            },
            threads: 7,
        };
        assert_eq!(read(text), expected);
        assert_eq!(read("nonsense"), Usage::default());
        let own = usage();
        assert!(own.memory.rss > 0 && own.memory.reserved > own.memory.rss && own.threads > 0);
    }
}
