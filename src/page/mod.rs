//! The files of the web page, embedded in the program.
//!
//! All files but `index.html` have addresses below `/page/HASH/`, where HASH is a digest of all names and bytes. So browsers can
//! cache them for ever, and files of two versions never mix.
//!
//! A debug build reads the files from the folder that the variable `JOBS_PAGE_DIR` names, if it is set: a change is seen after
//! a reload of the page.

mod comments;
mod disk;
mod modules;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Embeds files of the folder `files`.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(File {
            name: Cow::Borrowed($name),
            bytes: Cow::Borrowed(include_bytes!(concat!("files/", $name))),
        }),*]
    };
}

/// All files of the folder `files` that browsers load. A new file needs a line here.
static FILES: &[File] = files![
    "app.js",
    "base/api.js",
    "base/dom.js",
    "base/keys.js",
    "base/live.js",
    "base/look.js",
    "base/route.js",
    "base/session.js",
    "base/store.js",
    "base/time.js",
    "base/views.js",
    "base/windows.js",
    "base/words.js",
    "icon.svg",
    "index.html",
    "parts/actions.js",
    "parts/ansi.js",
    "parts/bars.js",
    "parts/chips.js",
    "parts/command.js",
    "parts/compare.js",
    "parts/definition.js",
    "parts/dialog.js",
    "parts/diff.js",
    "parts/form.js",
    "parts/heights.js",
    "parts/log-read.js",
    "parts/log.js",
    "parts/menu.js",
    "parts/output.js",
    "parts/prose.js",
    "parts/runs.js",
    "parts/schedule.js",
    "parts/status.js",
    "parts/strip.js",
    "parts/table.js",
    "parts/timeline.js",
    "parts/toast.js",
    "parts/when.js",
    "style-job.css",
    "style-jobs.css",
    "style-system.css",
    "style.css",
    "vendor/preact.js",
    "views/beginning.js",
    "views/bulk.js",
    "views/edit-fields.js",
    "views/edit-meaning.js",
    "views/edit-schedule.js",
    "views/edit.js",
    "views/execution.js",
    "views/import.js",
    "views/job-tabs.js",
    "views/job.js",
    "views/jobs-columns.js",
    "views/jobs-views.js",
    "views/jobs.js",
    "views/login.js",
    "views/palette.js",
    "views/runs.js",
    "views/sentence.js",
    "views/shell.js",
    "views/system-access.js",
    "views/system-alerts.js",
    "views/system-channels.js",
    "views/system-log.js",
    "views/system.js",
    "views/today.js",
    "views/week.js",
    "words/en-alerts.js",
    "words/en-edit.js",
    "words/en-job.js",
    "words/en-jobs.js",
    "words/en-system.js",
    "words/en.js",
    "words/zh-alerts.js",
    "words/zh-edit.js",
    "words/zh-job.js",
    "words/zh-jobs.js",
    "words/zh-system.js",
    "words/zh.js",
];

/// The name of the page itself.
const INDEX: &str = "index.html";

/// How many hexadecimal digits of the digest stand in addresses.
const HASH_LENGTH: usize = 12;

/// In `index.html`, stands for the folder of the other files.
const FOLDER_MARK: &str = "/page/HASH/";

/// In `index.html`, stands for a `modulepreload` of each module of the first screen: browsers load all at once, not each after the one
/// that imports it. Other views are loaded when they are shown.
const MODULES_MARK: &str = "<!-- modules -->";

/// A file of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path in the folder `files`, such as `base/dom.js`.
    pub name: Cow<'static, str>,
    pub bytes: Cow<'static, [u8]>,
}

impl File {
    /// The media type, for the header `Content-Type`.
    pub fn media_type(&self) -> &'static str {
        match self.name.rsplit_once('.').map(|(_, end)| end) {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("json" | "webmanifest") => "application/json",
            Some(_) | None => "text/plain; charset=utf-8",
        }
    }
}

/// The page with its addresses, as it is sent for `/`.
static WHOLE_INDEX: LazyLock<File> = LazyLock::new(|| whole_index(FILES, &HASH));

/// The files as they are sent.
static SENT: LazyLock<Vec<File>> =
    LazyLock::new(|| FILES.iter().map(comments::without_comments).collect());

static HASH: LazyLock<String> = LazyLock::new(|| hash(FILES));

/// The files that are served: those in the program, or those of a folder in a debug build.
#[derive(Clone, Debug)]
pub struct Files(Option<disk::Folder>);

impl Files {
    /// The files of this process.
    pub fn new() -> Files {
        Files(disk::Folder::of_environment())
    }

    /// Whether the files never change while the process runs.
    pub fn are_fixed(&self) -> bool {
        self.0.is_none()
    }

    /// The digest in the addresses of the files.
    pub fn hash(&self) -> &str {
        match &self.0 {
            None => &HASH,
            Some(_) => disk::HASH,
        }
    }

    /// The page itself, with the addresses of its modules.
    pub fn index(&self) -> File {
        match &self.0 {
            None => WHOLE_INDEX.clone(),
            Some(folder) => whole_index(&folder.files(), disk::HASH),
        }
    }

    /// The file with that name below `/page/HASH/`. The page itself is not there: it has one address only.
    pub fn get(&self, hash: &str, name: &str) -> Option<File> {
        if hash != self.hash() || name == INDEX {
            return None;
        }
        match &self.0 {
            None => SENT.iter().find(|file| file.name == name).cloned(),
            Some(folder) => folder.files().into_iter().find(|file| file.name == name),
        }
    }

    /// The names of all files, the page itself included.
    pub fn names(&self) -> Vec<String> {
        let name = |file: &File| file.name.to_string();
        match &self.0 {
            None => FILES.iter().map(name).collect(),
            Some(folder) => folder.files().iter().map(name).collect(),
        }
    }
}

impl Default for Files {
    fn default() -> Files {
        Files::new()
    }
}

/// The first digits of SHA-256 over all names and bytes, each with its length before it.
fn hash(files: &[File]) -> String {
    let mut digest = Sha256::new();
    for file in files {
        for part in [file.name.as_bytes(), &file.bytes] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    let digest = digest.finalize();
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.chars().take(HASH_LENGTH).collect()
}

fn whole_index(files: &[File], hash: &str) -> File {
    let index = files.iter().find(|file| file.name == INDEX);
    let text = index.map(|file| String::from_utf8_lossy(&file.bytes));
    let text = text.unwrap_or_default();
    let folder = format!("/page/{hash}/");
    let modules: Vec<String> = modules::of_first_screen(files)
        .iter()
        .map(|name| format!(r#"<link rel="modulepreload" href="{folder}{name}">"#))
        .collect();
    let text = text
        .replace(MODULES_MARK, &modules.join("\n"))
        .replace(FOLDER_MARK, &folder);
    File {
        name: Cow::Borrowed(INDEX),
        bytes: Cow::Owned(text.into_bytes()),
    }
}
