//! Alerts: what opens, repeats and closes them, what is told to whom, and the outbox.

mod conditions;
mod daemon;
mod night;
mod noise;
mod outbox;
mod rules;

use serde_json::Value;

use crate::servers::http::Server;
use crate::support::{Home, until};

/// A command that fails until the file `fixed` is there.
const UNLESS_FIXED: &str = "echo disk full at /var/x/12 >&2; test -e $JOBS_HOME/fixed";

/// A home whose channel `ops` posts to a server. Messages are not gathered.
struct World {
    home: Home,
    server: Server,
}

impl World {
    fn new() -> World {
        World::with("alerts:\n  group: 0\n")
    }

    fn with(config: &str) -> World {
        let world = World {
            home: Home::with_config(config),
            server: Server::http(),
        };
        world.add_channel("ops", "/ok");
        world
    }

    /// A webhook to a page of the server.
    fn add_channel(&self, name: &str, page: &str) {
        let url = format!("url={}", self.server.url(page));
        self.home
            .jobs(&["channel", "add", name, "--preset", "webhook", "--set", &url])
            .ok();
    }

    /// The messages so far.
    fn messages(&self) -> Vec<Value> {
        self.messages_at("/ok")
    }

    fn messages_at(&self, page: &str) -> Vec<Value> {
        let requests = self.server.requests().into_iter();
        requests
            .filter(|request| request.target == page)
            .map(|request| serde_json::from_slice(&request.body).unwrap())
            .collect()
    }

    /// Waits for that many messages, and returns them.
    fn until_messages(&self, number: usize) -> Vec<Value> {
        until("the messages have come", || {
            let messages = self.messages();
            (messages.len() >= number).then_some(messages)
        })
    }

    fn log(&self) -> Vec<Value> {
        let log = self.home.jobs(&["alerts", "log", "--json"]).ok().json();
        log["notices"].as_array().unwrap().clone()
    }

    fn open(&self) -> Vec<Value> {
        let open = self.home.jobs(&["alerts", "--json"]).ok().json();
        open.as_array().unwrap().clone()
    }

    /// A job at a time that does not come, which runs by hand.
    fn add(&self, name: &str, flags: &[&str], command: &str) {
        let mut args = vec![name, "--cron", "0 0 1 1 *"];
        args.extend(flags);
        args.extend(["--", command]);
        self.home.add(&args);
    }

    fn run(&self, job: &str) -> Value {
        self.home.ended(self.home.run(job))
    }

    fn fix(&self) {
        self.home.write("fixed", "");
    }

    fn unfix(&self) {
        std::fs::remove_file(self.home.path("fixed")).unwrap();
    }
}
