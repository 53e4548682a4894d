//! References to secrets: `file:PATH`, `env:NAME`, `cred:NAME`. A channel has the reference; the secret is read when a message is
//! sent.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A larger file is refused, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The hint for a secret that is written out.
pub(super) const HINT: &str = "write it into a file that only the daemon can read and give `file:/path`, or give `env:NAME` (a variable of the daemon) or `cred:NAME` (a credential of systemd)";

/// Whether a value refers to a secret.
pub(super) fn is_reference(value: &str) -> bool {
    ["file:", "env:", "cred:"]
        .iter()
        .any(|kind| value.starts_with(kind))
}

/// The secret that a value refers to, without the line end behind it; another value as it is.
///
/// # Errors
///
/// Why the secret cannot be read. The reference is in the words, the secret is not.
pub(super) fn resolve(value: &str) -> Result<String, String> {
    let secret = if let Some(path) = value.strip_prefix("file:") {
        of_file(Path::new(path))
    } else if let Some(name) = value.strip_prefix("env:") {
        of_variable(name)
    } else if let Some(name) = value.strip_prefix("cred:") {
        of_credential(name)
    } else {
        return Ok(value.to_string());
    };
    let secret = secret.map_err(|problem| format!("`{value}`: {problem}"))?;
    let secret = secret.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(format!("`{value}`: the secret is empty"));
    }
    if secret.contains(char::is_control) {
        return Err(format!(
            "`{value}`: the secret has several lines or a control character"
        ));
    }
    Ok(secret.to_string())
}

fn of_file(path: &Path) -> Result<String, String> {
    if !path.is_absolute() {
        return Err("the path is not absolute".into());
    }
    let file = jobs_fs::open_file(path).map_err(|error| error.to_string())?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if jobs_fs::everyone_may_read(&metadata) {
        return Err(format!(
            "every account may read it; `chmod o-r {}` mends that",
            path.display()
        ));
    }
    text_of(file)
}

/// The text of a file.
///
/// # Errors
///
/// When the system refuses, the text is not UTF-8, or the file is larger than [`LARGEST`].
pub(super) fn text_of(file: File) -> Result<String, String> {
    let mut text = String::new();
    file.take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST {
        return Err(format!("the file is larger than {LARGEST} bytes"));
    }
    Ok(text)
}

fn of_variable(name: &str) -> Result<String, String> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err("it is not the name of a variable".into());
    }
    std::env::var(name).map_err(|_| "the daemon has no such variable".to_string())
}

/// A credential that systemd gives to the service (`LoadCredential=`).
fn of_credential(name: &str) -> Result<String, String> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY")
        .ok_or("the daemon was not started with credentials of systemd (`LoadCredential=`)")?;
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err("it is not the name of a credential".into());
    }
    let path = Path::new(&folder).join(name);
    text_of(jobs_fs::open_file(&path).map_err(|error| error.to_string())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_kinds_are_references() {
        for (value, expected) in [
            ("file:/a", true),
            ("env:A", true),
            ("cred:a", true),
            ("https://h", false),
            ("files:/a", false),
            ("", false),
        ] {
            assert_eq!(is_reference(value), expected, "{value}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn secret_is_read_from_its_file_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let reference = format!("file:{}", path.display());
        let set = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set("hunter2\r\n", 0o600);
        assert_eq!(resolve(&reference), Ok("hunter2".into()));
        for (text, mode, problem) in [
            ("hunter2\n", 0o604, "every account may read it"),
            ("hunter2\nmore\n", 0o600, "several lines"),
            ("\n", 0o600, "the secret is empty"),
            (&"x".repeat(65_537), 0o600, "larger than 65536"),
        ] {
            set(text, mode);
            let error = resolve(&reference).unwrap_err();
            assert!(error.contains(problem), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        for (value, problem) in [
            ("file:key", "not absolute"),
            ("file:/", "not a file"),
            ("file:/dev/zero", "not a file"),
            ("file:/nowhere/at/all", "No such file"),
            ("env:JOBS_NO_SUCH_VARIABLE", "no such variable"),
            ("env:", "not the name of a variable"),
        ] {
            let error = resolve(value).unwrap_err();
            assert!(error.contains(problem), "{value}: {error}");
        }
    }
}
