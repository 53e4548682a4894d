//! Which crontabs cron ignores because another account could have written them, by the rules of Debian's cron and of cronie.

use std::fs::Metadata;
use std::path::Path;

use jobs_fs::{is_own_group, trusted_owners, written_by_others};
use jobs_text::{escaped, shell_word};

/// The rules that hold for a crontab, by its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// A person has named the file: it is read, with a warning when others may write to it.
    #[default]
    Named,
    /// /etc/crontab and /etc/cron.d: root owns the file and the link that leads to it, and only root may write to it.
    System,
    /// The crontab of an account, in the folder that cron keeps: the account or root owns it, with the mode 0600, and it is no link.
    Account(String),
}

/// Why a crontab is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distrust {
    /// In words that stand after the path of the file.
    pub reason: String,
    /// A command in backticks, or a sentence.
    pub mend: String,
}

impl Rules {
    /// Why the rules speak against a file that was opened. `user` is the account that the lines run as, if the caller names one.
    pub fn distrust(&self, path: &Path, opened: &Metadata, user: Option<&str>) -> Option<Distrust> {
        let refusal = match self {
            Rules::Account(name) => return of_account(path, opened, name),
            // A pipe has no path that others could write to.
            Rules::Named if !opened.is_file() => None,
            Rules::Named => {
                let [root, own] = trusted_owners();
                let user = user.and_then(uid_of).unwrap_or(own);
                written_by_others(path, opened, &[root, own, user])
                    .filter(|refusal| !is_own_group(&refusal.problem))
            }
            Rules::System => written_by_others(path, opened, &[ROOT]),
        }?;
        Some(Distrust {
            reason: refusal.reason(),
            mend: match refusal.problem {
                // Cron demands root, also when another account imports.
                jobs_fs::Problem::Owner(_) => command(&["chown", "root"], path),
                jobs_fs::Problem::LinkOwner(_) => command(&["chown", "-h", "root"], path),
                jobs_fs::Problem::GroupWrites(_)
                | jobs_fs::Problem::EveryoneWrites
                | jobs_fs::Problem::Link(_) => refusal.mend(),
            },
        })
    }
}

const ROOT: u32 = 0;

#[cfg(unix)]
fn of_account(path: &Path, opened: &Metadata, name: &str) -> Option<Distrust> {
    use std::os::unix::fs::MetadataExt;

    let distrust = |reason: String, mend: String| Some(Distrust { reason, mend });
    let Some(uid) = uid_of(name) else {
        return distrust(
            format!("there is no account `{}`", escaped(name)),
            "remove it, or give it by its path with the account that its commands are to run as (--user)".into(),
        );
    };
    if path.is_symlink() {
        return distrust(
            "it is a link".into(),
            "put the file itself there".to_string(),
        );
    }
    if opened.uid() != uid && opened.uid() != ROOT {
        let reason = format!("it belongs to the account {}", opened.uid());
        return distrust(reason, command(&["chown", name], path));
    }
    // Debian's cron demands 0600; cronie takes 0400 as well.
    let mode = opened.mode() & 0o7777;
    if mode != 0o600 && mode != 0o400 {
        let reason = format!("its mode is {mode:04o} and not 0600");
        return distrust(reason, command(&["chmod", "600"], path));
    }
    if opened.nlink() > 1 {
        let reason = format!("it has {} names (hard links)", opened.nlink());
        let mend = "remove all names but one".to_string();
        return distrust(reason, mend);
    }
    None
}

#[cfg(not(unix))]
fn of_account(_: &Path, _: &Metadata, _: &str) -> Option<Distrust> {
    None
}

fn command(words: &[&str], path: &Path) -> String {
    let path = path.to_string_lossy();
    let words: Vec<String> = words
        .iter()
        .copied()
        .chain([&*path])
        .map(shell_word)
        .collect();
    format!("`{}`", escaped(&words.join(" ")))
}

/// The number of an account; none when there is no such account.
#[cfg(unix)]
fn uid_of(name: &str) -> Option<u32> {
    uzers::get_user_by_name(name).map(|user| user.uid())
}

#[cfg(not(unix))]
fn uid_of(_: &str) -> Option<u32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

    use super::*;

    const NOBODY: u32 = 65_534;

    /// A file, its rules, its owner and mode, and the beginning of the reason and the command; empty when cron reads it.
    type Row = (Rules, u32, u32, &'static str, &'static str);

    #[test]
    fn file_is_read_when_cron_reads_it() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tab");
        fs::write(&file, "").unwrap();
        let of = |name: &str| Rules::Account(name.to_string());
        let rows: [Row; 16] = [
            (Rules::System, 0, 0o644, "", ""),
            (Rules::System, 0, 0o600, "", ""),
            (Rules::System, 0, 0o755, "", ""),
            (Rules::System, 0, 0o664, "the group 0 may", "`chmod g-w "),
            (Rules::System, 0, 0o666, "everyone may", "`chmod go-w "),
            (
                Rules::System,
                NOBODY,
                0o644,
                "it belongs to the account 65534",
                "`chown root ",
            ),
            (of("nobody"), NOBODY, 0o600, "", ""),
            (of("nobody"), NOBODY, 0o400, "", ""),
            (of("nobody"), 0, 0o600, "", ""),
            (
                of("nobody"),
                1,
                0o600,
                "it belongs to the account 1",
                "`chown nobody ",
            ),
            (
                of("nobody"),
                NOBODY,
                0o640,
                "its mode is 0640",
                "`chmod 600 ",
            ),
            (
                of("nobody"),
                NOBODY,
                0o4600,
                "its mode is 4600",
                "`chmod 600 ",
            ),
            (
                of("no-such-account"),
                0,
                0o600,
                "there is no account",
                "remove it",
            ),
            (Rules::Named, 0, 0o644, "", ""),
            (
                Rules::Named,
                NOBODY,
                0o644,
                "it belongs to the account 65534",
                "`chown root ",
            ),
            (Rules::Named, 0, 0o646, "everyone may", "`chmod go-w "),
        ];
        for (rules, owner, mode, reason, mend) in rows {
            chown(&file, Some(owner), None).unwrap();
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            let found = rules.distrust(&file, &fs::metadata(&file).unwrap(), None);
            let (said, command) =
                found.map_or(Default::default(), |found| (found.reason, found.mend));
            let is_right = said.starts_with(reason) && said.is_empty() == reason.is_empty();
            assert!(is_right, "{rules:?} {owner} {mode:o}: {said}");
            assert!(
                command.starts_with(mend),
                "{rules:?} {owner} {mode:o}: {command}"
            );
        }
        chown(&file, Some(NOBODY), None).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        let opened = fs::metadata(&file).unwrap();
        assert_eq!(Rules::Named.distrust(&file, &opened, Some("nobody")), None);
        // A link of the system is followed when root has made it; that of an account is not.
        let link = folder.path().join("link");
        symlink(&file, &link).unwrap();
        let says = |rules: Rules| rules.distrust(&link, &opened, None).unwrap().reason;
        assert_eq!(says(of("nobody")), "it is a link");
        assert_eq!(says(Rules::System), "it belongs to the account 65534");
        chown(&file, Some(0), None).unwrap();
        let opened = fs::metadata(&file).unwrap();
        assert_eq!(Rules::System.distrust(&link, &opened, None), None);
        lchown(&link, Some(NOBODY), None).unwrap();
        let found = Rules::System.distrust(&link, &opened, None).unwrap();
        assert_eq!(found.reason, "the link belongs to the account 65534");
        assert!(found.mend.starts_with("`chown -h root "), "{}", found.mend);
        fs::hard_link(&file, folder.path().join("other")).unwrap();
        let opened = fs::metadata(&file).unwrap();
        let found = of("nobody").distrust(&file, &opened, None).unwrap();
        assert_eq!(found.reason, "it has 2 names (hard links)");
        assert_eq!(Rules::System.distrust(&file, &opened, None), None);
    }
}
