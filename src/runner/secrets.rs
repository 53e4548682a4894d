//! The secrets of an execution, prepared for a search in its output, and a cache of them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use super::account::Account;
use super::environment;
use jobs_fs::Stamp;
use jobs_mask::Secrets;
use jobs_work::{self as work, Work};

/// Upper bound on cached searches.
const MAX_CACHED: usize = 64;

/// Upper bound on the bytes of the secrets in the cache.
const MAX_CACHED_BYTES: usize = 1024 * 1024;

/// Upper bound on the secrets that are remembered of former contents of a file.
const MAX_FORMER: usize = 1000;

/// All that the secrets of an execution depend on, except the content of its file of variables.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    of_work: Vec<String>,
    file: Option<PathBuf>,
    user: Option<String>,
    inherits: bool,
}

struct Entry {
    /// The file of variables when it was read.
    stamp: Option<Stamp>,
    /// The secrets in it.
    of_file: Vec<String>,
    secrets: Arc<Secrets>,
}

static CACHE: LazyLock<Mutex<HashMap<Key, Entry>>> = LazyLock::new(Mutex::default);

/// The secrets that the work knows and may print: those that it names, those in its file of variables, and those that it
/// inherits.
pub fn secrets(work: &Work) -> Arc<Secrets> {
    let command = match work {
        Work::Command(command) => Some(command),
        Work::Http(_) | Work::Func(_) => None,
    };
    let key = Key {
        of_work: work.secrets(),
        file: command
            .and_then(|command| command.env_file.as_ref())
            .map(PathBuf::from),
        user: command.and_then(|command| command.user.clone()),
        inherits: command
            .is_some_and(|command| command.user.is_none() && !command.clean_env.unwrap_or(false)),
    };
    let stamp = key.file.as_deref().and_then(Stamp::of);
    let mut former = Vec::new();
    if let Some(entry) = CACHE.lock().get(&key) {
        // A file that can't be read any more had secrets that older output may still show.
        if stamp.is_none() || entry.stamp == stamp {
            return entry.secrets.clone();
        }
        former.extend(entry.of_file.iter().take(MAX_FORMER).cloned());
    }
    let mut of_file = key
        .file
        .as_deref()
        .and_then(|file| {
            let user = key.user.as_deref();
            let account = user.and_then(|user| Account::other(user).ok().flatten());
            environment::secrets_of_file(file, account.as_ref())
        })
        .unwrap_or_default();
    of_file.extend(former);
    let mut all = key.of_work.clone();
    all.extend(of_file.iter().cloned());
    if key.inherits {
        all.extend_from_slice(environment::inherited_secrets());
    }
    let secrets = Arc::new(Secrets::new(work::searchable_secrets(all)));
    remember(key, stamp, of_file, &secrets);
    secrets
}

fn remember(key: Key, stamp: Option<Stamp>, of_file: Vec<String>, secrets: &Arc<Secrets>) {
    let mut cache = CACHE.lock();
    let bytes = |secrets: &Secrets| secrets.values().iter().map(String::len).sum::<usize>();
    let cached: usize = cache.values().map(|entry| bytes(&entry.secrets)).sum();
    if cache.len() >= MAX_CACHED || cached + bytes(secrets) > MAX_CACHED_BYTES {
        cache.clear();
    }
    let entry = Entry {
        stamp,
        of_file,
        secrets: secrets.clone(),
    };
    cache.insert(key, entry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_work::Mode;

    #[test]
    fn secrets_of_a_file_are_read_again_when_it_changes_and_kept_when_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        let text = format!(
            "【command】x --token=ofcommand\n【env_file】{}",
            path.display()
        );
        let work = Work::parse(Mode::Command, &text).unwrap();
        let has = |value: &str| secrets(&work).values().iter().any(|other| other == value);
        std::fs::write(&path, "A_TOKEN=first-one\n").unwrap();
        assert!(has("first-one") && has("ofcommand") && !has("second-one"));
        assert!(Arc::ptr_eq(&secrets(&work), &secrets(&work)));
        std::fs::write(&path, "A_TOKEN=second-one\nURL=pg://u:inaurl@h/").unwrap();
        assert!(has("first-one") && has("second-one") && has("inaurl"));
        std::fs::remove_file(&path).unwrap();
        assert!(has("first-one") && has("second-one"));
    }
}
