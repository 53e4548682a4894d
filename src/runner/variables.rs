//! Variables for processes. Most of them are the same for all, so they are kept once, in the form in which a process is given
//! them.

use std::collections::BTreeMap;
#[cfg(target_os = "linux")]
use std::ffi::{CStr, CString};
use std::ffi::{OsStr, OsString};
#[cfg(target_os = "linux")]
use std::io;
use std::sync::Arc;

/// Variables by name, of which most are the same for many commands.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    common: Arc<Common>,
    /// They replace those of the same name.
    own: BTreeMap<OsString, OsString>,
}

/// Those that many commands have.
pub(super) type Common = BTreeMap<OsString, Value>;

/// A value, and the form in which a process is given it.
#[derive(Debug)]
pub(super) struct Value {
    text: OsString,
    #[cfg(target_os = "linux")]
    entry: CString,
}

impl Environment {
    pub(super) fn with(common: Arc<Common>) -> Environment {
        Environment {
            common,
            own: BTreeMap::new(),
        }
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let name = OsStr::new(name);
        match self.own.get(name) {
            Some(value) => Some(value),
            None => self.common.get(name).map(|value| value.text.as_os_str()),
        }
    }

    /// Sets a variable. What it was, if it was one of its own.
    pub fn set(
        &mut self,
        name: impl Into<OsString>,
        value: impl Into<OsString>,
    ) -> Option<OsString> {
        self.own.insert(name.into(), value.into())
    }

    /// Makes a variable what it was before it was set.
    pub(super) fn set_back(&mut self, name: &str, before: Option<OsString>) {
        match before {
            Some(value) => drop(self.own.insert(name.into(), value)),
            None => drop(self.own.remove(OsStr::new(name))),
        }
    }

    /// All variables, by name.
    pub fn sorted(&self) -> BTreeMap<&OsStr, &OsStr> {
        let common = self.common.iter();
        let own = self.own.iter();
        common
            .map(|(name, value)| (name.as_os_str(), value.text.as_os_str()))
            .chain(own.map(|(name, value)| (name.as_os_str(), value.as_os_str())))
            .collect()
    }

    /// The names of all, some of them twice.
    pub(super) fn names(&self) -> impl Iterator<Item = &OsStr> {
        self.common
            .keys()
            .chain(self.own.keys())
            .map(OsString::as_os_str)
    }

    /// `NAME=value`, of those that are not its own.
    #[cfg(target_os = "linux")]
    pub(super) fn common_entries(&self) -> impl Iterator<Item = &CStr> {
        // Few, if any: looked for here once, not among its own for each of all.
        let replaced = self.own.keys();
        let replaced: Vec<&OsString> = replaced
            .filter(|name| self.common.contains_key(*name))
            .collect();
        self.common
            .iter()
            .filter(move |(name, _)| !replaced.contains(name))
            .map(|(_, value)| value.entry.as_c_str())
    }

    /// `NAME=value`, of those that are its own.
    ///
    /// # Errors
    ///
    /// When there is a nul byte in one.
    #[cfg(target_os = "linux")]
    pub(super) fn own_entries(&self) -> io::Result<Vec<CString>> {
        self.own
            .iter()
            .map(|(name, value)| {
                entry(name, value).ok_or_else(|| {
                    let problem =
                        format!("there is a nul byte in the variable `{}`", name.display());
                    io::Error::new(io::ErrorKind::InvalidInput, problem)
                })
            })
            .collect()
    }
}

impl<N: Into<OsString>, V: Into<OsString>> Extend<(N, V)> for Environment {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, variables: I) {
        let variables = variables.into_iter();
        self.own
            .extend(variables.map(|(name, value)| (name.into(), value.into())));
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Environment {
        let mut all = Environment::default();
        all.extend(variables);
        all
    }
}

#[cfg(target_os = "linux")]
fn entry(name: &OsStr, value: &OsStr) -> Option<CString> {
    use std::os::unix::ffi::OsStrExt;
    let (name, value) = (name.as_bytes(), value.as_bytes());
    let mut text = Vec::with_capacity(name.len() + value.len() + 2);
    text.extend_from_slice(name);
    text.push(b'=');
    text.extend_from_slice(value);
    CString::new(text).ok()
}

/// Variables in the form in which they are shared.
pub(super) fn shared(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Common {
    let shared = variables.into_iter().filter_map(|(name, text)| {
        let value = Value {
            #[cfg(target_os = "linux")]
            // What comes from an environment has no nul byte.
            entry: entry(&name, &text)?,
            text,
        };
        Some((name, value))
    });
    shared.collect()
}
