//! Lines of other cron programs, and what a command gets of its crontab.

use crate::support::Home;

#[test]
fn import_understands_or_refuses_lines_of_other_programs() {
    let home = Home::started();
    for (line, reason) in [
        ("0 */5 * * * * * /opt/report", "seven fields"),
        ("5 4 * * * * 2031 /opt/report", "seven fields"),
        ("* * * * * *", "the command is missing"),
        (
            "0 3 4 * * mon /opt/report",
            "may be the weekday of six fields",
        ),
        ("@monthly 45 monthly.tidy nice /opt/tidy", "anacrontab"),
        (
            "1 5 cron.daily nice run-parts /etc/cron.daily",
            "anacrontab",
        ),
        ("0 3 * * * -n -q /opt/report", "OpenBSD"),
        (
            "0 5 * * * find /d -delete \\\n    -name x",
            "only the first half",
        ),
        (
            "SHELL=\"/bin/sh\n0 3 * * * /opt/report",
            "which sets `SHELL`, was refused",
        ),
        ("@at tomorrow 10:00 /opt/report", "is not a date and time"),
    ] {
        home.jobs_reading(&["import", "crontab", "-"], &format!("{line}\n"))
            .fails(1)
            .shows(&[reason, "0 imported"]);
    }
    home.jobs_reading(
        &["import", "crontab", "-"],
        "@at 2031-01-01 10:00 /opt/report\n@every 1h 30m /opt/poll\n",
    )
    .ok()
    .shows(&["`10:00` is read as a part of the time", "2 imported"]);
    let report = home.show("report");
    assert_eq!(report["cron_expr"], "@at 2031-01-01 10:00");
    assert_eq!(home.show("poll")["cron_expr"], "@every 1h 30m");
}

#[test]
fn import_gives_the_command_the_variables_of_cron() {
    let home = Home::started();
    let file = home.write(
        "tab",
        "MAILTO=ops@example.com\nCRON_TZ=Asia/Tokyo\nLOGNAME=evil\napp.mode=live\nHTTP-PROXY=http://p\n2ND=x\n\
         SHELL=/bin/bash\n0 5 * * * env\n",
    );
    home.jobs(&["import", "crontab", file.to_str().unwrap()])
        .ok()
        .shows(&["LOGNAME is the account of the job", "1 imported"]);
    let row = home.ended(home.run("env"));
    let output = row["stdout"].as_str().unwrap();
    for line in [
        "MAILTO=ops@example.com",
        "CRON_TZ=Asia/Tokyo",
        "app.mode=live",
        "HTTP-PROXY=http://p",
        "2ND=x",
        "SHELL=/bin/bash",
    ] {
        assert!(output.lines().any(|have| have == line), "{line}: {output}");
    }
    assert!(!output.contains("evil"), "{output}");
}

#[test]
fn import_warns_of_what_will_fail() {
    let home = Home::started();
    let table = "SHELL=/no/such/shell -l\n0 5 * * * a\nSHELL=/bin/sh\n0 5 * * * cd /no/such && b\n\
                 HOME=/no/such/home\n0 5 * * * c\nHOME=/\n0 5 * * * pg_dump shop | gzip > /x\n0 5 * * * echo a\\\\b\n\
                 RANDOM_DELAY=5\n0 5 * * * mail -s report ops\n";
    let done = home.jobs_reading(&["import", "crontab", "-"], table).ok();
    done.shows(&[
        "shell: `/no/such/shell` does not exist",
        "the folder `/no/such` does not exist",
        "HOME: the folder `/no/such/home` does not exist",
        "it succeeds when the last program of the pipe succeeds",
        "both backslashes",
        "`RANDOM_DELAY` is only a variable",
        "6 imported",
    ]);
    // With the option on there is nothing to warn of.
    let quiet = home.jobs_reading(
        &["import", "crontab", "-", "--dry-run"],
        "SHELL=/bin/bash -o pipefail\n0 6 * * * x | y\n0 6 * * * grep 'a|b' /x || true\n",
    );
    assert!(!quiet.stdout.contains("warning"), "{}", quiet.stdout);
}

#[test]
fn import_refuses_a_variable_that_is_not_utf8() {
    let home = Home::started();
    let path = home.path("tab");
    std::fs::write(&path, b"NAME=caf\xe9\n0 4 * * * echo $NAME\n").unwrap();
    home.jobs(&["import", "crontab", path.to_str().unwrap()])
        .fails(1)
        .shows(&[
            "the line is not UTF-8",
            "which sets `NAME`",
            "0 imported",
            "2 refused",
        ]);
}
