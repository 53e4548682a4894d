//! Our own database: to be read while the daemon writes, and never changed.

use super::*;
use crate::model::{Job, NewExecution, Source, Status};
use crate::store::Store;

fn at(ms: i64) -> Time {
    Time::from_millis(ms)
}

#[test]
fn our_own_is_read_while_it_is_written() {
    let shop = Shop::new();
    let store = Store::open(&shop.path("jobs.db")).unwrap();
    let job = store
        .write(|tx| tx.insert_job(&Job::named("备份".into(), at(0))))
        .unwrap();
    for number in 1..=20 {
        let execution = NewExecution {
            ended_at: Some(at(number)),
            ..NewExecution::of(&job, Source::Cron, Status::Missed, at(number))
        };
        let reader = Connection::open(shop.path("jobs.db")).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM jobs;").unwrap();
        store
            .write(move |tx| tx.insert_execution(&execution))
            .unwrap();
        let sql = "SELECT job_name, count(*) FROM executions GROUP BY job_name";
        let rows = shop.foreign.query(None, sql, 10).unwrap();
        assert_eq!(texts(&rows), [["备份".to_string(), number.to_string()]]);
    }
    let figures = shop.foreign.figures(at(0), at(11), None).unwrap();
    assert_eq!((figures.len(), figures[0].missed), (1, 10));
    store.close();
    drop(store);
    // Nobody has it open now, and the files beside it are gone.
    let rows = shop
        .foreign
        .query(None, "SELECT name FROM jobs", 10)
        .unwrap();
    assert_eq!(texts(&rows), [["备份"]]);
    assert_eq!(shop.foreign.figures(at(0), at(11), None).unwrap().len(), 1);
}

#[test]
fn our_own_is_not_changed() {
    let shop = Shop::new();
    drop(Store::open(&shop.path("jobs.db")).unwrap());
    std::fs::hard_link(shop.path("jobs.db"), shop.path("none.db")).unwrap();
    for name in ["own", "none"] {
        let error = shop.foreign.execute(name, "DELETE FROM jobs").unwrap_err();
        assert!(
            error.to_string().contains("is the daemon's own database"),
            "{error}"
        );
        let found = shop.foreign.query(Some(name), "SELECT * FROM jobs", 1);
        assert!(found.is_ok(), "{found:?}");
    }
    let error = shop.foreign.query(None, "DELETE FROM jobs", 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the daemon's own database: `query` only reads, and this would delete from `jobs`\n\
         hint: the daemon's own database is changed by the commands of jobs only"
    );
}

#[test]
fn our_own_is_not_made() {
    let shop = Shop::new();
    assert!(shop.foreign.query(None, "SELECT 1", 1).is_err());
    assert!(shop.foreign.figures(at(0), at(1), None).is_err());
    assert!(!shop.path("jobs.db").exists());
    let odd = shop.path("odd 100%41?#.db");
    drop(Store::open(&odd).unwrap());
    let foreign = Foreign::new(&odd, shop.folder.path(), []);
    assert_eq!(foreign.figures(at(0), at(1), None).unwrap(), []);
    assert!(foreign.query(None, "SELECT * FROM jobs", 1).is_ok());
}

#[test]
fn who_may_come_in_is_not_for_jobs() {
    let shop = Shop::new();
    drop(Store::open(&shop.path("jobs.db")).unwrap());
    for sql in [
        "SELECT * FROM admins",
        "SELECT count(*) FROM Tokens",
        "SELECT hex(password) FROM main.admins",
        "SELECT name, (SELECT count(*) FROM audit) FROM jobs",
        "WITH n AS (SELECT * FROM networks) SELECT * FROM n",
    ] {
        let refused = shop.foreign.query(None, sql, 1).unwrap_err().to_string();
        assert!(
            refused.contains("which is not for jobs"),
            "{sql}: {refused}"
        );
    }
}
