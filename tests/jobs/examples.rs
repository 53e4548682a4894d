//! The examples of the system that `jobs` takes over from, five of each kind: given by flags and as the stored text, they give the
//! same job, and they run.

use serde_json::{Value, json};

use crate::servers::http::Server;
use crate::servers::proxy::Proxy;
use crate::support::Home;

/// A job given by flags and one given as text have the same work. Returns how the one given as text ends, by hand.
#[track_caller]
fn run_both(home: &Home, name: &str, mode: &str, flags: &[&str], text: &str) -> Value {
    let by_flags = format!("{name} 1");
    let mut args = vec![by_flags.as_str(), "--cron", "0 */5 * * * *"];
    args.extend(flags);
    home.add(&args);
    let by_text = format!("{name} 2");
    // As the original's clients send it, by the names of its API.
    let answer = home.call(
        "add",
        json!({"name": by_text, "desc": name, "cron_expr": "0 */5 * * * *", "mode": mode, "command": text}),
    );
    assert!(answer["error"].is_null(), "{answer}");
    let stored = |name: &str| home.show(name)["command"].clone();
    assert_eq!(stored(&by_flags), stored(&by_text));
    assert_eq!(stored(&by_text), text);
    assert_eq!(home.show(&by_text)["mode"], mode);
    let ended = home.ended(home.run(&by_flags));
    let same = home.ended(home.run(&by_text));
    assert_eq!(ended["status"], same["status"], "{ended}\n{same}");
    same
}

fn stdout(execution: &Value) -> &str {
    execution["stdout"].as_str().unwrap()
}

#[test]
fn requests() {
    let home = Home::started();
    let server = Server::http();
    let proxy = Proxy::http();
    let (url, proxy_url) = (server.url("/echo"), proxy.url());
    let body = r#"{"action":"sync","timestamp":"2024-01-01"}"#;
    let at = |rest: &str| format!("【url】{url}\n{rest}");

    let ended = run_both(
        &home,
        "健康检查",
        "http",
        &["--url", &url, "--method", "GET"],
        &at("【mode】GET"),
    );
    assert_eq!(ended["status"], "success", "{ended}");

    let ended = run_both(
        &home,
        "数据同步",
        "http",
        &[
            "--url",
            &url,
            "--method",
            "POST",
            "--header",
            "Content-Type:application/json",
            "--data",
            body,
        ],
        &at(&format!(
            "【mode】POST\n【headers】Content-Type:application/json\n【data】{body}"
        )),
    );
    assert!(stdout(&ended).contains(body), "{ended}");

    // The table of its parameters has one more, with a result.
    let ended = run_both(
        &home,
        "认证请求",
        "http",
        &[
            "--url",
            &url,
            "--header",
            "Content-Type:application/json",
            "--header",
            "X-Trace:a:b:c",
            "--times",
            "3",
            "--result",
            "X-Trace",
        ],
        &at(
            "【headers】Content-Type:application/json|||X-Trace:a:b:c\n【result】X-Trace\n【times】3",
        ),
    );
    // Header names go over the wire in lower case.
    assert_eq!(ended["status"], "failed", "{ended}");
    assert_eq!(ended["attempts"], 3);
    assert!(
        ended["error"]
            .as_str()
            .unwrap()
            .contains("does not contain `X-Trace`")
    );

    let ended = run_both(
        &home,
        "代理请求",
        "http",
        &["--url", &url, "--method", "GET", "--proxy", &proxy_url],
        &at(&format!("【mode】GET\n【proxy】{proxy_url}")),
    );
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(proxy.seen().len(), 2);

    let given = "sessionid=abc123; userid=456";
    let text = at(&format!("【mode】GET\n【cookies】{given}"));
    let answer = home.call(
        "add",
        json!({"name": "会话请求", "cron_expr": "0 0 */1 * * *", "mode": "http", "command": text}),
    );
    assert!(answer["error"].is_null(), "{answer}");
    let ended = home.ended(home.run("会话请求"));
    assert_eq!(ended["status"], "success", "{ended}");
    let last = server.requests().pop().unwrap();
    assert_eq!(last.header("cookie"), Some(given));
    assert_eq!(
        home.show("会话请求")["command"],
        at("【mode】GET\n【cookies】***")
    );
}

#[test]
fn commands() {
    let home = Home::started();
    home.write("backup.sh", "#!/bin/sh\necho backed up from $PWD\n");
    std::process::Command::new("chmod")
        .arg("+x")
        .arg(home.path("backup.sh"))
        .status()
        .unwrap();
    let folder = home.path("").display().to_string();
    let folder = folder.trim_end_matches('/');

    let find = format!("find {folder} -name '*.tmp' -mtime +7 -delete");
    let ended = run_both(&home, "磁盘清理", "command", &["--", &find], &find);
    assert_eq!(ended["status"], "success", "{ended}");

    let ended = run_both(
        &home,
        "备份脚本",
        "command",
        &["--workdir", folder, "--", "./backup.sh"],
        &format!("【command】./backup.sh\n【workdir】{folder}"),
    );
    assert!(stdout(&ended).starts_with("backed up from "), "{ended}");

    let ended = run_both(
        &home,
        "环境变量命令",
        "command",
        &[
            "--env",
            "CUSTOM_VAR=test_value",
            "--env",
            "DEBUG=true",
            "--",
            "echo $CUSTOM_VAR",
        ],
        "【command】echo $CUSTOM_VAR\n【env】CUSTOM_VAR=test_value|||DEBUG=true",
    );
    assert_eq!(stdout(&ended), "test_value\n");

    let ended = run_both(
        &home,
        "超时命令",
        "command",
        &["--timeout", "1", "--", "sleep 60"],
        "【command】sleep 60\n【timeout】1",
    );
    assert_eq!(ended["status"], "timeout", "{ended}");

    // A command of Windows is kept as it is; this system has no such program.
    let ended = run_both(
        &home,
        "Windows清理",
        "command",
        &["--", r"del /q /f %TEMP%\*.tmp"],
        r"del /q /f %TEMP%\*.tmp",
    );
    assert_eq!(
        (&ended["status"], &ended["exit_code"]),
        (&json!("failed"), &json!(127))
    );
}

#[test]
fn functions() {
    let home = Home::started();
    let log = home.write("app.log", "a line\n").display().to_string();

    let ended = run_both(
        &home,
        "时间显示",
        "func",
        &["--func", "Time", "--arg", "2006-01-02 15:04:05"],
        "【name】Time\n【arg】2006-01-02 15:04:05",
    );
    let shown = stdout(&ended).trim();
    let scheduled = ended["scheduled_at"].as_str().unwrap();
    assert_eq!(shown.len(), 19, "{shown}");
    assert_eq!(shown[..16], scheduled[..16].replace('T', " "));

    let ended = run_both(
        &home,
        "数学计算",
        "func",
        &[
            "--func", "Math", "--arg", "+", "--arg", "100", "--arg", "50",
        ],
        "【name】Math\n【arg】+,100,50",
    );
    assert!(stdout(&ended).contains("150.00"), "{ended}");

    let ended = run_both(
        &home,
        "文件检查",
        "func",
        &["--func", "File", "--arg", "read", "--arg", &log],
        &format!("【name】File\n【arg】read,{log}"),
    );
    assert_eq!(stdout(&ended), "a line\n");

    // The daemon's own database has no such table; it has one of jobs.
    let ended = run_both(
        &home,
        "数据统计",
        "func",
        &[
            "--func",
            "Database",
            "--arg",
            "query",
            "--arg",
            "SELECT COUNT(*) FROM users",
        ],
        "【name】Database\n【arg】query,SELECT COUNT(*) FROM users",
    );
    assert!(
        ended["error"]
            .as_str()
            .unwrap()
            .contains("no such table: users"),
        "{ended}"
    );
    let ended = run_both(
        &home,
        "任务统计",
        "func",
        &[
            "--func",
            "Database",
            "--arg",
            "query",
            "--arg",
            "SELECT COUNT(*) AS jobs FROM jobs",
        ],
        "【name】Database\n【arg】query,SELECT COUNT(*) AS jobs FROM jobs",
    );
    assert!(stdout(&ended).contains("1 row"), "{ended}");

    let ended = run_both(
        &home,
        "Dayin测试",
        "func",
        &[
            "--func", "Dayin", "--arg", "1", "--arg", "hello", "--arg", "true",
        ],
        "【name】Dayin\n【arg】1,hello,true",
    );
    let shown = stdout(&ended);
    assert!(
        shown.contains("Dayin测试") && shown.contains("hello"),
        "{shown}"
    );
}

/// The column of examples in the original's list of functions, as far as it needs no server.
#[test]
fn the_list_of_functions() {
    let home = Home::started();
    for (name, arg, part) in [
        ("Dayin", "1,hello,true", "hello"),
        ("Test", "test123", "test123"),
        ("Hello", "张三", "Hello, 张三!"),
        ("Echo", "Hello World", "Hello World"),
        ("Math", "+,10,5", "15.00"),
        ("Monitor", "disk", "%"),
        ("Report", "daily", "Jobs"),
    ] {
        home.add(&[
            name,
            "--every",
            "1h",
            "--timeout",
            "20",
            "--mode",
            "func",
            "--",
            &format!("【name】{name}\n【arg】{arg}"),
        ]);
        home.jobs(&["run", name, "--wait"]).ok().shows(&[part]);
    }
    // A function that is not configured says which keys would do.
    for (name, arg, key) in [
        ("Email", "user@example.com,测试,邮件内容", "smtp.host"),
        ("SMS", "13800138000,测试短信", "sms.url"),
    ] {
        home.add(&[
            name,
            "--every",
            "1h",
            "--func",
            name,
            "--",
            &format!("【name】{name}\n【arg】{arg}"),
        ]);
        home.jobs(&["run", name, "--wait"]).fails(1).says(&[key]);
    }
    let listed = home.jobs(&["functions", "--json"]).ok().json();
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|function| function["name"].as_str().unwrap())
        .collect();
    for name in [
        "Dayin", "Test", "Hello", "Time", "Echo", "Math", "File", "Database", "Email", "SMS",
        "Webhook", "Backup", "Cleanup", "Monitor", "Report",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert_eq!(names.len(), 15);
    home.jobs(&["add", "x", "--every", "1h", "--func", "Nope"])
        .fails(2)
        .says(&["func: there is no function `Nope`", "`Backup`"]);
}
