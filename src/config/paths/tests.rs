//! Where everything lies, by what was typed and the environment.

use super::*;

fn resolve(home: Option<&str>, pairs: &[(&str, &str)], is_root: bool) -> Result<Paths> {
    let env = pairs.iter().copied().collect();
    Paths::resolve(home.map(Path::new), &env, is_root)
}

/// Configuration, data, runtime, logs and socket.
fn five(paths: &Paths) -> [String; 5] {
    [
        &paths.config_file,
        &paths.data,
        &paths.runtime,
        &paths.logs,
        &paths.socket,
    ]
    .map(|path| path.display().to_string())
}

#[test]
fn paths_from_home_and_environment_are_resolved() {
    type Row<'a> = (
        Option<&'a str>,
        &'a [(&'a str, &'a str)],
        bool,
        [&'a str; 5],
    );
    let h = [
        "/h/config.yaml",
        "/h/data",
        "/h/runtime",
        "/h/runtime/logs",
        "/h/jobs.sock",
    ];
    let root = [
        "/etc/jobs/config.yaml",
        "/var/lib/jobs",
        "/run/jobs",
        "/var/log/jobs",
        "/run/jobs/jobs.sock",
    ];
    let user = [
        "/u/.config/jobs/config.yaml",
        "/u/.local/share/jobs",
        "/u/.local/state/jobs/run",
        "/u/.local/state/jobs",
        "/u/.local/state/jobs/run/jobs.sock",
    ];
    let xdg = [
        "/c/jobs/config.yaml",
        "/d/jobs",
        "/r/jobs",
        "/s/jobs",
        "/r/jobs/jobs.sock",
    ];
    let xdg_variables = [
        ("XDG_CONFIG_HOME", "/c"),
        ("XDG_DATA_HOME", "/d"),
        ("XDG_STATE_HOME", "/s"),
        ("XDG_RUNTIME_DIR", "/r"),
    ];
    let rows: [Row; 8] = [
        (Some("/h"), &[("JOBS_HOME", "/other")], true, h),
        (None, &[("JOBS_HOME", "/h")], false, h),
        (None, &[("JOBS_HOME", "/h")], true, h),
        (None, &[("JOBS_HOME", ""), ("HOME", "/u")], true, root),
        (None, &[("HOME", "/u")], true, root),
        (None, &[("HOME", "/u")], false, user),
        (None, &xdg_variables, false, xdg),
        (
            None,
            &[("HOME", "/u"), ("XDG_DATA_HOME", "relative")],
            false,
            user,
        ),
    ];
    for (home, variables, is_root, expected) in rows {
        let paths = resolve(home, variables, is_root).unwrap();
        assert_eq!(five(&paths), expected, "{home:?} {variables:?} {is_root}");
        assert_eq!(paths.database, paths.data.join("jobs.db"));
        assert_eq!(paths.output, paths.data.join("output"));
        assert_eq!(paths.lock, paths.runtime.join("jobs.lock"));
        assert_eq!(paths.pid_file, paths.runtime.join("jobs.pid"));
        assert_eq!(paths.database_lock, paths.data.join("jobs.db.lock"));
        assert!(!paths.config_is_required);
    }
}

#[test]
fn relative_paths_become_absolute() {
    let here = std::env::current_dir().unwrap();
    let paths = resolve(Some("x"), &[("JOBS_CONFIG", "c.yaml")], false).unwrap();
    assert_eq!(paths.root, Some(here.join("x")));
    assert_eq!(paths.config_file, here.join("c.yaml"));
    assert!(paths.config_is_required);
    let paths = paths.with_config_file(Path::new("d.yaml")).unwrap();
    assert_eq!(paths.config_file, here.join("d.yaml"));
}

#[test]
fn paths_without_a_home_are_refused_with_the_reason() {
    let long = format!("/{}", "x".repeat(LONGEST_SOCKET - 10));
    let fits = &long[..long.len() - 1];
    assert!(resolve(Some(fits), &[], false).is_ok());
    let hint = "hint: set `JOBS_HOME`, or give `--home`, to a folder";
    let rows = [
        (
            resolve(Some(&long), &[], false),
            format!(
                "socket: `{long}/jobs.sock` has {} bytes, and a socket path holds \
                 {LONGEST_SOCKET}\n{hint} with a shorter path",
                LONGEST_SOCKET + 1
            ),
        ),
        (
            resolve(None, &[], false),
            format!("HOME: it is not set to an absolute path\n{hint} for everything"),
        ),
        (
            resolve(Some(""), &[], false),
            "--home: `` cannot be made absolute: cannot make an empty path absolute".into(),
        ),
    ];
    for (result, message) in rows {
        assert_eq!(result.unwrap_err().to_string(), message);
    }
}

#[test]
fn windows_pipe_depends_only_on_the_home() {
    let env = [("APPDATA", "/a"), ("LOCALAPPDATA", "/l")].into_iter();
    let layout = windows(&env.collect()).unwrap();
    assert_eq!(layout.config_file, Path::new("/a/jobs/config.yaml"));
    assert_eq!(pipe(Path::new("C:\\Jobs")), pipe(Path::new("c:\\jobs")));
    assert_ne!(pipe(Path::new("C:\\Jobs")), pipe(Path::new("C:\\Jobs2")));
    let name = layout.socket.display().to_string();
    assert!(name.starts_with(r"\\.\pipe\jobs-"), "{name}");
    assert!(windows(&Env::default()).is_err());
}
