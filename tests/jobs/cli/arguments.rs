//! Exit statuses, and arguments that are refused.

use crate::support::{Home, until};

#[test]
fn client_exit_statuses_match_the_manual() {
    let home = Home::new();
    home.jobs(&["list"]).fails(3).says(&["no daemon answers"]);
    home.jobs(&["next", "0 0 9 * * *"]).ok();
    home.jobs(&["frobnicate"]).fails(2);
    let home = Home::started();
    for args in [
        &["show", "nope"][..],
        &["run", "nope"],
        &["logs", "nope"],
        &["history", "nope"],
        &["rm", "nope"],
        &["next", "nope"],
        &["logs", "--exec", "9"],
    ] {
        home.jobs(args).fails(4).says(&["no such"]);
    }
    home.add(&["twin", "--every", "1h", "--", "true"]);
    home.jobs(&["add", "twin", "--every", "1h", "--", "true"])
        .fails(1)
        .says(&["`twin` is taken"]);
}

#[test]
fn add_with_bad_value_names_the_field_and_the_value() {
    let home = Home::started();
    for (args, parts) in [
        (
            &["add", "x", "--cron", "0 25 * * *", "--", "true"][..],
            &["hour", "`25`", "0-23", "^^"][..],
        ),
        (
            &["add", "x", "--cron", "0 0 0 1 1 ? 2027", "--", "true"],
            &["7 fields", "year"],
        ),
        (&["add", "x", "--every", "soon", "--", "true"], &["soon"]),
        (
            &[
                "add",
                "x",
                "--every",
                "1h",
                "--tz",
                "Europe/Berlinn",
                "--",
                "true",
            ],
            &["Berlinn", "Europe/Berlin"],
        ),
        (
            &["add", "x", "--every", "1h", "--env", "X", "--", "true"],
            &["env", "`X`", "K=V"],
        ),
        (
            &["add", "x", "--every", "1h", "--timeout", "-1", "--", "true"],
            &["timeout", "-1"],
        ),
        (
            &["add", "x", "--every", "1h", "--times", "5000", "--", "true"],
            &["times", "5000", "1000"],
        ),
        (
            &[
                "add",
                "x",
                "--every",
                "1h",
                "--url",
                "http://x/",
                "--mode",
                "command",
                "--",
                "true",
            ],
            &["url", "`command`"],
        ),
        (&["add", "x", "--every", "1h"], &["command", "missing"]),
        (&["add", "x", "--", "true"], &["--cron", "--every", "--at"]),
        (
            &[
                "add", "x", "--every", "1h", "--cron", "@daily", "--", "true",
            ],
            &["cannot be used with"],
        ),
        (
            &["add", "42", "--every", "1h", "--", "true"],
            &["name", "`42`", "digits"],
        ),
        (
            &["add", "x", "--every", "1h", "--", "【comand】true"],
            &["comand", "`workdir`"],
        ),
        (
            &[
                "add", "x", "--every", "1h", "--mode", "http", "--url", "ftp://x/",
            ],
            &["url", "`ftp://x/`"],
        ),
        (&["history", "-n", "0"], &["limit", "`0`", "1 to 500"]),
    ] {
        home.jobs(args).fails(2).says(parts);
    }
    assert_eq!(
        home.jobs(&["list", "--json"]).ok().json(),
        serde_json::json!([])
    );
}

#[test]
fn add_that_cannot_run_is_refused_and_stores_nothing() {
    let home = Home::started();
    home.jobs(&[
        "add",
        "u",
        "--every",
        "1h",
        "--",
        "【command】id\n【user】no-such-account",
    ])
    .fails(2)
    .says(&["user: there is no account `no-such-account`"]);
    home.jobs(&[
        "add",
        "w",
        "--every",
        "1h",
        "--workdir",
        "tmp",
        "--",
        "true",
    ])
    .fails(2)
    .says(&["workdir: `tmp` is relative"]);
    home.jobs(&["add", "n", "--every", "-5m", "--", "true"])
        .fails(2)
        .says(&["every", "-5m"]);
    home.jobs(&["add", "n", "--every", "5m", "--times", "-1", "--", "true"])
        .fails(2)
        .says(&["--times", "-1"]);
    home.add(&["o", "--every", "1h", "--overlap", "1", "--", "true"]);
    assert_eq!(home.show("o")["allow_mode"], 1);
    home.jobs(&["list", "--name", "zzz"])
        .ok()
        .says(&["no such jobs"]);
    home.jobs(&["list", "--state", "waiting"])
        .ok()
        .shows(&["o "]);
    // A one-off job whose time is past runs again when it gets a new time.
    home.add(&["once", "--at", "in 1s", "--timeout", "0", "--", "true"]);
    until("it has run", || {
        (home.show("once")["stopped"] == true).then_some(())
    });
    home.jobs(&["edit", "once", "--at", "in 1s"])
        .ok()
        .shows(&["next run"]);
    until("it has run again", || {
        (home.history("once").len() == 2).then_some(())
    });
}
