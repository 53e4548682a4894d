//! The file names of archives: `www-1a2b3c4d-2026-12-01_10-00-00.123+0800.tar.zst`.
//!
//! The first part is the last name of the source. The second part tells apart sources with the same last name: it is
//! the beginning of a SHA-256 of the machine and the path. Then comes the time in the zone of the job; its offset
//! makes it an instant. `-2` follows for a second archive in the same millisecond, and `.incomplete` when an entry
//! could not be read.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use jobs_schedule::{Time, Zone};

const END: &str = ".tar.zst";
const INCOMPLETE: &str = ".incomplete";
const PARTIAL: &str = ".partial";

/// Upper bound on the part from the source's name, in bytes, so that the whole name is not too long.
const MAX_STEM_BYTES: usize = 150;

/// The names of the archives of one source.
pub(super) struct ArchiveNames {
    /// The common prefix, with the final `-`.
    stem: String,
    /// The name of the source within the archive, unchanged.
    pub(super) within: OsString,
}

/// The start time of an archive, as text.
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

    /// Parses a text such as `2026-12-01_10-00-00.123+0800` into milliseconds since 1970.
    fn read(text: &str) -> Option<i64> {
        let (day, clock) = (text.get(..10)?, text.get(11..23)?);
        let (hours, minutes) = (text.get(23..26)?, text.get(26..28)?);
        let clock = clock.replace('-', ":");
        let instant = format!("{day}T{clock}{hours}:{minutes}");
        Some(Time::parse_rfc3339(&instant).ok()?.millis())
    }
}

/// Length of the text of a [`Stamp`].
const STAMP_BYTES: usize = "2026-12-01_10-00-00.123+0800".len();

/// The parsed name of an archive. The order is the order of creation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ArchiveName {
    at: i64,
    copy: u32,
    pub(super) is_complete: bool,
    pub(super) name: String,
}

/// Identifies this machine.
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

impl ArchiveNames {
    /// The names for the source at this path.
    pub(super) fn new(source: &Path) -> ArchiveNames {
        let within = source.file_name().unwrap_or(OsStr::new("source"));
        let clean = clean(&within.to_string_lossy());
        // `/srv//www/` is the same as `/srv/www`.
        let path: PathBuf = source.components().collect();
        // Two machines may store their archives in the same folder.
        let mut hash = Sha256::new();
        hash.update(machine().as_bytes());
        hash.update([0]);
        hash.update(path.as_os_str().as_bytes());
        let hash = hash.finalize();
        let tag: String = hash.iter().take(4).map(|b| format!("{b:02x}")).collect();
        ArchiveNames {
            stem: format!("{clean}-{tag}-"),
            within: within.to_os_string(),
        }
    }

    /// The name of an archive; `copy` counts from 1 within the same millisecond.
    pub(super) fn archive(&self, stamp: &Stamp, copy: u32, is_complete: bool) -> String {
        let (stem, stamp) = (&self.stem, &stamp.text);
        let copy = copy_text(copy);
        let incomplete = if is_complete { "" } else { INCOMPLETE };
        format!("{stem}{stamp}{copy}{incomplete}{END}")
    }

    /// The name of an archive that is being written.
    pub(super) fn partial(&self, stamp: &Stamp, copy: u32) -> String {
        format!(".{}{PARTIAL}", self.archive(stamp, copy, true))
    }

    /// Parses the name of an archive of this source; `None` for other names.
    pub(super) fn read(&self, name: &OsStr) -> Option<ArchiveName> {
        let name = name.to_str()?;
        let rest = name.strip_prefix(&self.stem)?.strip_suffix(END)?;
        let (rest, is_complete) = match rest.strip_suffix(INCOMPLETE) {
            Some(rest) => (rest, false),
            None => (rest, true),
        };
        let (stamp, copy) = rest.split_at_checked(STAMP_BYTES)?;
        let copy = match copy.strip_prefix('-') {
            Some(number) => number.parse().ok()?,
            None => 1,
        };
        let parsed = ArchiveName {
            at: Stamp::read(stamp)?,
            copy,
            is_complete,
            name: name.to_owned(),
        };
        // A name that parses but is written differently was not created here.
        let text = stamp.to_owned();
        (self.archive(&Stamp { text }, copy, is_complete) == name).then_some(parsed)
    }

    /// Whether this is the name of an unfinished archive of this source.
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

/// A name that is not hidden, fits, and needs no quotes in a shell.
fn clean(name: &str) -> String {
    let name = name.trim_start_matches(['.', '-']);
    let mut clean = String::new();
    for c in name.chars() {
        let is_plain = c.is_alphanumeric() || "-_.+@=".contains(c);
        let c = if is_plain { c } else { '_' };
        if clean.len() + c.len_utf8() > MAX_STEM_BYTES {
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
    fn archive_name_is_read_back() {
        let names = ArchiveNames::new(Path::new("/srv/www"));
        let stamp = stamp("2026-12-01T02:00:00.007Z", "Asia/Shanghai");
        let name = names.archive(&stamp, 1, true);
        assert!(name.starts_with("www-"), "{name}");
        assert!(
            name.ends_with("-2026-12-01_10-00-00.007+0800.tar.zst"),
            "{name}"
        );
        for (copy, is_complete) in [(1, true), (2, true), (17, false), (1, false)] {
            let name = names.archive(&stamp, copy, is_complete);
            let parsed = names.read(OsStr::new(&name)).unwrap();
            assert_eq!(
                (parsed.copy, parsed.is_complete),
                (copy, is_complete),
                "{name}"
            );
            assert_eq!(parsed.at, 1_796_090_400_007);
        }
        assert!(names.is_partial(OsStr::new(&names.partial(&stamp, 2))));
    }

    #[test]
    fn read_of_other_name_is_none() {
        let names = ArchiveNames::new(Path::new("/srv/www"));
        let stamp = stamp("2026-12-01T02:00:00Z", "UTC");
        let own = names.archive(&stamp, 1, true);
        for name in [
            "www.tar.zst".to_string(),
            ArchiveNames::new(Path::new("/home/www")).archive(&stamp, 1, true),
            ArchiveNames::new(Path::new("/srv/www2")).archive(&stamp, 1, true),
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
    fn stem_differs_per_source() {
        let stem = |path: &[u8]| ArchiveNames::new(Path::new(OsStr::from_bytes(path))).stem;
        assert_eq!(stem(b"/srv/www"), stem(b"//srv/./www/"));
        assert_ne!(stem(b"/srv/www"), stem(b"/home/www"));
        assert_ne!(stem(b"/srv/\xff"), stem(b"/srv/\xfe"));
        assert!(stem(b"/etc/.config").starts_with("config-"));
        assert!(stem(b"/etc/...").starts_with("source-"));
        assert!(stem(b"/a b;\n$").starts_with("a_b___-"));
        let long = "日".repeat(85);
        let names = ArchiveNames::new(Path::new(&format!("/{long}")));
        let stamp = stamp("2026-12-01T02:00:00Z", "UTC");
        assert!(names.partial(&stamp, u32::MAX).len() <= 255 - INCOMPLETE.len());
    }

    #[test]
    fn archive_names_sort_by_time_across_clock_change() {
        let names = ArchiveNames::new(Path::new("/srv/www"));
        let parsed = |text| {
            let name = names.archive(&stamp(text, "Europe/Berlin"), 1, true);
            names.read(OsStr::new(&name)).unwrap()
        };
        assert!(parsed("2026-10-25T00:30:00Z") < parsed("2026-10-25T01:10:00Z"));
        assert!(parsed("1969-12-31T23:59:59.999Z") < parsed("1970-01-01T00:00:00Z"));
    }
}
