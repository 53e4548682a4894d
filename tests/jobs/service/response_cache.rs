//! The response cache of `show` and `list`: an answer from it is always current.

use std::io::{BufRead, BufReader, Write};
use std::net::IpAddr;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jobs::api::{Answer, Call, Caller, Done, Handler, SharedAnswer};
use jobs::error::Result;
use jobs::events::Events;
use jobs::rpc::{Listener, serve};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{Home, until};

/// The answers of `show` and `list`, each requested twice: the second comes from the cache.
#[track_caller]
fn told(home: &Home, job: &str) -> (Value, Value) {
    let list = json!({"page": 1, "size": 50, "order": "newest"});
    let answers = [0, 1].map(|_| {
        let shown = home.call("show", json!({ "job": job }));
        (
            shown["result"].clone(),
            home.call("list", list.clone())["result"].clone(),
        )
    });
    assert_eq!(answers[0], answers[1]);
    let [_, answer] = answers;
    answer
}

#[track_caller]
fn job(home: &Home, name: &str) -> Value {
    let (shown, list) = told(home, name);
    let items = list["items"].as_array().unwrap();
    let listed = items.iter().find(|job| job["name"] == name);
    assert_eq!(Some(&shown), listed);
    shown
}

#[test]
fn cached_answer_shows_each_change_at_once() {
    let home = Home::started();
    let id = home.add(&["a", "--cron", "0 0 1 1 *", "--", "echo", "1"]);
    assert_eq!(job(&home, "a")["desc"], "");
    home.jobs(&["edit", "a", "--desc", "new"]).ok();
    assert_eq!(job(&home, "a")["desc"], "new");
    home.jobs(&["edit", "a", "--cron", "0 0 2 2 *"]).ok();
    assert!(job(&home, "a")["next_run"].to_string().contains("-02-02T"));
    home.jobs(&["edit", "a", "--", "echo", "password=hunter2"])
        .ok();
    let shown = job(&home, "a")["command"].to_string();
    assert!(shown.contains("password=***"), "{shown}");

    home.jobs(&["edit", "a", "--", "sleep", "60"]).ok();
    let exec_id = home.run("a");
    until("it runs", || {
        (home.call("show", json!({"job": "a"}))["result"]["running"] == 1).then_some(())
    });
    let running = job(&home, "a");
    assert_eq!(
        (&running["state"], &running["last"]),
        (&json!(1), &Value::Null)
    );
    home.jobs(&["cancel", &exec_id.to_string()]).ok();
    let ended = job(&home, "a");
    assert_eq!(ended["running"], 0);
    assert_eq!(ended["last"]["status"], "cancelled");
    assert_eq!(ended["last"]["exec_id"], exec_id);

    home.jobs(&["stop", "a"]).ok();
    assert_eq!(job(&home, "a")["state"], 2);
    home.jobs(&["restart", "a"]).ok();
    assert_eq!(job(&home, "a")["state"], 0);
    home.jobs(&["skip", "a"]).ok();
    assert_eq!(job(&home, "a")["skip_next"], 1);

    home.add(&["b", "--cron", "0 0 1 1 *", "--", "true"]);
    assert_eq!(told(&home, "a").1["total"], 2);
    home.jobs(&["rm", "a"]).ok();
    let (gone, list) = told(&home, "a");
    assert_eq!((&gone, &list["total"]), (&Value::Null, &json!(1)));
    assert_ne!(home.add(&["a", "--cron", "0 0 1 1 *", "--", "true"]), id);
    assert_ne!(job(&home, "a")["id"], id);
}

#[test]
fn cached_answer_shows_changes_of_another_process() {
    let home = Home::started();
    home.add(&["a", "--cron", "0 0 1 1 *", "--", "true"]);
    assert_eq!(job(&home, "a")["desc"], "");
    let database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    for desc in ["one", "two"] {
        let sql = "UPDATE jobs SET desc = ?1";
        assert_eq!(database.execute(sql, [desc]).unwrap(), 1);
        assert_eq!(job(&home, "a")["desc"], desc);
    }
}

#[test]
fn cached_answer_expires_with_a_stop_for_a_time() {
    let home = Home::started();
    home.add(&["a", "--cron", "0 0 1 1 *", "--", "true"]);
    home.jobs(&["stop", "a", "--until", "in 2s"]).ok();
    assert_eq!(job(&home, "a")["state"], 2);
    // Requested again and again, so that answers come from the cache.
    for (verb, ask, place) in [
        ("show", json!({"job": "a"}), "/result/state"),
        ("list", json!({"page": 1}), "/result/items/0/state"),
    ] {
        until("it goes on", || {
            let told = home.call(verb, ask.clone());
            (told.pointer(place) == Some(&json!(0))).then_some(())
        });
    }
}

/// A handler that has a cached answer for `shutdown` only, and counts the calls without one.
#[derive(Default)]
struct Inside {
    searched: AtomicUsize,
}

fn done() -> Answer {
    Answer::Shutdown(Box::new(Done {}))
}

impl Handler for Inside {
    fn answer(&self, _: &Caller, _: Call) -> Result<Answer> {
        self.searched.fetch_add(1, Ordering::Relaxed);
        Ok(done())
    }

    fn cached(&self, _: &Caller, call: &Call) -> Option<SharedAnswer> {
        matches!(call, Call::Shutdown(_)).then(|| done().into())
    }

    fn authenticate(&self, _: &str, _: IpAddr) -> Result<Caller> {
        Ok(Caller::user(None))
    }

    fn events(&self, _: &Caller) -> Result<Events> {
        Ok(Events::new())
    }

    fn is_allowed(&self, _: IpAddr) -> bool {
        true
    }

    fn access_version(&self) -> u64 {
        0
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn cached_answer_skips_the_handler() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.sock");
    let (inside, stop) = (Arc::new(Inside::default()), CancellationToken::new());
    let listener = Listener::bind(&path).unwrap();
    let serving = tokio::spawn(serve(listener, inside.clone(), stop.clone()));
    let talk = move || {
        let mut stream = BufReader::new(UnixStream::connect(path).unwrap());
        for (id, method) in ["shutdown", "status", "shutdown"].iter().enumerate() {
            let line = format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{method}\",\"id\":{id}}}\n");
            stream.get_mut().write_all(line.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_line(&mut answer).unwrap();
            let expected = format!("{{\"jsonrpc\":\"2.0\",\"result\":{{}},\"id\":{id}}}\n");
            assert_eq!(answer, expected);
        }
    };
    tokio::task::spawn_blocking(talk).await.unwrap();
    stop.cancel();
    serving.await.unwrap().unwrap();
    assert_eq!(inside.searched.load(Ordering::Relaxed), 1);
}
