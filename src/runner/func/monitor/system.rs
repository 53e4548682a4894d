//! `Monitor cpu[,PERCENT]`, `Monitor memory[,PERCENT]`, `Monitor load[,LOAD]`: the whole machine.

use std::thread;
use std::time::{Duration, Instant};

use sysinfo::{MINIMUM_CPU_UPDATE_INTERVAL, System};

use super::super::{Call, Failure};
use super::arguments::{load as load_limit, percent, usage};
use super::disk::{part, rounded, size};
use jobs_text::counted;

/// How long the CPU use is measured.
const MEASURE_TIME: Duration = Duration::from_secs(1);

pub(super) fn cpu(call: &mut Call<'_>, args: &[&str]) -> Result<(), Failure> {
    let limit = one_limit(args, percent, "cpu[,PERCENT]")?;
    let mut system = system("cpu")?;
    system.refresh_cpu_usage();
    let start = Instant::now();
    thread::sleep(measure_time(call.timeout));
    system.refresh_cpu_usage();
    let seconds = start.elapsed().as_secs_f64();
    let used = rounded(f64::from(system.global_cpu_usage()));
    if system.cpus().is_empty() || !used.is_finite() {
        return Err(Failure(
            "cpu: the system does not report its use".to_owned(),
        ));
    }
    let count = counted(system.cpus().len(), "processor");
    writeln!(
        call.out,
        "cpu: {used:.1} % used over {seconds:.1} s, {count}"
    )?;
    check_limit(used, limit, || format!("cpu: {used:.1} % is used"), " %")
}

/// How long to measure: a second, or less when the timeout of the call is short.
fn measure_time(timeout: Option<Duration>) -> Duration {
    let most = timeout.map_or(MEASURE_TIME, |timeout| timeout / 2);
    MEASURE_TIME.min(most).max(MINIMUM_CPU_UPDATE_INTERVAL)
}

pub(super) fn memory(call: &mut Call<'_>, args: &[&str]) -> Result<(), Failure> {
    let limit = one_limit(args, percent, "memory[,PERCENT]")?;
    let mut system = system("memory")?;
    system.refresh_memory();
    let (total, available) = (system.total_memory(), system.available_memory());
    if total == 0 {
        return Err(Failure(
            "memory: the system does not report its size".to_owned(),
        ));
    }
    // Memory that the system can free at once counts as available.
    let taken = total.saturating_sub(available);
    let used = part(taken, total);
    writeln!(
        call.out,
        "memory: {used:.1} % used, {} of {}, {} available",
        size(taken),
        size(total),
        size(available)
    )?;
    let (swap, swapped) = (system.total_swap(), system.used_swap());
    if swap > 0 {
        let (taken, total) = (size(swapped), size(swap));
        writeln!(
            call.out,
            "swap: {:.1} % used, {taken} of {total}",
            part(swapped, swap)
        )?;
    }
    check_limit(used, limit, || format!("memory: {used:.1} % is used"), " %")
}

pub(super) fn load(call: &mut Call<'_>, args: &[&str]) -> Result<(), Failure> {
    let limit = one_limit(args, load_limit, "load[,LOAD]")?;
    let average = System::load_average()
        .map_err(|error| Failure(format!("load: the system does not report it: {error}")))?;
    let one = (average.one * 100.0).round() / 100.0;
    let processors = thread::available_parallelism()
        .map(|number| format!(", {}", counted(number.get(), "processor")))
        .unwrap_or_default();
    writeln!(
        call.out,
        "load: {one:.2} over 1 minute, {:.2} over 5, {:.2} over 15{processors}",
        average.five, average.fifteen
    )?;
    check_limit(
        one,
        limit,
        || format!("load: it is {one:.2} over 1 minute"),
        "",
    )
}

fn system(kind: &str) -> Result<System, Failure> {
    System::new().map_err(|error| Failure(format!("{kind}: the system can't be queried: {error}")))
}

fn one_limit(
    args: &[&str],
    read: fn(&str) -> Result<f64, Failure>,
    line: &str,
) -> Result<Option<f64>, Failure> {
    match args {
        [] => Ok(None),
        [limit] => read(limit).map(Some),
        _ => Err(usage(line)),
    }
}

fn check_limit(
    measured: f64,
    limit: Option<f64>,
    what: impl FnOnce() -> String,
    unit: &str,
) -> Result<(), Failure> {
    match limit {
        Some(limit) if measured > limit => {
            Err(Failure(format!("{}, the limit is {limit}{unit}", what())))
        }
        _ => Ok(()),
    }
}
