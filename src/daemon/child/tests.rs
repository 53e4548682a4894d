//! The daemon's own database: functions read it while the daemon writes, and never change it.

use rusqlite::Connection;

use super::*;
use jobs_model::{Job, NewExecution, Source, Status};
use jobs_store::Store;

/// A folder for the daemon's own database, `jobs.db`, with the databases as a function gets them.
struct Shop {
    folder: tempfile::TempDir,
    bases: Bases,
}

impl Shop {
    fn new() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let named = [("none", "none.db"), ("own", "./jobs.db")]
            .map(|(name, place)| (name.to_string(), Secret::new(place)));
        let bases = bases(&folder.path().join("jobs.db"), folder.path(), named);
        Shop { folder, bases }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn bases(own: &Path, folder: &Path, named: impl IntoIterator<Item = (String, Secret)>) -> Bases {
    Bases {
        foreign: Foreign::new(own, folder, named),
        own: own.to_path_buf(),
    }
}

fn texts(rows: &Rows) -> Vec<Vec<&str>> {
    rows.rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|value| value.as_deref().unwrap_or("NULL"))
                .collect()
        })
        .collect()
}

fn at(ms: i64) -> Time {
    Time::from_millis(ms)
}

#[test]
fn own_database_is_read_while_it_is_written() {
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
        let rows = shop.bases.query(None, sql, 10).unwrap();
        assert_eq!(texts(&rows), [["备份".to_string(), number.to_string()]]);
    }
    let figures = shop.bases.figures(at(0), at(11), None).unwrap();
    assert_eq!((figures.len(), figures[0].missed), (1, 10));
    store.close();
    drop(store);
    // No process has the database open now, so its WAL files are gone.
    let rows = shop.bases.query(None, "SELECT name FROM jobs", 10).unwrap();
    assert_eq!(texts(&rows), [["备份"]]);
    assert_eq!(shop.bases.figures(at(0), at(11), None).unwrap().len(), 1);
}

#[test]
fn own_database_write_is_refused() {
    let shop = Shop::new();
    drop(Store::open(&shop.path("jobs.db")).unwrap());
    std::fs::hard_link(shop.path("jobs.db"), shop.path("none.db")).unwrap();
    for name in ["own", "none"] {
        let error = shop.bases.execute(name, "DELETE FROM jobs").unwrap_err();
        assert!(
            error.to_string().contains("is the daemon's own database"),
            "{error}"
        );
        let found = shop.bases.query(Some(name), "SELECT * FROM jobs", 1);
        assert!(found.is_ok(), "{found:?}");
    }
    let error = shop.bases.query(None, "DELETE FROM jobs", 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the daemon's own database: `query` only reads, and this would delete from `jobs`\n\
         hint: the daemon's own database is changed by the commands of jobs only"
    );
}

#[test]
fn own_database_missing_is_not_created() {
    let shop = Shop::new();
    assert!(shop.bases.query(None, "SELECT 1", 1).is_err());
    assert!(shop.bases.figures(at(0), at(1), None).is_err());
    assert!(!shop.path("jobs.db").exists());
    let odd = shop.path("odd 100%41?#.db");
    drop(Store::open(&odd).unwrap());
    let bases = bases(&odd, shop.folder.path(), []);
    assert_eq!(bases.figures(at(0), at(1), None).unwrap(), []);
    assert!(bases.query(None, "SELECT * FROM jobs", 1).is_ok());
}

#[test]
fn own_database_access_tables_are_hidden() {
    let shop = Shop::new();
    drop(Store::open(&shop.path("jobs.db")).unwrap());
    for sql in [
        "SELECT * FROM admins",
        "SELECT count(*) FROM Tokens",
        "SELECT hex(password) FROM main.admins",
        "SELECT name, (SELECT count(*) FROM audit) FROM jobs",
        "WITH n AS (SELECT * FROM networks) SELECT * FROM n",
    ] {
        let refused = shop.bases.query(None, sql, 1).unwrap_err().to_string();
        assert!(
            refused.contains("which is not for jobs"),
            "{sql}: {refused}"
        );
    }
}
