//! Pages: in a fixed order, none left out and none twice.

use super::*;
use crate::{EntryFilter, JobFilter};
use jobs_model::{JobSort, NewAdmin, Role};

pub fn pages_of_jobs_are_the_whole_list(store: &Store) {
    for (name, next_at) in [
        ("late", Some(at(30))),
        ("never b", None),
        ("soon", Some(at(20))),
        ("never a", None),
        ("same", Some(at(20))),
    ] {
        add(store, name, |job| job.next_at = next_at);
    }
    for (newest_first, expected) in [
        (false, ["same", "soon", "late", "never a", "never b"]),
        (true, ["same", "never a", "soon", "never b", "late"]),
    ] {
        let filter = JobFilter {
            sort: newest_first.then_some(JobSort::Newest),
            ..JobFilter::default()
        };
        let names = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.name).collect::<Vec<_>>();
        let (whole, pages, total) = store
            .read(|reader| {
                let mut pages = Vec::new();
                for skipped in [0, 2, 4, 6] {
                    pages.extend(reader.page_of_jobs(&filter, skipped, 2)?);
                }
                Ok((reader.jobs(&filter)?, pages, reader.jobs_total(&filter)?))
            })
            .unwrap();
        assert_eq!(names(whole), expected);
        assert_eq!(names(pages), expected);
        assert_eq!(total, 5);
    }
    let soon = store.read(|reader| reader.job_named("soon")).unwrap();
    let soon = soon.unwrap().id;
    let after = store.read(|reader| reader.jobs_after(soon, 1)).unwrap();
    assert_eq!(after[0].name, "never a");
    let active = store.read(|reader| reader.active_jobs(at(0), 4)).unwrap();
    let mut active: Vec<String> = active.into_iter().map(|job| job.name).collect();
    // Jobs that are due at the same time come in any order.
    active[..2].sort();
    assert_eq!(active, ["same", "soon", "late", "never a"]);
    let next = store.read(|reader| reader.next_due()).unwrap();
    assert_eq!(next.map(|(_, at)| at), Some(at(20)));
}

pub fn job_filter_takes_wildcards_literally(store: &Store) {
    for name in ["a_b", "aXb", "a%b"] {
        add(store, name, |_| ());
    }
    for (part, expected) in [
        ("_", vec!["a_b"]),
        ("%", vec!["a%b"]),
        ("a", vec!["a%b", "aXb", "a_b"]),
        ("A", vec![]),
    ] {
        let filter = JobFilter {
            name: Some(part.to_string()),
            ..JobFilter::default()
        };
        let found = store.read(|reader| reader.jobs(&filter)).unwrap();
        let names: Vec<&str> = found.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, expected, "{part}");
    }
    let from = store.read(|reader| reader.job_names_from("a")).unwrap();
    assert_eq!(from.len(), 3);
}

pub fn pages_of_entries_are_the_whole_history(store: &Store) {
    let (one, other) = (add(store, "a", |_| ()), add(store, "b", |_| ()));
    let mut ids = Vec::new();
    for second in 10..16 {
        ids.push(ended(store, &one, Status::Success, at(second)));
        record(store, &other, Status::Queued, at(second));
    }
    let entries = |filter: &EntryFilter, skipped, limit| -> Vec<ExecId> {
        let rows = store
            .read(|reader| reader.entries(filter, skipped, limit))
            .unwrap();
        rows.iter().map(|row| row.exec_id).collect()
    };
    for oldest_first in [true, false] {
        let mut expected = ids.clone();
        if !oldest_first {
            expected.reverse();
        }
        let filter = EntryFilter {
            job_id: Some(one.id),
            oldest_first,
            ..EntryFilter::default()
        };
        let pages: Vec<ExecId> = [0, 2, 4, 6]
            .into_iter()
            .flat_map(|skipped| entries(&filter, skipped, 2))
            .collect();
        assert_eq!(pages, expected);
        let of_time = EntryFilter {
            due: Some(at(11)..at(13)),
            ..filter
        };
        let (first, second) = if oldest_first { (1, 2) } else { (2, 1) };
        assert_eq!(entries(&of_time, 0, 10), [ids[first], ids[second]]);
        let total = store.read(|reader| reader.entries_total(&of_time)).unwrap();
        assert_eq!(total, 2);
    }
    let queued = EntryFilter {
        status: Some(Status::Queued),
        ..EntryFilter::default()
    };
    assert_eq!(entries(&queued, 0, 10).len(), 6);
}

pub fn history_goes_on_before_a_number(store: &Store) {
    let job = add(store, "a", |_| ());
    let statuses = [
        Status::Success,
        Status::Failed,
        Status::Timeout,
        Status::Failed,
    ];
    let ids: Vec<ExecId> = (10..)
        .zip(statuses)
        .map(|(second, status)| ended(store, &job, status, at(second)))
        .collect();
    let history = |filter: HistoryFilter, limit| -> Vec<ExecId> {
        let rows = store.read(|reader| reader.history(&filter, limit)).unwrap();
        rows.iter().map(|row| row.exec_id).collect()
    };
    let all = HistoryFilter::default();
    assert_eq!(history(all.clone(), 2), [ids[3], ids[2]]);
    let before = HistoryFilter {
        before: Some(ids[2]),
        ..all.clone()
    };
    assert_eq!(history(before, 10), [ids[1], ids[0]]);
    let failed = HistoryFilter {
        statuses: vec![Status::Failed],
        ..all.clone()
    };
    assert_eq!(history(failed, 10), [ids[3], ids[1]]);
    let one = HistoryFilter {
        exec_id: Some(ids[1]),
        job_id: Some(job.id),
        ..all
    };
    assert_eq!(history(one, 10), [ids[1]]);
    let last = store.read(|reader| reader.last_execution(job.id)).unwrap();
    assert_eq!(last, ids[3]);
}

pub fn history_finds_what_took_long(store: &Store) {
    let job = add(store, "a", |_| ());
    let other = add(store, "b", |_| ());
    let took = [500, 1_000, 1_001, 3_600_000, 3_600_001];
    let ids: Vec<ExecId> = (10..)
        .zip(took)
        .map(|(second, took)| ran(store, &job, Status::Success, second, took))
        .collect();
    let failed = ran(store, &other, Status::Failed, 15, 7_200_000);
    let running = record(store, &job, Status::Running, at(16));
    record(store, &job, Status::Queued, at(17));
    let now = at(5_000);
    let history = |change: &dyn Fn(&mut HistoryFilter), least: u64| -> Vec<ExecId> {
        let least = std::time::Duration::from_millis(least);
        let mut filter = HistoryFilter {
            longer_than: Some((least, now.minus(least))),
            ..HistoryFilter::default()
        };
        change(&mut filter);
        let rows = store.read(|reader| reader.history(&filter, 10)).unwrap();
        rows.iter().map(|row| row.exec_id).collect()
    };
    assert_eq!(
        history(&|_| (), 999),
        [running, failed, ids[4], ids[3], ids[2], ids[1]]
    );
    assert_eq!(
        history(&|_| (), 1_000),
        [running, failed, ids[4], ids[3], ids[2]]
    );
    assert_eq!(history(&|_| (), 3_600_000), [running, failed, ids[4]]);
    assert_eq!(history(&|_| (), 4_984_001), [failed]);
    let of = |statuses: &'static [Status]| {
        move |filter: &mut HistoryFilter| filter.statuses = statuses.to_vec()
    };
    assert_eq!(history(&of(&[Status::Failed]), 3_600_000), [failed]);
    assert_eq!(history(&of(&[Status::Running]), 3_600_000), [running]);
    let well = [Status::Success, Status::Running];
    assert_eq!(
        history(&|filter| filter.statuses = well.to_vec(), 3_600_000),
        [running, ids[4]]
    );
    assert_eq!(
        history(&|filter| filter.job_id = Some(job.id), 3_600_000),
        [running, ids[4]]
    );
    assert_eq!(
        history(&|filter| filter.before = Some(failed), 3_600_000),
        [ids[4]]
    );
    assert_eq!(
        history(&|filter| filter.until = Some(at(15)), 3_600_000),
        [ids[4]]
    );
    assert_eq!(
        history(&|filter| filter.since = Some(at(15)), 1_000),
        [running, failed]
    );
}

pub fn pages_of_accounts_are_all_accounts(store: &Store) {
    for name in ["ann", "bob", "eve"] {
        let admin = NewAdmin {
            username: name.to_string(),
            email: String::new(),
            role: Role::Admin,
            enabled: name != "eve",
            password: "x".to_string(),
            generation: 0,
            created_at: at(0),
            updated_at: at(0),
        };
        store.write(move |tx| tx.insert_admin(&admin)).unwrap();
    }
    store
        .read(|reader| {
            let names = |admins: Vec<jobs_model::Admin>| -> Vec<String> {
                admins.into_iter().map(|admin| admin.username).collect()
            };
            assert_eq!(names(reader.admins()?), ["eve", "bob", "ann"]);
            assert_eq!(names(reader.page_of_admins(1, 1)?), ["bob"]);
            assert_eq!(reader.admins_total()?, 3);
            let bob = reader.admin_named("BOB")?.unwrap();
            assert_eq!(reader.admin(&bob.id.to_string())?, Some(bob.clone()));
            assert!(reader.has_admin_other_than(bob.id)?);
            Ok(())
        })
        .unwrap();
}
