//! A night: an outage of the database that many jobs use, quiet hours, a restart in the middle, and each message that comes of it.

use serde_json::Value;

use crate::servers::http::Server;
use crate::set_clock::SetClock;
use crate::support::until;

/// Fails while the database is away, each job in the same words.
const NEEDS_DATABASE: &str =
    "test ! -e $JOBS_HOME/away || { echo connection refused >&2; exit 1; }";

struct Night {
    clock: SetClock,
    server: Server,
}

impl Night {
    /// The messages to a channel about jobs, the oldest first: those about the daemon are left out.
    fn messages(&self, channel: &str) -> Vec<Value> {
        let requests = self.server.requests().into_iter();
        let of_channel = requests.filter(|request| request.target == format!("/ok?{channel}"));
        let messages = of_channel.map(|request| serde_json::from_slice(&request.body).unwrap());
        messages
            .filter(|message: &Value| {
                message["condition"] != "clock" && message["condition"] != "crashed"
            })
            .collect()
    }

    fn until_messages(&self, channel: &str, number: usize) -> Vec<Value> {
        until("the messages have come", || {
            let messages = self.messages(channel);
            (messages.len() >= number).then_some(messages)
        })
    }

    /// Runs these jobs, and waits for their ends.
    fn run(&self, names: &[String]) {
        let started: Vec<i64> = names.iter().map(|name| self.clock.home.run(name)).collect();
        for exec_id in started {
            self.clock.home.ended(exec_id);
        }
    }

    fn open(&self) -> usize {
        let open = self.clock.home.jobs(&["alerts", "--json"]).ok().json();
        open.as_array().unwrap().len()
    }
}

fn title(message: &Value) -> &str {
    message["title"].as_str().unwrap()
}

#[test]
fn night_with_an_outage_wakes_for_what_is_critical_and_ends_in_one_digest() {
    let server = Server::http();
    // What happens to the daemon is told elsewhere.
    let config = "jobs:\n  timezone: UTC\n  max_concurrent: 60\n  max_concurrent_per_job: 60\nalerts:\n  group: 2s\n  daemon: elsewhere\n";
    let Some(clock) = SetClock::with_config("2026-06-10T21:50:00Z", config) else {
        return;
    };
    let mut night = Night { clock, server };
    let jobs = |night: &Night, args: &[&str]| drop(night.clock.home.jobs(args).ok());
    for channel in ["ops", "pager", "elsewhere"] {
        let url = format!("url={}", night.server.url(&format!("/ok?{channel}")));
        jobs(
            &night,
            &[
                "channel", "add", channel, "--preset", "webhook", "--set", &url,
            ],
        );
    }
    jobs(&night, &["alerts", "hours", "ops", "22:00-07:00"]);
    jobs(
        &night,
        &[
            "rule", "add", "all", "--match", "etl-*", "--match", "pay-*", "--match", "web-*",
            "--to", "ops",
        ],
    );
    jobs(
        &night,
        &[
            "rule",
            "add",
            "pay",
            "--match",
            "pay-*",
            "--to",
            "pager",
            "--severity",
            "critical",
        ],
    );
    let names = |kind: &str, number: usize| -> Vec<String> {
        (0..number).map(|i| format!("{kind}-{i:02}")).collect()
    };
    // 40 jobs that use the database, two of which are about payments; 8 that do not.
    let (etl, pay, other) = (names("etl", 40), names("pay", 2), names("web", 8));
    for name in etl.iter().chain(&pay) {
        night
            .clock
            .home
            .add(&[name, "--cron", "0 0 1 1 *", "--", NEEDS_DATABASE]);
    }
    for name in &other {
        night
            .clock
            .home
            .add(&[name, "--cron", "0 0 1 1 *", "--", "true"]);
    }

    // A clock that is set in earnest wakes the daemon; this one is noticed at the next second of a job that no rule is about.
    night
        .clock
        .home
        .add(&["heart", "--cron", "* * * * * *", "--", "true"]);

    // 21:50: the evening, all is well.
    night.run(&etl);
    night.run(&other);
    assert_eq!(night.open(), 0);

    // 02:00: the database goes away. Only the payments wake somebody, in one message or two.
    night.clock.set("2026-06-11T02:00:00Z");
    night.clock.home.write("away", "");
    night.run(&pay);
    night.run(&etl);
    night.run(&other);
    until("all of them are open", || {
        (night.open() == 42).then_some(())
    });
    let woken = |night: &Night, channel: &str| {
        let messages = night.messages(channel);
        messages
            .iter()
            .map(|it| it["count"].as_u64().unwrap())
            .sum::<u64>()
    };
    until("the pager was told of both", || {
        (woken(&night, "pager") == 2).then_some(())
    });
    // What is critical goes through the quiet hours of the other channel as well, and nothing else does.
    until("ops was told of both", || {
        (woken(&night, "ops") == 2).then_some(())
    });
    assert!(
        night
            .messages("ops")
            .iter()
            .all(|it| title(it).contains("connection refused") && !title(it).contains("etl"))
    );
    let told = night.messages("ops").len();

    // 02:30: they fail again, and somebody restarts the daemon: nothing is told twice.
    night.clock.set("2026-06-11T02:30:00Z");
    night.run(&etl);
    assert_eq!(night.clock.home.terminate(), Some(0));
    night.clock.home.start();
    night.run(&pay);
    assert_eq!(night.open(), 42);
    assert_eq!(
        (woken(&night, "pager"), night.messages("ops").len()),
        (2, told)
    );

    // 03:10: the database is back. The payments recover at once, all others but two in silence.
    night.clock.set("2026-06-11T03:10:00Z");
    std::fs::remove_file(night.clock.home.path("away")).unwrap();
    night.run(&pay);
    night.run(&etl[..38]);
    until("two are open", || (night.open() == 2).then_some(()));
    let over = |night: &Night, channel: &str| {
        let messages = night.messages(channel);
        let over = messages.iter().filter(|it| it["event"] == "recovered");
        over.map(|it| it["count"].as_u64().unwrap_or(1))
            .sum::<u64>()
    };
    // Whoever was woken learns that it is over.
    for channel in ["pager", "ops"] {
        until("it is told to be over", || {
            (over(&night, channel) >= 1).then_some(())
        });
    }
    until("all that may be sent is sent", || {
        let log = night
            .clock
            .home
            .jobs(&["alerts", "log", "-n", "500", "--json"])
            .ok()
            .json();
        let rows = log["notices"].as_array().unwrap().clone();
        let waits = |row: &Value| row["state"] == "waiting" && row["severity"] == "critical";
        (!rows.iter().any(waits)).then_some(())
    });
    let told = night.messages("ops").len();
    assert!(
        night
            .messages("ops")
            .iter()
            .all(|it| !it["text"].as_str().unwrap().contains("etl"))
    );

    // 07:00: the quiet hours are over. One digest says what is still open, and what was critical is over.
    night.clock.set("2026-06-11T07:00:01Z");
    let messages = night.until_messages("ops", told + 1);
    let digest = &messages[told];
    let text = digest["text"].as_str().unwrap();
    for name in &etl[38..] {
        assert!(text.contains(name.as_str()), "{text}");
    }
    for name in etl[..38].iter().chain(&other) {
        assert!(!text.contains(name.as_str()), "{name}: {text}");
    }
    let log = night
        .clock
        .home
        .jobs(&["alerts", "log", "-n", "500", "--json"])
        .ok()
        .json();
    let untold = log["notices"].as_array().unwrap().iter().filter(|row| {
        row["state"] == "untold" && row["channel"] == "ops" && row["event"] == "opened"
    });
    assert_eq!(
        untold.count(),
        38,
        "each of the others says why it was not told"
    );

    // 07:10: the last two recover, which is one message, and nothing waits any more.
    night.clock.set("2026-06-11T07:10:00Z");
    night.run(&etl[38..]);
    let messages = night.until_messages("ops", told + 2);
    let last = &messages[told + 1];
    assert_eq!(last["event"], "recovered", "{last}");
    until("nothing waits", || {
        let log = night
            .clock
            .home
            .jobs(&["alerts", "log", "-n", "500", "--json"])
            .ok()
            .json();
        let rows = log["notices"].as_array().unwrap().clone();
        rows.iter()
            .all(|row| row["state"] != "waiting")
            .then_some(())
    });
    assert_eq!(night.open(), 0);
    assert!(night.messages("ops").len() <= told + 3);
}
