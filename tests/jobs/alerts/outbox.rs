//! The outbox: nothing is lost when the daemon is killed, and a channel that fails holds up nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::World;
use crate::servers::http::Server;
use crate::support::until;

/// How often each job was told, alone or as a line of a message about several.
fn told(world: &World) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for message in world.messages() {
        let text = message["text"].as_str().unwrap();
        // A line is the time, the name of the job, and what is wrong.
        let names: Vec<&str> = match message["event"] == "digest" {
            true => text
                .lines()
                .filter(|line| line.contains("failed") || line.contains("interrupted"))
                .filter_map(|line| line.split_whitespace().nth(1))
                .collect(),
            false => vec![message["job"].as_str().unwrap()],
        };
        // The crash of the daemon is told as well.
        for name in names.into_iter().filter(|name| name.starts_with('j')) {
            *told.entry(name.to_string()).or_default() += 1;
        }
    }
    told
}

fn is_sent(world: &World) -> bool {
    world.log().iter().all(|row| row["state"] == "sent")
}

/// Kills the daemon at instants around the end of an execution that differ for each kill and each `place`.
fn kill_around_ends(kills: usize, place: usize) {
    let mut world = World::with("alerts:\n  group: 0\n  max_per_hour: 0\n");
    world.home.jobs(&["rule", "add", "all", "--to", "ops"]).ok();
    for number in 0..kills {
        world.add(&format!("j{number}"), &["--timeout", "0"], "exit 3");
    }
    for number in 0..kills {
        let job = format!("j{number}");
        world.home.run(&job);
        // From before the end to after the message: both take some milliseconds.
        let pause = ((place * kills + number) * 7919) % 60_000;
        std::thread::sleep(Duration::from_micros(pause as u64));
        world.home.kill();
        world.home.start();
        // A message names twenty jobs at most, so no more may gather.
        if number % 10 == 9 {
            until("the outbox is empty", || is_sent(&world).then_some(()));
        }
    }
    let is_told =
        |number: usize, told: &BTreeMap<String, usize>| told.contains_key(&format!("j{number}"));
    let told = until("each was told", || {
        let told = told(&world);
        (0..kills)
            .all(|number| is_told(number, &told))
            .then_some(told)
    });
    // No message waits any more, so no further one comes.
    until("the outbox is empty", || is_sent(&world).then_some(()));
    assert!(told.values().all(|times| *times <= 2), "{told:?}");
    assert_eq!(told.len(), kills);
}

#[test]
fn notice_survives_a_hundred_kills() {
    std::thread::scope(|scope| {
        for place in 0..5 {
            scope.spawn(move || kill_around_ends(20, place));
        }
    });
}

#[test]
fn channel_that_hangs_delays_neither_jobs_nor_the_end_of_the_daemon() {
    let mut world = World::new();
    world.add_channel("dead", "/hang");
    world.add("a", &["--notify", "dead,ops"], "exit 3");
    world.run("a");
    world.until_messages(1);
    until("the hanging channel was called", || {
        let requests = world.server.requests();
        requests
            .iter()
            .any(|request| request.target == "/hang")
            .then_some(())
    });
    let began = Instant::now();
    world.run("a");
    assert!(began.elapsed() < Duration::from_secs(10));
    let began = Instant::now();
    assert_eq!(world.home.terminate(), Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    // The notice is still there, and is sent again.
    world.home.start();
    let row = world
        .log()
        .into_iter()
        .find(|row| row["channel"] == "dead")
        .unwrap();
    assert_eq!(row["state"], "waiting");
}

#[test]
fn channel_that_refuses_opens_an_alert_on_the_others() {
    let world = World::new();
    world.add_channel("bad", "/status/400");
    world.add("a", &["--notify", "bad"], "exit 3");
    world.run("a");
    let message = &world.until_messages(1)[0];
    assert_eq!(message["condition"], "channel-down");
    assert!(message["text"].as_str().unwrap().contains("channel `bad`"));
    let row = world
        .log()
        .into_iter()
        .find(|row| row["channel"] == "bad")
        .unwrap();
    assert_eq!(row["state"], "refused");
    assert!(row["reason"].is_string());
}

#[test]
fn channel_that_is_away_for_a_while_gets_its_message() {
    let world = World::new();
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().to_string()
    };
    let url = format!("url=http://{address}/ok");
    let home = &world.home;
    home.jobs(&[
        "channel", "add", "away", "--preset", "webhook", "--set", &url,
    ])
    .ok();
    world.add("a", &["--notify", "away"], "exit 3");
    world.run("a");
    let row = || world.log().into_iter().find(|row| row["channel"] == "away");
    until("it was tried", || (row()?["tries"] == 1).then_some(()));
    let server = Server::http_at(&address);
    until("it was sent", || (row()?["state"] == "sent").then_some(()));
    assert_eq!(row().unwrap()["tries"], 2);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn message_that_cannot_be_sent_in_time_expires_and_is_told_as_expired() {
    let world = World::with("alerts:\n  group: 0\n  expires: 2s\n");
    world.add_channel("away", "/flaky/y/1");
    world.add("a", &["--notify", "away"], "exit 3");
    world.run("a");
    let log = until("its successor was sent", || {
        let log = world.log();
        let of = |state: &str| {
            log.iter()
                .any(|row| row["channel"] == "away" && row["state"] == state)
        };
        (of("expired") && of("sent")).then_some(log)
    });
    let digest = log.iter().find(|row| row["event"] == "digest").unwrap();
    assert_eq!(digest["channel"], "away");
}
