//! Claims ahead of the instant: which jobs are claimed, and how changes and claims wait for each other.

use super::super::ahead::{AHEAD, WriteQueue};
use super::super::plan::Cause;
use super::super::tick::{Tick, look, tick};
use super::*;
use jobs_model::{NewExecution, Source};
use jobs_store::Tx;

/// The instant at which all jobs of these tests are due.
const INSTANT: Time = Time::from_millis(1_800_000_000_000);

/// A tick ahead of [`INSTANT`].
fn ahead(max_concurrent: u32, claims: i64) -> Tick {
    Tick {
        zone: Zone::utc(),
        concurrency: Concurrency::new(max_concurrent, max_concurrent),
        now: INSTANT,
        cause: Cause::Elapsed,
        claims,
        newest_first: false,
        is_ahead: true,
        replayed_until: None,
    }
}

/// Claims jobs that are due at [`INSTANT`]. Returns the started jobs, the jobs that stay due, and whether a further page is due.
fn claim(tx: &mut Tx<'_>, max_concurrent: u32, claims: i64) -> (Vec<String>, Vec<String>, bool) {
    let effects = tick(tx, &ahead(max_concurrent, claims)).unwrap();
    let started = effects.start.into_iter().map(|admitted| admitted.job_name);
    let due = tx
        .due(INSTANT, 100)
        .unwrap()
        .into_iter()
        .map(|job| job.name);
    (started.collect(), due.collect(), effects.more)
}

fn world() -> World {
    let before = INSTANT.minus(Duration::from_secs(1));
    let world = World::new(before, INSTANT, &[]);
    for (name, policy) in [
        ("parallel", Overlap::Parallel),
        ("skip", Overlap::Skip),
        ("queue", Overlap::Queue),
        ("replace", Overlap::Replace),
    ] {
        world.add(name, "* * * * * *", |job| job.allow_mode = policy);
    }
    world
}

/// Records an execution with this status for each job.
fn live(tx: &mut Tx<'_>, status: Status) {
    for job in tx.due(INSTANT, 100).unwrap() {
        let row = NewExecution::of(&job, Source::Manual, status, INSTANT);
        tx.insert_execution(&row).unwrap();
    }
}

#[test]
fn claim_ahead_with_live_executions_or_few_slots_leaves_the_job_due() {
    let names = |some: &[&str]| -> Vec<String> { some.iter().map(ToString::to_string).collect() };
    let all = names(&["parallel", "queue", "replace", "skip"]);
    let serial = names(&["queue", "replace", "skip"]);
    for (what, status, places, starts, stays) in [
        ("nothing runs", None, 100, all.clone(), vec![]),
        (
            "each runs still",
            Some(Status::Running),
            100,
            names(&["parallel"]),
            serial.clone(),
        ),
        (
            "each waits",
            Some(Status::Queued),
            100,
            names(&["parallel"]),
            serial.clone(),
        ),
        ("one place is free", None, 1, names(&["parallel"]), serial),
        ("no place is free", None, 0, vec![], all),
    ] {
        let world = world();
        let seen = world
            .store
            .write(move |tx| {
                if let Some(status) = status {
                    live(tx, status);
                }
                Ok(claim(tx, places, 100))
            })
            .unwrap();
        assert_eq!(seen, (starts, stays, false), "{what}");
    }
}

#[test]
fn claim_ahead_of_a_job_that_will_not_start_leaves_it_due() {
    let world = world();
    world.add("left out", "* * * * * *", |job| job.skip_next = 1);
    world.add("had enough", "* * * * * *", |job| {
        job.max_run_count = 3;
        job.run_count = 3;
    });
    let (_, stays, _) = world.store.write(|tx| Ok(claim(tx, 100, 100))).unwrap();
    assert_eq!(stays, ["had enough", "left out"]);
}

#[test]
fn last_with_output_before_the_instant_ignores_claimed_executions() {
    let world = world();
    let second = Duration::from_secs(1);
    for (what, status, started, is_found) in [
        ("claimed ahead", Status::Running, INSTANT, false),
        ("running", Status::Running, INSTANT.minus(second), true),
        // The clock was set back.
        (
            "running by another clock",
            Status::Running,
            INSTANT.plus(second),
            true,
        ),
        ("ended by another clock", Status::Success, INSTANT, true),
    ] {
        let found = world
            .store
            .write(move |tx| {
                let job = tx.job(1)?.unwrap();
                let row = NewExecution {
                    started_at: Some(started),
                    ..NewExecution::of(&job, Source::Cron, status, started)
                };
                let exec_id = tx.insert_execution(&row)?;
                let now = INSTANT.minus(AHEAD);
                tx.last_with_output(1, exec_id - 1, (now, INSTANT))
            })
            .unwrap();
        assert_eq!(found.is_some(), is_found, "{what}");
    }
}

#[test]
fn claim_ahead_of_a_page_that_stays_due_ends_the_claims() {
    let world = world();
    let seen = world
        .store
        .write(|tx| {
            live(tx, Status::Running);
            Ok((claim(tx, 100, 2), claim(tx, 100, 2)))
        })
        .unwrap();
    let left = ["queue", "replace", "skip"].map(String::from).to_vec();
    // The page is full, but the next page would begin with the jobs that stay due.
    assert_eq!(seen.0, (vec!["parallel".into()], left.clone(), false));
    assert_eq!(seen.1, (vec![], left, false));
}

/// How long claims wait for changes in these tests.
const PATIENCE: Duration = Duration::from_millis(20);

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
}

#[test]
fn change_waits_for_claims_and_claims_give_up_on_a_change() {
    let runtime = runtime();
    let queue = WriteQueue::default();
    let change = queue.change();
    assert!(
        runtime.block_on(queue.claims(PATIENCE)).is_none(),
        "a change goes on, and there is a claim"
    );
    // The claims have given up, so changes continue.
    drop(queue.change());
    drop(change);
    let claims = runtime
        .block_on(queue.claims(PATIENCE))
        .expect("nothing changes");
    std::thread::scope(|scope| {
        let (sender, changes) = std::sync::mpsc::channel();
        let queue = &queue;
        scope.spawn(move || {
            drop(queue.change());
            sender.send(()).unwrap();
        });
        assert!(
            changes.recv_timeout(Duration::from_millis(50)).is_err(),
            "it has changed something too early"
        );
        drop(claims);
        changes
            .recv_timeout(Duration::from_secs(60))
            .expect("its turn comes");
    });
}

#[test]
fn change_between_close_instants_runs_before_the_next_claims() {
    let runtime = runtime();
    let queue = WriteQueue::default();
    std::thread::scope(|scope| {
        let claims = runtime
            .block_on(queue.claims(PATIENCE))
            .expect("nothing changes");
        let changed = scope.spawn(|| drop(queue.change()));
        wait_until_a_change_waits(&queue);
        drop(claims);
        // Even if the next instant comes at once, the waiting change is first.
        for _ in 0..1_000 {
            if changed.is_finished() {
                break;
            }
            if let Some(claims) = runtime.block_on(queue.claims(PATIENCE)) {
                assert_eq!(queue.waiting(), 0, "a change waits for the second claims");
                drop(claims);
            }
        }
        changed.join().unwrap();
    });
}

fn wait_until_a_change_waits(queue: &WriteQueue) {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while queue.waiting() == 0 {
        assert!(std::time::Instant::now() < deadline);
        std::thread::yield_now();
    }
}

#[test]
fn look_ahead_at_a_blocked_retry_returns_its_instant() {
    let before = INSTANT.minus(Duration::from_secs(1));
    let world = World::new(before, INSTANT, &[]);
    world.add("skip", "0 0 1 1 *", |job| job.allow_mode = Overlap::Skip);
    let (effects, next) = world
        .store
        .write(move |tx| {
            let job = tx.job(1)?.unwrap();
            tx.insert_execution(&NewExecution::of(
                &job,
                Source::Cron,
                Status::Running,
                before,
            ))?;
            let retry = NewExecution {
                waits_until: Some(INSTANT),
                retry_number: 1,
                ..NewExecution::of(&job, Source::Retry, Status::Queued, before)
            };
            tx.insert_execution(&retry)?;
            look(tx, ahead(10, 10), String::new)
        })
        .unwrap();
    // The execution that blocks the retry may end before the instant.
    assert!(effects.start.is_empty());
    assert_eq!(next, Some(INSTANT));
}
