//! The audit: in the same transaction as the change that it records.

use super::*;
use crate::Reader;
use jobs_error::Error;
use jobs_model::{AuditFilter, AuditRow, NewAuditRow, Outcome};

fn row(who: &str, target: &str, second: i64) -> NewAuditRow {
    NewAuditRow {
        at: at(second),
        transport: "socket".to_string(),
        who: who.to_string(),
        address: (second % 2 == 0).then(|| "192.0.2.1".to_string()),
        operation: "add".to_string(),
        target: target.to_string(),
        before: None,
        after: Some("{}".to_string()),
        outcome: if second % 2 == 0 {
            Outcome::Done
        } else {
            Outcome::Denied
        },
        error: None,
        jobs: Vec::new(),
    }
}

fn all(store: &Store) -> Vec<AuditRow> {
    store
        .read(|reader| reader.audit(&AuditFilter::default(), 0, 1_000_000))
        .unwrap()
}

pub fn row_is_kept_with_its_change(store: &Store) {
    store
        .write(|tx| {
            tx.insert_job(&Job::named("a".to_string(), at(0)))?;
            tx.insert_audit(&row("user root", "job a", 1))
        })
        .unwrap();
    let rows = all(store);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].at, rows[0].who.as_str()), (at(1), "user root"));
    assert_eq!(
        (rows[0].transport.as_str(), rows[0].outcome),
        ("socket", Outcome::Denied)
    );
    assert!(store.read(|reader| reader.has_job_named("a")).unwrap());
}

pub fn row_is_dropped_with_a_failed_change(store: &Store) {
    add(store, "a", |_| ());
    let failed = store.write(|tx| {
        tx.insert_audit(&row("user root", "job a", 1))?;
        tx.insert_job(&Job::named("a".to_string(), at(0)))
    });
    assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
    assert_eq!(all(store), []);
}

pub fn filter_finds_parts_and_ranges(store: &Store) {
    store
        .write(|tx| {
            tx.insert_audit(&row("user root", "job a_b", 1))?;
            tx.insert_audit(&row("token ci", "job a%b", 2))?;
            tx.insert_audit(&row("user rose", "job aXb", 3))
        })
        .unwrap();
    let found = |filter: AuditFilter| -> Vec<i64> {
        store
            .read(|reader| {
                let rows = reader.audit(&filter, 0, 10)?;
                assert_eq!(reader.audit_total(&filter)?, rows.len() as u64);
                Ok(rows)
            })
            .unwrap()
            .iter()
            .map(|row| row.at.millis() / 1_000)
            .collect()
    };
    let text = |text: &str| Some(text.to_string());
    for (what, filter, expected) in [
        ("all", AuditFilter::default(), vec![3, 2, 1]),
        (
            "a part of who",
            AuditFilter {
                who: text("user ro"),
                ..AuditFilter::default()
            },
            vec![3, 1],
        ),
        (
            "no wildcard",
            AuditFilter {
                target: text("a_b"),
                ..AuditFilter::default()
            },
            vec![1],
        ),
        (
            "no wildcard",
            AuditFilter {
                target: text("a%"),
                ..AuditFilter::default()
            },
            vec![2],
        ),
        (
            "an address",
            AuditFilter {
                address: text("192.0.2.1"),
                ..AuditFilter::default()
            },
            vec![2],
        ),
        (
            "an outcome",
            AuditFilter {
                outcome: Some(Outcome::Denied),
                ..AuditFilter::default()
            },
            vec![3, 1],
        ),
        (
            "an operation",
            AuditFilter {
                operation: text("ad"),
                ..AuditFilter::default()
            },
            vec![],
        ),
        (
            "from",
            AuditFilter {
                since: Some(at(2)),
                ..AuditFilter::default()
            },
            vec![3, 2],
        ),
        (
            "until",
            AuditFilter {
                until: Some(at(2)),
                ..AuditFilter::default()
            },
            vec![1],
        ),
    ] {
        assert_eq!(found(filter), expected, "{what}");
    }
    let second = |reader: &mut Reader<'_>| reader.audit(&AuditFilter::default(), 1, 1);
    let second: Vec<_> = store.read(second).unwrap();
    assert_eq!((second.len(), second[0].at), (1, at(2)));
}

pub fn pruning_removes_old_rows_in_steps(store: &Store) {
    store
        .write(|tx| {
            (0..2_500)
                .try_for_each(|second| tx.insert_audit(&row("user root", "job", second)).map(drop))
        })
        .unwrap();
    let mut steps = 0;
    while store.write(|tx| tx.prune_audit(at(2_400))).unwrap() {
        steps += 1;
        assert!(steps < 2_500, "it does not come to an end");
    }
    let seconds: Vec<i64> = all(store)
        .iter()
        .rev()
        .map(|row| row.at.millis() / 1_000)
        .collect();
    assert_eq!(seconds, (2_400..2_500).collect::<Vec<_>>());
}

pub fn pruning_keeps_the_newest_rows(store: &Store) {
    let last = store
        .write(|tx| {
            let mut last = 0;
            for second in 0..2_500 {
                last = tx.insert_audit(&row("user root", "job", second))?;
            }
            tx.set_audit_error(last, "at least 4 times")?;
            Ok(last)
        })
        .unwrap();
    assert_eq!(all(store)[0].error.as_deref(), Some("at least 4 times"));
    assert!(!store.write(|tx| tx.prune_audit_beyond(2_500)).unwrap());
    while store.write(|tx| tx.prune_audit_beyond(100)).unwrap() {}
    let kept = all(store);
    assert_eq!(kept.len(), 100);
    assert_eq!(kept[0].id, last);
    // A row that is gone can't be changed, which is no error.
    store.write(|tx| tx.set_audit_error(1, "late")).unwrap();
}
