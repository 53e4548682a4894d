//! Generated files: the manual, the completions and the systemd unit match the binary.

use std::process::Command;

use crate::support::{Home, leave_out};

#[track_caller]
fn compare(args: &[&str], file: &str) {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let printed = Home::new().jobs(args).ok().stdout;
    assert!(
        committed == printed,
        "`{file}` has drifted: `jobs {} > {file}` mends it",
        args.join(" ")
    );
}

#[test]
fn manual_and_completions_match_the_committed_files() {
    compare(&["man"], "man/jobs.1");
    compare(&["completions", "bash"], "completions/jobs.bash");
    compare(&["completions", "zsh"], "completions/_jobs");
    compare(&["completions", "fish"], "completions/jobs.fish");
    compare(&["completions", "powershell"], "completions/_jobs.ps1");
}

#[test]
fn completions_are_valid_in_each_shell() {
    for (shell, file) in [
        ("bash", "jobs.bash"),
        ("zsh", "_jobs"),
        ("fish", "jobs.fish"),
    ] {
        let path = format!("{}/completions/{file}", env!("CARGO_MANIFEST_DIR"));
        match Command::new(shell).arg("-n").arg(&path).output() {
            Ok(read) => assert!(
                read.status.success(),
                "{shell}: {}",
                String::from_utf8_lossy(&read.stderr)
            ),
            Err(_) => leave_out(&format!("there is no `{shell}` here")),
        }
    }
}

#[test]
fn manual_page_is_well_formed() {
    let Ok(output) = Command::new("man")
        .args(["--warnings", "-l"])
        .arg(format!("{}/man/jobs.1", env!("CARGO_MANIFEST_DIR")))
        .env("LC_ALL", "C.UTF-8")
        .env("MANWIDTH", "100")
        .output()
    else {
        leave_out("there is no `man` here");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let page = String::from_utf8_lossy(&output.stdout);
    for part in [
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "SCHEDULES",
        "jobs add",
        "jobs import crontab",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
}

#[test]
fn systemd_unit_passes_systemd_analyze() {
    let folder = tempfile::tempdir().unwrap();
    let unit = std::fs::read_to_string(format!(
        "{}/packaging/systemd/jobs.service",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    // The unit names the path of an installed program; use the one that was built.
    let path = folder.path().join("jobs.service");
    std::fs::write(
        &path,
        unit.replace("/usr/bin/jobs", env!("CARGO_BIN_EXE_jobs")),
    )
    .unwrap();
    let Ok(output) = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&path)
        .output()
    else {
        leave_out("there is no `systemd-analyze` here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !said.contains("jobs.service"),
        "{said}"
    );
}
