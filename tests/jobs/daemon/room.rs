//! A start on a full disk: it waits for room, and goes on by itself.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;

use super::Background;
use crate::support::{Home, is_root, leave_out, signal, until};

/// A small file system of its own; unmounted on drop.
struct Disk(PathBuf);

impl Disk {
    fn mount(home: &Home) -> Option<Disk> {
        let folder = home.path("disk");
        std::fs::create_dir(&folder).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m,mode=700", "none"])
            .arg(&folder)
            .status();
        if !is_root() || !mounted.is_ok_and(|status| status.success()) {
            leave_out("only root can mount a file system");
            return None;
        }
        Some(Disk(folder))
    }

    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("ballast")).unwrap();
        for size in [1 << 20, 4096, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(&self.0)
            .status();
    }
}

fn home_on_disk() -> Option<(Home, Disk)> {
    let mut home = Home::new();
    let disk = Disk::mount(&home)?;
    let folder = disk.0.display().to_string();
    home.set_env("JOBS_HOME", &folder);
    std::fs::write(
        disk.0.join("config.yaml"),
        "daemon:\n  restart_delay: 0\n  max_restarts: 2\njobs:\n  kill_grace: 1\n",
    )
    .unwrap();
    Some((home, disk))
}

#[test]
fn guard_waits_for_room_after_a_crash_on_a_full_disk() {
    let Some((home, disk)) = home_on_disk() else {
        return;
    };
    home.jobs(&["start", "-d", "-f"]).ok();
    let _background = Background(&home);
    home.add(&["long", "--every", "1h", "--timeout", "0", "--", "sleep 600"]);
    let exec_id = home.run("long");
    let first = home.jobs(&["status", "--json"]).ok().json()["pid"].to_string();
    disk.fill();
    signal(first.parse().unwrap(), "KILL");
    until("the daemon is gone", || {
        (home.jobs(&["status"]).code == 3).then_some(())
    });
    // More than the restarts that the guard may make.
    std::thread::sleep(std::time::Duration::from_secs(4));
    disk.make_room();
    until("the daemon is back", || {
        (home.jobs(&["status"]).code == 0).then_some(())
    });
    assert_eq!(home.ended(exec_id)["status"], "interrupted");
}

#[test]
fn start_on_a_full_disk_says_that_it_waits_and_goes_on() {
    let Some((home, disk)) = home_on_disk() else {
        return;
    };
    disk.fill();
    let mut started = home
        .command()
        .args(["start", "-d"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stderr = started.stderr.take().unwrap();
    BufReader::new(stderr).read_line(&mut line).unwrap();
    assert!(line.contains("waits") && line.contains("no room"), "{line}");
    disk.make_room();
    let _background = Background(&home);
    assert!(started.wait().unwrap().success());
    home.jobs(&["status"]).ok();
}
