//! The forms of answers that clients of the original system read.

use serde_json::{Map, Value};

/// Gives an answer the forms that clients of the original system read: the number of an execution as text, a command with its key,
/// and the memory and threads under the names of Go.
pub(crate) fn adapt(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(adapt),
        Value::Object(fields) => {
            if let Some(exec_id) = fields.get_mut("exec_id").filter(|id| id.is_number()) {
                *exec_id = exec_id.to_string().into();
            }
            add_command_key(fields);
            add_health_names(fields);
            fields.values_mut().for_each(adapt);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Writes `【command】` before the command of a job that has no other keys. Their form shows the values of keys only.
fn add_command_key(job: &mut Map<String, Value>) {
    let is_job =
        job.contains_key("cron_expr") && job.get("mode").is_some_and(|mode| mode == "command");
    if let Some(Value::String(command)) = job.get_mut("command").filter(|_| is_job) {
        // A line that begins so would be read as a key.
        let has_keys = command
            .split('\n')
            .any(|line| line.trim_start().starts_with('【'));
        if !has_keys {
            command.insert_str(0, "【command】");
        }
    }
}

fn add_health_names(report: &mut Map<String, Value>) {
    let Some(threads) = report.get("threads").cloned() else {
        return;
    };
    let Some(Value::Object(memory)) = report.get_mut("memory") else {
        return;
    };
    for (name, ours) in [("alloc", "rss"), ("sys", "virtual")] {
        if let Some(bytes) = memory.get(ours).cloned() {
            memory.insert(name.into(), bytes);
        }
    }
    report.insert("goroutines".into(), threads);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn adapt_changes_only_forms_that_old_clients_read() {
        for (mut value, expected) in [
            (
                json!({"exec_id": 5, "status": "running"}),
                json!({"exec_id": "5", "status": "running"}),
            ),
            (
                json!([{"last": {"exec_id": null}}]),
                json!([{"last": {"exec_id": null}}]),
            ),
            (
                json!({"cron_expr": "@daily", "mode": "command", "command": "echo 1\necho 2"}),
                json!({"cron_expr": "@daily", "mode": "command", "command": "【command】echo 1\necho 2"}),
            ),
            (
                json!({"cron_expr": "@daily", "mode": "command", "command": "【command】a\n【timeout】5"}),
                json!({"cron_expr": "@daily", "mode": "command", "command": "【command】a\n【timeout】5"}),
            ),
            (
                json!({"cron_expr": "@daily", "mode": "command", "command": "a\n【timeout】5"}),
                json!({"cron_expr": "@daily", "mode": "command", "command": "a\n【timeout】5"}),
            ),
            (
                json!({"cron_expr": "@daily", "mode": "http", "command": "【url】http://a"}),
                json!({"cron_expr": "@daily", "mode": "http", "command": "【url】http://a"}),
            ),
            (
                json!({"mode": "command", "command": "a"}),
                json!({"mode": "command", "command": "a"}),
            ),
            (
                json!({"threads": 9, "memory": {"rss": 1, "virtual": 2}}),
                json!({"threads": 9, "goroutines": 9, "memory": {"rss": 1, "virtual": 2, "alloc": 1, "sys": 2}}),
            ),
        ] {
            adapt(&mut value);
            assert_eq!(value, expected);
        }
    }
}
