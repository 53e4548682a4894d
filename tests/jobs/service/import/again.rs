//! Importing a crontab again: changed, removed and edited lines.

use super::results;
use crate::support::{Home, until};

#[test]
fn import_of_changed_crontab_keeps_jobs_and_history() {
    let home = Home::started();
    home.jobs_reading(
        &["import", "crontab", "-"],
        "0 3 * * * /opt/backup.sh\n0 4 * * * /opt/tidy.sh\n",
    )
    .ok();
    let id = home.show("backup")["id"].clone();
    home.ended(home.run("backup"));
    let report = home
        .jobs_reading(
            &["import", "crontab", "-", "--json"],
            "30 3 * * * /opt/backup.sh\n0 4 * * * /opt/tidy.sh -v\n",
        )
        .ok()
        .json();
    let changed: Vec<(u64, String)> = vec![(1, "changed".into()), (2, "changed".into())];
    assert_eq!(results(&report), changed);
    assert_eq!(
        (
            &home.show("backup")["id"],
            home.show("backup")["cron_expr"].as_str()
        ),
        (&id, Some("30 3 * * *"))
    );
    assert_eq!(home.history("backup").len(), 1);
    let report = home
        .jobs_reading(
            &["import", "crontab", "-", "--json", "--stop-missing"],
            "30 3 * * * /opt/backup.sh\n",
        )
        .ok()
        .json();
    assert_eq!(
        results(&report),
        vec![(1, "unchanged".into()), (0, "stopped".into())]
    );
    assert_eq!(home.show("tidy")["stopped"], true);
    let report = home
        .jobs_reading(
            &["import", "crontab", "-", "--json"],
            "30 3 * * * /opt/backup.sh\n0 4 * * * /opt/tidy.sh -v\n",
        )
        .ok()
        .json();
    assert_eq!(
        results(&report),
        vec![(1, "unchanged".into()), (2, "changed".into())]
    );
    assert_eq!(home.show("tidy")["stopped"], false);
}

#[test]
fn import_with_a_refused_line_stops_no_job() {
    let home = Home::started();
    let file = home.write("tab", "0 3 * * * /opt/backup.sh\n0 4 * * * /opt/tidy.sh\n");
    let import = |args: &[&str]| {
        let mut all = vec![
            "import",
            "crontab",
            file.to_str().unwrap(),
            "--stop-missing",
        ];
        all.extend(args);
        home.jobs(&all)
    };
    import(&[]).ok();
    home.write("tab", "0 33 * * * /opt/backup.sh\n");
    import(&[]).fails(1).shows(&[
        "hour field: `33` is out of range",
        "`backup`: 0 3 * * * /opt/backup.sh",
        "it goes on, for nothing is stopped while a line is refused",
    ]);
    for job in ["backup", "tidy"] {
        assert_eq!(home.show(job)["stopped"], false, "{job}");
    }
    home.write("tab", "30 3 * * * /opt/backup.sh\n");
    import(&[]).ok().shows(&[
        "changed",
        "`tidy`: 0 4 * * * /opt/tidy.sh",
        "its line is gone",
    ]);
    assert_eq!(home.show("tidy")["stopped"], true);
}

#[test]
fn import_keeps_settings_that_a_crontab_cannot_express() {
    let home = Home::started();
    let file = home.write(
        "tab",
        "PATH=/opt/bin\nPGPASSFILE=/etc/pgpass\n0 3 * * * /opt/dump.sh\n",
    );
    let file = file.to_str().unwrap();
    home.jobs(&["import", "crontab", file]).ok();
    home.jobs(&[
        "edit",
        "dump",
        "--timeout",
        "2h",
        "--times",
        "3",
        "--overlap",
        "skip",
    ])
    .ok();
    home.jobs(&["import", "crontab", file])
        .ok()
        .shows(&["1 unchanged"]);
    let text = home.show("dump")["command"].as_str().unwrap().to_string();
    assert!(
        text.contains("【timeout】7200") && text.contains("【times】3"),
        "{text}"
    );
    // `edit` adds a variable to the others, and says that the job comes from a crontab.
    home.jobs(&["edit", "dump", "--env", "PGHOST=db1", "--env", "PATH=/bin"])
        .ok()
        .says(&["it comes from the crontab `"]);
    let text = home.show("dump")["command"].as_str().unwrap().to_string();
    assert!(
        text.contains("PATH=/bin|||PGPASSFILE=/etc/pgpass|||PGHOST=db1"),
        "{text}"
    );
    home.jobs(&["edit", "dump", "--env", "", "--env", "ONLY=this"])
        .ok();
    let text = home.show("dump")["command"].as_str().unwrap().to_string();
    assert!(text.contains("【env】ONLY=this\n"), "{text}");
    home.jobs(&["import", "crontab", file])
        .ok()
        .shows(&["1 changed"]);
    let text = home.show("dump")["command"].as_str().unwrap().to_string();
    assert!(
        text.contains("PGPASSFILE=/etc/pgpass") && text.contains("【timeout】7200"),
        "{text}"
    );
    // Another time and command, but the same name: it is the same job.
    home.write("tab", "30 4 * * * /usr/local/bin/dump.sh --all\n");
    home.jobs(&["import", "crontab", file])
        .ok()
        .shows(&["1 changed"]);
    assert_eq!(
        home.jobs(&["list", "--json"])
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn import_of_the_same_file_by_another_path_changes_nothing() {
    let home = Home::started();
    std::fs::create_dir(home.path("w")).unwrap();
    let file = home.write("w/tab", "0 3 * * * /opt/x\n");
    home.jobs(&["import", "crontab", file.to_str().unwrap()])
        .ok()
        .shows(&["1 imported"]);
    let other = home.path("w/../w/tab");
    home.jobs(&["import", "crontab", other.to_str().unwrap()])
        .ok()
        .shows(&["1 unchanged"]);
    std::os::unix::fs::symlink(home.path("w"), home.path("link")).unwrap();
    let other = home.path("link/tab");
    home.jobs(&["import", "crontab", other.to_str().unwrap()])
        .ok()
        .shows(&["1 unchanged"]);
    // Crontabs of two people through standard input make two jobs.
    home.jobs_reading(
        &["import", "crontab", "-"],
        "0 3 * * * /home/alice/backup.sh\n",
    )
    .ok();
    home.jobs_reading(
        &["import", "crontab", "-"],
        "0 3 * * * /home/bob/backup.sh\n",
    )
    .ok()
    .shows(&["1 imported"]);
    home.jobs_reading(
        &["import", "crontab", "-", "--origin", "carol"],
        "0 3 * * * /home/carol/backup.sh\n",
    )
    .ok();
    home.jobs_reading(
        &["import", "crontab", "-", "--origin", "carol"],
        "0 5 * * * /home/carol/save.sh\n",
    )
    .ok();
    assert_eq!(home.show("backup")["origin"], "-");
    assert_eq!(home.show("save")["origin"], "carol");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn import_of_a_large_crontab_frees_its_memory() {
    let home = Home::started();
    let table: String = (0..30_000)
        .map(|number| format!("{} 4 1 1 * /usr/local/bin/report {number}\n", number % 60))
        .collect();
    home.write("table", &table);
    let table = home.path("table").display().to_string();
    let own = || -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        kib.unwrap().parse().unwrap()
    };
    let before = own();
    for what in ["30000 imported", "30000 unchanged"] {
        home.jobs(&["import", "crontab", &table])
            .ok()
            .shows(&[what]);
    }
    // Otherwise 30 MiB and more would stay allocated.
    until("it is given back", || {
        (own() < before + 12 * 1024).then_some(())
    });
}
