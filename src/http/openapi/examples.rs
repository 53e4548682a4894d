//! Examples of requests and answers.

use serde_json::{Value, json};

/// An example request to a route of the table.
pub(super) fn at(path: &str) -> Option<Value> {
    Some(match path {
        "/jobs/add" => json!({
            "name": "backup", "desc": "the nightly backup", "cron_expr": "0 30 2 * * *", "mode": "command",
            "command": "【command】/usr/local/bin/backup.sh\n【timeout】7200", "allow_mode": 1, "max_run_count": 0,
        }),
        "/jobs/edit" => json!({"id": 1, "cron_expr": "0 0 3 * * *"}),
        "/jobs/logs" => json!({"id": 1, "date": "2026-12-01", "page": 1, "size": 20}),
        "/jobs/logs/clear" => json!({"type": "job", "id": 1, "date": "2026-12-01"}),
        "/admin/login" => json!({"username": "alice", "password": "correct horse battery staple"}),
        "/admin/register" => json!({
            "username": "bob", "password": "correct horse battery staple", "email": "bob@example.com", "role": "operator",
        }),
        "/admin/status" => json!({"id": 2, "status": 0}),
        "/admin/profile" => json!({"email": "alice@example.com"}),
        _ if path.starts_with("/jobs/ip-control") => json!({"ip": "10.0.0.0/8"}),
        "/jobs/del" | "/jobs/run" | "/jobs/stop" | "/jobs/restart" | "/admin/delete" => {
            json!({"id": 1})
        }
        _ => return None,
    })
}

/// An example request to `/api/{operation}`.
pub(super) fn of(operation: &str) -> Option<Value> {
    Some(match operation {
        "add" => json!({
            "name": "tidy", "every": "10m", "command": "find /tmp -name '*.old' -delete", "allow_mode": "skip",
        }),
        "list" => json!({"name": "back", "state": 0}),
        "edit" => json!({"job": "backup", "timeout": 7200}),
        "copy" => json!({"job": "backup", "name": "backup-weekly"}),
        "new_events" | "digest" => json!({"wait": 10}),
        "show" | "run" | "env" => json!({"job": "backup"}),
        "skip" => json!({"job": "backup", "count": 2}),
        "next" => json!({"job": "backup", "count": 3}),
        "rm" | "restart" => json!({"jobs": ["backup", 7]}),
        "stop" => json!({"jobs": ["backup"], "until": "tomorrow 9:00"}),
        "cancel" | "entry" => json!({"exec_id": 42}),
        "logs" => json!({"exec_id": 42, "stdout_offset": 0, "wait": 10}),
        "history" => json!({"job": "backup", "limit": 20, "status": "failed"}),
        "entries" => json!({"job": "backup", "date": "2026-12-01"}),
        "clear_logs" => json!({"type": "job", "job": "backup"}),
        "system_log" => json!({"date": "2026-12-01", "level": "warn"}),
        "system_log_file" => json!({"date": "2026-12-01", "offset": 0}),
        "import" => {
            json!({"text": "30 2 * * * /usr/local/bin/backup.sh\n", "origin": "/etc/my.crontab", "dry_run": true})
        }
        "login" => json!({"username": "alice", "password": "correct horse battery staple"}),
        "profile_edit" => json!({"email": "alice@example.com"}),
        "admin_add" => {
            json!({"username": "bob", "password": "correct horse battery staple", "role": "operator"})
        }
        "admin_list" => json!({"page": 1, "size": 50}),
        "admin_edit" => json!({"admin": "bob", "role": "viewer"}),
        "admin_passwd" => json!({"admin": "bob", "password": "another horse"}),
        "admin_status" => json!({"admin": "bob", "status": 0}),
        "admin_rm" => json!({"admin": "bob"}),
        "token_add" => json!({"name": "ci", "role": "operator", "expires": "in 90d"}),
        "token_rm" => json!({"token": "ci"}),
        "ip_add" | "ip_remove" => json!({"list": "whitelist", "ip": "10.0.0.0/8"}),
        "channel_add" => {
            json!({"name": "ops", "preset": "ntfy", "set": ["topic=my-team", "token=file:/etc/jobs/ntfy.token"]})
        }
        "channel_edit" => json!({"channel": "ops", "set": ["topic=other"], "unset": ["token"]}),
        "channel_show" | "channel_rm" => json!({"channel": "ops"}),
        "channel_test" => json!({"channel": "ops", "event": "opened"}),
        "channel_presets" => json!({"preset": "ntfy"}),
        "rule_add" => {
            json!({"name": "db", "match": ["etl-*"], "on": ["failed", "missed"], "to": ["ops"], "severity": "critical", "escalate": "oncall", "after": "30m"})
        }
        "rule_rm" => json!({"rule": "db"}),
        "alerts" => json!({"job": "hello", "all": true}),
        "ack" => json!({"alert": "hello"}),
        "snooze" => json!({"job": "hello", "for": "2h"}),
        "alert_preview" => json!({"job": "hello", "on": "failed"}),
        "alert_log" => json!({"job": "hello"}),
        "channel_hours" => json!({"channel": "ops", "quiet": "22:00-07:00"}),
        "audit" => json!({"who": "alice", "operation": "edit", "since": "2026-12-01"}),
        _ => return None,
    })
}

/// An example of the `data` in an answer.
pub(super) fn answer(operation: &str) -> Option<Value> {
    Some(match operation {
        "login" => json!({
            "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9...", "expires_at": "2026-12-02T09:00:00+00:00",
            "user": {"id": 1, "username": "alice", "email": "", "role": "admin"},
        }),
        "run" => json!({"exec_id": 42, "status": "running", "skipped": false, "reason": null}),
        "job_state" => json!({"num": 12, "state": true}),
        "job_status" => json!({"running": true, "task_count": 12}),
        "pause" => json!({"scheduler_running": false}),
        "resume" => json!({"scheduler_running": true}),
        "check" => json!({"jobs": 12, "mended": [], "broken": []}),
        "switch_state" => json!({"zapLogSwitch": true, "jobLogSwitch": true}),
        "reload" => json!({"warnings": []}),
        "ip_status" | "ip_add" | "ip_remove" => json!({
            "enabled": true, "whitelist": ["127.0.0.1", "::1", "10.0.0.0/8"], "blacklist": [],
        }),
        "functions" => json!([{
            "name": "Hello", "description": "greets somebody", "parameters": "NAME", "example": "Hello Anna",
        }]),
        "clear_logs" => json!({"cleared": true, "count": 3}),
        "admin_add" | "admin_edit" | "admin_passwd" | "admin_status" | "admin_rm" | "profile"
        | "profile_edit" => json!({
            "id": 2, "username": "bob", "email": "bob@example.com", "role": "operator", "status": 1, "last_login": null,
            "created_at": "2026-12-01T09:00:00+00:00", "updated_at": "2026-12-01T09:00:00+00:00",
        }),
        "entry" => json!({
            "time": "2026-12-01T02:30:00+00:00", "end_time": "2026-12-01T02:30:04+00:00", "job_id": 1, "job_name": "backup",
            "mode": "command", "exec_id": 42, "source": "cron", "command": "/usr/local/bin/backup.sh", "exit_code": 0,
            "stdout": "done\n", "stderr": "", "stdout_bytes": 5, "stderr_bytes": 0, "status": "success",
            "duration_ms": 4012, "error_msg": null,
        }),
        _ => return None,
    })
}
