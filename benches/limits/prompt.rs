//! The time of client commands as whole processes, with many jobs and a long history.

use std::process::{Command, Stdio};
use std::time::Instant;

use super::Plan;
use super::home::{Home, medians};
use super::table::{Goal, Table};

pub fn measure(plan: &Plan, table: &mut Table) {
    let executions = if plan.is_quick { 200_000 } else { 5_000_000 };
    let times = if plan.is_quick { 50 } else { 300 };
    let mut home = Home::new("");
    home.start();
    fill(&mut home, 1_000, executions);
    for (command, args) in [
        ("status", vec!["status"]),
        ("show", vec!["show", "j500"]),
        ("history -n 20", vec!["history", "j500"]),
    ] {
        let (limit, ours) = medians(times, || {
            (time(Command::new("/bin/true")), time(home.command(&args)))
        });
        table.ratio(
            &format!("`jobs {command}`, 1,000 jobs, {executions} executions, to `/bin/true`"),
            "ms",
            limit,
            ours,
            Goal::AtMost(4.0),
        );
    }
    home.stop();

    let mut home = Home::new("");
    home.start();
    fill(&mut home, 100, 1_000);
    match Pueue::with_tasks(100) {
        Some(pueue) => {
            let (limit, ours) = medians(times, || {
                (
                    time(pueue.command(&["status"])),
                    time(home.command(&["list"])),
                )
            });
            table.ratio(
                "`jobs list` of 100 jobs, to `pueue status` of 100 tasks",
                "ms",
                limit,
                ours,
                Goal::AtMost(1.0),
            );
        }
        None => table.left_out(
            "`jobs list` to `pueue status`",
            "`cargo install pueue --root target/tools`",
        ),
    }
    home.stop();
}

/// The time of a whole process, in milliseconds.
fn time(mut command: Command) -> f64 {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status().expect("it runs");
    assert!(status.success(), "{command:?}");
    began.elapsed().as_secs_f64() * 1e3
}

/// Fills the database with jobs and their executions, and starts the daemon.
pub fn fill(home: &mut Home, jobs: usize, executions: usize) {
    let line = "0 0 1 1 * true\n".repeat(jobs);
    let crontab = home.path("crontab");
    std::fs::write(&crontab, line).expect("a crontab");
    home.jobs(&["import", "crontab", &crontab.display().to_string()]);
    home.jobs(&["run", "1", "--wait"]);
    home.stop();
    let database = home.database();
    database
        .execute("UPDATE jobs SET name = 'j' || id", [])
        .expect("names");
    let mut columns: Vec<String> = Vec::new();
    {
        let own = "('exec_id', 'job_id', 'job_name', 'scheduled_at', 'started_at', 'ended_at')";
        let mut rows = database
            .prepare(&format!(
                "SELECT name FROM pragma_table_info('executions') WHERE name NOT IN {own}"
            ))
            .expect("the columns");
        let names = rows.query_map([], |row| row.get(0)).expect("their names");
        columns.extend(names.map(|name| name.expect("a name")));
    }
    let columns = columns.join(", ");
    database
        .execute(
            &format!(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                 INSERT INTO executions (job_id, job_name, scheduled_at, started_at, ended_at, {columns})
                 SELECT 1 + i % ?2, 'j' || (1 + i % ?2), scheduled_at - (?1 - i) * 100, started_at - (?1 - i) * 100,
                        ended_at - (?1 - i) * 100, {columns} FROM executions, n WHERE exec_id = 1"
            ),
            [executions as i64, jobs as i64],
        )
        .expect("copies");
    drop(database);
    // Without these settings the daemon would delete executions past its limits.
    std::fs::write(
        home.path("config.yaml"),
        "job_log_keep_count: 0\njobs:\n  history_days: 0\n  history_max_bytes: 0\n",
    )
    .expect("a configuration");
    home.start();
}

/// A pueue daemon with waiting tasks.
struct Pueue {
    folder: tempfile::TempDir,
    daemon: std::process::Child,
}

impl Pueue {
    fn with_tasks(number: usize) -> Option<Pueue> {
        let tools = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin");
        if !tools.join("pueued").exists() {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("pueue.yml");
        std::fs::write(
            &config,
            format!(
                "shared:\n  pueue_directory: {0}\n  runtime_directory: {0}\nclient: {{}}\ndaemon: {{}}\n",
                folder.path().display()
            ),
        )
        .expect("a configuration");
        let daemon = Command::new(tools.join("pueued"))
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let pueue = Pueue { folder, daemon };
        let began = Instant::now();
        while !pueue
            .command(&["status"])
            .output()
            .is_ok_and(|output| output.status.success())
        {
            assert!(began.elapsed().as_secs() < 20, "pueue does not answer");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        for _ in 0..number {
            let added = pueue.command(&["add", "--stashed", "--", "true"]).output();
            assert!(added.is_ok_and(|output| output.status.success()));
        }
        Some(pueue)
    }

    fn command(&self, args: &[&str]) -> Command {
        let tools = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin");
        let mut command = Command::new(tools.join("pueue"));
        command
            .arg("-c")
            .arg(self.folder.path().join("pueue.yml"))
            .args(args);
        command
    }
}

impl Drop for Pueue {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
