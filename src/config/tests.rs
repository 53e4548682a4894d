//! Tables of tests for the configuration: values that are read, and each refusal word for word.

use std::fs;
use std::path::Path;

use super::*;

const DOCUMENTED: &str = include_str!("../../config/config.yaml");

pub(super) fn env(pairs: &[(&str, &str)]) -> Env {
    pairs.iter().copied().collect()
}

/// A home with that configuration file in it.
fn home(yaml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.yaml"), yaml).unwrap();
    folder
}

pub(super) fn load(yaml: &str, variables: &[(&str, &str)]) -> Result<Loaded> {
    let folder = home(yaml);
    let paths = Paths::resolve(Some(folder.path()), &env(&[]), false)?;
    Config::load(&paths, &env(variables))
}

fn read(yaml: &str) -> Config {
    Config::from_yaml(yaml, "c.yaml").unwrap_or_else(|error| panic!("{yaml}\n{error}"))
}

/// The dotted paths of everything that is no section.
fn leaves(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Object(entries) if !entries.is_empty() => entries
            .iter()
            .flat_map(|(name, value)| leaves(value, &format!("{path}.{name}")))
            .collect(),
        _ => vec![path.trim_start_matches('.').to_owned()],
    }
}

#[test]
fn the_table_and_the_sections_name_the_same_settings() {
    let mut sections = leaves(&Config::default().to_json(), "");
    let mut table: Vec<String> = keys::KEYS
        .iter()
        .filter(|key| key.path == key.sets)
        .map(|key| key.path.to_owned())
        .collect();
    sections.sort();
    table.sort();
    assert_eq!(table, sections);
    for key in keys::KEYS {
        let is_set = sections.contains(&key.sets.to_owned());
        assert!(is_set, "{} sets {}", key.path, key.sets);
    }
}

#[cfg(unix)]
#[test]
fn the_documented_file_holds_the_defaults_and_each_key() {
    assert_eq!(read(DOCUMENTED), Config::default());
    let mut written: Vec<&str> = file::settings(DOCUMENTED, "config.yaml")
        .unwrap()
        .iter()
        .map(|setting| setting.sets)
        .collect();
    written.sort_unstable();
    let mut all = leaves(&Config::default().to_json(), "");
    all.sort();
    assert_eq!(written, all);
    // Each key is explained: the line above its first line is a comment or an earlier list member.
    let lines: Vec<&str> = DOCUMENTED.lines().map(str::trim).collect();
    for (index, line) in lines.iter().enumerate() {
        let is_leaf = line.contains(": ") && !line.starts_with('#');
        assert!(!is_leaf || lines[index - 1].starts_with('#'), "{line}");
    }
}

#[test]
fn nothing_written_is_the_default() {
    let empty = [
        "",
        "\n",
        "# only a comment\n",
        "---\n",
        "{}",
        "null",
        "\u{feff}",
    ];
    for yaml in empty
        .iter()
        .chain(&["jobs:\n", "jobs:\n  shell:\n", "database:\n  mysql:\n"])
    {
        assert_eq!(read(yaml), Config::default(), "{yaml:?}");
    }
}

#[test]
fn values_in_their_several_forms() {
    type Row = (&'static str, &'static str, Value);
    let rows: [Row; 25] = [
        ("jobs:\n  kill_grace: 90", "/jobs/kill_grace", 90.into()),
        (
            "jobs:\n  kill_grace: 1h30m",
            "/jobs/kill_grace",
            5400.into(),
        ),
        (
            "jobs: {output_max_bytes: 64KiB}",
            "/jobs/output_max_bytes",
            65536.into(),
        ),
        (
            "jobs: {output_max_bytes: 2048}",
            "/jobs/output_max_bytes",
            2048.into(),
        ),
        ("jobs: {history_days: 0}", "/jobs/history_days", 0.into()),
        (
            "jobs: {timezone: Asia/Shanghai}",
            "/jobs/timezone",
            "Asia/Shanghai".into(),
        ),
        ("server: {port: '8080'}", "/server/port", 8080.into()),
        ("server: {port: 0}", "/server/port", 0.into()),
        ("app: {version: 1.10}", "/app/version", "1.10".into()),
        ("app: {name: 0123}", "/app/name", "0123".into()),
        ("app: {name: yes}", "/app/name", "yes".into()),
        ("app: {name: True}", "/app/name", "True".into()),
        (
            "app: {name: 小胡}\nlogs: {keep_days: 7}",
            "/logs/keep_days",
            7.into(),
        ),
        (
            "app: {name: 小胡, version: 1.20}",
            "/app/version",
            "1.20".into(),
        ),
        (
            "app: {name: &a 1.30, version: *a}",
            "/app/version",
            "1.30".into(),
        ),
        ("logs: {enabled: no}", "/logs/enabled", false.into()),
        ("logs: {zaplogswitch: false}", "/logs/enabled", false.into()),
        ("logs: {zaplogdays: 3}", "/logs/keep_days", 3.into()),
        (
            "logs:\n  zap_log_levels: [error, info, warn]",
            "/logs/level",
            "info".into(),
        ),
        ("logs: {zap_log_levels: warn}", "/logs/level", "warn".into()),
        (
            "logs: {gin_log_methods: [post]}",
            "/logs/gin_log_methods",
            vec!["POST"].into(),
        ),
        (
            "database: {sqlite: {path: data/x.db}}",
            "/database/path",
            "data/x.db".into(),
        ),
        (
            "db_mysql: {host: db1}",
            "/database/mysql/host",
            "db1".into(),
        ),
        (
            "ip_control: {blacklist: [10.0.0.0/8]}",
            "/ip_control/blacklist",
            vec!["10.0.0.0/8"].into(),
        ),
        (
            "ip_control: {whitelist: []}",
            "/ip_control/whitelist",
            Vec::<Value>::new().into(),
        ),
    ];
    for (yaml, pointer, value) in rows {
        assert_eq!(
            read(yaml).to_json().pointer(pointer),
            Some(&value),
            "{yaml}"
        );
    }
}

#[test]
fn the_original_file_is_read() {
    let yaml = "app:\n    name: 小胡测试系统\n    version: 1.0.0\n\
        database:\n    type: sqlite\n    mysql:\n        host: 127.0.0.1\n        port: 3306\n        \
        password: 0123456\n    sqlite:\n        path: data/xiaohu_jobs.db\n        \
        tableprefix: xiaohus_\n        maxopenconns: 1\n\
        logs:\n    zaplogdays: 3\n    zaplogswitch: true\n    zap_log_levels: [\"info\",\"error\"]\n    \
        gin_log_methods: []\n\
        server:\n    port: 36363\nip_control:\n    enabled: true\n    whitelist:\n        \
        - \"127.0.0.1\"\n    blacklist:\n        # none\n\
        daemon:\n    max_restarts: 10\n    restart_delay: 5\njob_log_keep_count: 3\n";
    let config = read(yaml);
    assert_eq!(config.database.mysql.password.reveal(), "0123456");
    assert_eq!(config.database.path, Some("data/xiaohu_jobs.db".into()));
    assert_eq!(config.job_log_keep_count, 3);
    assert!(config.ip_control.blacklist.is_empty());
}

#[test]
fn refusals_name_key_line_and_what_would_do() {
    let kill_grace = "whole seconds or a text such as `90s` or `1h30m`, from 0s to 1d";
    let daemon = "known in `daemon`: `restart_delay`, `max_restarts`, `stop_grace`";
    let levels = "`trace`, `debug`, `info`, `warn`, `error`";
    let size = "bytes or a text such as `64KiB`, `10MiB` or `2GiB`, from 1KiB to 1024TiB";
    let networks = "a list of addresses or networks such as `10.0.0.7`, `10.0.0.0/8` or `::1`";
    let rows = [
        ("\n\ndaemon:\n  restart_dely: 5", format!("daemon.restart_dely: no such key (`c.yaml` line 4)\nhint: did you mean `restart_delay`? {daemon}")),
        ("daemon:\n  colour: 5", format!("daemon.colour: no such key (`c.yaml` line 2)\nhint: {daemon}")),
        ("deamon: {}", "deamon: no such key (`c.yaml` line 1)\nhint: did you mean `daemon`? known: `app`, `database`, `logs`, `server`, `ip_control`, `audit`, `service`, `daemon`, `job_log_keep_count`, `jobs`, `alerts`, `smtp`, `sms`, `webhook`, `databases`".into()),
        ("daemon:\n  - 1", format!("daemon: a value is given where a section is wanted (`c.yaml` line 1)\nhint: {daemon}")),
        ("jobs:\n  kill_grace: soon", format!("jobs.kill_grace: `soon` is not a duration of whole seconds (`c.yaml` line 2)\nhint: allowed: {kill_grace}")),
        ("jobs:\n  kill_grace: -5", format!("jobs.kill_grace: `-5` is not a duration of whole seconds (`c.yaml` line 2)\nhint: allowed: {kill_grace}")),
        ("jobs:\n  kill_grace: 1.5", format!("jobs.kill_grace: `1.5` is not a duration of whole seconds (`c.yaml` line 2)\nhint: allowed: {kill_grace}")),
        ("jobs:\n  kill_grace: 2d", format!("jobs.kill_grace: `2d` is out of range (`c.yaml` line 2)\nhint: allowed: {kill_grace}")),
        ("jobs:\n  kill_grace: [5]", format!("jobs.kill_grace: a list is given where one value is wanted (`c.yaml` line 2)\nhint: allowed: {kill_grace}")),
        ("jobs:\n  kill_grace: {a: 5}", format!("jobs.kill_grace: a section is given where a value is wanted (`c.yaml` line 2)\nhint: allowed: {kill_grace}")),
        ("jobs: {output_max_bytes: 10MoB}", format!("jobs.output_max_bytes: `10MoB` is not a size (`c.yaml` line 1)\nhint: allowed: {size}")),
        ("jobs: {output_max_bytes: 0}", format!("jobs.output_max_bytes: `0` is out of range (`c.yaml` line 1)\nhint: allowed: {size}")),
        ("server: {port: 65536}", "server.port: `65536` is out of range (`c.yaml` line 1)\nhint: allowed: a whole number from 0 to 65535".into()),
        ("server: {port: -1}", "server.port: `-1` is out of range (`c.yaml` line 1)\nhint: allowed: a whole number from 0 to 65535".into()),
        ("server: {port: 99999999999999999999999999}", "server.port: `99999999999999999999999999` is out of range (`c.yaml` line 1)\nhint: allowed: a whole number from 0 to 65535".into()),
        ("server: {port: web}", "server.port: `web` is not a whole number (`c.yaml` line 1)\nhint: allowed: a whole number from 0 to 65535".into()),
        ("jobs: {max_concurrent: 0}", "jobs.max_concurrent: `0` is out of range (`c.yaml` line 1)\nhint: allowed: a whole number from 1 to 100000".into()),
        ("jobs: {default_allow_mode: 4}", "jobs.default_allow_mode: `4` is out of range (`c.yaml` line 1)\nhint: allowed: a whole number from 0 to 3".into()),
        ("jobs: {shell: ''}", "jobs.shell: it is empty (`c.yaml` line 1)\nhint: allowed: text that is not empty".into()),
        ("jobs: {timezone: Mars/Base}", "jobs.timezone: `Mars/Base` is not a known time zone (`c.yaml` line 1)\nhint: allowed: a time zone such as `Asia/Shanghai` or `UTC`, or empty for the system's".into()),
        ("logs: {enabled: maybe}", "logs.enabled: `maybe` is neither true nor false (`c.yaml` line 1)\nhint: allowed: `true` or `false`".into()),
        ("logs: {level: loud}", format!("logs.level: `loud` is unknown (`c.yaml` line 1)\nhint: allowed: {levels}")),
        ("logs: {zap_log_levels: []}", format!("logs.zap_log_levels: the list is empty (`c.yaml` line 1)\nhint: allowed: a list of {levels}")),
        ("database:\n  type: mysql", "database.type: `mysql` is not available: only sqlite in this version (`c.yaml` line 2)\nhint: allowed: `sqlite`, the only database of this version".into()),
        ("database: {type: oracle}", "database.type: `oracle` is not a known database (`c.yaml` line 1)\nhint: allowed: `sqlite`, the only database of this version".into()),
        ("ip_control:\n  whitelist: [10.0.0.0/33]", format!("ip_control.whitelist: `10.0.0.0/33` is not an address or network (`c.yaml` line 2)\nhint: allowed: {networks}")),
        ("ip_control: {whitelist: ['10.0.0.7/8']}", "ip_control.whitelist: `10.0.0.7/8` has bits set beyond the first 8 (`c.yaml` line 1)\nhint: the network is `10.0.0.0/8`, the address alone `10.0.0.7`".into()),
        ("logs:\n  keep_days: 3\n  zaplogdays: 4", "logs.zaplogdays: `logs.keep_days` (`c.yaml` line 2) sets the same (`c.yaml` line 3)\nhint: keep one of the two".into()),
        ("jobs:\n  shell: /bin/sh\n  shell: /bin/sh", "`c.yaml`: line 3: the key `shell` stands twice in its section\nhint: keep one of the two".into()),
        ("[1, 2]", "`c.yaml`: line 1 is no section with keys, `key: value`\nhint: known: `app`, `database`, `logs`, `server`, `ip_control`, `audit`, `service`, `daemon`, `job_log_keep_count`, `jobs`, `alerts`, `smtp`, `sms`, `webhook`, `databases`".into()),
    ];
    for (yaml, message) in rows {
        let error = Config::from_yaml(yaml, "c.yaml").expect_err(yaml);
        assert_eq!(error.to_string(), message, "{yaml}");
    }
}

#[test]
fn text_that_is_no_yaml_is_refused_with_its_line() {
    let nested = |depth| format!("jobs:\n  shell: {}{}", "[".repeat(depth), "]".repeat(depth));
    let (deep, abyss) = (nested(20), nested(5000));
    let rows = [
        ("jobs:\n  shell: [", "line 2: unclosed bracket '['"),
        (
            "jobs:\n\tshell: x",
            "line 2: tabs disallowed within this context (block indentation)",
        ),
        (
            "app: {}\n---\napp: {}",
            "line 3: a second document begins, and the configuration is one",
        ),
        ("app: *b", "line 1: alias references unknown anchor"),
        (&deep, "line 2: too deeply nested, or too large"),
        (&abyss, "line 2: recursion limit exceeded"),
    ];
    for (yaml, message) in rows {
        let error = Config::from_yaml(yaml, "c.yaml").expect_err(yaml);
        assert_eq!(
            error.to_string(),
            format!("`c.yaml`: {message}"),
            "{yaml:.30}"
        );
    }
}

#[test]
fn the_ends_of_a_range_are_within() {
    let rows = [
        ("server", "port", "0", "65535", "65536"),
        ("database.mysql", "port", "1", "65535", "0"),
        ("jobs", "default_allow_mode", "0", "3", "4"),
        ("jobs", "max_concurrent", "1", "100000", "0"),
        ("jobs", "output_max_bytes", "1KiB", "1024TiB", "1025TiB"),
        ("jobs", "kill_grace", "0", "1d", "86401"),
        ("daemon", "stop_grace", "0s", "86400", "25h"),
    ];
    for (section, name, least, most, outside) in rows {
        let key = keys::find(&format!("{section}.{name}")).unwrap();
        let read = |text: &str| key.kind.read(&keys::Given::Text(text.to_owned()));
        assert!(read(least).is_ok(), "{section}.{name} {least}");
        assert!(read(most).is_ok(), "{section}.{name} {most}");
        let problem = format!("`{outside}` is out of range");
        assert_eq!(read(outside), Err(problem.into()), "{section}.{name}");
    }
}

#[test]
fn a_missing_file_is_an_error_only_when_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::resolve(Some(folder.path()), &env(&[]), false).unwrap();
    let loaded = Config::load(&paths, &env(&[])).unwrap();
    assert_eq!((loaded.file, loaded.config), (None, Config::default()));
    let missing = folder.path().join("missing.yaml");
    let asked = paths.with_config_file(&missing).unwrap();
    let error = Config::load(&asked, &env(&[])).unwrap_err().to_string();
    let expected = format!("cannot read the configuration `{}`: ", missing.display());
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_refused() {
    let folder = home("");
    let paths = Paths::resolve(Some(folder.path()), &env(&[]), false).unwrap();
    for (bytes, end) in [
        (b"a\nb\n\xff".to_vec(), "line 3 is not UTF-8"),
        (vec![b'#'; 1024 * 1024 + 1], "the file is larger than 1MiB"),
    ] {
        fs::write(&paths.config_file, bytes).unwrap();
        let error = Config::load(&paths, &env(&[])).unwrap_err().to_string();
        assert!(error.ends_with(end), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_password_that_everyone_may_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let rows = [
        ("database: {mysql: {password: hunter2}}", 0o644, 1),
        ("database: {mysql: {password: hunter2}}", 0o640, 0),
        ("database: {mysql: {password: ''}}", 0o644, 0),
    ];
    for (yaml, mode, count) in rows {
        let folder = home(yaml);
        let paths = Paths::resolve(Some(folder.path()), &env(&[]), false).unwrap();
        fs::set_permissions(&paths.config_file, fs::Permissions::from_mode(mode)).unwrap();
        let loaded = Config::load(&paths, &env(&[])).unwrap();
        assert_eq!(
            loaded.warnings.len(),
            count,
            "{yaml} {mode:o} {:?}",
            loaded.warnings
        );
    }
}

#[test]
fn what_is_shown_reads_back_and_hides_secrets() {
    let yaml = "app: {name: \"a\\\"b: #小\"}\njobs: {output_max_bytes: 3MiB, kill_grace: 7}\n\
        logs: {gin_log_methods: [GET, PUT]}\n";
    let config = read(yaml);
    let shown = config.to_yaml();
    assert!(shown.contains("  output_max_bytes: 3MiB\n"), "{shown}");
    assert!(shown.contains("database:\n  type: \"sqlite\"\n"), "{shown}");
    assert_eq!(read(&shown), config);
    assert_eq!(
        serde_json::from_value::<Config>(config.to_json()).unwrap(),
        config
    );

    let secret = read("database: {mysql: {password: hunter2}}");
    for shown in [
        secret.to_yaml(),
        secret.to_json().to_string(),
        format!("{secret:?}"),
    ] {
        assert!(
            shown.contains("***") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}

#[test]
fn relative_paths_in_the_file_count_from_the_home() {
    let rows = [
        ("", "/h/data/jobs.db", "/h/runtime/logs"),
        ("database: {path: x.db}\nlogs: {dir: l}", "/h/x.db", "/h/l"),
        ("database: {path: /x.db}\nlogs: {dir: /l}", "/x.db", "/l"),
    ];
    for (yaml, database, logs) in rows {
        let paths = Paths::resolve(Some(Path::new("/h")), &env(&[]), false).unwrap();
        let paths = paths.with_config(&read(yaml));
        assert_eq!(paths.database, Path::new(database), "{yaml}");
        assert_eq!(paths.logs, Path::new(logs), "{yaml}");
    }
}
