//! The conformance suite: what [`crate`] promises, tested through the boundary alone.
//!
//! Each test is a function over an empty [`Store`]. The macro runs all of them on the stores of one constructor, so another backend
//! needs one line in `tests/mod.rs`.

pub(super) mod audit;
pub(super) mod channels;
pub(super) mod claims;
pub(super) mod counts;
pub(super) mod ends;
pub(super) mod events;
pub(super) mod facts;
pub(super) mod lists;
pub(super) mod pages;
pub(super) mod retention;
pub(super) mod sessions;
pub(super) mod units;

use crate::{Finished, HistoryFilter, Store};
use jobs_model::{ExecId, Execution, Job, JobId, NewExecution, Source, Status};
use jobs_schedule::Time;

/// Runs the suite. `$open` returns a guard, which lives as long as the test, and an empty store.
macro_rules! conformance {
    ($name:ident, $open:path) => {
        mod $name {
            conformance! { @tests $open;
                audit {
                    row_is_kept_with_its_change,
                    row_is_dropped_with_a_failed_change,
                    filter_finds_parts_and_ranges,
                    pruning_removes_old_rows_in_steps,
                    pruning_keeps_the_newest_rows,
                }
                channels {
                    channel_is_kept_as_it_was_made,
                    changed_channel_keeps_its_number_and_origin,
                    removed_channel_is_gone,
                    two_channels_cannot_have_one_name,
                }
                claims {
                    newest_due_is_the_reverse_of_due,
                    claim_keeps_the_instant_up_to_which_it_claimed,
                    claim_moves_the_job_and_records_the_execution_together,
                    failed_claim_leaves_the_job_due,
                    concurrent_claims_take_an_occurrence_once,
                    running_execution_has_a_lease_of_the_store,
                    queued_execution_has_no_lease_until_it_runs,
                    running_of_others_are_those_of_other_owners,
                    numbers_rise_also_after_a_removal,
                    startable_leaves_out_jobs_that_run_often_enough,
                    startable_leaves_out_serial_jobs_that_run,
                    startable_leaves_out_retries_that_wait,
                    live_counts_tell_running_from_queued,
                }
                counts {
                    counts_follow_each_change_of_the_history,
                    counts_of_any_time_are_those_of_the_history,
                    slow_runs_are_the_longest_of_each_job,
                    troubles_are_counted_by_job_and_by_gap,
                }
                ends {
                    end_is_recorded_once,
                    end_keeps_what_it_says,
                    ends_add_to_the_kept_bytes,
                    drop_of_a_running_execution_changes_nothing,
                    same_occurrences_are_one_row,
                    retry_link_names_the_first_of_its_chain,
                }
                events {
                    event_comes_after_the_commit,
                    failed_unit_publishes_nothing,
                    events_come_in_the_order_of_the_commits,
                    changes_of_jobs_are_events,
                }
                facts {
                    fact_replaces_the_one_of_its_kind,
                    facts_of_a_new_store_are_absent,
                    clock_last_seen_is_the_latest_of_all,
                }
                lists {
                    each_order_puts_jobs_without_the_value_last,
                    each_choice_of_jobs_is_filtered_and_counted,
                    text_is_found_in_any_case_and_not_in_secrets,
                    streak_and_usual_duration_follow_the_ends,
                    end_of_an_earlier_execution_is_not_the_last,
                    cleared_history_is_forgotten,
                    pruned_history_changes_the_last_but_no_streak,
                    strip_has_the_latest_that_ran_or_were_missed,
                }
                pages {
                    pages_of_jobs_are_the_whole_list,
                    job_filter_takes_wildcards_literally,
                    pages_of_entries_are_the_whole_history,
                    history_goes_on_before_a_number,
                    history_finds_what_took_long,
                    pages_of_accounts_are_all_accounts,
                }
                retention {
                    limit_per_job_keeps_the_newest_and_the_last_failure,
                    age_removes_old_executions_but_the_last_failure,
                    bytes_remove_the_oldest_first,
                    removed_job_loses_its_history,
                    pruned_files_are_reported,
                    clearing_removes_what_is_over_in_its_range,
                }
                sessions {
                    session_is_kept_as_it_was_made,
                    seen_session_keeps_its_other_values,
                    removed_session_is_gone,
                    sessions_of_an_account_go_together,
                    two_sessions_cannot_have_one_secret,
                }
                units {
                    unit_is_kept_wholly_or_not_at_all,
                    failing_unit_does_not_disturb_the_others,
                    dry_run_answers_and_leaves_nothing_behind,
                    panic_leaves_nothing_behind,
                    reader_sees_one_version,
                    unit_sees_its_own_changes,
                    version_differs_after_a_change,
                    name_that_is_taken_is_a_conflict,
                    closed_store_refuses_to_write,
                }
            }
        }
    };
    (@tests $open:path; $($file:ident { $($test:ident,)+ })+) => {
        $($(
            #[test]
            fn $test() {
                let (_guard, store) = $open();
                super::conformance::$file::$test(&store);
                super::conformance::counts::check(&store);
            }
        )+)+
    };
}

/// No executions.
const NONE: [ExecId; 0] = [];

/// An instant of the tests, in seconds.
const fn at(second: i64) -> Time {
    Time::from_millis(second * 1_000)
}

/// Adds a job that is due at second 10, with what `change` says.
fn add(store: &Store, name: &str, change: impl FnOnce(&mut Job)) -> Job {
    let mut job = Job {
        cron_expr: "* * * * * *".to_string(),
        next_at: Some(at(10)),
        scheduled_at: Some(at(10)),
        ..Job::named(name.to_string(), at(0))
    };
    change(&mut job);
    store.write(move |tx| tx.insert_job(&job)).unwrap()
}

/// Records an execution of a job; one that runs began when it was due.
fn record(store: &Store, job: &Job, status: Status, due: Time) -> ExecId {
    let row = execution(job, status, due);
    store.write(move |tx| tx.insert_execution(&row)).unwrap()
}

fn execution(job: &Job, status: Status, due: Time) -> NewExecution {
    NewExecution {
        started_at: (status == Status::Running).then_some(due),
        ..NewExecution::of(job, Source::Cron, status, due)
    }
}

/// Records an execution that ran and ended with that status.
fn ended(store: &Store, job: &Job, status: Status, end: Time) -> ExecId {
    let exec_id = record(store, job, Status::Running, end);
    finish(store, exec_id, finished(status, end));
    exec_id
}

fn finish(store: &Store, exec_id: ExecId, end: Finished) -> Vec<ExecId> {
    store
        .write(move |tx| tx.finish(&[(exec_id, &end)]))
        .unwrap()
}

/// An execution that ran, ended at a second and took so many milliseconds.
fn ran(store: &Store, job: &Job, status: Status, end: i64, took: i64) -> ExecId {
    let exec_id = record(store, job, Status::Running, at(end));
    let end = Finished {
        duration_ms: Some(took),
        ..finished(status, at(end))
    };
    finish(store, exec_id, end);
    exec_id
}

pub fn finished(status: Status, end: Time) -> Finished {
    Finished {
        status,
        exit_code: Some(0),
        started_at: Some(end),
        ended_at: end,
        duration_ms: Some(5),
        stdout: b"out".to_vec(),
        stderr: b"err".to_vec(),
        stdout_bytes: 3,
        stderr_bytes: 3,
        kept_bytes: 100,
        in_file: false,
        error: None,
        attempts: 1,
        cpu_ms: Some(1),
        max_rss_bytes: Some(2),
    }
}

fn get(store: &Store, exec_id: ExecId) -> Execution {
    store
        .read(|reader| reader.execution(exec_id))
        .unwrap()
        .expect("the execution is recorded")
}

/// The numbers of a job's executions, rising.
fn numbers(store: &Store, job_id: JobId) -> Vec<ExecId> {
    let filter = HistoryFilter {
        job_id: Some(job_id),
        ..HistoryFilter::default()
    };
    let rows = store
        .read(|reader| reader.history(&filter, 1_000_000))
        .unwrap();
    rows.iter().rev().map(|row| row.exec_id).collect()
}
