//!
//! Arguments that `Monitor` accepts and refuses.
use super::super::super::testing::fails;
use super::super::endpoint::Endpoint;
use super::super::http::Check;
use super::run;

#[test]
fn monitor_of_bad_arguments_names_problem() {
    let table: &[(&[&str], &str)] = &[
        (&[], "usage: Monitor disk"),
        (&[""], "kind: `` is none of `disk`, `cpu`"),
        (&["fan"], "kind: `fan` is none of `disk`, `cpu`"),
        (&["fan speed"], "kind: `fan` is none of"),
        (
            &["disk", "/", "90", "x"],
            "usage: Monitor disk[,PATH][,PERCENT]",
        ),
        (
            &["disk", "101"],
            "limit: `101` is not a percentage from 0 to 100",
        ),
        (&["disk", "/", "-1"], "limit: `-1` is not a percentage"),
        (&["disk", "/", "NaN"], "limit: `NaN` is not a percentage"),
        (&["disk", "/", ""], "limit: `` is not a percentage"),
        (
            &["disk", "var"],
            "path: `var` is not an absolute path or a percentage",
        ),
        (
            &["disk", ""],
            "path: `` is not an absolute path or a percentage",
        ),
        (
            &["disk", "var", "90"],
            "path: `var` is not an absolute path",
        ),
        (
            &["disk", "/no/such/place"],
            "path: `/no/such/place`: No such file",
        ),
        (&["cpu", "x"], "limit: `x` is not a percentage"),
        (&["cpu", "1", "2"], "usage: Monitor cpu[,PERCENT]"),
        (&["memory", "1e1"], "limit: `1e1` is not a percentage"),
        (&["memory", "1", "2"], "usage: Monitor memory[,PERCENT]"),
        (&["load", "-4"], "limit: `-4` is not a number of at least 0"),
        (
            &["load", "inf"],
            "limit: `inf` is not a number of at least 0",
        ),
        (&["load", "1", "2"], "usage: Monitor load[,LOAD]"),
        (&["process"], "usage: Monitor process,NAME[,MIN]"),
        (&["process", ""], "usage: Monitor process,NAME[,MIN]"),
        (
            &["process", "x", "0"],
            "min: `0` is not a whole number of at least 1",
        ),
        (&["process", "x", "+1"], "min: `+1` is not a whole number"),
        (&["port"], "usage: Monitor port,HOST:PORT[,MS]"),
        (
            &["port", "localhost"],
            "host: `localhost` is not a host and a port",
        ),
        (&["port", ":80"], "host: `:80` is not a host and a port"),
        (
            &["port", "::1:80"],
            "host: `::1:80` is not a host and a port",
        ),
        (&["port", "[::1]"], "host: `[::1]` is not a host and a port"),
        (
            &["port", "[::1]80"],
            "host: `[::1]80` is not a host and a port",
        ),
        (
            &["port", "[x]:80"],
            "host: `[x]:80` is not a host and a port",
        ),
        (
            &["port", "a b:80"],
            "host: `a b:80` is not a host and a port",
        ),
        (
            &["port", "localhost:0"],
            "port: `0` is not a whole number from 1 to 65535",
        ),
        (
            &["port", "localhost:65536"],
            "port: `65536` is not a whole number",
        ),
        (&["port", "localhost:x"], "port: `x` is not a whole number"),
        (&["port", "localhost:"], "port: `` is not a whole number"),
        (
            &["port", "localhost:80", "0"],
            "limit: `0` is not a whole number of milliseconds",
        ),
        (
            &["port", "localhost:80", "5s"],
            "limit: `5s` is not a whole number of milliseconds",
        ),
        (&["http"], "usage: Monitor http,URL[,STATUS][,MS]"),
        (
            &["http", "localhost"],
            "url: `localhost` does not begin with `http://`",
        ),
        (
            &["http", "http"],
            "url: `http` does not begin with `http://`",
        ),
        (&["http", "ftp://x"], "url: `ftp://x` does not begin with"),
        (
            &["http", "http://x", "99"],
            "status: `99` is not a status from 100 to 599",
        ),
        (
            &["http", "http://x", "600", "5"],
            "status: `600` is not a status",
        ),
        (
            &["http", "http://x", "0ms"],
            "limit: `0ms` is not a whole number of milliseconds",
        ),
        (&["cert"], "usage: Monitor cert,HOST[:PORT][,DAYS]"),
        (
            &["cert", ""],
            "host: `` is not a host, with or without a port",
        ),
        (&["cert", "x..y"], "host: `x..y` is not the name or address"),
        (
            &["cert", "localhost", "-1"],
            "days: `-1` is not a whole number from 0 to 36600",
        ),
        (
            &["cert", "localhost", "99999"],
            "days: `99999` is not a whole number",
        ),
        (
            &["cert", "localhost:99999"],
            "port: `99999` is not a whole number",
        ),
    ];
    for (args, start) in table {
        let why = fails(run, args);
        assert!(why.starts_with(start), "{args:?}: {why}");
    }
}

#[test]
fn endpoint_read_splits_host_and_port() {
    let table = [
        ("example.com", "example.com", 443, "example.com:443"),
        ("example.com:8443", "example.com", 8443, "example.com:8443"),
        ("127.0.0.1", "127.0.0.1", 443, "127.0.0.1:443"),
        ("[::1]", "::1", 443, "[::1]:443"),
        ("[fe80::1%eth0]:22", "fe80::1%eth0", 22, "[fe80::1%eth0]:22"),
        ("my_host-1", "my_host-1", 443, "my_host-1:443"),
    ];
    for (text, host, port, shown) in table {
        let endpoint = Endpoint::read(text, Some(443)).unwrap();
        assert_eq!((endpoint.host.as_str(), endpoint.port), (host, port));
        assert_eq!(endpoint.to_string(), shown);
    }
}

#[test]
fn check_read_tells_status_from_limit() {
    let table: &[(&[&str], &str)] = &[
        (
            &["http://x/"],
            r#"url: "http://x/", status: None, limit: None"#,
        ),
        (
            &["http://x/", "204"],
            r#"url: "http://x/", status: Some(204), limit: None"#,
        ),
        (
            &["http://x/", "750"],
            r#"url: "http://x/", status: None, limit: Some(750ms)"#,
        ),
        (
            &["http://x/", "200ms"],
            r#"url: "http://x/", status: None, limit: Some(200ms)"#,
        ),
        (
            &["http://x/", "200", "300"],
            r#"url: "http://x/", status: Some(200), limit: Some(300ms)"#,
        ),
        (
            &["HTTP://x/a", "b"],
            r#"url: "HTTP://x/a,b", status: None, limit: None"#,
        ),
        (
            &["http://x/a", "b", "200"],
            r#"url: "http://x/a,b", status: Some(200), limit: None"#,
        ),
    ];
    for (args, what) in table {
        let check = Check::read(args).unwrap();
        assert_eq!(format!("{check:?}"), format!("Check {{ {what} }}"));
    }
}
