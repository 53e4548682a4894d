//! How archives are called: `www-1a2b3c4d-2026-12-01_10-00-00.123+0800.tar.zst`.
//!
//! The first part is the last name of the source; the second tells sources of the same last name apart (it is the
//! beginning of the SHA-256 of the path, as it was written); then the time in the zone of the job, which the offset makes
//! an instant. A `-2` follows when there were two in one millisecond, and `.incomplete` when something could not be read.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::schedule::{Time, Zone};

const END: &str = ".tar.zst";
const INCOMPLETE: &str = ".incomplete";
const PARTIAL: &str = ".partial";

/// Of the source's name, in bytes; with all the rest it is still a name.
const STEM_MOST: usize = 150;

/// The names of the archives of one source.
pub(super) struct Names {
    /// With the `-` after it.
    stem: String,
    /// What the source is called within the archive: as it is.
    pub(super) within: OsString,
}

/// When an archive was begun.
pub(super) struct Stamp {
    text: String,
}

impl Stamp {
    pub(super) fn of(now: Time, zone: &Zone) -> Stamp {
        let text = now.rfc3339(zone);
        let clock = text.get(..19).unwrap_or_default();
        let offset = text.len().checked_sub(6).and_then(|at| text.get(at..));
        let clock = clock.replace('T', "_").replace(':', "-");
        let offset = offset.unwrap_or_default().replace(':', "");
        let ms = now.millis().rem_euclid(1000);
        Stamp {
            text: format!("{clock}.{ms:03}{offset}"),
        }
    }

    /// Milliseconds since 1970, from a text such as `2026-12-01_10-00-00.123+0800`.
    fn read(text: &str) -> Option<i64> {
        let (day, clock) = (text.get(..10)?, text.get(11..23)?);
        let (hours, minutes) = (text.get(23..26)?, text.get(26..28)?);
        let clock = clock.replace('-', ":");
        let instant = format!("{day}T{clock}{hours}:{minutes}");
        Some(Time::parse_rfc3339(&instant).ok()?.millis())
    }
}

/// How long the text of a [`Stamp`] is.
const STAMP: usize = "2026-12-01_10-00-00.123+0800".len();

/// What the name of an archive tells. They are in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Made {
    at: i64,
    copy: u32,
    pub(super) is_complete: bool,
    pub(super) name: String,
}

/// What tells this machine from others.
fn machine() -> String {
    std::fs::read_to_string("/etc/machine-id")
        .ok()
        .map(|id| id.trim().to_string())
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| {
            let name = rustix::system::uname();
            name.nodename().to_string_lossy().into_owned()
        })
}

impl Names {
    /// Of the source at that path.
    pub(super) fn new(source: &Path) -> Names {
        let within = source.file_name().unwrap_or(OsStr::new("source"));
        let clean = clean(&within.to_string_lossy());
        // `/srv//www/` is `/srv/www`.
        let path: PathBuf = source.components().collect();
        // Two machines may keep their archives in one place.
        let mut hash = Sha256::new();
        hash.update(machine().as_bytes());
        hash.update([0]);
        hash.update(path.as_os_str().as_bytes());
        let hash = hash.finalize();
        let tag: String = hash.iter().take(4).map(|b| format!("{b:02x}")).collect();
        Names {
            stem: format!("{clean}-{tag}-"),
            within: within.to_os_string(),
        }
    }

    /// A name for an archive, the `copy`th of that instant.
    pub(super) fn archive(&self, stamp: &Stamp, copy: u32, is_complete: bool) -> String {
        let (stem, stamp) = (&self.stem, &stamp.text);
        let copy = copy_text(copy);
        let incomplete = if is_complete { "" } else { INCOMPLETE };
        format!("{stem}{stamp}{copy}{incomplete}{END}")
    }

    /// A name for one that is not finished.
    pub(super) fn partial(&self, stamp: &Stamp, copy: u32) -> String {
        format!(".{}{PARTIAL}", self.archive(stamp, copy, true))
    }

    /// Whether that is the name of an archive of this source, and of which.
    pub(super) fn read(&self, name: &OsStr) -> Option<Made> {
        let name = name.to_str()?;
        let rest = name.strip_prefix(&self.stem)?.strip_suffix(END)?;
        let (rest, is_complete) = match rest.strip_suffix(INCOMPLETE) {
            Some(rest) => (rest, false),
            None => (rest, true),
        };
        let (stamp, copy) = rest.split_at_checked(STAMP)?;
        let copy = match copy.strip_prefix('-') {
            Some(number) => number.parse().ok()?,
            None => 1,
        };
        let made = Made {
            at: Stamp::read(stamp)?,
            copy,
            is_complete,
            name: name.to_owned(),
        };
        // What reads the same and is written otherwise is not from here.
        let text = stamp.to_owned();
        (self.archive(&Stamp { text }, copy, is_complete) == name).then_some(made)
    }

    /// Whether that is the name of an unfinished archive of this source.
    pub(super) fn is_partial(&self, name: &OsStr) -> bool {
        let inner = name.to_str().and_then(|name| {
            let inner = name.strip_prefix('.')?.strip_suffix(PARTIAL)?;
            self.read(OsStr::new(inner))
        });
        inner.is_some()
    }
}

fn copy_text(copy: u32) -> String {
    if copy > 1 {
        format!("-{copy}")
    } else {
        String::new()
    }
}

/// A name that is visible, fits, and is no trouble in a shell.
fn clean(name: &str) -> String {
    let name = name.trim_start_matches(['.', '-']);
    let mut clean = String::new();
    for c in name.chars() {
        let is_plain = c.is_alphanumeric() || "-_.+@=".contains(c);
        let c = if is_plain { c } else { '_' };
        if clean.len() + c.len_utf8() > STEM_MOST {
            break;
        }
        clean.push(c);
    }
    if clean.is_empty() {
        clean.push_str("source");
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(text: &str, zone: &str) -> Stamp {
        Stamp::of(
            Time::parse_rfc3339(text).unwrap(),
            &Zone::find(zone).unwrap(),
        )
    }

    #[test]
    fn a_name_is_readable_and_can_be_read() {
        let names = Names::new(Path::new("/srv/www"));
        let stamp = stamp("2026-12-01T02:00:00.007Z", "Asia/Shanghai");
        let name = names.archive(&stamp, 1, true);
        assert!(name.starts_with("www-"), "{name}");
        assert!(
            name.ends_with("-2026-12-01_10-00-00.007+0800.tar.zst"),
            "{name}"
        );
        for (copy, is_complete) in [(1, true), (2, true), (17, false), (1, false)] {
            let name = names.archive(&stamp, copy, is_complete);
            let made = names.read(OsStr::new(&name)).unwrap();
            assert_eq!((made.copy, made.is_complete), (copy, is_complete), "{name}");
            assert_eq!(made.at, 1_796_090_400_007);
        }
        assert!(names.is_partial(OsStr::new(&names.partial(&stamp, 2))));
    }

    #[test]
    fn names_of_others_are_not_read() {
        let names = Names::new(Path::new("/srv/www"));
        let stamp = stamp("2026-12-01T02:00:00Z", "UTC");
        let own = names.archive(&stamp, 1, true);
        for name in [
            "www.tar.zst".to_string(),
            Names::new(Path::new("/home/www")).archive(&stamp, 1, true),
            Names::new(Path::new("/srv/www2")).archive(&stamp, 1, true),
            format!("old-{own}"),
            format!("{own}.bak"),
            own.replace("+0000", "-0000x"),
            own.replace(".tar", "-1.tar"),
            own.replace(".tar", "-02.tar"),
            own.replace(".tar", "-+2.tar"),
            own.replace(".tar", ".incomplete.incomplete.tar"),
            own.replace("2026-12-01", "2026-13-01"),
            own.replace("2026-12-01", "日026-12-0"),
            own.replace(".000", ""),
            names.partial(&stamp, 1),
        ] {
            assert_eq!(names.read(OsStr::new(&name)), None, "{name}");
            let is_partial = names.is_partial(OsStr::new(&name));
            assert_eq!(is_partial, name == names.partial(&stamp, 1), "{name}");
        }
        assert!(!names.is_partial(OsStr::new(&format!("{own}.partial"))));
    }

    #[test]
    fn one_source_has_one_name_and_two_have_two() {
        let stem = |path: &[u8]| Names::new(Path::new(OsStr::from_bytes(path))).stem;
        assert_eq!(stem(b"/srv/www"), stem(b"//srv/./www/"));
        assert_ne!(stem(b"/srv/www"), stem(b"/home/www"));
        assert_ne!(stem(b"/srv/\xff"), stem(b"/srv/\xfe"));
        assert!(stem(b"/etc/.config").starts_with("config-"));
        assert!(stem(b"/etc/...").starts_with("source-"));
        assert!(stem(b"/a b;\n$").starts_with("a_b___-"));
        let long = "日".repeat(85);
        let names = Names::new(Path::new(&format!("/{long}")));
        let stamp = stamp("2026-12-01T02:00:00Z", "UTC");
        assert!(names.partial(&stamp, u32::MAX).len() <= 255 - INCOMPLETE.len());
    }

    #[test]
    fn the_order_is_that_of_time_also_when_the_clock_goes_back() {
        let names = Names::new(Path::new("/srv/www"));
        let made = |text| {
            let name = names.archive(&stamp(text, "Europe/Berlin"), 1, true);
            names.read(OsStr::new(&name)).unwrap()
        };
        assert!(made("2026-10-25T00:30:00Z") < made("2026-10-25T01:10:00Z"));
        assert!(made("1969-12-31T23:59:59.999Z") < made("1970-01-01T00:00:00Z"));
    }
}
