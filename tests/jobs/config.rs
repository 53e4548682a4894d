//! The configuration: `jobs config show`, `check` and `path`, and keys that `check` and `start` accept and refuse alike.

use std::process::Stdio;
use std::time::Instant;

use jobs::config::{KEYS, Key, Kind};

use crate::support::{Home, SOON};

/// A value in YAML that a key of this kind does not take.
fn bad(kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::Secret => "{a: b}".into(),
        Kind::Word => "''".into(),
        Kind::Switch => "maybe".into(),
        Kind::Number(_, most) | Kind::Time(_, most) | Kind::Size(_, most) => (most + 1).to_string(),
        Kind::Database => "mysql".into(),
        Kind::OneOf(_) | Kind::SomeOf(_) => "nonsense".into(),
        Kind::Levels => "[info, loud]".into(),
        Kind::Networks => "['10.0.0.7/8']".into(),
        Kind::Address => "localhost".into(),
        Kind::Origins => "['*']".into(),
        Kind::Page => "jobs.example.com".into(),
        Kind::Hosts => "['a.b:80']".into(),
        Kind::Path => r#""a\0b""#.into(),
        Kind::File => "relative.pem".into(),
        Kind::Folders => "[relative]".into(),
        Kind::Zone => "Mars/Base".into(),
        Kind::Method => "P-T".into(),
        Kind::Databases => "{shop: relative.db}".into(),
    }
}

/// A value in YAML that the key takes, and that a daemon can start with. A file is one in the home with the name of the key.
fn good(key: &Key, home: &Home) -> String {
    match key.kind {
        Kind::Text | Kind::Secret | Kind::Word => "word".into(),
        // The HTTP server is optional in the program.
        Kind::Switch if key.path == "server.enabled" => cfg!(feature = "http").to_string(),
        Kind::Switch => "on".into(),
        Kind::Number(least, _) | Kind::Time(least, _) | Kind::Size(least, _) => least.to_string(),
        Kind::Database => "SQLite".into(),
        Kind::OneOf(words) => words[0].to_uppercase(),
        Kind::SomeOf(words) => format!("[{}]", words.join(", ")),
        Kind::Levels => "[error, info]".into(),
        Kind::Networks => "['10.0.0.7', '10.0.0.0/8', '::1']".into(),
        Kind::Address => "127.0.0.1".into(),
        Kind::Origins => "['https://example.com']".into(),
        Kind::Page => "https://jobs.example.com/".into(),
        Kind::Hosts => "[jobs.example.com]".into(),
        Kind::Path => format!("of/{}", key.path),
        Kind::File => home.path(key.path).display().to_string(),
        Kind::Folders => "[/srv]".into(),
        Kind::Zone => "Asia/Shanghai".into(),
        Kind::Method => "put".into(),
        Kind::Databases => "{shop: /srv/shop.db}".into(),
    }
}

/// A file that sets one key.
fn yaml(path: &str, value: &str) -> String {
    let sections = path.split('.').count() - 1;
    let nested = path.replace('.', ": {");
    format!("{nested}: {value}{}\n", "}".repeat(sections))
}

/// A file that sets several keys: the sections that they share are written once.
fn yaml_of(keys: &[&Key], home: &Home) -> String {
    let mut text = String::new();
    let mut open: Vec<&str> = Vec::new();
    for key in keys {
        let mut sections: Vec<&str> = key.path.split('.').collect();
        let name = sections.pop().unwrap();
        let shared = open
            .iter()
            .zip(&sections)
            .take_while(|(one, other)| one == other)
            .count();
        for (depth, section) in sections.iter().enumerate().skip(shared) {
            text.push_str(&format!("{}{section}:\n", "  ".repeat(depth)));
        }
        let indent = "  ".repeat(sections.len());
        text.push_str(&format!("{indent}{name}: {}\n", good(key, home)));
        open = sections;
    }
    text
}

/// The standard error and the exit code of a command that is refused. A command that continues is killed and fails the test.
#[track_caller]
fn refusal(home: &Home, args: &[&str]) -> (String, i32) {
    let mut child = home
        .command()
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + SOON;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline || home.path("jobs.sock").exists() {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{args:?} was not refused\n{}", home.read("config.yaml"));
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (stderr, output.status.code().unwrap())
}

#[track_caller]
fn refused_alike(home: &Home, yaml: &str, field: &str) -> String {
    home.write("config.yaml", yaml);
    let checked = refusal(home, &["config", "check"]);
    let started = refusal(home, &["start"]);
    assert_eq!(checked, started, "{yaml}");
    let (stderr, code) = checked;
    assert_eq!(code, 2, "{yaml}{stderr}");
    assert!(stderr.contains(field), "{yaml}{stderr}");
    stderr
}

#[test]
fn key_with_bad_value_is_refused_alike_by_check_and_start() {
    let home = Home::new();
    for key in KEYS {
        refused_alike(&home, &yaml(key.path, &bad(key.kind)), key.path);
    }
}

#[test]
fn network_with_host_bits_is_refused_with_what_was_meant() {
    let home = Home::new();
    for key in ["ip_control.whitelist", "server.trusted_proxies"] {
        let stderr = refused_alike(&home, &yaml(key, "['10.0.0.7/8']"), key);
        let hint = "the network is `10.0.0.0/8`, the address alone `10.0.0.7`";
        assert!(stderr.contains(hint), "{stderr}");
    }
}

#[test]
fn keys_that_contradict_each_other_are_refused_alike() {
    let home = Home::new();
    refused_alike(
        &home,
        "server: {tls: {cert: /c.pem}}",
        "server.tls.key: is missing",
    );
    refused_alike(
        &home,
        "logs: {keep_days: 3, zaplogdays: 3}",
        "logs.zaplogdays",
    );
}

#[cfg(feature = "http")]
#[test]
fn certificate_that_cannot_be_used_is_refused_alike() {
    let home = Home::new();
    let (cert, key) = (home.path("cert.pem"), home.path("key.pem"));
    let tls = format!("tls: {{cert: {}, key: {}}}", cert.display(), key.display());
    let open = format!("server: {{enabled: on, {tls}}}");
    refused_alike(&home, &open, "server.tls.cert: ");
    home.write("cert.pem", "not a certificate");
    refused_alike(&home, &open, "holds no certificate");
    // A server that is not started needs no certificate.
    home.write("config.yaml", &format!("server: {{{tls}}}"));
    home.jobs(&["config", "check"]).ok();
}

#[test]
fn all_keys_with_good_values_are_accepted_by_check_and_start() {
    for is_original in [false, true] {
        let mut home = Home::new();
        let identity = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
        home.write("server.tls.cert", &identity.cert.pem());
        home.write("server.tls.key", &identity.signing_key.serialize_pem());
        // The names of the original system set what ours set too: one file has one of both.
        let keys: Vec<&Key> = KEYS
            .iter()
            .filter(|key| (key.path != key.sets) == is_original)
            .collect();
        home.write("config.yaml", &yaml_of(&keys, &home));
        home.jobs(&["config", "check"])
            .ok()
            .shows(&["config.yaml` is valid"]);
        home.start();
        assert_eq!(home.terminate(), Some(0));
    }
}

#[test]
fn config_commands_show_check_and_print_the_path() {
    let home = Home::new();
    let file = home.path("config.yaml").display().to_string();
    assert_eq!(home.jobs(&["config", "path"]).ok().stdout.trim(), file);
    home.jobs(&["config", "check"])
        .ok()
        .shows(&["does not exist"]);
    home.write(
        "config.yaml",
        "jobs:\n  kill_grace: 3\n  max_concurent: 4\n",
    );
    home.jobs(&["config", "check"]).fails(2).says(&[
        "jobs.max_concurent",
        "line 3",
        "max_concurrent",
    ]);
    home.write("config.yaml", "jobs:\n  kill_grace: 3\n");
    home.jobs(&["config", "check"]).ok().shows(&["is valid"]);
    assert_eq!(
        home.jobs(&["config", "show", "--json"]).ok().json()["jobs"]["kill_grace"],
        3
    );
    let mut home = home;
    home.set_env("JOBS_JOBS_KILL_GRACE", "4");
    assert_eq!(
        home.jobs(&["config", "show", "--json"]).ok().json()["jobs"]["kill_grace"],
        4
    );
    home.set_env("JOBS_JOBS_KILL_GRACE", "often");
    home.jobs(&["config", "check"])
        .fails(2)
        .says(&["JOBS_JOBS_KILL_GRACE", "often"]);
}
