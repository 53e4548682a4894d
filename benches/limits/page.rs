//! The operations of the web page and of `jobs top`, with many jobs and a long history.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::Plan;
use super::home::{Home, percentiles};
use super::prompt::fill;
use super::table::{Goal, Table};

/// The longest that a call may take, in milliseconds: longer is felt.
const MOST_MS: f64 = 50.0;

/// The calls: each has a name, a method and parameters. `PAGE` stands for a page of 100 jobs, another one in each call.
const CALLS: &[(&str, &str, &str)] = &[
    (
        "`list` by the next run",
        "list",
        r#""sort":"next","page":PAGE,"size":100"#,
    ),
    (
        "`list` by name",
        "list",
        r#""sort":"name","page":PAGE,"size":100"#,
    ),
    (
        "`list` by end",
        "list",
        r#""sort":"ended","page":PAGE,"size":100"#,
    ),
    (
        "`list` by duration",
        "list",
        r#""sort":"took","page":PAGE,"size":100"#,
    ),
    (
        "`list` by last status",
        "list",
        r#""sort":"last","page":PAGE,"size":100"#,
    ),
    (
        "`list` with strips",
        "list",
        r#""strip":30,"page":PAGE,"size":100"#,
    ),
    (
        "`list` with a text of all jobs, counted",
        "list",
        r#""text":"customer","counts":true,"page":PAGE,"size":100"#,
    ),
    (
        "`list` with a text of few jobs, counted",
        "list",
        r#""text":"customer 17","counts":true,"page":1,"size":100"#,
    ),
    (
        "`list` of failing jobs",
        "list",
        r#""only":"failing","counts":true,"page":1,"size":100"#,
    ),
    (
        "`list` of a kind of work",
        "list",
        r#""mode":"command","page":PAGE,"size":100"#,
    ),
    ("`history` without output", "history", r#""output":false"#),
    (
        "`history` of failures since a time",
        "history",
        r#""output":false,"since":"24h ago","statuses":["failed","timeout"]"#,
    ),
    (
        "`history` by hand",
        "history",
        r#""output":false,"source":"manual""#,
    ),
    ("`summary`", "summary", r#""quarters_since":"24h ago""#),
    ("`summary` of a week", "summary", r#""since":"7d ago""#),
    ("`upcoming`", "upcoming", ""),
];

pub fn measure(plan: &Plan, table: &mut Table) {
    let (jobs, executions) = match plan.is_quick {
        true => (10_000, 200_000),
        false => (100_000, 5_000_000),
    };
    let mut home = Home::new("");
    home.start();
    fill(&mut home, jobs, executions);
    home.stop();
    prepare(&home);
    home.start();
    until_counted(&home);
    let socket = home.path("jobs.sock");
    let mut stream = BufReader::new(UnixStream::connect(socket).expect("it answers"));
    for (what, method, params) in CALLS {
        let mut times: Vec<f64> = (0..21)
            .map(|call| {
                // The first pages, the last ones, and those between.
                let page = 1 + call * (jobs / 100 - 1) / 20;
                let params = params.replace("PAGE", &page.to_string());
                ask(&mut stream, method, &params)
            })
            .collect();
        let (median, _) = percentiles(&mut times);
        table.figure(
            &format!("{what}: {jobs} jobs, {executions} executions"),
            "ms",
            median,
            Goal::AtMost(MOST_MS),
        );
    }
    home.stop();
}

/// Makes the jobs differ, spreads the history over two days up to now, and has the next start make what is kept of it.
fn prepare(home: &Home) {
    home.database()
        .execute_batch(
            "UPDATE jobs SET desc = 'report of customer ' || id, next_at = next_at + id * 7919 % 86400 * 1000;
             UPDATE executions SET status = 'failed', exit_code = 1 WHERE exec_id % 100 = 7;
             UPDATE executions SET ended_at = m.now - (m.last - exec_id) * 172800000 / m.last,
                 scheduled_at = m.now - (m.last - exec_id) * 172800000 / m.last
             FROM (SELECT max(exec_id) AS last, unixepoch() * 1000 AS now FROM executions) AS m WHERE ended_at IS NOT NULL;
             DELETE FROM job_runs; DELETE FROM quarter_counts; DELETE FROM slow_runs;
             DELETE FROM facts WHERE key IN ('job_runs', 'job_texts');
             INSERT OR REPLACE INTO facts (key, value) SELECT 'uncounted', max(exec_id) FROM executions;",
        )
        .expect("it is prepared");
}

/// Waits until the daemon has counted the history.
fn until_counted(home: &Home) {
    let began = Instant::now();
    let database = home.database();
    let left = "SELECT count(*) FROM facts WHERE key = 'uncounted'";
    while database
        .query_row(left, [], |row| row.get::<_, i64>(0))
        .expect("a count")
        > 0
    {
        assert!(began.elapsed().as_secs() < 600, "it is not counted");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// How long a call takes, in milliseconds.
fn ask(stream: &mut BufReader<UnixStream>, method: &str, params: &str) -> f64 {
    let began = Instant::now();
    writeln!(
        stream.get_mut(),
        r#"{{"jsonrpc":"2.0","method":"{method}","params":{{{params}}},"id":1}}"#
    )
    .expect("it is sent");
    let mut answer = String::new();
    stream.read_line(&mut answer).expect("an answer");
    assert!(
        answer.contains(r#""result""#),
        "{method} {params}: {answer}"
    );
    began.elapsed().as_secs_f64() * 1e3
}
