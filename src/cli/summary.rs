//! `jobs summary`: what has happened since a time, in a sentence and short tables.

use super::out::Out;
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{DaySummary, Summary};
use jobs_clock::now;
use jobs_schedule::{Time, Zone};

pub fn summary(context: &Context, request: &Summary, out: &mut Out) -> anyhow::Result<i32> {
    let summary = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&summary)?;
        return Ok(DONE);
    }
    out.line(&sentence(
        &summary,
        request.since.as_deref(),
        now(),
        &Zone::system(),
    ))?;
    if !summary.failing.is_empty() {
        let mut table = Table::new(&[
            Column::new("FAILED"),
            Column::number("EXEC").rank(2),
            Column::new("STATUS").rank(3),
            Column::number("IN A ROW").rank(4),
            Column::new("ENDED").rank(5),
            Column::new("WHY").rank(1).shortest(24),
        ]);
        for job in &summary.failing {
            table.push(vec![
                Cell::new(&job.job_name),
                Cell::number(job.exec_id),
                Cell::new(job.status.as_str()).highlight(text::highlight(job.status)),
                Cell::number(job.streak),
                Cell::new(text::relative(job.ended_at, now())),
                Cell::new(job.why.as_deref().or(job.error.as_deref()).unwrap_or("-")),
            ]);
        }
        print(&table, summary.failing_total, summary.failing.len(), out)?;
    }
    if !summary.missed.is_empty() {
        let mut table = Table::new(&[
            Column::new("MISSED"),
            Column::number("TIMES").rank(1),
            Column::new("FROM").rank(3),
            Column::new("WHY").rank(2).shortest(24),
        ]);
        for job in &summary.missed {
            table.push(vec![
                Cell::new(&job.job_name),
                Cell::number(job.count),
                Cell::new(text::clock(Some(job.from), "-")),
                Cell::new(job.reason.as_deref().unwrap_or("-")),
            ]);
        }
        print(&table, 0, 0, out)?;
    }
    if !summary.slower.is_empty() {
        let mut table = Table::new(&[
            Column::new("SLOWER"),
            Column::number("EXEC").rank(2),
            Column::number("TOOK").rank(1),
            Column::number("USUALLY").rank(3),
        ]);
        for job in &summary.slower {
            table.push(vec![
                Cell::new(&job.job_name),
                Cell::number(job.exec_id),
                Cell::new(text::duration(job.duration_ms)),
                Cell::new(text::duration(job.usual_ms)),
            ]);
        }
        print(&table, summary.slower_total, summary.slower.len(), out)?;
    }
    Ok(DONE)
}

/// A table after an empty line, and how many of `total` rows it leaves out.
fn print(table: &Table<'_>, total: u64, shown: usize, out: &mut Out) -> anyhow::Result<()> {
    out.line("")?;
    table.print(out)?;
    let left = total.saturating_sub(shown as u64);
    if left > 0 {
        out.line(&format!("and {} more", grouped(left)))?;
    }
    Ok(())
}

/// The summary in a sentence. Trouble and a pause come first.
fn sentence(summary: &DaySummary, since: Option<&str>, now: Time, zone: &Zone) -> String {
    let mut words = String::new();
    if let Some(trouble) = &summary.trouble {
        words.push_str(&format!(
            "The scheduler cannot work: {}. ",
            text::visible(trouble)
        ));
    }
    if summary.paused {
        words.push_str("The scheduler is paused. ");
    }
    let since = match since.filter(|text| !text.is_empty()) {
        None => "yesterday 18:00".to_string(),
        Some(_) => text::short_clock(summary.since, now, zone),
    };
    let runs = match summary.total {
        0 => "no runs".to_string(),
        total => counted(total, "run", "runs"),
    };
    words.push_str(&format!("Since {since}, {runs}"));
    let parts = parts(summary, now, zone);
    match (parts.is_empty(), summary.total) {
        (true, 0) => words.push('.'),
        (true, 1) => words.push_str(": it went well."),
        (true, _) => words.push_str(": all went well."),
        (false, _) => words.push_str(&format!(": {}.", parts.join(", "))),
    }
    words
}

fn parts(summary: &DaySummary, now: Time, zone: &Zone) -> Vec<String> {
    let mut parts = Vec::new();
    let failures = summary.runs.failures();
    if failures > 0 {
        let jobs = counted(summary.failing_total, "job", "jobs");
        parts.push(format!("{} failed in {jobs}", grouped(failures)));
    }
    if summary.runs.cancelled > 0 {
        parts.push(format!("{} cancelled", grouped(summary.runs.cancelled)));
    }
    if summary.missed_total > 0 {
        let missed = grouped(summary.missed_total);
        let gap = summary.gaps.iter().rev().find(|gap| gap.missed > 0);
        parts.push(match gap {
            Some(gap) if gap.missed == summary.missed_total => format!(
                "{missed} missed while the daemon was down from {} to {}",
                text::short_clock(gap.from, now, zone),
                text::short_clock(gap.until, now, zone)
            ),
            Some(_) | None => format!("{missed} missed"),
        });
    }
    if summary.slower_total > 0 {
        let number = grouped(summary.slower_total);
        parts.push(format!("{number} took more than twice as long as usual"));
    }
    if summary.open_alerts > 0 {
        parts.push(counted(summary.open_alerts, "open alert", "open alerts"));
    }
    parts
}

/// A number with its noun.
fn counted(number: u64, one: &str, more: &str) -> String {
    let noun = if number == 1 { one } else { more };
    format!("{} {noun}", grouped(number))
}

/// A number with a comma after each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_api::DaemonGap;
    use jobs_model::StatusCounts;

    fn summary(runs: StatusCounts) -> DaySummary {
        let at = Time::from_millis;
        DaySummary {
            since: at(0),
            until: at(86_400_000),
            runs,
            total: runs.ran(),
            failing_total: 0,
            failing: Vec::new(),
            slower_total: 0,
            slower: Vec::new(),
            missed_total: runs.missed,
            missed: Vec::new(),
            gaps: Vec::new(),
            quarters: Vec::new(),
            running: 0,
            queued: 0,
            open_alerts: 0,
            trouble: None,
            paused: false,
        }
    }

    #[test]
    fn sentence_has_plural_forms_and_trouble_first() {
        let counts = |success, failed, missed| StatusCounts {
            success,
            failed,
            missed,
            ..StatusCounts::default()
        };
        let told = |summary: &DaySummary| {
            let now = Time::from_millis(86_400_000);
            sentence(summary, None, now, &Zone::utc())
        };
        let begin = "Since yesterday 18:00, ";
        assert_eq!(told(&summary(counts(0, 0, 0))), format!("{begin}no runs."));
        assert_eq!(
            told(&summary(counts(1, 0, 0))),
            format!("{begin}1 run: it went well.")
        );
        assert_eq!(
            told(&summary(counts(48_211, 0, 0))),
            format!("{begin}48,211 runs: all went well.")
        );
        let mut bad = summary(counts(48_174, 37, 12));
        bad.failing_total = 1;
        bad.slower_total = 3;
        bad.paused = true;
        bad.open_alerts = 1;
        assert_eq!(
            told(&bad),
            format!(
                "The scheduler is paused. {begin}48,211 runs: 37 failed in 1 job, 12 missed, 3 took more than twice as long as usual, 1 open alert."
            )
        );
        bad.gaps = vec![DaemonGap {
            from: Time::from_millis(3_600_000),
            until: Time::from_millis(7_200_000),
            missed: 12,
        }];
        assert!(told(&bad).contains("12 missed while the daemon was down from "));
    }
}
