//!
//! Tests of `disk`, `cpu`, `memory`, `load` and `process`.
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::super::super::testing::{TestCall, prints};
use super::super::disk::{Mount, Space, only_real, part, size};
use super::{printed_and_failed, run};

#[test]
fn disk_of_path_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for args in [
        &["disk", path][..],
        &["disk", path, "100"],
        &["disk", path, "100%"],
    ] {
        let printed = prints(run, args);
        assert!(
            printed.starts_with(&format!("disk: `{path}` ")),
            "{printed}"
        );
        assert!(printed.contains(" % used, "), "{printed}");
        assert!(printed.ends_with(" free\n"), "{printed}");
    }
    let printed = prints(run, &[&format!("disk {path}")]);
    assert!(
        printed.starts_with(&format!("disk: `{path}` ")),
        "{printed}"
    );
}

#[test]
fn disk_without_path_measures_all() {
    let (printed, ended) = TestCall::default().call(run, &["disk"]);
    // In some sandboxes there is no such disk.
    match ended {
        Ok(()) => assert!(printed.contains(" % used, "), "{printed}"),
        Err(why) => assert!(why.0.starts_with("disk: no file system"), "{why}"),
    }
    assert!(!printed.contains("tmpfs"), "{printed}");
}

#[test]
#[cfg(unix)]
fn disk_over_limit_fails() {
    let (printed, why) = printed_and_failed(&["disk", "/", "0"]);
    assert!(printed.starts_with("disk: `/` "), "{printed}");
    assert!(why.starts_with("disk: `/` is "), "{why}");
    assert!(why.ends_with(" % used, the limit is 0 %"), "{why}");
}

#[test]
fn space_and_size_are_formatted() {
    let space = Space {
        total: 100 << 30,
        used: 45 << 30,
        free: 45 << 30,
    };
    // As in `df`, the reserve of root does not count.
    assert_eq!(
        space.shown(),
        "50.0 % used, 45.0 GiB of 100.0 GiB, 45.0 GiB free"
    );
    assert_eq!(part(0, 0), 0.0);
    assert_eq!(part(1, 3), 33.3);
    assert_eq!(part(u64::MAX, u64::MAX), 100.0);
    let table = [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (1_048_575, "1.0 MiB"),
        (5 << 40, "5.0 TiB"),
        (u64::MAX, "16384.0 PiB"),
    ];
    for (bytes, shown) in table {
        assert_eq!(size(bytes), shown);
    }
}

#[test]
fn only_real_keeps_file_systems_that_can_fill_up() {
    let mount = |device: &str, kind: &str, point: &str| Mount {
        device: device.to_owned(),
        kind: kind.to_owned(),
        point: PathBuf::from(point),
    };
    let mounts = vec![
        mount("/dev/sda2", "ext4", "/mnt/bind"),
        mount("/dev/sda2", "ext4", "/"),
        mount("tmpfs", "tmpfs", "/tmp"),
        mount("overlay", "overlay", "/var/lib/docker/overlay2/x/merged"),
        mount("lxcfs", "fuse.lxcfs", "/var/lib/lxcfs"),
        mount("/dev/sdb1", "btrfs", "/home"),
        mount("/dev/sdb1", "btrfs", "/srv"),
        mount("pool/a", "zfs", "/a"),
        mount("pool/b", "zfs", "/b"),
    ];
    let points: Vec<PathBuf> = only_real(mounts).into_iter().map(|m| m.point).collect();
    let expected: Vec<PathBuf> = ["/", "/a", "/b", "/srv"]
        .iter()
        .map(PathBuf::from)
        .collect();
    assert_eq!(points, expected);
    // A container sees its overlay as the root, and some files of the host's disk.
    let container = vec![
        mount("overlay", "overlay", "/"),
        mount("/dev/sda2", "ext4", "/etc/hosts"),
        mount("/dev/sda2", "ext4", "/etc/hostname"),
    ];
    assert_eq!(only_real(container).len(), 2);
}

#[test]
fn cpu_is_measured_for_a_second() {
    let start = Instant::now();
    let printed = prints(run, &["cpu", "100"]);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert!(printed.starts_with("cpu: "), "{printed}");
    assert!(printed.contains(" % used over "), "{printed}");
}

#[test]
fn cpu_over_limit_fails() {
    let busy = thread::spawn(|| {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(1500) {}
    });
    let (printed, why) = printed_and_failed(&["cpu 0"]);
    busy.join().unwrap();
    assert!(printed.contains(" % used over "), "{printed}");
    assert!(why.ends_with(" % is used, the limit is 0 %"), "{why}");
}

#[test]
fn memory_is_printed_and_compared() {
    let printed = prints(run, &["memory"]);
    assert!(printed.starts_with("memory: "), "{printed}");
    assert!(printed.contains(" available\n"), "{printed}");
    let (printed, why) = printed_and_failed(&["memory", "0"]);
    assert!(printed.contains(" % used, "), "{printed}");
    assert!(why.starts_with("memory: "), "{why}");
    assert!(why.ends_with(" % is used, the limit is 0 %"), "{why}");
}

#[test]
fn load_is_printed() {
    let printed = prints(run, &["load", "100000"]);
    assert!(printed.starts_with("load: "), "{printed}");
    assert!(printed.contains(" over 1 minute, "), "{printed}");
}

#[test]
#[cfg(target_os = "linux")]
fn process_counts_by_name() {
    let folder = tempfile::tempdir().unwrap();
    // Longer than the 15 characters that the kernel keeps.
    let program = folder.path().join("a-program-with-a-long-name");
    std::fs::copy("/bin/sh", &program).unwrap();
    let name = program.file_name().unwrap().to_str().unwrap();
    let (printed, why) = printed_and_failed(&["process", name]);
    assert_eq!(printed, format!("process: 0 processes of `{name}`\n"));
    assert_eq!(
        why,
        format!("process: 0 processes of `{name}`, the limit is at least 1")
    );

    let mut child = std::process::Command::new(&program)
        .args(["-c", "read line"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let one = format!("process: 1 process of `{name}`, pid {}\n", child.id());
    let start = Instant::now();
    // Until the child has become the program.
    while TestCall::default().call(run, &["process", name]).1.is_err() {
        assert!(start.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(prints(run, &["process", name]), one);
    assert_eq!(prints(run, &[&format!("process {name}"), "1"]), one);
    let (printed, why) = printed_and_failed(&["process", name, "2"]);
    assert_eq!(printed, one);
    assert_eq!(
        why,
        format!("process: 1 process of `{name}`, the limit is at least 2")
    );

    child.kill().unwrap();
    // The child waits to be reaped and no longer runs.
    while TestCall::default().call(run, &["process", name]).1.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(10));
    }
    child.wait().unwrap();
}
