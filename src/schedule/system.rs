//! The rules of one zone, from its one file. jiff goes through the names of all zones first, some 600 files in 20 folders:
//! nothing for a daemon, but most of what a client does that prints one time.

use std::path::Path;

use jiff::tz::TimeZone;

/// Where Linux keeps the tz database.
const FOLDER: &str = "/usr/share/zoneinfo";

/// The zone that `TZ` names, else the one to which /etc/localtime is a link. Nothing when that is not plainly a name, such as
/// a path or a rule: jiff knows them all.
pub(super) fn rules() -> Option<TimeZone> {
    let name = match std::env::var_os("TZ") {
        Some(told) => told.into_string().ok()?,
        None => {
            let target = std::fs::read_link("/etc/localtime").ok()?;
            let (_, name) = target.to_str()?.rsplit_once("zoneinfo/")?;
            name.to_owned()
        }
    };
    named(&name)
}

/// The zone of that name, spelled as in the database. Nothing when there is none, or when only jiff can tell.
pub(super) fn named(name: &str) -> Option<TimeZone> {
    if !is_plain(name) || std::env::var_os("TZDIR").is_some() {
        return None;
    }
    if name == "UTC" {
        return Some(TimeZone::UTC);
    }
    let rules = std::fs::read(Path::new(FOLDER).join(name)).ok()?;
    TimeZone::tzif(name, &rules).ok()
}

/// Whether jiff would look that name up as it is. `EST5EDT` may be a rule; a file system that takes `utc` for `UTC` would
/// leave the name as it was typed.
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
    fn a_zone_is_what_the_database_says() {
        let database = jiff::tz::db();
        let mut read = 0;
        for name in database.available() {
            let Some(rules) = named(name.as_str()) else {
                continue;
            };
            let known = database.get(name.as_str()).unwrap();
            assert_eq!(rules, known, "{name}");
            assert_eq!(rules.iana_name(), known.iana_name());
            read += 1;
        }
        let is_here = cfg!(target_os = "linux") && Path::new(FOLDER).join("Asia/Tokyo").is_file();
        assert!(read > 300 || !is_here, "only {read} zones");
    }

    #[test]
    fn what_is_not_plainly_a_name_is_left_to_others() {
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
