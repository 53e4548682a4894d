//! The zone of the system, by `TZ` or /etc/localtime, and the warning when they name none.

use std::path::Path;
use std::sync::OnceLock;

use jiff::tz::TimeZone;

use super::tzfile;
use super::zone::{Zone, nearest};
use jobs_text::quoted;

/// Upper bound on the file of a zone, in bytes. The largest ones have some 3 KiB.
const ZONE_MAX: u64 = 1024 * 1024;

/// The zone, and the warning about how it is named. Looked up once.
pub(super) fn get() -> &'static (Zone, Option<String>) {
    static SYSTEM: OnceLock<(Zone, Option<String>)> = OnceLock::new();
    SYSTEM.get_or_init(|| match std::env::var_os("TZ") {
        Some(value) => of_variable(&value.to_string_lossy()),
        None => of_system(),
    })
}

/// The zone that a value of `TZ` names.
fn of_variable(value: &str) -> (Zone, Option<String>) {
    let name = value.strip_prefix(':').unwrap_or(value);
    // The C library finds the same zones in these folders; in `right` their seconds count leap seconds, which no schedule
    // does.
    let name = ["posix/", "right/"]
        .iter()
        .find_map(|folder| name.strip_prefix(folder))
        .unwrap_or(name);
    if let Some(rules) = tzfile::named(name) {
        return (Zone::named(rules, name), None);
    }
    if name.is_empty() {
        return (Zone::utc(), None);
    }
    // A rule such as `EST5EDT`, or the path of a file.
    if name == value
        && !is_other_than_a_file(Path::new(name))
        && let Ok(rules) = TimeZone::try_system()
    {
        let zone = Zone::named(rules, "local");
        let warning = in_other_case(&zone, name);
        return (zone, warning);
    }
    match Zone::find(name) {
        Ok(zone) => {
            let warning = in_other_case(&zone, name);
            (zone, warning)
        }
        Err(_) => (Zone::utc(), Some(no_zone(value))),
    }
}

/// The zone of /etc/localtime.
fn of_system() -> (Zone, Option<String>) {
    const FILE: &str = "/etc/localtime";
    let found = tzfile::localtime().or_else(|| {
        let is_readable = !is_other_than_a_file(Path::new(FILE));
        is_readable.then(|| TimeZone::try_system().ok())?
    });
    match found {
        Some(rules) => (Zone::named(rules, "local"), None),
        None => {
            let exists = Path::new(FILE).symlink_metadata().is_ok();
            let warning = format!("`{FILE}` names no time zone: times are read in UTC");
            (Zone::utc(), exists.then_some(warning))
        }
    }
}

/// Whether a path leads to something that jiff would wait for, such as a pipe, or read without end, such as a device.
fn is_other_than_a_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() || found.len() > ZONE_MAX)
}

fn no_zone(value: &str) -> String {
    let bare = value.trim_matches(['"', '\'', ' ', '\t']);
    let advice = if bare != value && Zone::find(bare).is_ok() {
        format!("write `TZ={bare}`, without the quotes")
    } else {
        match nearest(bare) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a name such as `Asia/Shanghai`".to_string(),
        }
    };
    format!(
        "TZ: {} is not a known time zone: times are read in UTC, here and in commands; {advice}",
        quoted(value)
    )
}

/// The warning about a name that only this program finds, because it ignores the case.
fn in_other_case(zone: &Zone, name: &str) -> Option<String> {
    let known = zone.name();
    (known != name && known.eq_ignore_ascii_case(name)).then(|| {
        format!("TZ: commands read `{name}` as UTC, because the zone is spelled `{known}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_variable_finds_zone_in_all_its_spellings() {
        for value in [
            "Asia/Tokyo",
            ":Asia/Tokyo",
            "posix/Asia/Tokyo",
            "right/Asia/Tokyo",
            ":posix/Asia/Tokyo",
        ] {
            let (zone, warning) = of_variable(value);
            assert_eq!((zone.name(), warning), ("Asia/Tokyo", None), "{value}");
        }
        for value in ["", ":", "UTC"] {
            let (zone, warning) = of_variable(value);
            assert_eq!((zone.name(), warning), ("UTC", None), "{value}");
        }
    }
}
