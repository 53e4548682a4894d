//! Roles: each path of the OpenAPI document is requested by each role.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Api, home_with_http};

/// The least role for each route of the original system, and for the routes added later.
const ROUTES: &[(&str, &str)] = &[
    ("/jobs/add", "operator"),
    ("/jobs/edit", "operator"),
    ("/jobs/del", "operator"),
    ("/jobs/run", "operator"),
    ("/jobs/stop", "operator"),
    ("/jobs/restart", "operator"),
    ("/jobs/stopAll", "operator"),
    ("/jobs/runAll", "operator"),
    ("/jobs/checkJob", "operator"),
    ("/jobs/list", "viewer"),
    ("/jobs/read", "viewer"),
    ("/jobs/scheduler", "viewer"),
    ("/jobs/functions", "viewer"),
    ("/jobs/config", "viewer"),
    ("/jobs/jobState", "viewer"),
    ("/jobs/jobStatus", "viewer"),
    ("/jobs/health", "anyone"),
    ("/jobs/logs", "viewer"),
    ("/jobs/execs", "viewer"),
    ("/jobs/logs/clear", "operator"),
    ("/jobs/zapLogs", "viewer"),
    ("/jobs/switchState", "viewer"),
    ("/jobs/reload-config", "admin"),
    ("/jobs/ip-control/status", "admin"),
    ("/jobs/ip-control/whitelist/add", "admin"),
    ("/jobs/ip-control/whitelist/remove", "admin"),
    ("/jobs/ip-control/blacklist/add", "admin"),
    ("/jobs/ip-control/blacklist/remove", "admin"),
    ("/jobs/audit", "admin"),
    ("/jobs/events", "viewer"),
    ("/jobs/logs/download", "viewer"),
    ("/metrics", "viewer"),
    ("/admin/login", "anyone"),
    ("/admin/register", "admin"),
    ("/admin/status", "admin"),
    ("/admin/delete", "admin"),
    ("/admin/profile", "viewer"),
    ("/admin/list", "admin"),
];

/// The least role for each operation under `/api/`.
const OPERATIONS: &[(&str, &str)] = &[
    ("anyone", "health login page_login page_enter"),
    (
        "viewer",
        "version status metrics list show next upcoming explain functions scheduler job_state job_status logs new_events digest summary diagnose history entries entry system_log \
         system_log_file switch_state config profile profile_edit page_leave page_session session_list \
         session_rm channel_list channel_presets rule_list alerts alert_preview alert_log",
    ),
    (
        "operator",
        "add edit put_back copy rm run stop skip restart bulk pause resume check import env changes cancel clear_logs ack snooze",
    ),
    (
        "admin",
        "reload shutdown admin_add admin_list admin_edit admin_passwd admin_status admin_rm admin_rotate_key token_add \
         token_list token_rm page_link ip_status ip_add ip_remove audit \
         channel_add channel_show channel_edit channel_test channel_rm channel_hours rule_add rule_rm",
    ),
];

fn rank(role: &str) -> usize {
    ["anyone", "viewer", "operator", "admin"]
        .iter()
        .position(|known| *known == role)
        .unwrap()
}

#[test]
fn routes_require_their_role_and_all_are_documented() {
    let home = home_with_http("");
    let nobody = Api::anonymous(&home);
    let callers = [
        ("anyone", nobody.clone()),
        ("viewer", Api::logged_in(&home, "vic")),
        ("operator", Api::logged_in(&home, "oli")),
        ("admin", Api::logged_in(&home, "ann")),
    ];
    let mut expected: BTreeMap<String, &str> = ROUTES
        .iter()
        .map(|(path, role)| ((*path).to_string(), *role))
        .collect();
    for (role, operations) in OPERATIONS {
        for operation in operations.split_whitespace() {
            expected.insert(format!("/api/{operation}"), role);
        }
    }
    let document = nobody.get("/openapi.json").json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let needed = *expected
            .get(path)
            .unwrap_or_else(|| panic!("{path} has no role here"));
        for (method, described) in methods.as_object().unwrap() {
            let is_open = described["security"] == json!([]);
            assert_eq!(is_open, needed == "anyone", "{path}");
            for (role, api) in &callers {
                let is_enough = rank(role) >= rank(needed);
                if is_enough && (path == "/jobs/events" || path == "/api/shutdown") {
                    continue;
                }
                // No operation has this parameter: a permitted caller gets an error, and nothing changes.
                let nonsense = "no_such_parameter=1";
                let reply = match method.as_str() {
                    "get" => api.get(&format!("{path}?{nonsense}")),
                    _ => api.form(path, nonsense),
                };
                let expected: &[u16] = match (is_enough, *role) {
                    (false, "anyone") => &[401],
                    (false, _) => &[403],
                    (true, _) if path == "/metrics" => &[200, 400],
                    (true, _) => &[400],
                };
                assert!(
                    expected.contains(&reply.status),
                    "{method} {path} by {role}: {}",
                    reply.text()
                );
                if !is_enough {
                    let envelope: Value = reply.json();
                    assert_eq!(envelope["code"], reply.status);
                    assert_eq!(envelope["data"], Value::Null, "{envelope}");
                }
                if *role == "anyone" && !is_enough {
                    assert_eq!(
                        reply.header("www-authenticate"),
                        Some("Bearer realm=\"jobs\"")
                    );
                }
            }
        }
    }
    let missing: Vec<&String> = expected
        .keys()
        .filter(|path| document["paths"].get(path.as_str()).is_none())
        .collect();
    assert!(missing.is_empty(), "not in the document: {missing:?}");
}

#[test]
fn denied_request_is_audited_and_changes_nothing() {
    let home = home_with_http("");
    let viewer = Api::logged_in(&home, "vic");
    viewer
        .post(
            "/jobs/add",
            json!({"name": "x", "cron_expr": "@daily", "command": "true"}),
        )
        .is(403);
    home.jobs(&["show", "x"]).fails(4);
    let rows = home
        .jobs(&["audit", "--json", "--who", "vic", "--operation", "add"])
        .ok()
        .json();
    let row = &rows[0];
    assert_eq!(
        (&row["outcome"], &row["target"]),
        (&json!("denied"), &json!("")),
        "{rows}"
    );
}
