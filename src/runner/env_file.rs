//! Opens a file of variables: as root or the own account when nobody else could have put another file there, else with the
//! rights of the account that the command runs as.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::account::Account;
use jobs_fs::{PlaceError, Problem, Refusal, check_file, is_trusted};

/// Opens the file. `account` runs the command, when that is not the daemon's own.
pub(super) fn open(path: &Path, account: Option<&Account>) -> Result<File, String> {
    let refusal = match check_file(path) {
        Ok(found) => {
            let found = found.as_deref().unwrap_or(path);
            return opened(found, OFlags::NOFOLLOW).map_err(|error| error.to_string());
        }
        Err(PlaceError::Io { error, .. }) => return Err(error.to_string()),
        Err(PlaceError::Refused(refusal)) => refusal,
    };
    let Some(account) = account else {
        return Err(format!(
            "{refusal}; hint: {}, or let the command run as that account (--user)",
            refusal.mend()
        ));
    };
    let file = opened_as(account, path)
        .map_err(|error| format!("`{}` can't open it: {error}; {refusal}", account.name))?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !may_provide(account, &refusal, metadata.uid(), metadata.mode()) {
        return Err(format!(
            "{refusal}, and the command runs as `{}`; hint: {}",
            account.name,
            refusal.mend()
        ));
    }
    Ok(file)
}

/// Whether a file in a place that was refused comes from the account itself: who provides variables decides what a command does.
fn may_provide(account: &Account, refusal: &Refusal, owner: u32, mode: u32) -> bool {
    let is_known = |uid: u32| uid == account.uid || is_trusted(uid);
    let is_own_place = match &refusal.problem {
        Problem::Owner(uid) | Problem::LinkOwner(uid) => is_known(*uid),
        Problem::GroupWrites(_) | Problem::EveryoneWrites | Problem::Link(_) => true,
    };
    is_own_place && is_known(owner) && mode & 0o002 == 0
}

/// Opens a file with the rights of an account. Only a thread that ends at once has these rights, and it keeps the real and the
/// saved account, so that the other account cannot send it signals.
fn opened_as(account: &Account, path: &Path) -> io::Result<File> {
    let open = || {
        let groups: Vec<Gid> = account.groups.iter().copied().map(Gid::from_raw).collect();
        set_thread_groups(&groups)?;
        set_thread_res_gid(None, Gid::from_raw(account.gid), None)?;
        set_thread_res_uid(None, Uid::from_raw(account.uid), None)?;
        opened(path, OFlags::empty())
    };
    std::thread::scope(|scope| {
        let opening = scope.spawn(open).join();
        opening.unwrap_or_else(|_| Err(io::Error::other("the thread that opens it has failed")))
    })
}

fn opened(path: &Path, flags: OFlags) -> io::Result<File> {
    // Opening a FIFO would otherwise block until another process writes to it.
    let flags = (OFlags::NONBLOCK | flags).bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_of_variables_comes_from_root_or_the_account_itself() {
        let account = Account {
            name: "app".into(),
            uid: 1000,
            gid: 1000,
            groups: vec![1000],
            home: "/home/app".into(),
            shell: "/bin/sh".into(),
        };
        let own = rustix::process::geteuid().as_raw();
        let refusal = |problem| Refusal {
            path: "/srv/app".into(),
            problem,
        };
        for (problem, owner, mode, may) in [
            (Problem::Owner(1000), 1000, 0o600, true),
            (Problem::Owner(1000), own, 0o600, true),
            (Problem::Owner(1000), 1000, 0o666, false),
            (Problem::Owner(1001), 1000, 0o600, false),
            (Problem::Owner(1000), 1001, 0o600, false),
            (Problem::EveryoneWrites, 1000, 0o600, true),
            (Problem::EveryoneWrites, 1001, 0o600, false),
        ] {
            let refusal = refusal(problem);
            assert_eq!(
                may_provide(&account, &refusal, owner, mode),
                may,
                "{refusal:?} {owner}"
            );
        }
    }

    #[test]
    fn file_that_others_may_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        std::fs::write(&path, "A=1").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        open(&path, None).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        let error = open(&path, None).unwrap_err();
        assert!(
            error.contains("everyone may write") && error.contains("chmod"),
            "{error}"
        );
    }
}
