//! A preset: how a kind of service is called, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::sign::Sign;
use super::values;
use jobs_model::{NoticeEvent, Severity};
use jobs_text::{TemplateError, nearest, placeholders, quoted};

/// A preset. In YAML it has these names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preset {
    /// The name: that of its file.
    #[serde(skip)]
    pub name: String,
    /// The service, in a few words.
    pub about: String,
    /// The address of the documentation that the preset was made from.
    pub source: String,
    /// How a message is delivered.
    pub by: By,
    /// The settings of a channel, by name.
    pub settings: BTreeMap<String, SettingSpec>,
    /// The template of the URL.
    pub url: String,
    /// The HTTP method; empty is POST.
    pub method: String,
    /// The templates of the headers. One that is empty when it is filled is not sent.
    pub headers: BTreeMap<String, String>,
    /// The template of the body; `{notice}` alone is the whole notice as JSON.
    pub body: String,
    /// Whether `&`, `<` and `>` in texts are written as `&amp;`, `&lt;` and `&gt;`.
    pub escapes_markup: bool,
    /// The line end of the service, which stands in the place of each line end of a text; empty is a plain one.
    pub line_end: String,
    /// How a request is signed.
    pub sign: Option<Sign>,
    /// How an answer says that the message was taken.
    pub ok: Accepts,
    /// How long the texts may be.
    pub limit: Limit,
    /// Words that stand for a severity, by the name of the placeholder.
    pub words: BTreeMap<String, SeverityWords>,
    /// The request that tells that an alert is over.
    pub resolve: Option<Variant>,
    /// The request that tells that an execution has begun. Without it, the service is not told.
    pub start: Option<Variant>,
    /// The request that tells that an execution has ended well. Without it, the service is not told.
    pub success: Option<Variant>,
    /// The request by which the channel is tried.
    pub test: Option<Variant>,
}

/// How a message is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// By an HTTP request that the preset describes.
    #[default]
    Http,
    /// By a mail server.
    Mail,
    /// By the program sendmail.
    Sendmail,
    /// By a command, which gets the notice as JSON.
    Command,
    /// By the gateway of the section `sms`.
    Sms,
}

/// A setting of a preset.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettingSpec {
    /// The setting, in a few words.
    pub about: String,
    /// Whether the value is a secret, which is given as a reference.
    pub secret: bool,
    /// Whether the setting may be left out.
    pub optional: bool,
    /// The value when the setting is left out.
    pub default: String,
}

/// How an answer says that the message was taken.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accepts {
    /// The statuses; none is every status from 200 to 299.
    pub status: Vec<u16>,
    /// The path of a field of a JSON answer, such as `errcode` or `a.b`, that must be `is`.
    pub field: String,
    /// The value of the field.
    pub is: String,
    /// Values of the field that say that the service is called too often.
    pub busy: Vec<String>,
    /// The path of the field with the reason of a refusal.
    pub reason: String,
    /// The path of the field with the seconds after which the service may be called again.
    pub retry_after: String,
}

/// Upper bounds on texts.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limit {
    /// Whether the bounds count bytes of UTF-8; otherwise they count characters.
    pub bytes: bool,
    pub title: Option<usize>,
    pub text: Option<usize>,
    /// Of `{message}`: the title, an empty line and the text.
    pub message: Option<usize>,
}

/// Words that stand for a severity.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeverityWords {
    pub critical: String,
    pub warning: String,
    pub info: String,
    /// Of a recovery, whatever the severity was; empty is no such word.
    pub recovered: String,
}

impl SeverityWords {
    pub(super) fn of(&self, event: NoticeEvent, severity: Severity) -> &str {
        if event == NoticeEvent::Recovered && !self.recovered.is_empty() {
            return &self.recovered;
        }
        match severity {
            Severity::Critical => &self.critical,
            Severity::Warning => &self.warning,
            Severity::Info => &self.info,
        }
    }
}

/// The parts of a request that are different for one event. Absent parts are those of the preset.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Variant {
    pub url: Option<String>,
    pub method: Option<String>,
    pub body: Option<String>,
}

/// The templates of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Templates<'p> {
    pub url: &'p str,
    pub method: &'p str,
    pub body: &'p str,
}

impl Preset {
    /// Whether the service is told of starts and successes.
    pub(super) fn takes(&self, event: NoticeEvent) -> bool {
        self.variant(event).is_some()
    }

    fn variant(&self, event: NoticeEvent) -> Option<&Variant> {
        match event {
            NoticeEvent::Recovered => self.resolve.as_ref(),
            NoticeEvent::Start => self.start.as_ref(),
            NoticeEvent::Success => self.success.as_ref(),
            NoticeEvent::Test => self.test.as_ref(),
            NoticeEvent::Opened
            | NoticeEvent::Repeated
            | NoticeEvent::Reminder
            | NoticeEvent::Digest => None,
        }
    }

    /// The templates of the request for an event.
    pub(super) fn templates(&self, event: NoticeEvent) -> Templates<'_> {
        self.with(self.variant(event))
    }

    fn with<'p>(&'p self, variant: Option<&'p Variant>) -> Templates<'p> {
        let method = variant.and_then(|variant| variant.method.as_deref());
        let method = method.unwrap_or(&self.method);
        Templates {
            url: variant
                .and_then(|variant| variant.url.as_deref())
                .unwrap_or(&self.url),
            method: if method.is_empty() { "POST" } else { method },
            body: variant
                .and_then(|variant| variant.body.as_deref())
                .unwrap_or(&self.body),
        }
    }

    /// Checks a preset after it was read.
    ///
    /// # Errors
    ///
    /// The field, and the problem with it.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.by == By::Http && self.url.trim().is_empty() {
            return Err("url: is missing".into());
        }
        // Only the templates of requests have both.
        for name in self.settings.keys().filter(|_| self.by == By::Http) {
            if values::NAMES.contains(&name.as_str()) {
                return Err(format!(
                    "settings: `{name}` is the name of a part of the notice"
                ));
            }
        }
        if !self.ok.field.is_empty() && self.ok.is.is_empty() {
            return Err("ok: `field` needs the value `is`".into());
        }
        let variants = [&self.resolve, &self.start, &self.success, &self.test];
        let variants = variants.into_iter().flatten().map(Some);
        for templates in variants.chain([None]).map(|variant| self.with(variant)) {
            self.check_template("url", templates.url)?;
            self.check_template("body", templates.body)?;
        }
        for (name, template) in &self.headers {
            self.check_template(&format!("headers: {name}"), template)?;
        }
        Ok(())
    }

    fn check_template(&self, field: &str, template: &str) -> Result<(), String> {
        let found = placeholders(template).map_err(|error| match error {
            TemplateError::NotClosed(name) => format!("{field}: `{{?{name}}}` has no `{{/}}`"),
            TemplateError::NotOpened => format!("{field}: a `{{/}}` has no `{{?name}}` before it"),
        })?;
        let mut known: Vec<&str> = values::NAMES.to_vec();
        known.extend(self.settings.keys().map(String::as_str));
        known.extend(self.words.keys().map(String::as_str));
        if self.sign.is_some() {
            known.extend(values::SIGN_NAMES);
        }
        for name in found {
            if !known.contains(&name) {
                let meant = nearest(name, known.iter().copied())
                    .map(|meant| format!(" (did you mean {}?)", quoted(meant)))
                    .unwrap_or_default();
                return Err(format!(
                    "{field}: `{{{name}}}` is neither a part of the notice nor a setting{meant}"
                ));
            }
        }
        Ok(())
    }
}
