//! Whether accounts other than the expected ones decide what is in a file.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::refusal::{Problem, Refusal};

/// Why other accounts could have written a file that was opened: its owner is none of `owners`, or a group or everyone may write to
/// it. A link that leads to it counts by its own owner.
pub fn written_by_others(path: &Path, opened: &Metadata, owners: &[u32]) -> Option<Refusal> {
    let refused = |problem| {
        Some(Refusal {
            path: path.to_path_buf(),
            problem,
        })
    };
    if let Ok(link) = std::fs::symlink_metadata(path)
        && link.is_symlink()
        && !owners.contains(&link.uid())
    {
        return refused(Problem::LinkOwner(link.uid()));
    }
    if !owners.contains(&opened.uid()) {
        return refused(Problem::Owner(opened.uid()));
    }
    match opened.mode() & 0o022 {
        0 => None,
        others if others & 0o002 != 0 => refused(Problem::EveryoneWrites),
        _ => refused(Problem::GroupWrites(opened.gid())),
    }
}

/// The accounts whose files this process takes: root and its own.
pub fn trusted_owners() -> [u32; 2] {
    [0, rustix::process::geteuid().as_raw()]
}

/// Whether the problem is only that the group of this account, which is not root, may write: many systems have a group for each
/// person, and let it write by default.
pub fn is_own_group(problem: &Problem) -> bool {
    let own = rustix::process::getegid();
    let is_person = !rustix::process::geteuid().is_root();
    is_person && *problem == Problem::GroupWrites(own.as_raw())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

    use super::*;

    #[test]
    fn file_that_others_could_have_written_is_told_with_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tab");
        fs::write(&file, "").unwrap();
        let found = |path: &Path, owners: &[u32]| {
            let refusal = written_by_others(path, &fs::metadata(path).unwrap(), owners)?;
            Some((refusal.reason(), refusal.mend()))
        };
        for (mode, reason, mend) in [
            (0o600, "", ""),
            (0o644, "", ""),
            (0o664, "the group ", "chmod g-w"),
            (0o646, "everyone may write to it", "chmod go-w"),
            (0o622, "everyone may write to it", "chmod go-w"),
        ] {
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            match found(&file, &trusted_owners()) {
                None => assert_eq!(reason, "", "{mode:o}"),
                Some((said, command)) => {
                    assert!(
                        !reason.is_empty() && said.starts_with(reason),
                        "{mode:o}: {said}"
                    );
                    assert!(command.contains(mend), "{mode:o}: {command}");
                }
            }
        }
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        let (said, _) = found(&file, &[12_345]).unwrap();
        assert!(said.starts_with("it belongs to the account "), "{said}");
        let link = folder.path().join("link");
        symlink(&file, &link).unwrap();
        assert_eq!(found(&link, &trusted_owners()), None);
        if !rustix::process::geteuid().is_root() {
            return;
        }
        lchown(&link, Some(65_534), None).unwrap();
        let (said, command) = found(&link, &[0]).unwrap();
        assert_eq!(said, "the link belongs to the account 65534");
        assert!(command.starts_with("`chown -h root "), "{command}");
        chown(&file, Some(65_534), None).unwrap();
        let (said, command) = found(&file, &[0]).unwrap();
        assert_eq!(said, "it belongs to the account 65534");
        assert!(command.starts_with("`chown root "), "{command}");
        assert_eq!(found(&file, &[0, 65_534]), None);
    }
}
