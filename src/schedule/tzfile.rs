//! Reads one time zone from its file. jiff would first list all zones, some 600 files in 20 folders: that does not
//! matter to a daemon, but it is most of the work of a client that prints one time.

use std::path::Path;

use jiff::tz::TimeZone;

/// The folder of the tz database on Linux.
const FOLDER: &str = "/usr/share/zoneinfo";

/// The zone that the link /etc/localtime names. `None` when it is no link, or when only jiff can decide.
pub(super) fn localtime() -> Option<TimeZone> {
    let target = std::fs::read_link("/etc/localtime").ok()?;
    let (_, name) = target.to_str()?.rsplit_once("zoneinfo/")?;
    named(name)
}

/// The zone of this name, spelled as in the database. `None` when there is none, or when only jiff can decide.
pub(super) fn named(name: &str) -> Option<TimeZone> {
    if !is_plain(name) || std::env::var_os("TZDIR").is_some() {
        return None;
    }
    if name == "UTC" {
        return Some(TimeZone::UTC);
    }
    let system_zone = std::fs::read(Path::new(FOLDER).join(name)).ok()?;
    TimeZone::tzif(name, &system_zone).ok()
}

/// Whether jiff would look up the name unchanged. `EST5EDT` may be a rule; a case-insensitive file system, which
/// finds `UTC` as `utc`, would keep the name as it was typed.
fn is_plain(name: &str) -> bool {
    cfg!(target_os = "linux")
        && !name.starts_with('/')
        && !name.contains("..")
        && !["posix/", "right/"]
            .iter()
            .any(|folder| name.starts_with(folder))
        && if name.contains('/') {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte))
        } else {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic())
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_equals_zone_of_database() {
        let database = jiff::tz::db();
        let mut read = 0;
        for name in database.available() {
            let Some(system_zone) = named(name.as_str()) else {
                continue;
            };
            let known = database.get(name.as_str()).unwrap();
            assert_eq!(system_zone, known, "{name}");
            assert_eq!(system_zone.iana_name(), known.iana_name());
            read += 1;
        }
        let is_here = cfg!(target_os = "linux") && Path::new(FOLDER).join("Asia/Tokyo").is_file();
        assert!(read > 300 || !is_here, "only {read} zones");
    }

    #[test]
    fn named_of_other_text_is_none() {
        for name in [
            "",
            ":UTC",
            "EST5EDT",
            "GMT0",
            "utc",
            "europe/berlin",
            "Europe",
            "Europe/",
            "../zoneinfo/UTC",
            "/usr/share/zoneinfo/UTC",
            "posix/UTC",
            "right/UTC",
            "No/Such",
            "zone.tab",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
    }
}
