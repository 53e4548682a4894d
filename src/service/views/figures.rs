//! The figures of the daemon, as Prometheus reads them.

use std::collections::HashMap;

use prometheus::core::Collector;
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};
use prometheus::{Encoder, TextEncoder};

use super::super::Service;
use super::super::figures::{Counts, DURATION_SECONDS, OTHERS};
use super::usage::usage;
use crate::api::Exposition;
use crate::error::{Error, Result};
use crate::model::{JobId, Mode};
use crate::schedule::Time;
use crate::scheduler::clock;
use crate::store::{JobCounts, JobName, LiveCounts};

/// What the store knows at one moment.
struct Moment {
    counts: JobCounts,
    live: HashMap<JobId, LiveCounts>,
    next: Option<Time>,
    is_paused: bool,
    /// The jobs that are told of or run.
    names: HashMap<JobId, JobName>,
}

impl Service {
    pub(in crate::service) fn exposition(&self) -> Result<Exposition> {
        let by_job = self.figures.by_job();
        let moment = self.moment(&by_job)?;
        let gone: Vec<JobId> = by_job
            .iter()
            .map(|(id, ..)| *id)
            .filter(|id| *id != OTHERS && !moment.names.contains_key(id))
            .collect();
        self.figures.forget(&gone);
        let mut families = of_executions(&by_job, &moment.names);
        families.extend(self.store.commits().collect());
        families.extend(self.figures.lateness.collect());
        families.extend(self.figures.missed.collect());
        families.extend(self.figures.skipped.collect());
        families.extend(moment.families());
        families.push(build());
        families.push(memory());
        families.sort_by(|a, b| a.name().cmp(b.name()));
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&families, &mut text)
            .map_err(|error| Error::Io(format!("cannot write the figures: {error}")))?;
        Ok(Exposition {
            text: String::from_utf8_lossy(&text).into_owned(),
        })
    }

    fn moment(&self, by_job: &[(JobId, Mode, Counts)]) -> Result<Moment> {
        let now = clock::now();
        self.store.read(|reader| {
            let live = reader.live_counts()?;
            let mut ids: Vec<JobId> = by_job.iter().map(|(id, ..)| *id).collect();
            ids.extend(live.keys());
            ids.sort_unstable();
            ids.dedup();
            Ok(Moment {
                counts: reader.job_counts(now)?,
                next: reader.next_due()?.map(|(_, at)| at),
                is_paused: reader.pause()?.is_on(),
                names: reader.job_names(&ids, now)?,
                live,
            })
        })
    }
}

impl Moment {
    fn families(&self) -> Vec<MetricFamily> {
        let total = |count: fn(&LiveCounts) -> u32| -> f64 {
            // A sum of none is minus zero.
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
        families.extend(next.map(|next| {
            gauge(
                "jobs_next_due_timestamp_seconds",
                "When the next job is due, in seconds since 1970; absent when none is.",
                vec![(Vec::new(), next)],
            )
        }));
        families
    }

    /// How many jobs are in which state; one that runs does so although it is stopped.
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

/// What is counted of executions, under the names that the jobs have now.
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
        // A family without a metric can't be written.
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

/// Which program this is.
fn build() -> MetricFamily {
    let labels = vec![label("version", env!("CARGO_PKG_VERSION"))];
    gauge(
        "jobs_build_info",
        "Always 1; which program this is.",
        vec![(labels, 1.0)],
    )
}

/// What the daemon has in memory.
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

fn gauge(name: &str, help: &str, values: Vec<(Vec<LabelPair>, f64)>) -> MetricFamily {
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
    fn a_name_stays_on_its_line() {
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
