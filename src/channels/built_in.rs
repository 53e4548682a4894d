//! The presets that are part of the program.

/// A name and the text of its file.
macro_rules! files {
    ($($name:literal,)+) => {
        /// Name and text of each.
        pub(super) const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("presets/", $name, ".yaml"))),)+];
    };
}

files! {
    "alertmanager",
    "apprise",
    "bark",
    "command",
    "dingtalk",
    "discord",
    "feishu",
    "gotify",
    "healthchecks",
    "mail",
    "ntfy",
    "pagerduty",
    "pushover",
    "sendmail",
    "serverchan",
    "slack",
    "sms",
    "teams",
    "telegram",
    "webhook",
    "wecom",
}
