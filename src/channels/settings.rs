//! The settings of a channel: checks them against the preset, and reads the secrets that they refer to.

use std::collections::BTreeMap;

use super::preset::Preset;
use super::references::{HINT, is_reference, resolve};
use jobs_error::{Error, Result};
use jobs_mask as mask;
use jobs_model::Channel;
use jobs_text::{Escape, listed, nearest, quoted};

/// The longest value of a setting, in bytes.
const LONGEST: usize = 4096;

/// The settings of a channel with the secrets themselves.
pub(super) struct Resolved {
    values: BTreeMap<String, String>,
    /// Texts that must not be shown, in all forms in which a request can have them.
    secrets: Vec<String>,
}

impl Resolved {
    /// Checks the settings and reads the secrets.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] that names the setting. A value that should be a secret is not in the words.
    pub(super) fn new(channel: &Channel, preset: &Preset) -> Result<Resolved> {
        let mut resolved = Resolved {
            values: BTreeMap::new(),
            secrets: Vec::new(),
        };
        for (name, value) in &channel.settings {
            let Some(spec) = preset.settings.get(name) else {
                return Err(unknown(name, preset));
            };
            if value.len() > LONGEST {
                return Err(invalid(name, format!("is longer than {LONGEST} bytes")));
            }
            if value.contains(char::is_control) {
                return Err(invalid(name, "has a line end or a control character"));
            }
            if spec.secret && !value.is_empty() && !is_reference(value) {
                return Err(
                    invalid(name, "is a secret, and secrets are given as references").hint(HINT),
                );
            }
            if value.contains("***") && !is_reference(value) {
                return Err(invalid(name, "is a masked value"));
            }
            let secret = resolve(value).map_err(|problem| invalid(name, problem))?;
            if spec.secret || is_reference(value) {
                resolved.hide(&secret);
            }
            resolved.values.insert(name.clone(), secret);
        }
        for (name, spec) in &preset.settings {
            let value = resolved.values.entry(name.clone()).or_default();
            if value.is_empty() {
                value.clone_from(&spec.default);
            }
            if value.is_empty() && !spec.optional {
                return Err(
                    invalid(name, "is missing").hint(format!("`--set {name}=...`: {}", spec.about))
                );
            }
        }
        Ok(resolved)
    }

    /// The value of a setting; empty when it has none, absent when the preset has no such setting.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Keeps a text from being shown.
    pub(super) fn hide(&mut self, secret: &str) {
        for escape in [Escape::Raw, Escape::Url, Escape::Form, Escape::Json] {
            let form = escape.escaped(secret).into_owned();
            if !form.is_empty() && !self.secrets.contains(&form) {
                self.secrets.push(form);
            }
        }
    }

    /// The texts that must not be shown.
    pub(super) fn secrets(&self) -> &[String] {
        &self.secrets
    }
}

/// A setting as it may be shown: a reference as it is, another value without the secrets in it.
pub fn shown(value: &str) -> String {
    match is_reference(value) {
        true => value.to_string(),
        false => mask::url(value).into_owned(),
    }
}

fn unknown(name: &str, preset: &Preset) -> Error {
    let known = preset.settings.keys().map(String::as_str);
    let hint = match nearest(name, known.clone()) {
        Some(meant) => format!("did you mean {}?", quoted(meant)),
        None => format!("it has {}", listed(known)),
    };
    let problem = format!(
        "the preset `{}` has no setting {}",
        preset.name,
        quoted(name)
    );
    Error::invalid("set", problem).hint(hint)
}

/// An error about one setting.
pub(super) fn invalid(name: &str, problem: impl std::fmt::Display) -> Error {
    Error::invalid(format!("set {name}"), problem.to_string())
}
