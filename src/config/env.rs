//! The environment: a copy of it taken once, and the settings that it overrides.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::Setting;
use super::keys::{Given, KEYS, Key, Refusal};
use jobs_error::{Error, Result};
use jobs_text::nearest;

const PREFIX: &str = "JOBS_";

/// Variables with our prefix that are not settings: paths, and what a running job gets.
const NOT_SETTINGS: [&str; 9] = [
    "JOBS_HOME",
    "JOBS_CONFIG",
    "JOBS_JOB_ID",
    "JOBS_JOB_NAME",
    "JOBS_EXEC_ID",
    "JOBS_SCHEDULED_AT",
    "JOBS_SOURCE",
    "JOBS_SOCKET",
    "JOBS_DAEMON_ID",
];

/// Environment variables by name. A variable that is set to nothing counts as not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env(BTreeMap<String, OsString>);

impl Env {
    /// The environment of this process. Variables whose name is not UTF-8 are left out: no setting has such a name.
    pub fn process() -> Env {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect()
    }

    /// The value of a variable; None when it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.0.get(name).map(OsString::as_os_str);
        value.filter(|value| !value.is_empty())
    }
}

impl<N: Into<String>, V: Into<OsString>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Env {
        Env(pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect())
    }
}

/// The settings from the original system's variables: the path in capitals, for `database` only, since
/// other programs use names such as `SERVICE_NAME` or `SERVER_PORT` too.
pub(super) fn original_settings(env: &Env) -> Result<Vec<Setting>> {
    KEYS.iter()
        .filter(|key| is_originals(key))
        .filter_map(|key| setting(env, variable(key.path), key).transpose())
        .collect()
}

/// The settings from `JOBS_...` variables.
pub(super) fn settings(env: &Env) -> Result<Vec<Setting>> {
    KEYS.iter()
        .filter_map(|key| {
            let name = format!("{PREFIX}{}", variable(key.path));
            setting(env, name, key).transpose()
        })
        .collect()
}

/// A warning for each variable that begins with our prefix and is unknown.
pub(super) fn warnings(env: &Env) -> Vec<String> {
    let known: Vec<String> = KEYS
        .iter()
        .map(|key| format!("{PREFIX}{}", variable(key.path)))
        .collect();
    let strays = env.0.keys().filter(|name| {
        looks_like_a_setting(name)
            && !known.contains(name)
            && !NOT_SETTINGS.contains(&name.as_str())
    });
    strays
        .map(|name| {
            // The most common mistake is to leave out the section: `JOBS_KILL_GRACE`.
            let ending = name.replacen(PREFIX, "_", 1);
            let meant = known
                .iter()
                .find(|known| known.ends_with(&ending))
                .map(String::as_str)
                .or_else(|| nearest(name, known.iter().map(String::as_str)));
            let hint = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
            format!("environment variable `{name}` is not a setting and is ignored{hint}")
        })
        .collect()
}

/// `jobs.kill_grace` -> `JOBS_KILL_GRACE`.
fn variable(path: &str) -> String {
    path.replace('.', "_").to_uppercase()
}

fn is_originals(key: &Key) -> bool {
    key.path == "database.type"
        || key.path.starts_with("database.mysql.")
        || key.path.starts_with("database.sqlite.")
}

fn looks_like_a_setting(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

fn setting(env: &Env, name: String, key: &'static Key) -> Result<Option<Setting>> {
    let Some(value) = env.get(&name) else {
        return Ok(None);
    };
    let refuse = |refusal: Refusal| {
        let problem = format!("{} (environment variable)", refusal.problem);
        Error::invalid(name.as_str(), problem).hint(refusal.hint(key.kind))
    };
    let text = value
        .to_str()
        .ok_or_else(|| refuse("the value is not UTF-8".into()))?;
    let value = key
        .kind
        .read(&Given::Text(text.to_owned()))
        .map_err(refuse)?;
    Ok(Some(Setting {
        holds_secret: key.holds_secret(&value),
        place: "environment variable".into(),
        sets: key.sets,
        value,
        name,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::keys::Kind;
    use super::super::tests::load;
    use super::super::{Config, Seconds};
    use super::*;

    #[test]
    fn environment_overrides_the_file_and_new_names_override_original_ones() {
        let yaml = "database:\n  path: file.db\n  mysql: {host: file}\njobs: {kill_grace: 1}\n";
        let loaded = load(
            yaml,
            &[
                ("DATABASE_TYPE", "sqlite"),
                ("DATABASE_MYSQL_HOST", "theirs"),
                ("DATABASE_MYSQL_PORT", "3307"),
                ("JOBS_DATABASE_MYSQL_HOST", "ours"),
                ("DATABASE_SQLITE_PATH", "env.db"),
                ("JOBS_JOBS_KILL_GRACE", "1m"),
                ("JOBS_JOB_LOG_KEEP_COUNT", "7"),
                ("JOBS_JOBS_SHELL", ""),
                ("JOBS_IP_CONTROL_WHITELIST", "10.0.0.0/8, ::1"),
                ("SERVER_PORT", "not ours"),
                ("DATABASE_URL", "not ours"),
            ],
        )
        .unwrap();
        let config = &loaded.config;
        assert_eq!(config.database.mysql.host, "ours");
        assert_eq!(config.database.mysql.port, 3307);
        assert_eq!(config.jobs.kill_grace, Seconds(60));
        assert_eq!(config.job_log_keep_count, 7);
        assert_eq!(config.jobs.shell, Config::default().jobs.shell);
        let whitelist: Vec<String> = config
            .ip_control
            .whitelist
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(whitelist, ["10.0.0.0/8", "::1"]);
        assert_eq!(
            loaded.paths.database,
            loaded.paths.root.clone().unwrap().join("env.db")
        );
        assert_eq!(
            loaded.file.as_deref(),
            Some(loaded.paths.config_file.as_path())
        );
        assert_eq!(loaded.warnings, [""; 0]);
    }

    #[test]
    fn invalid_variable_is_named_with_its_value_and_valid_ones() {
        let rows = [
            (
                "JOBS_SERVER_PORT",
                "web",
                "JOBS_SERVER_PORT: `web` is not a whole number (environment variable)\nhint: allowed: a whole number from 0 to 65535",
            ),
            (
                "JOBS_JOBS_KILL_GRACE",
                "-1",
                "JOBS_JOBS_KILL_GRACE: `-1` is not a duration of whole seconds (environment variable)\nhint: allowed: whole seconds or a text such as `90s` or `1h30m`, from 0s to 1d",
            ),
            (
                "DATABASE_TYPE",
                "mysql",
                "DATABASE_TYPE: `mysql` is not available: only sqlite in this version (environment variable)\nhint: allowed: `sqlite`, the only database of this version",
            ),
        ];
        for (name, value, message) in rows {
            let error = load("", &[(name, value)]).expect_err(name);
            assert_eq!(error.to_string(), message);
        }
        let twice = [
            ("JOBS_DATABASE_PATH", "a"),
            ("JOBS_DATABASE_SQLITE_PATH", "b"),
        ];
        let error = load("", &twice).unwrap_err().to_string();
        assert!(
            error.starts_with("JOBS_DATABASE_SQLITE_PATH: `JOBS_DATABASE_PATH` ("),
            "{error}"
        );
    }

    #[test]
    fn unknown_variable_is_a_warning() {
        let rows = [
            (
                "JOBS_JOBS_KILL_GRAC",
                Some("; did you mean `JOBS_JOBS_KILL_GRACE`?"),
            ),
            (
                "JOBS_KILL_GRACE",
                Some("; did you mean `JOBS_JOBS_KILL_GRACE`?"),
            ),
            ("JOBS_COLOUR_OF_THE_SKY", Some("")),
            ("JOBS_HOME", None),
            ("JOBS_CONFIG", None),
            ("JOBS_JOB_ID", None),
            ("JOBS_JOB_NAME", None),
            ("JOBS_EXEC_ID", None),
            ("JOBS_SCHEDULED_AT", None),
            ("JOBS_SOURCE", None),
            ("JOBS_SOCKET", None),
            ("JOBS_DAEMON_ID", None),
            ("JOBS_lower", None),
            ("JOBS_", None),
            ("OTHER_JOBS_X", None),
        ];
        for (name, hint) in rows {
            let expected: Vec<String> = hint
                .map(|hint| {
                    format!("environment variable `{name}` is not a setting and is ignored{hint}")
                })
                .into_iter()
                .collect();
            assert_eq!(
                load("", &[(name, "5")]).unwrap().warnings,
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn key_accepts_both_ends_of_its_range() {
        // A range wider than the type of its field would accept a value that the field cannot hold.
        for key in KEYS {
            let (Kind::Number(least, most) | Kind::Time(least, most) | Kind::Size(least, most)) =
                key.kind
            else {
                continue;
            };
            for number in [least, most] {
                let name = format!("JOBS_{}", key.path.replace('.', "_").to_uppercase());
                let loaded = load("", &[(name.as_str(), number.to_string().as_str())]);
                let pointer = format!("/{}", key.sets.replace('.', "/"));
                let json = loaded.unwrap().config.to_json();
                assert_eq!(json.pointer(&pointer), Some(&number.into()), "{name}");
            }
        }
    }
}
