//! The presets that are part of the program.

/// Name and text of each.
pub(super) const FILES: &[(&str, &str)] = &[("webhook", include_str!("presets/webhook.yaml"))];
