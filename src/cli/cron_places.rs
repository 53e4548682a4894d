//! The places where cron keeps its crontabs.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::cron_rules::Rules;
use super::out::{print_message, warn};
use super::text;

/// The folders with the crontabs of accounts, relative to the root: of Debian's cron and of cronie.
pub const SPOOLS: [&str; 2] = ["var/spool/cron/crontabs", "var/spool/cron"];

/// The crontab of the system and the folder with more of its kind, relative to the root.
const SYSTEM_TABLE: &str = "etc/crontab";
const SYSTEM_FOLDER: &str = "etc/cron.d";

/// A crontab and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub file: PathBuf,
    /// The account whose crontab it is.
    pub user: Option<String>,
    /// Whether its lines have a column with the account.
    pub is_system: bool,
    /// Whose file it must be.
    pub rules: Rules,
}

impl Table {
    /// A crontab of which nothing more is known.
    pub fn plain(file: &Path) -> Table {
        Table {
            file: file.to_path_buf(),
            user: None,
            is_system: false,
            rules: Rules::Named,
        }
    }

    /// A crontab of the system at its place.
    fn system(file: &Path) -> Table {
        Table {
            is_system: true,
            rules: Rules::System,
            ..Table::plain(file)
        }
    }

    /// The crontab of an account, where cron keeps it.
    pub fn of_account(file: &Path, user: &str) -> Table {
        Table {
            user: Some(user.to_string()),
            rules: Rules::Account(user.to_string()),
            ..Table::plain(file)
        }
    }

    /// A crontab that is read as cron reads it at its place.
    pub fn of(file: &Path) -> Table {
        let root = Path::new("/");
        let path = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
        let is_system = path == root.join(SYSTEM_TABLE)
            || path.parent() == Some(root.join(SYSTEM_FOLDER).as_path());
        Table {
            is_system,
            ..Table::plain(file)
        }
    }
}

/// Every crontab that cron reads on a machine with this root folder.
///
/// # Errors
///
/// When a folder exists and can't be read.
pub fn of_system(root: &Path) -> anyhow::Result<Vec<Table>> {
    let mut tables = Vec::new();
    let table = root.join(SYSTEM_TABLE);
    if table.is_file() {
        tables.push(Table::system(&table));
    }
    let files = files(&root.join(SYSTEM_FOLDER), is_name_of_system)?;
    tables.extend(files.iter().map(|file| Table::system(file)));
    for spool in SPOOLS {
        tables.extend(of_accounts(&root.join(spool))?);
    }
    Ok(tables)
}

/// The crontabs in a folder. In one of cron's own folders they are read as cron reads them.
///
/// # Errors
///
/// When the folder can't be read, or has no crontab.
pub fn in_folder(folder: &Path) -> anyhow::Result<Vec<Table>> {
    let root = Path::new("/");
    let path = folder
        .canonicalize()
        .with_context(|| format!("`{}` can't be read", folder.display()))?;
    let tables = if SPOOLS.iter().any(|spool| path == root.join(spool)) {
        of_accounts(folder)?
    } else {
        let of: fn(&Path) -> Table = match path == root.join(SYSTEM_FOLDER) {
            true => Table::system,
            false => Table::plain,
        };
        let files = files(folder, is_name_of_system)?;
        files.iter().map(|file| of(file)).collect()
    };
    anyhow::ensure!(!tables.is_empty(), "`{}` has no crontab", folder.display());
    Ok(tables)
}

fn of_accounts(folder: &Path) -> anyhow::Result<Vec<Table>> {
    let tables = files(folder, is_name_of_account)?.into_iter().map(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Table::of_account(&file, &name)
    });
    Ok(tables.collect())
}

/// Cron leaves out names with a dot or a tilde, which packages and editors leave behind.
fn is_name_of_system(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Among the crontabs of accounts each name counts that an account may have.
fn is_name_of_account(name: &str) -> bool {
    !name.starts_with('.')
}

/// The files in a folder that cron would read, by name; the others are told.
fn files(folder: &Path, is_read: fn(&str) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("`{}` can't be read", folder.display());
    let mut files = Vec::new();
    for path in jobs_fs::entries(folder).with_context(unreadable)? {
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_file = path.is_file();
        if is_read(&name) && !is_file {
            // A pipe, or a link that leads nowhere.
            warn(&format!(
                "`{}` is left out: it leads to no file; remove it, or put the file there",
                text::visible(&path.display().to_string())
            ));
        } else if is_read(&name) {
            files.push(path);
        } else if name != ".placeholder" {
            print_message(&format!(
                "`{}` is left out: cron does not read a file of this name; give it by its path to import it",
                text::visible(&path.display().to_string())
            ));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crontabs_of_a_system_are_found_at_their_places() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        assert_eq!(of_system(root).unwrap(), []);
        for file in [
            "etc/crontab",
            "etc/cron.d/b-two",
            "etc/cron.d/a_one",
            "etc/cron.d/left.dpkg-old",
            "etc/cron.d/.placeholder",
            "var/spool/cron/crontabs/alice",
            "var/spool/cron/bob.b",
            "var/spool/cron/.lock",
        ] {
            let file = root.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let found: Vec<(String, Option<String>, bool, Rules)> = of_system(root)
            .unwrap()
            .into_iter()
            .map(|table| {
                let file = table.file.strip_prefix(root).unwrap();
                let file = file.display().to_string();
                (file, table.user, table.is_system, table.rules)
            })
            .collect();
        let expected = [
            ("etc/crontab", None),
            ("etc/cron.d/a_one", None),
            ("etc/cron.d/b-two", None),
            ("var/spool/cron/crontabs/alice", Some("alice")),
            ("var/spool/cron/bob.b", Some("bob.b")),
        ]
        .map(|(file, user)| {
            let user = user.map(str::to_string);
            let rules = user.clone().map_or(Rules::System, Rules::Account);
            (file.to_string(), user.clone(), user.is_none(), rules)
        });
        assert_eq!(found, expected);
    }
}
