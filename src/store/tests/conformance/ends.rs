//! Ends of executions: recorded once, with all that they say.

use super::*;
use crate::RetryLink;

pub fn end_is_recorded_once(store: &Store) {
    let job = add(store, "a", |_| ());
    let exec_id = record(store, &job, Status::Running, at(10));
    assert_eq!(
        finish(store, exec_id, finished(Status::Success, at(12))),
        [exec_id]
    );
    let first = get(store, exec_id);
    assert_eq!(
        finish(store, exec_id, finished(Status::Failed, at(15))),
        NONE
    );
    assert_eq!(get(store, exec_id), first);
    assert_eq!(
        finish(store, exec_id + 1, finished(Status::Failed, at(15))),
        NONE
    );
}

pub fn end_keeps_what_it_says(store: &Store) {
    let job = add(store, "a", |_| ());
    let exec_id = record(store, &job, Status::Running, at(10));
    let end = crate::Finished {
        exit_code: Some(137),
        stdout: b"caf\xff".to_vec(),
        stdout_bytes: 1 << 40,
        in_file: true,
        error: Some("it was killed".to_string()),
        ..finished(Status::Failed, at(12))
    };
    finish(store, exec_id, end);
    let row = get(store, exec_id);
    assert_eq!((row.status, row.exit_code), (Status::Failed, Some(137)));
    assert_eq!((row.started_at, row.ended_at), (Some(at(12)), Some(at(12))));
    assert_eq!(
        (row.stdout.0, row.stdout_bytes),
        (b"caf\xff".to_vec(), 1 << 40)
    );
    assert_eq!((row.in_file, row.kept_bytes), (true, 100));
    assert_eq!(row.error.as_deref(), Some("it was killed"));
    let last = store.read(|reader| reader.last_ended(job.id)).unwrap();
    assert_eq!(last.map(|last| last.exec_id), Some(exec_id));
}

pub fn ends_add_to_the_kept_bytes(store: &Store) {
    let job = add(store, "a", |_| ());
    let kept = || store.read(|reader| reader.kept_bytes()).unwrap();
    assert_eq!(kept(), 0);
    let ids = [10, 11].map(|second| record(store, &job, Status::Running, at(second)));
    let changed = store
        .write(move |tx| {
            let end = finished(Status::Success, at(12));
            tx.finish(&ids.map(|exec_id| (exec_id, &end)))
        })
        .unwrap();
    assert_eq!(changed, ids);
    assert_eq!(kept(), 200);
    finish(store, ids[0], finished(Status::Success, at(13)));
    assert_eq!(kept(), 200, "it was over already");
}

pub fn drop_of_a_running_execution_changes_nothing(store: &Store) {
    let job = add(store, "a", |_| ());
    let runs = record(store, &job, Status::Running, at(10));
    let waits = record(store, &job, Status::Queued, at(11));
    store
        .write(move |tx| {
            tx.drop_queued(runs, at(12), "why")?;
            tx.drop_queued(waits, at(12), "why")
        })
        .unwrap();
    assert_eq!(get(store, runs).status, Status::Running);
    let dropped = get(store, waits);
    assert_eq!(
        (dropped.status, dropped.ended_at, dropped.error.as_deref()),
        (Status::Cancelled, Some(at(12)), Some("why"))
    );
}

pub fn same_occurrences_are_one_row(store: &Store) {
    let job = add(store, "a", |_| ());
    let missed = |error: &str, end| NewExecution {
        ended_at: Some(end),
        error: Some(error.to_string()),
        ..execution(&job, Status::Missed, at(10))
    };
    let first = missed("down", at(10));
    let exec_id = store.write(move |tx| tx.insert_execution(&first)).unwrap();
    let extend = |row: NewExecution| store.write(move |tx| tx.extend_last(&row, 3)).unwrap();
    assert_eq!(extend(missed("down", at(20))), Some(exec_id));
    assert_eq!(extend(missed("suspended", at(30))), None);
    let row = get(store, exec_id);
    assert_eq!((row.count, row.ended_at), (4, Some(at(20))));
}

pub fn retry_link_names_the_first_of_its_chain(store: &Store) {
    let job = add(store, "a", |job| job.retries = 2);
    let first = record(store, &job, Status::Running, at(10));
    let row = NewExecution {
        retry_of: Some(first),
        retry_number: 1,
        retries_left: 1,
        ..execution(&job, Status::Queued, at(10))
    };
    let second = store.write(move |tx| tx.insert_execution(&row)).unwrap();
    let link = |exec_id| store.read(|reader| reader.retry_link(exec_id)).unwrap();
    let expected = |number, left| RetryLink {
        job_id: job.id,
        scheduled_at: at(10),
        first,
        number,
        left,
    };
    assert_eq!(link(first), Some(expected(0, 2)));
    assert_eq!(link(second), Some(expected(1, 1)));
    assert_eq!(link(second + 1), None);
    store.write(move |tx| tx.set_no_retries(first)).unwrap();
    assert_eq!(link(first), Some(expected(0, 0)));
}
