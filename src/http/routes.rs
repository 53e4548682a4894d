//! The table of routes: the operation of each method and path, and which parameters have other names there.
//!
//! To add a route, add a row. A route decides nothing: it passes parameters to an operation, and shows the answer.

use std::sync::LazyLock;

use jobs_api::{self as api, Operation};

/// The HTTP method of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    Get,
    Post,
}

/// The shape in which a route shows the answer of its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// In the envelope, as `data`.
    Data,
    /// A page: its items are `data`, its numbers stand beside `data` in the envelope.
    Page,
    /// Without the envelope.
    Bare,
    /// In the envelope, with status 503 when the daemon is not healthy.
    Health,
}

/// A route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub method: HttpMethod,
    pub path: &'static str,
    /// The name of the operation.
    pub operation: &'static str,
    /// Parameters with another name here: the name here, the name of the operation's parameter.
    pub names: &'static [(&'static str, &'static str)],
    /// Parameters with a fixed value, which the client can't give.
    pub fixed: &'static [(&'static str, &'static str)],
    /// Values of parameters that the client does not give.
    pub defaults: &'static [(&'static str, &'static str)],
    /// Parameters that the client must give, by their names here.
    pub required: &'static [&'static str],
    /// Parameters that clients of the original system send and that are ignored.
    pub ignored: &'static [&'static [&'static str]],
    pub shape: Shape,
}

const fn get(path: &'static str, operation: &'static str) -> Route {
    Route {
        method: HttpMethod::Get,
        path,
        operation,
        names: &[],
        fixed: &[],
        defaults: &[],
        required: &[],
        ignored: &[],
        shape: Shape::Data,
    }
}

const fn post(path: &'static str, operation: &'static str) -> Route {
    Route {
        method: HttpMethod::Post,
        ..get(path, operation)
    }
}

impl Route {
    const fn names(self, names: &'static [(&'static str, &'static str)]) -> Route {
        Route { names, ..self }
    }

    const fn fixed(self, fixed: &'static [(&'static str, &'static str)]) -> Route {
        Route { fixed, ..self }
    }

    const fn defaults(self, defaults: &'static [(&'static str, &'static str)]) -> Route {
        Route { defaults, ..self }
    }

    const fn requires(self, required: &'static [&'static str]) -> Route {
        Route { required, ..self }
    }

    const fn ignores(self, ignored: &'static [&'static [&'static str]]) -> Route {
        Route { ignored, ..self }
    }

    const fn shape(self, shape: Shape) -> Route {
        Route { shape, ..self }
    }

    /// The name that a parameter of the operation has here.
    pub fn name_here<'a>(&self, there: &'a str) -> &'a str {
        self.names
            .iter()
            // An error may name `job` where the parameter is the list `jobs`.
            .find(|(_, name)| *name == there || name.strip_suffix('s') == Some(there))
            .map_or(there, |(here, _)| here)
    }

    /// The operation's name for a parameter that can be given here; `None` if it can't be given.
    pub fn name_there<'a>(&self, operation: &Operation, here: &'a str) -> Option<&'a str> {
        let named = self.names.iter().find(|(name, _)| *name == here);
        let there = named.map_or(here, |(_, there)| there);
        let properties = operation.request.get("properties")?.as_object()?;
        let is_taken = properties.contains_key(there)
            && self.name_here(there) == here
            && self.fixed.iter().all(|(fixed, _)| *fixed != here);
        is_taken.then_some(there)
    }

    /// The names here of all parameters that can be given.
    pub fn takes<'a>(&self, operation: &'a Operation) -> Vec<&'a str> {
        let properties = operation
            .request
            .get("properties")
            .and_then(|names| names.as_object());
        let there = properties.into_iter().flat_map(|names| names.keys());
        there
            .map(|name| self.name_here(name))
            .filter(|name| self.fixed.iter().all(|(fixed, _)| fixed != name))
            .collect()
    }
}

/// Fields of a job in `/jobs/read` that can't be set. They are ignored, so that a client may send back a job as it read it.
const READ_ONLY: &[&str] = &[
    "anchor_at",
    "created_at",
    "failing_since",
    "last",
    "mailto",
    "next_run",
    "paused",
    "queued",
    "run_count",
    "running",
    "running_exec",
    "running_since",
    "skip_next",
    "stopped_until",
    "streak",
    "strip",
    "updated_at",
    "usual_ms",
    "work",
];

const FIRST_PAGE: &[(&str, &str)] = &[("page", "1")];

/// The routes. Their paths, parameters and answers are those of the original system, but for `/jobs/audit`.
pub static ROUTES: &[Route] = &[
    post("/jobs/add", "add")
        .requires(&["name"])
        .ignores(&[READ_ONLY]),
    post("/jobs/edit", "edit")
        .names(&[("id", "job")])
        .requires(&["id"])
        // On this route `state` says whether the job is stopped.
        .ignores(&[READ_ONLY, &["stopped"]]),
    post("/jobs/del", "rm")
        .names(&[("id", "jobs")])
        .requires(&["id"]),
    post("/jobs/run", "run")
        .names(&[("id", "job")])
        .requires(&["id"]),
    post("/jobs/stop", "stop")
        .names(&[("id", "jobs")])
        .requires(&["id"]),
    post("/jobs/restart", "restart")
        .names(&[("id", "jobs")])
        .requires(&["id"]),
    post("/jobs/stopAll", "pause"),
    post("/jobs/runAll", "resume"),
    post("/jobs/checkJob", "check"),
    get("/jobs/list", "list")
        .fixed(&[("order", "newest")])
        .defaults(FIRST_PAGE)
        .shape(Shape::Page),
    get("/jobs/read", "show")
        .names(&[("id", "job")])
        .requires(&["id"]),
    get("/jobs/scheduler", "scheduler"),
    get("/jobs/functions", "functions"),
    get("/jobs/config", "config"),
    get("/jobs/jobState", "job_state"),
    get("/jobs/jobStatus", "job_status").shape(Shape::Bare),
    get("/jobs/health", "health").shape(Shape::Health),
    post("/jobs/logs", "entries")
        .names(&[("id", "job")])
        .shape(Shape::Page),
    get("/jobs/execs", "entry")
        .names(&[("id", "job")])
        .requires(&["exec_id"]),
    post("/jobs/logs/clear", "clear_logs")
        .names(&[("id", "job")])
        .requires(&["type"]),
    get("/jobs/zapLogs", "system_log").shape(Shape::Page),
    get("/jobs/switchState", "switch_state"),
    post("/jobs/reload-config", "reload"),
    get("/jobs/ip-control/status", "ip_status"),
    post("/jobs/ip-control/whitelist/add", "ip_add")
        .fixed(&[("list", "whitelist")])
        .requires(&["ip"]),
    post("/jobs/ip-control/whitelist/remove", "ip_remove")
        .fixed(&[("list", "whitelist")])
        .requires(&["ip"]),
    post("/jobs/ip-control/blacklist/add", "ip_add")
        .fixed(&[("list", "blacklist")])
        .requires(&["ip"]),
    post("/jobs/ip-control/blacklist/remove", "ip_remove")
        .fixed(&[("list", "blacklist")])
        .requires(&["ip"]),
    get("/jobs/audit", "audit").shape(Shape::Page),
    post("/admin/login", "login").requires(&["username", "password"]),
    post("/admin/register", "admin_add").requires(&["username", "password"]),
    post("/admin/status", "admin_status")
        .names(&[("id", "admin")])
        .requires(&["id", "status"]),
    post("/admin/delete", "admin_rm")
        .names(&[("id", "admin")])
        .requires(&["id"]),
    get("/admin/profile", "profile"),
    post("/admin/profile", "profile_edit"),
    get("/admin/list", "admin_list").shape(Shape::Page),
];

/// Every operation, with its schemas.
pub static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(api::catalogue);

/// The operation of that name, if there is one.
pub fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.method == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_names_an_operation_and_its_parameters() {
        for route in ROUTES {
            let operation = operation(route.operation)
                .unwrap_or_else(|| panic!("{}: no operation {}", route.path, route.operation));
            let has = |name: &str| {
                operation
                    .request
                    .get("properties")
                    .is_some_and(|properties| properties.get(name).is_some())
            };
            let there = |here: &str| {
                route
                    .names
                    .iter()
                    .find(|(name, _)| *name == here)
                    .map_or(here.to_string(), |(_, there)| (*there).to_string())
            };
            for (_, name) in route.names {
                assert!(has(name), "{}: {name}", route.path);
            }
            for (name, _) in route.fixed.iter().chain(route.defaults) {
                assert!(has(name), "{}: {name}", route.path);
            }
            for name in route.required {
                assert!(has(&there(name)), "{}: {name}", route.path);
            }
            for name in route.ignored.concat() {
                assert!(!has(&there(name)), "{}: {name} is not ignored", route.path);
            }
            let properties = operation.request.get("properties");
            let properties = properties.and_then(|names| names.as_object());
            let takes = route.takes(operation);
            for name in properties.into_iter().flat_map(|names| names.keys()) {
                for name in [name, route.name_here(name)] {
                    let is_taken = route.name_there(operation, name).is_some();
                    assert_eq!(is_taken, takes.contains(&name), "{}: {name}", route.path);
                }
            }
            if route.shape == Shape::Page {
                let answer = operation.answer.as_value().to_string();
                assert!(answer.contains("pages_total"), "{}", route.path);
            }
        }
    }
}
