//! The operation `metrics`: the text for Prometheus.

use std::collections::HashMap;

use prometheus::core::Collector;
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};
use prometheus::{Encoder, TextEncoder};

use super::super::{Cx, Service};
use super::counts::{Counts, DURATION_SECONDS, JOBS, OTHERS};
use super::usage::usage;
use jobs_api::{Exposition, Metrics};
use jobs_error::{Error, Result};
use jobs_model::{Condition, JobId, Mode, NoticeState};
use jobs_schedule::Time;
use jobs_store::{JobCounts, JobName, JobOutcome, LiveCounts};

/// The figures that the store has, read in one transaction.
struct StoreFigures {
    counts: JobCounts,
    live: HashMap<JobId, LiveCounts>,
    next: Option<Time>,
    is_paused: bool,
    /// The names of the jobs that have counts, run or have run.
    names: HashMap<JobId, JobName>,
    /// How jobs went last.
    outcomes: Vec<JobOutcome>,
    open_alerts: Vec<(Condition, u64)>,
    notices: Vec<(String, NoticeState, u64)>,
}

impl Service {
    pub(crate) fn metrics(&self, cx: &Cx, _: Metrics) -> Result<Exposition> {
        let by_job = self.counts.by_job();
        let stored = self.store_figures(cx, &by_job)?;
        let gone: Vec<JobId> = by_job
            .iter()
            .map(|(id, ..)| *id)
            .filter(|id| *id != OTHERS && !stored.names.contains_key(id))
            .collect();
        self.counts.forget(&gone);
        let mut families = of_executions(&by_job, &stored.names);
        families.extend(self.store.commits().collect());
        families.extend(self.counts.lateness.collect());
        families.extend(self.counts.missed.collect());
        families.extend(self.counts.skipped.collect());
        families.extend(stored.families());
        families.push(build());
        families.push(memory());
        families.push(lost_log_lines(self.host.lost_log_lines()));
        families.sort_by(|a, b| a.name().cmp(b.name()));
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&families, &mut text)
            .map_err(|error| Error::Io(format!("cannot write the figures: {error}")))?;
        Ok(Exposition {
            text: String::from_utf8_lossy(&text).into_owned(),
        })
    }

    fn store_figures(&self, cx: &Cx, by_job: &[(JobId, Mode, Counts)]) -> Result<StoreFigures> {
        let now = cx.now;
        self.store.read(|reader| {
            let live = reader.live_counts()?;
            let outcomes = reader.last_outcomes(i64::try_from(JOBS).unwrap_or(i64::MAX))?;
            let mut ids: Vec<JobId> = by_job.iter().map(|(id, ..)| *id).collect();
            ids.extend(live.keys());
            ids.extend(outcomes.iter().map(|outcome| outcome.job_id));
            ids.sort_unstable();
            ids.dedup();
            Ok(StoreFigures {
                counts: reader.job_counts(now)?,
                next: reader.next_due()?.map(|(_, at)| at),
                is_paused: reader.pause()?.is_on(),
                names: reader.job_names(&ids, now)?,
                live,
                outcomes,
                open_alerts: reader.open_alert_counts()?,
                notices: reader.notice_counts()?,
            })
        })
    }
}

impl StoreFigures {
    fn families(&self) -> Vec<MetricFamily> {
        let total = |count: fn(&LiveCounts) -> u32| -> f64 {
            // `sum()` of no numbers is minus zero.
            self.live
                .values()
                .fold(0.0, |sum, live| sum + f64::from(count(live)))
        };
        let next = self.next.map(|at| at.millis() as f64 / 1_000.0);
        let mut families = vec![
            gauge(
                "jobs_running",
                "Executions that run.",
                vec![(Vec::new(), total(|live| live.running))],
            ),
            gauge(
                "jobs_queued",
                "Executions that wait.",
                vec![(Vec::new(), total(|live| live.queued))],
            ),
            gauge(
                "jobs_paused",
                "Whether the scheduler is paused: 1 when it is.",
                vec![(Vec::new(), f64::from(u8::from(self.is_paused)))],
            ),
            self.by_state(),
        ];
        families.extend(self.of_outcomes());
        families.extend(self.of_alerts());
        families.extend(next.map(|next| {
            gauge(
                "jobs_next_due_timestamp_seconds",
                "When the next job is due, in seconds since 1970; absent when none is.",
                vec![(Vec::new(), next)],
            )
        }));
        families
    }

    /// How each job went last.
    fn of_outcomes(&self) -> Vec<MetricFamily> {
        let (mut success, mut status, mut took) = (Vec::new(), Vec::new(), Vec::new());
        for outcome in &self.outcomes {
            let Some(job) = self.names.get(&outcome.job_id) else {
                continue;
            };
            let labels = vec![
                label("job_id", &outcome.job_id.to_string()),
                label("job_name", &job.name),
            ];
            let seconds = |millis: i64| millis as f64 / 1_000.0;
            let at = outcome.last_success.map(|at| seconds(at.millis()));
            success.extend(at.map(|at| (labels.clone(), at)));
            took.extend(outcome.took_ms.map(|took| (labels.clone(), seconds(took))));
            status.push((labels, f64::from(u8::from(outcome.is_success))));
        }
        gauges([
            (
                "jobs_last_success_timestamp_seconds",
                "When the last execution that succeeded ended, in seconds since 1970.",
                success,
            ),
            (
                "jobs_last_status",
                "1 when the last execution succeeded, 0 when it did not or did not run.",
                status,
            ),
            (
                "jobs_last_duration_seconds",
                "How long the last execution took.",
                took,
            ),
        ])
    }

    /// What is wrong, and what was told of it.
    fn of_alerts(&self) -> Vec<MetricFamily> {
        let open = self.open_alerts.iter().map(|(condition, number)| {
            let labels = vec![label("condition", condition.as_str())];
            (labels, *number as f64)
        });
        let notices = self.notices.iter().map(|(channel, state, number)| {
            let labels = vec![label("channel", channel), label("state", state.as_str())];
            (labels, *number as f64)
        });
        gauges([
            (
                "jobs_alerts_open",
                "Open alerts by their condition.",
                open.collect(),
            ),
            (
                "jobs_notices",
                "Messages of the last 90 days by channel and by what has become of them.",
                notices.collect(),
            ),
        ])
    }

    /// Jobs by state. A stopped job with a running execution counts as running.
    fn by_state(&self) -> MetricFamily {
        let runs = |id: &JobId| self.live.get(id).is_some_and(|live| live.running > 0);
        let running: Vec<&JobName> = self
            .names
            .iter()
            .filter(|(id, _)| runs(id))
            .map(|(_, name)| name)
            .collect();
        let both = running.iter().filter(|name| name.is_stopped).count() as u64;
        let stopped = self.counts.stopped.saturating_sub(both);
        let running = running.len() as u64;
        let waiting = self.counts.jobs.saturating_sub(stopped + running);
        gauge(
            "jobs_jobs",
            "Jobs by their state.",
            [
                ("running", running),
                ("stopped", stopped),
                ("waiting", waiting),
            ]
            .map(|(state, number)| (vec![label("state", state)], number as f64))
            .to_vec(),
        )
    }
}

/// The counts of executions, under the present names of the jobs.
fn of_executions(
    by_job: &[(JobId, Mode, Counts)],
    names: &HashMap<JobId, JobName>,
) -> Vec<MetricFamily> {
    let (mut ended, mut failed, mut durations) = (Vec::new(), Vec::new(), Vec::new());
    for (id, mode, counts) in by_job {
        let name = match names.get(id) {
            Some(job) => job.name.as_str(),
            None if *id == OTHERS => "other",
            None => continue,
        };
        let labels = vec![
            label("job_id", &id.to_string()),
            label("job_name", name),
            label("mode", mode.as_str()),
        ];
        ended.push(counter(labels.clone(), counts.ended));
        failed.push(counter(labels.clone(), counts.failed));
        let mut metric = Metric::from_label(labels);
        metric.set_histogram(durations_of(counts));
        durations.push(metric);
    }
    let families = [
        (
            "jobs_exec_total",
            "Executions that have ended.",
            MetricType::COUNTER,
            ended,
        ),
        (
            "jobs_exec_fail_total",
            "Executions that have failed, timed out or were cut short by the end of the daemon.",
            MetricType::COUNTER,
            failed,
        ),
        (
            "jobs_exec_duration_seconds",
            "How long executions took.",
            MetricType::HISTOGRAM,
            durations,
        ),
    ];
    families
        .into_iter()
        // The encoder refuses a family without a metric.
        .filter(|(.., metrics)| !metrics.is_empty())
        .map(|(name, help, kind, metrics)| family(name, help, kind, metrics))
        .collect()
}

fn durations_of(counts: &Counts) -> Histogram {
    let mut sum = 0;
    let buckets = DURATION_SECONDS
        .iter()
        .zip(counts.within)
        .map(|(most, within)| {
            sum += within;
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(*most);
            bucket.set_cumulative_count(sum);
            bucket
        });
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_count(counts.timed);
    histogram.set_sample_sum(counts.seconds);
    histogram
}

/// The version of the program.
fn build() -> MetricFamily {
    let labels = vec![label("version", env!("CARGO_PKG_VERSION"))];
    gauge(
        "jobs_build_info",
        "Always 1; which program this is.",
        vec![(labels, 1.0)],
    )
}

/// The lines that the system log has lost.
fn lost_log_lines(lines: u64) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name("jobs_log_lines_lost_total".to_string());
    family.set_help("Lines of the system log that could not be written.".to_string());
    family.set_field_type(MetricType::COUNTER);
    family.set_metric(vec![counter(Vec::new(), lines)]);
    family
}

/// The resident memory of the daemon.
fn memory() -> MetricFamily {
    gauge(
        "process_resident_memory_bytes",
        "What the daemon has in memory.",
        vec![(Vec::new(), usage().memory.rss as f64)],
    )
}

fn label(name: &str, value: &str) -> LabelPair {
    let mut label = LabelPair::default();
    label.set_name(name.to_string());
    label.set_value(value.to_string());
    label
}

fn counter(labels: Vec<LabelPair>, value: u64) -> Metric {
    let mut counter = Counter::default();
    counter.set_value(value as f64);
    let mut metric = Metric::from_label(labels);
    metric.set_counter(counter);
    metric
}

/// Values with their labels.
type Values = Vec<(Vec<LabelPair>, f64)>;

/// The families that have values: the encoder refuses a family without any.
fn gauges<const N: usize>(families: [(&str, &str, Values); N]) -> Vec<MetricFamily> {
    let families = families.into_iter();
    let there = families.filter(|(.., values)| !values.is_empty());
    there
        .map(|(name, help, values)| gauge(name, help, values))
        .collect()
}

fn gauge(name: &str, help: &str, values: Values) -> MetricFamily {
    let metrics = values.into_iter().map(|(labels, value)| {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        let mut metric = Metric::from_label(labels);
        metric.set_gauge(gauge);
        metric
    });
    family(name, help, MetricType::GAUGE, metrics.collect())
}

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_string());
    family.set_help(help.to_string());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_with_a_line_break_stays_on_its_line() {
        let name = "a \"b\" \\ c\nd{e}";
        let counts = Counts::default();
        let job = JobName {
            name: name.to_string(),
            is_stopped: false,
        };
        let by_job = [
            (OTHERS, Mode::Http, counts.clone()),
            (7, Mode::Command, counts.clone()),
            (8, Mode::Command, counts),
        ];
        let families = of_executions(&by_job, &HashMap::from([(7, job)]));
        let text = TextEncoder::new().encode_to_string(&families).unwrap();
        let totals: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("jobs_exec_total"))
            .collect();
        assert_eq!(
            totals,
            [
                r#"jobs_exec_total{job_id="0",job_name="other",mode="http"} 0"#,
                r#"jobs_exec_total{job_id="7",job_name="a \"b\" \\ c\nd{e}",mode="command"} 0"#,
            ]
        );
        assert!(of_executions(&[], &HashMap::new()).is_empty());
    }
}
