//! Test helper: calls a function and returns its output and its result.

use std::time::Duration;

use super::{Call, Databases, Failure, Settings};
use jobs_error::{Error, Result};
use jobs_model::{JobFigures, Rows};
use jobs_schedule::{Time, Zone};

/// Everything that a function is called with, except its arguments.
pub(super) struct TestCall {
    pub(super) now: Time,
    pub(super) zone: Zone,
    pub(super) timeout: Option<Duration>,
    pub(super) settings: Settings,
}

/// The time is 2026-12-01 10:00:00.007 in Shanghai, a Tuesday.
impl Default for TestCall {
    fn default() -> Self {
        TestCall {
            now: Time::from_millis(1_796_090_400_007),
            zone: Zone::find("Asia/Shanghai").unwrap(),
            timeout: None,
            settings: Settings {
                response_max_bytes: 1 << 20,
                ..Settings::default()
            },
        }
    }
}

impl TestCall {
    /// Calls a function of the job `nightly`. Returns its output and its result.
    pub(super) fn call(
        &self,
        run: fn(&mut Call<'_>) -> Result<(), Failure>,
        args: &[&str],
    ) -> (String, Result<(), Failure>) {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let mut printed = Vec::new();
        let ended = run(&mut Call {
            args: &args,
            raw: &args,
            job_name: "nightly",
            now: self.now,
            zone: &self.zone,
            timeout: self.timeout,
            settings: &self.settings,
            databases: &NoDatabases,
            note: &mut None,
            out: &mut printed,
        });
        (String::from_utf8(printed).unwrap(), ended)
    }
}

/// The output of a call that must succeed.
pub(super) fn prints(run: fn(&mut Call<'_>) -> Result<(), Failure>, args: &[&str]) -> String {
    let (printed, ended) = TestCall::default().call(run, args);
    assert_eq!(ended, Ok(()), "{args:?}");
    printed
}

/// The failure of a call that must fail.
pub(super) fn fails(run: fn(&mut Call<'_>) -> Result<(), Failure>, args: &[&str]) -> String {
    let (printed, ended) = TestCall::default().call(run, args);
    match ended {
        Ok(()) => panic!("{args:?} printed {printed}"),
        Err(Failure(why)) => why,
    }
}

struct NoDatabases;

impl Databases for NoDatabases {
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn query(&self, _: Option<&str>, _: &str, _: usize) -> Result<Rows> {
        Err(Error::Conflict("no databases here".to_owned()))
    }

    fn execute(&self, _: &str, _: &str) -> Result<u64> {
        Err(Error::Conflict("no databases here".to_owned()))
    }

    fn figures(&self, _: Time, _: Time, _: Option<&str>) -> Result<Vec<JobFigures>> {
        Err(Error::Conflict("no databases here".to_owned()))
    }
}
