//! Over figures made by hand.

use unicode_width::UnicodeWidthStr;

use super::super::sending::testing::{Figures, NOW, call_with, settings};
use jobs_model::{JobFigures, Status};
use jobs_schedule::Time;

fn figures(id: i64, name: &str) -> JobFigures {
    JobFigures {
        id,
        name: name.into(),
        next_at: None,
        stopped: false,
        success: 0,
        failed: 0,
        timeout: 0,
        cancelled: 0,
        interrupted: 0,
        skipped: 0,
        missed: 0,
        changes: 0,
        total_ms: 0,
        slowest: None,
        last_failure: None,
    }
}

fn hours(count: i64) -> Time {
    Time::from_millis(NOW.millis() + count * 3_600_000)
}

fn sound(id: i64, name: &str) -> JobFigures {
    JobFigures {
        success: 10,
        total_ms: 20_000,
        slowest: Some((id * 100, 5_400)),
        next_at: Some(hours(id)),
        ..figures(id, name)
    }
}

fn broken(id: i64, name: &str, error: &str) -> JobFigures {
    JobFigures {
        success: 2,
        failed: 3,
        timeout: 1,
        changes: 4,
        last_failure: Some((id * 100 + 1, Status::Timeout, hours(-2), Some(error.into()))),
        ..sound(id, name)
    }
}

fn some() -> Figures {
    Figures(vec![
        sound(1, "backup"),
        broken(2, "数据库备份", "exit status 1"),
        JobFigures {
            missed: 3,
            skipped: 2,
            next_at: Some(hours(1)),
            ..figures(3, "never")
        },
        JobFigures {
            stopped: true,
            ..figures(4, "stopped")
        },
        JobFigures {
            cancelled: 1,
            ..figures(5, "cancelled")
        },
    ])
}

#[track_caller]
fn report(args: &[&str], figures: &Figures) -> String {
    let (out, ended) = call_with("Report", args, &settings(), figures);
    assert_eq!(ended, Ok(()));
    out
}

#[test]
fn as_text() {
    let expected = "\
Jobs: the last 24 hours
2026-11-23 10:00:00 to 2026-11-24 10:00:00 (UTC)

  Jobs         5
  Executions   17
  Ended well   12 (75.0 %)
  Failed       3
  Timed out    1
  Cancelled    1
  Missed       3
  Skipped      2
  Took         40.0 s in all, 2.3 s on average

FAILING
  JOB         NOT WELL  OF  LAST                 HOW
  数据库备份         4   6  2026-11-24 08:00:00  timed out
    #201: exit status 1

FLAKY
  JOB         CHANGES  WELL  NOT WELL    RATE
  数据库备份        4     2         4  33.3 %

MISSED OR SKIPPED
  JOB    MISSED  SKIPPED
  never       3        2

NEVER RAN
  JOB      NEXT
  never    2026-11-24 11:00:00
  stopped  stopped

SLOWEST
  JOB         EXECUTION   TOOK  AVERAGE
  backup           #100  5.4 s    2.0 s
  数据库备份       #200  5.4 s    3.3 s

NEXT DUE
  JOB         NEXT
  backup      2026-11-24 11:00:00
  never       2026-11-24 11:00:00
  数据库备份  2026-11-24 12:00:00
";
    assert_eq!(report(&["daily"], &some()), expected);
    assert_eq!(report(&["daily", "text"], &some()), expected);
}

#[test]
fn as_json() {
    let json: serde_json::Value =
        serde_json::from_str(&report(&["weekly", "json"], &some())).unwrap();
    assert_eq!(json["kind"], "weekly");
    assert_eq!(json["job"], serde_json::Value::Null);
    assert_eq!(json["from"], "2026-11-17T10:00:00+00:00");
    assert_eq!(json["until"], "2026-11-24T10:00:00+00:00");
    assert_eq!(json["totals"]["executions"], 17);
    assert_eq!(json["totals"]["success_rate"], 0.75);
    assert_eq!(json["totals"]["average_ms"], 2352);
    let job = &json["jobs"][4];
    assert_eq!(job["name"], "数据库备份");
    assert_eq!(job["next_run"], "2026-11-24T12:00:00+00:00");
    assert_eq!(job["slowest"]["exec_id"], 200);
    assert_eq!(job["last_failure"]["status"], "timeout");
    assert_eq!(job["last_failure"]["ended_at"], "2026-11-24T08:00:00+00:00");
    assert_eq!(json["jobs"][1]["name"], "cancelled");
    assert_eq!(json["jobs"][1]["success_rate"], serde_json::Value::Null);
    for (list, ids) in [
        ("failing", vec![2]),
        ("flaky", vec![2]),
        ("never_ran", vec![3, 4]),
        ("missed_or_skipped", vec![3]),
        ("slowest", vec![1, 2]),
        ("next_due", vec![1, 3, 2]),
    ] {
        let found: Vec<i64> = json[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["id"].as_i64().unwrap())
            .collect();
        assert_eq!(found, ids, "{list}");
    }
}

#[test]
fn nothing_has_run() {
    for figures in [Figures::default(), Figures(vec![figures(1, "new")])] {
        let text = report(&["monthly"], &figures);
        assert!(
            text.contains("Jobs: the last 30 days\n2026-10-25 10:00:00 to"),
            "{text}"
        );
        assert!(text.contains("No execution ended in this time."), "{text}");
        assert!(text.contains("Ended well   0 (-)"), "{text}");
        assert!(
            report(&["monthly", "html"], &figures)
                .contains("<p>No execution ended in this time.</p>")
        );
        let json: serde_json::Value =
            serde_json::from_str(&report(&["monthly", "json"], &figures)).unwrap();
        assert_eq!(json["totals"]["success_rate"], serde_json::Value::Null);
        assert_eq!(json["totals"]["average_ms"], serde_json::Value::Null);
    }
}

#[test]
fn numbers_out_of_all_bounds() {
    for extreme in [i64::MAX, i64::MIN, -1] {
        let wild = JobFigures {
            success: extreme,
            failed: extreme,
            timeout: extreme,
            cancelled: extreme,
            interrupted: extreme,
            skipped: extreme,
            missed: extreme,
            changes: extreme,
            total_ms: extreme,
            slowest: Some((extreme, extreme)),
            last_failure: Some((extreme, Status::Failed, Time::from_millis(extreme), None)),
            next_at: Some(Time::from_millis(extreme)),
            ..figures(extreme, "wild")
        };
        let all = Figures(vec![wild.clone(), wild]);
        for format in ["text", "html", "json"] {
            report(&["daily", format], &all);
        }
    }
    // Nearly all is not all.
    let nearly = JobFigures {
        success: 99_999,
        failed: 1,
        ..figures(1, "nearly")
    };
    let text = report(&["daily"], &Figures(vec![nearly]));
    assert!(text.contains("99999 (99.9 %)"), "{text}");
}

#[test]
fn hostile_names_and_errors() {
    let long = "备".repeat(10_000);
    let names = [
        "<script>alert(1)</script>",
        "a\r\nFAILING\n\u{1b}[2J",
        "\u{202e}cba",
        "\"'&<>",
        long.as_str(),
        "👨‍👩‍👧‍👦☎\u{fe0f}",
        "",
        "a\u{301}\u{301}\u{301}",
    ];
    let jobs = names
        .iter()
        .zip(1..)
        .map(|(name, id)| broken(id, name, name));
    let all = Figures(jobs.collect());
    let text = report(&["daily"], &all);
    for line in text.lines() {
        assert!(line.width() <= 80, "{line}");
        assert!(
            !line.contains(|c: char| c.is_control() || c == '\u{202e}'),
            "{line:?}"
        );
    }
    assert!(text.contains("a\\r⏎FAILING⏎\\u{1b}[2J"), "{text}");
    let html = report(&["daily", "html"], &all);
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(html.contains("&quot;&#39;&amp;&lt;&gt;"));
    assert!(!html.contains(['\u{1b}', '\r', '\u{202e}']));
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("src="));
    assert!(html.contains("prefers-color-scheme:dark"));
    assert!(html.len() < 40_000, "{}", html.len());
    let json: serde_json::Value = serde_json::from_str(&report(&["daily", "json"], &all)).unwrap();
    let mut told: Vec<&str> = json["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["name"].as_str().unwrap())
        .collect();
    let mut sorted = names;
    sorted.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, sorted);
}

#[test]
fn many_jobs_are_cut_short() {
    let all = Figures(
        (1..=1_000)
            .map(|id| broken(id, &format!("job {id:04}"), "no"))
            .collect(),
    );
    let text = report(&["daily"], &all);
    assert!(
        text.contains("and 980 more") && text.contains("and 990 more"),
        "{text}"
    );
    assert!(text.lines().count() < 120);
    assert!(report(&["daily", "html"], &all).contains("<p>and 980 more</p>"));
    let json: serde_json::Value = serde_json::from_str(&report(&["daily", "json"], &all)).unwrap();
    assert_eq!(json["failing"].as_array().unwrap().len(), 1_000);
}

#[test]
fn of_one_job() {
    let all = Figures(vec![
        sound(1, "backup"),
        sound(2, "a,b"),
        sound(3, "json"),
        sound(4, "x  y"),
        sound(5, "html,text"),
    ]);
    for (args, name) in [
        (&["job", "backup"][..], "backup"),
        (&["job backup"], "backup"),
        (&["job", "backup", "text"], "backup"),
        (&["job backup", "text"], "backup"),
        (&["job", "a", "b"], "a,b"),
        (&["job a", "b"], "a,b"),
        (&["job", "json"], "json"),
        (&["job json"], "json"),
        (&["job", "x  y"], "x  y"),
        (&["job", "html", "text", "text"], "html,text"),
    ] {
        let text = report(args, &all);
        assert!(
            text.starts_with(&format!("Job {name}: the last 30 days\n")),
            "{args:?}: {text}"
        );
        assert!(text.contains("Jobs         1\n"), "{text}");
    }
    assert!(report(&["job", "json", "html"], &all).contains("<h1>Job json: the last 30 days</h1>"));
    let json: serde_json::Value =
        serde_json::from_str(&report(&["job", "a", "b", "json"], &all)).unwrap();
    assert_eq!(json["job"], "a,b");
}

#[test]
fn bad_arguments() {
    let table: [(&[&str], &str); 13] = [
        (
            &[],
            "usage: Report daily|weekly|monthly|job NAME[,text|html|json]",
        ),
        (
            &[""],
            "kind: `` is not `daily`, `weekly`, `monthly` or `job NAME`",
        ),
        (&["yearly"], "kind: `yearly` is not"),
        (&["Daily"], "kind: `Daily` is not"),
        (&["json"], "kind: `json` is not"),
        (&["daily\n"], "kind: `daily\\n` is not"),
        (
            &["daily", "xml"],
            "format: `xml` is not `text`, `html` or `json`",
        ),
        (&["daily", "json", "html"], "format: `json` is not"),
        (&["weekly", ""], "format: `` is not"),
        (&["job"], "name: it is missing"),
        (&["job", ""], "name: it is empty"),
        (&["job", " ", "json"], "name: it is empty"),
        (&["job", "nobody"], "no such job: `nobody`"),
    ];
    for (args, expected) in table {
        let (out, ended) = call_with("Report", args, &settings(), &some());
        let failure = ended.unwrap_err();
        assert!(failure.starts_with(expected) && out.is_empty(), "{failure}");
    }
}
