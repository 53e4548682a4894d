//! Environment variables of processes. Most of them are the same for all processes, so they are stored once, in the
//! form that the system call needs.

use std::collections::BTreeMap;
#[cfg(target_os = "linux")]
use std::ffi::{CStr, CString};
use std::ffi::{OsStr, OsString};
#[cfg(target_os = "linux")]
use std::io;
use std::sync::Arc;

/// Variables by name: a part shared with other commands, and own ones.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    common: Arc<Common>,
    /// Variables of this command alone. They override shared ones of the same name.
    own: BTreeMap<OsString, OsString>,
}

/// The variables that many commands share.
pub(super) type Common = BTreeMap<OsString, Value>;

/// A value, and its entry as the system call needs it.
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

    /// Sets a variable. Returns its previous value, if it was an own one.
    pub fn set(
        &mut self,
        name: impl Into<OsString>,
        value: impl Into<OsString>,
    ) -> Option<OsString> {
        self.own.insert(name.into(), value.into())
    }

    /// Restores the value from before [`Environment::set`].
    pub(super) fn restore(&mut self, name: &str, before: Option<OsString>) {
        match before {
            Some(value) => drop(self.own.insert(name.into(), value)),
            None => drop(self.own.remove(OsStr::new(name))),
        }
    }

    /// All variables, sorted by name.
    pub fn sorted(&self) -> BTreeMap<&OsStr, &OsStr> {
        let common = self.common.iter();
        let own = self.own.iter();
        common
            .map(|(name, value)| (name.as_os_str(), value.text.as_os_str()))
            .chain(own.map(|(name, value)| (name.as_os_str(), value.as_os_str())))
            .collect()
    }

    /// The names of all variables; an overridden one is listed twice.
    pub(super) fn names(&self) -> impl Iterator<Item = &OsStr> {
        self.common
            .keys()
            .chain(self.own.keys())
            .map(OsString::as_os_str)
    }

    /// The shared variables that are not overridden, each as `NAME=value`.
    #[cfg(target_os = "linux")]
    pub(super) fn common_entries(&self) -> impl Iterator<Item = &CStr> {
        // Collected once, and few if any: searching the own variables for each shared one would take longer.
        let replaced = self.own.keys();
        let replaced: Vec<&OsString> = replaced
            .filter(|name| self.common.contains_key(*name))
            .collect();
        self.common
            .iter()
            .filter(move |(name, _)| !replaced.contains(name))
            .map(|(_, value)| value.entry.as_c_str())
    }

    /// The own variables, each as `NAME=value`.
    ///
    /// # Errors
    ///
    /// Fails when a variable contains a NUL byte.
    #[cfg(target_os = "linux")]
    pub(super) fn own_entries(&self) -> io::Result<Vec<CString>> {
        self.own
            .iter()
            .map(|(name, value)| {
                entry(name, value).ok_or_else(|| {
                    let problem = format!("the variable `{}` contains a NUL byte", name.display());
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

/// Converts variables into the shared form.
pub(super) fn shared(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Common {
    let shared = variables.into_iter().filter_map(|(name, text)| {
        let value = Value {
            #[cfg(target_os = "linux")]
            // A variable from an environment contains no NUL byte.
            entry: entry(&name, &text)?,
            text,
        };
        Some((name, value))
    });
    shared.collect()
}
