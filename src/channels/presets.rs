//! All presets: those of the program, and those in the folder `channels.d`.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::built_in::FILES;
use super::preset::{By, Preset};
use super::references::text_of;
use jobs_error::{Error, Result};
use jobs_fs::{PlaceError, private};
use jobs_text::{listed, nearest, quoted};

/// The deepest nesting of a file.
const DEEPEST: usize = 8;

/// The presets of the program.
static BUILT_IN: LazyLock<BTreeMap<String, Arc<Preset>>> = LazyLock::new(|| {
    let parsed = FILES.iter().filter_map(|(name, text)| {
        // A test reads all of them.
        let preset = parse(name, text, true).ok()?;
        Some(((*name).to_string(), Arc::new(preset)))
    });
    parsed.collect()
});

/// The presets by name.
#[derive(Clone, Debug)]
pub struct Presets {
    all: BTreeMap<String, Arc<Preset>>,
    /// Files that cannot be used, by the name of the preset, and why.
    problems: BTreeMap<String, String>,
}

impl Presets {
    /// Reads the presets in a folder besides those of the program; a file replaces the one of its name. A file that cannot be used
    /// is a problem of the channels that need it, not of the others.
    pub fn load(folder: &Path) -> Presets {
        let mut presets = Presets {
            all: BUILT_IN.clone(),
            problems: BTreeMap::new(),
        };
        presets.add_folder(folder);
        presets
    }

    /// The presets of the program alone.
    pub fn built_in() -> Presets {
        Presets {
            all: BUILT_IN.clone(),
            problems: BTreeMap::new(),
        }
    }

    /// The preset of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when there is none, or its file cannot be used.
    pub fn find(&self, name: &str) -> Result<&Preset> {
        if let Some(problem) = self.problems.get(name) {
            return Err(Error::invalid("preset", problem.clone()));
        }
        if let Some(preset) = self.all.get(name) {
            return Ok(preset);
        }
        if name.is_empty() {
            return Err(Error::invalid("preset", "is missing").hint(self.known()));
        }
        let meant = nearest(name, self.all.keys().map(String::as_str));
        let hint = match (meant, self.problems.get("")) {
            (Some(meant), _) => format!("did you mean {}?", quoted(meant)),
            (None, Some(problem)) => problem.clone(),
            (None, None) => self.known(),
        };
        Err(Error::invalid("preset", format!("there is no {}", quoted(name))).hint(hint))
    }

    /// The presets, by name.
    pub fn all(&self) -> impl Iterator<Item = &Preset> {
        self.all.values().map(Arc::as_ref)
    }

    /// The files that cannot be used, and why.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        self.problems.values().map(String::as_str)
    }

    fn known(&self) -> String {
        format!("there are {}", listed(self.all.keys()))
    }

    fn add_folder(&mut self, folder: &Path) {
        let entries = match checked(folder).map(|()| std::fs::read_dir(folder)) {
            Ok(Ok(entries)) => entries,
            Ok(Err(error)) if error.kind() == ErrorKind::NotFound => return,
            Ok(Err(error)) => {
                let problem = format!("the folder `{}` cannot be read: {error}", folder.display());
                self.problems.insert(String::new(), problem);
                return;
            }
            Err(problem) => {
                self.problems.insert(String::new(), problem);
                return;
            }
        };
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let is_yaml = path
                .extension()
                .is_some_and(|end| end == "yaml" || end == "yml");
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
                continue;
            };
            if !is_yaml || name.starts_with('.') {
                continue;
            }
            let read = read(&path).and_then(|text| parse(name, &text, false));
            match read {
                Ok(preset) => {
                    self.all.insert(name.to_string(), Arc::new(preset));
                }
                Err(problem) => {
                    let problem = format!("`{}`: {problem}", path.display());
                    self.problems.insert(name.to_string(), problem);
                }
            }
        }
    }
}

/// Refuses a folder that another account could change: a preset says where secrets are sent.
fn checked(folder: &Path) -> std::result::Result<(), String> {
    jobs_fs::check_folder(folder).or_else(|error| match error {
        PlaceError::Io { error, .. } if error.kind() == ErrorKind::NotFound => Ok(()),
        error => Err(refusal(&error)),
    })
}

fn refusal(error: &PlaceError) -> String {
    match error {
        PlaceError::Refused(refusal) => format!("{refusal}; to mend it: {}", refusal.mend()),
        PlaceError::Io { path, error } => format!("`{}`: {error}", path.display()),
    }
}

fn read(path: &Path) -> std::result::Result<String, String> {
    let path = jobs_fs::check_file(path)
        .map_err(|error| refusal(&error))?
        .ok_or("the file is gone")?;
    let file = private(OpenOptions::new().read(true)).open(path);
    text_of(file.map_err(|error| error.to_string())?)
}

fn parse(name: &str, text: &str, is_built_in: bool) -> std::result::Result<Preset, String> {
    let is_name = name.len() <= 64
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        });
    if !is_name {
        return Err("the name of the file has other characters than a-z, 0-9, `-` and `_`".into());
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
        with_snippet: false,
    };
    let preset: Preset = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let problem = error.without_snippet().to_string();
        let problem = problem.lines().next().unwrap_or_default().to_string();
        match error.location() {
            Some(location) => format!("line {}: {problem}", location.line()),
            None => problem,
        }
    })?;
    let preset = Preset {
        name: name.to_string(),
        ..preset
    };
    if !is_built_in && preset.by != By::Http {
        return Err("by: a file describes HTTP requests only".into());
    }
    preset.check()?;
    Ok(preset)
}
