//! Checks the settings about alerts that a request gives, and puts them into the job.

use jobs_api::AlertInput;
use jobs_error::{Error, Result};
use jobs_model::Job;
use jobs_store::Reader;
use jobs_work::SECONDS_MAX;

/// Upper bound on the channels of a job.
const MOST_CHANNELS: usize = 16;

/// Checks and sets the fields.
pub(super) fn set(job: &mut Job, input: &AlertInput<'_>) -> Result<()> {
    let alerts = &mut job.alerts;
    if let Some(given) = input.notify {
        alerts.notify = crate::alerts::channels("notify", given)?;
        if alerts.notify.len() > MOST_CHANNELS {
            let number = alerts.notify.len();
            return Err(Error::invalid(
                "notify",
                format!("{number} channels; {MOST_CHANNELS} is the most"),
            ));
        }
    }
    if let Some(text) = input.alert_after {
        alerts.alert_after = match text.trim() {
            "" | "0" => None,
            text => Some(text.parse().map_err(|problem| {
                Error::invalid("alert_after", format!("`{text}`: {problem}"))
            })?),
        };
    }
    for (field, given, place) in [
        (
            "expect_success_every",
            input.expect_success_every,
            &mut alerts.expect_success_every,
        ),
        ("start_within", input.start_within, &mut alerts.start_within),
        ("warn_after", input.warn_after, &mut alerts.warn_after),
        ("warn_under", input.warn_under, &mut alerts.warn_under),
    ] {
        match given {
            Some(seconds) if seconds > SECONDS_MAX => {
                return Err(Error::invalid(
                    field,
                    format!("`{seconds}` is not in 0 to {SECONDS_MAX} seconds"),
                ));
            }
            Some(seconds) => *place = Some(seconds).filter(|seconds| *seconds > 0),
            None => {}
        }
    }
    if let Some(number) = input.stop_after_failures {
        alerts.stop_after_failures = Some(number).filter(|number| *number > 0);
    }
    Ok(())
}

/// Refuses a channel that does not exist.
pub(super) fn check_channels(reader: &mut Reader<'_>, job: &Job) -> Result<()> {
    crate::alerts::check_channels(reader, "notify", &job.alerts.notify)
}
