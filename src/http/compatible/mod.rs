//! The routes under `/jobs/` and `/admin/` for clients of the original system (`server.compatible`): parameters that they send,
//! and forms of answers that they read, where ours differ. A token is needed all the same, and wrong requests have their status.

mod forms;

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::Server;
use super::calls::{Need, show};
use super::params::{self, Params};
use super::response::{self, HttpError};
use super::routes::{self, Route, Shape};
pub(super) use forms::adapt;
use jobs_api::{Call, Caller, Operation, Who};

/// The largest page of an operation, and the largest page here.
const SIZE_OF_OPERATION: u64 = 500;
const SIZE_MAX: u64 = 1_000;

/// The page of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PageHere {
    page: u64,
    size: u64,
}

/// The way in which a request is answered.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// By one call, with the parameters as they are.
    Usual,
    /// By several calls, whose items make one page.
    LargePage(PageHere),
    /// By one call, and a page of the `tasks` in its answer.
    Tasks(PageHere),
    /// By the newest of the executions that the parameters name.
    Newest,
}

impl Server {
    /// Answers a request to a route of the table as the original system does.
    pub(super) async fn answer_compatible(
        &self,
        route: &'static Route,
        request: Request,
    ) -> Response {
        let mut who = None;
        let answered = self.compatible(route, request, &mut who).await;
        let mut response = answered.unwrap_or_else(|error| response::error_for(true, &error));
        // For the access log.
        if let Some(who) = who {
            response.extensions_mut().insert(who);
        }
        response
    }

    async fn compatible(
        &self,
        route: &'static Route,
        request: Request,
        who: &mut Option<Who>,
    ) -> Result<Response, HttpError> {
        let operation = routes::operation(route.operation)
            .ok_or_else(|| HttpError::internal("the route has no operation"))?;
        let (caller, sent) = self.authenticate(request, Need::of(operation)).await?;
        *who = Some(caller.who.clone());
        let mut given = sent.params()?;
        let wanted = Wanted::of(route, &mut given)?;
        given.retain(|name, _| {
            route.name_there(operation, name).is_some() || route.required.contains(&name.as_str())
        });
        match wanted {
            Wanted::Usual => {
                let call = parse(route, operation, given)?;
                let shape = route.shape;
                self.gate
                    .answer(&caller, call, move |answered| show(shape, answered, true))
                    .await
                    .map_err(|failure| failed(route, failure))
            }
            Wanted::LargePage(at) => {
                self.large_page(&caller, (route, operation), given, at)
                    .await
            }
            Wanted::Tasks(at) => {
                let mut view = self
                    .value(&caller, route, parse(route, operation, given)?)
                    .await?;
                if let Some(Value::Array(tasks)) = view.get_mut("tasks") {
                    *tasks = at.of(std::mem::take(tasks));
                }
                Ok(response::of_value(view, true))
            }
            Wanted::Newest => self.newest(&caller, route, given).await,
        }
    }

    /// A page that is larger than those of the operation.
    async fn large_page(
        &self,
        caller: &Caller,
        (route, operation): (&'static Route, &'static Operation),
        given: Params,
        at: PageHere,
    ) -> Result<Response, HttpError> {
        let (first, end) = at.range();
        let mut items = Vec::new();
        let mut total = 0;
        for page in first / SIZE_OF_OPERATION..=(end - 1) / SIZE_OF_OPERATION {
            let mut part = given.clone();
            part.insert("page".into(), (page + 1).into());
            part.insert("size".into(), SIZE_OF_OPERATION.into());
            let mut found = self
                .value(caller, route, parse(route, operation, part)?)
                .await?;
            total = found["total"].as_u64().unwrap_or(0);
            let begin = page * SIZE_OF_OPERATION;
            let numbered = (begin..).zip(items_of(&mut found));
            items.extend(numbered.filter(|(number, _)| (first..end).contains(number)));
            if begin + SIZE_OF_OPERATION >= total {
                break;
            }
        }
        let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
        let page = json!({
            "items": items,
            "total": total,
            "pages_total": total.div_ceil(at.size),
            "page": at.page,
            "page_size": at.size,
        });
        response::of_page(page, true)
    }

    /// The newest execution, or an empty object when there is none.
    async fn newest(
        &self,
        caller: &Caller,
        route: &'static Route,
        mut given: Params,
    ) -> Result<Response, HttpError> {
        let mut params = Map::from_iter([("size".to_string(), json!(1))]);
        if let Some(job) = given.remove("id") {
            params.insert("job".into(), job);
        }
        let name_here = |there: &str| route.name_here(there).to_string();
        let call = Call::parse("entries", Value::Object(params))
            .map_err(|bad| HttpError::bad_call(bad, name_here))?;
        let mut found = self.value(caller, route, call).await?;
        let newest = items_of(&mut found).into_iter().next();
        Ok(response::of_value(
            newest.unwrap_or_else(|| json!({})),
            true,
        ))
    }

    /// The answer to a call, as JSON.
    async fn value(
        &self,
        caller: &Caller,
        route: &'static Route,
        call: Call,
    ) -> Result<Value, HttpError> {
        let answer = self.gate.reply(caller, call).await;
        let answer = answer.map_err(|failure| failed(route, failure))?;
        serde_json::to_value(answer).map_err(|_| HttpError::internal("the answer can't be written"))
    }
}

fn parse(
    route: &'static Route,
    operation: &'static Operation,
    given: Params,
) -> Result<Call, HttpError> {
    let params = params::translate(route, operation, given)?;
    let name_here = |there: &str| route.name_here(there).to_string();
    Call::parse(operation.method, params).map_err(|bad| HttpError::bad_call(bad, name_here))
}

fn failed(route: &'static Route, failure: jobs_gate::Failure) -> HttpError {
    HttpError::of_failure(failure, |there| route.name_here(there).to_string())
}

fn items_of(page: &mut Value) -> Vec<Value> {
    match page.get_mut("items") {
        Some(Value::Array(items)) => std::mem::take(items),
        _ => Vec::new(),
    }
}

impl Wanted {
    /// Reads what the operation does not take from the parameters, and changes words that it has another name for.
    fn of(route: &Route, given: &mut Params) -> Result<Wanted, HttpError> {
        match route.operation {
            "scheduler" => {
                let at = PageHere::take(given, 10)?;
                return Ok(at.map_or(Wanted::Usual, Wanted::Tasks));
            }
            "entry" if given.get("exec_id").is_none_or(is_empty) => return Ok(Wanted::Newest),
            "system_log" => {
                if let Some(Value::String(level)) = given.get_mut("level")
                    && level.eq_ignore_ascii_case("warning")
                {
                    *level = "warn".into();
                }
            }
            _ => {}
        }
        if route.shape != Shape::Page {
            return Ok(Wanted::Usual);
        }
        let size = number(given, "size")?.unwrap_or(0);
        if size <= SIZE_OF_OPERATION {
            return Ok(Wanted::Usual);
        }
        let at = PageHere::take(given, size)?;
        Ok(at.map_or(Wanted::Usual, Wanted::LargePage))
    }
}

impl PageHere {
    /// Takes `page` and `size` from the parameters. `None` when neither is given.
    fn take(given: &mut Params, default_size: u64) -> Result<Option<PageHere>, HttpError> {
        let (page, size) = (number(given, "page")?, number(given, "size")?);
        given.remove("page");
        given.remove("size");
        if page.is_none() && size.is_none() {
            return Ok(None);
        }
        let at = PageHere {
            page: page.filter(|page| *page > 0).unwrap_or(1),
            size: size.filter(|size| *size > 0).unwrap_or(default_size),
        };
        for (name, number, most) in [
            ("page", at.page, u64::from(u32::MAX)),
            ("size", at.size, SIZE_MAX),
        ] {
            if number > most {
                let problem = format!("`{number}` is not in 1 to {most}");
                return Err(HttpError::field(name, problem));
            }
        }
        Ok(Some(at))
    }

    /// The positions of the entries, from 0: the first, and the first behind them.
    fn range(self) -> (u64, u64) {
        let first = (self.page - 1) * self.size;
        (first, first + self.size)
    }

    fn of(self, all: Vec<Value>) -> Vec<Value> {
        let (first, end) = self.range();
        let numbered = (0..end).zip(all);
        let here = numbered.filter(|(number, _)| *number >= first);
        here.map(|(_, item)| item).collect()
    }
}

/// A number among the parameters; an empty text is none.
fn number(given: &Params, name: &str) -> Result<Option<u64>, HttpError> {
    let value = given.get(name).filter(|value| !is_empty(value));
    let Some(value) = value else {
        return Ok(None);
    };
    let number = match value {
        Value::String(text) => params::whole_number(text).and_then(|number| number.try_into().ok()),
        value => value.as_u64(),
    };
    let problem = || HttpError::field(name, format!("{value} is not a whole number"));
    number.map(Some).ok_or_else(problem)
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || *value == ""
}

/// `GET /`: tells that the server is there, and where to go on.
pub(super) async fn root(request: Request) -> Response {
    if !super::calls::is_compatible(request.extensions()) {
        return super::not_found(request).await;
    }
    let places = json!({"health": "/jobs/health", "documentation": "/swagger/index.html"});
    response::of_value(places, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::ROUTES;

    fn wanted(path: &str, given: Value) -> (Result<Wanted, String>, Value) {
        let route = ROUTES.iter().find(|route| route.path == path).unwrap();
        let Value::Object(mut given) = given else {
            panic!()
        };
        let wanted = Wanted::of(route, &mut given).map_err(|error| error.message);
        (wanted, Value::Object(given))
    }

    #[test]
    fn wanted_answer_follows_from_route_and_parameters() {
        let at = |page, size| PageHere { page, size };
        for (path, given, expected, left) in [
            ("/jobs/scheduler", json!({}), Ok(Wanted::Usual), json!({})),
            (
                "/jobs/scheduler",
                json!({"page": "2", "size": "5", "x": "y"}),
                Ok(Wanted::Tasks(at(2, 5))),
                json!({"x": "y"}),
            ),
            (
                "/jobs/scheduler",
                json!({"page": "", "size": "1000"}),
                Ok(Wanted::Tasks(at(1, 1000))),
                json!({}),
            ),
            (
                "/jobs/list",
                json!({"page": "3", "size": "500"}),
                Ok(Wanted::Usual),
                json!({"page": "3", "size": "500"}),
            ),
            (
                "/jobs/list",
                json!({"page": "3", "size": "501"}),
                Ok(Wanted::LargePage(at(3, 501))),
                json!({}),
            ),
            (
                "/jobs/logs",
                json!({"id": 1, "size": 1000}),
                Ok(Wanted::LargePage(at(1, 1000))),
                json!({"id": 1}),
            ),
            (
                "/jobs/execs",
                json!({"id": "1"}),
                Ok(Wanted::Newest),
                json!({"id": "1"}),
            ),
            (
                "/jobs/execs",
                json!({"exec_id": ""}),
                Ok(Wanted::Newest),
                json!({"exec_id": ""}),
            ),
            (
                "/jobs/execs",
                json!({"exec_id": "7"}),
                Ok(Wanted::Usual),
                json!({"exec_id": "7"}),
            ),
            (
                "/jobs/zapLogs",
                json!({"level": "WARNING"}),
                Ok(Wanted::Usual),
                json!({"level": "warn"}),
            ),
        ] {
            assert_eq!(wanted(path, given), (expected, left), "{path}");
        }
        for (path, given, part) in [
            (
                "/jobs/list",
                json!({"size": "1001"}),
                "size: `1001` is not in 1 to 1000",
            ),
            (
                "/jobs/scheduler",
                json!({"size": 1001}),
                "size: `1001` is not in 1 to 1000",
            ),
            (
                "/jobs/scheduler",
                json!({"page": "x"}),
                "page: \"x\" is not a whole number",
            ),
            (
                "/jobs/scheduler",
                json!({"page": -1}),
                "page: -1 is not a whole number",
            ),
            (
                "/jobs/scheduler",
                json!({"page": 4_294_967_296_u64}),
                "page: `4294967296`",
            ),
        ] {
            let (refused, _) = wanted(path, given);
            let message = refused.unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
