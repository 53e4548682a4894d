//! How much history a job keeps.

use crate::support::{Home, until};

#[test]
fn history_over_its_limit_keeps_the_last_failure() {
    let home = Home::with_config("job_log_keep_count: 5\n");
    home.add(&[
        "some",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "test -e ok",
    ]);
    let failed = home.run("some");
    home.ended(failed);
    home.write("ok", "");
    let runs: Vec<i64> = (0..12).map(|_| home.run("some")).collect();
    home.ended(runs[11]);
    let rows = until("it is pruned", || {
        Some(home.history("some")).filter(|rows| rows.len() == 6)
    });
    assert_eq!(rows[5]["exec_id"].as_i64(), Some(failed));
    assert_eq!(rows[0]["exec_id"].as_i64(), Some(runs[11]));
}
