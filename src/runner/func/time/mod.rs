//! `Time [LAYOUT]`: prints the time in the zone of the job.

mod layout;
#[cfg(test)]
mod tests;

use jiff::ZonedDateTime;
use jiff::fmt::strtime;

use super::{Call, Failure};
use jobs_text::quoted;

/// Prints the time by a layout: one of Go (`2006-01-02 15:04:05`, or a name such as `RFC1123Z`), or one of strftime
/// if it contains `%` (`%Y-%m-%d`). Without a layout, prints RFC 3339.
pub(super) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let layout = call.rest(0);
    let text = if layout.trim().is_empty() {
        call.now.rfc3339(call.zone)
    } else {
        let moment = call.now.zoned(call.zone);
        if layout.contains('%') {
            strftime(&layout, &moment)?
        } else {
            layout::format(&layout, &moment).ok_or_else(|| nothing_in(&layout))?
        }
    };
    writeln!(call.out, "{text}")?;
    Ok(())
}

fn strftime(layout: &str, moment: &ZonedDateTime) -> Result<String, Failure> {
    strtime::format(layout, moment).map_err(|error| {
        let whole = quoted(layout);
        match unknown_directive(layout, moment) {
            Some(directive) => Failure::argument(
                "layout",
                format!(
                    "{} in {whole} is not a strftime directive",
                    quoted(directive)
                ),
            ),
            None => Failure::argument("layout", format!("{whole}: {error}")),
        }
    })
}

/// The first invalid directive: from its `%` over flags and width to its letter.
fn unknown_directive<'a>(layout: &'a str, moment: &ZonedDateTime) -> Option<&'a str> {
    let mut rest = layout;
    while let Some(start) = rest.find('%') {
        let directive = rest.get(start..)?;
        let is_flag = |c: char| c.is_ascii_digit() || "-_^#:.".contains(c);
        let end = directive
            .char_indices()
            .skip(1)
            .find(|(_, c)| !is_flag(*c))
            .map_or(directive.len(), |(at, c)| at + c.len_utf8());
        let (directive, after) = directive.split_at(end);
        if strtime::format(directive, moment).is_err() {
            return Some(directive);
        }
        rest = after;
    }
    None
}

/// The error for a layout such as `YYYY-MM-DD`, which would be printed unchanged.
fn nothing_in(layout: &str) -> Failure {
    Failure::argument(
        "layout",
        format!(
            "{} contains no part of a date or time: write the time as Go does, \
             for example `2006-01-02 15:04:05`, or as strftime does, `%Y-%m-%d %H:%M:%S`",
            quoted(layout)
        ),
    )
}
