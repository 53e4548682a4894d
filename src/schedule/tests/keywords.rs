//! Keywords with `@`, the zone prefix and canonical texts.

use super::*;

#[test]
fn keywords_and_prefixes_have_canonical_text() {
    let utc = Zone::utc();
    #[rustfmt::skip]
    let table = [
        ("@yearly", "0 0 0 1 1 *", "2027-01-01T00:00:00+00:00"),
        ("@Annually", "0 0 0 1 1 *", "2027-01-01T00:00:00+00:00"),
        ("@monthly", "0 0 0 1 * *", "2026-02-01T00:00:00+00:00"),
        ("@WEEKLY", "0 0 0 * * 0", "2026-01-04T00:00:00+00:00"),
        ("@daily", "0 0 0 * * *", "2026-01-02T00:00:00+00:00"),
        ("@midnight", "0 0 0 * * *", "2026-01-02T00:00:00+00:00"),
        (" @hourly ", "0 0 * * * *", "2026-01-01T01:00:00+00:00"),
        ("@every 90s", "@every 1m30s", "2026-01-01T00:01:30+00:00"),
        ("@EVERY 1h30m", "@every 1h30m", "2026-01-01T01:30:00+00:00"),
        ("@every 1h 30m", "@every 1h30m", "2026-01-01T01:30:00+00:00"),
        ("@reboot", "@reboot", "never"),
        ("@at 2026-12-01T10:00:00", "@at 2026-12-01T10:00:00", "2026-12-01T10:00:00+00:00"),
        ("@at 2026-12-01 10:00", "@at 2026-12-01T10:00:00", "2026-12-01T10:00:00+00:00"),
        ("@at 2026-12-01T10:00:00+08:00", "@at 2026-12-01T10:00:00+08:00", "2026-12-01T02:00:00+00:00"),
        ("@at 2026-01-01T00:00:00Z", "@at 2026-01-01T00:00:00+00:00", "never"),
        ("@at 2020-01-01", "@at 2020-01-01T00:00:00", "never"),
        ("TZ=Asia/Shanghai 0 8 * * *", "TZ=Asia/Shanghai 0 0 8 * * *", "2026-01-02T00:00:00+00:00"),
        ("CRON_TZ=asia/shanghai  @daily", "TZ=Asia/Shanghai 0 0 0 * * *", "2026-01-01T16:00:00+00:00"),
        ("TZ=Asia/Shanghai @at 2026-12-01T10:00:00", "TZ=Asia/Shanghai @at 2026-12-01T10:00:00", "2026-12-01T02:00:00+00:00"),
        ("0 0 ?,3 JAN fri-7/2,mon#2,TUEL", "0 0 0 *,3 1 5-7/2,1#2,2L", "2026-01-02T00:00:00+00:00"),
        ("0 0 * * FRI-SUN", "0 0 0 * * 5-7", "2026-01-02T00:00:00+00:00"),
        ("0 0 * * mon-sun", "0 0 0 * * 1-7", "2026-01-02T00:00:00+00:00"),
        ("0 0 * * SUN-TUE", "0 0 0 * * 0-2", "2026-01-04T00:00:00+00:00"),
        ("0 5 * * *;TZ=UTC 0 3 * * *; @every 90m", "0 0 5 * * *; TZ=UTC 0 0 3 * * *; @every 1h30m", "2026-01-01T01:30:00+00:00"),
        ("5/10 */2 LW,L-2,3W * *", "0 5/10 */2 LW,L-2,3W * *", "2026-01-02T00:05:00+00:00"),
    ];
    for (text, canonical, expected) in table {
        let found = schedule(text);
        assert_eq!(found.canonical(), canonical, "{text}");
        assert_eq!(schedule(canonical), found, "{text}");
        assert_eq!(runs(text, &utc, ANCHOR, 1), expected, "{text}");
    }
}

#[test]
fn every_counts_from_anchor() {
    let every = schedule("@every 90s");
    let at = |ms: i64| Time::from_millis(ms);
    #[rustfmt::skip]
    let table = [
        (0, 0, 90_000),
        (89_999, 0, 90_000),
        (90_000, 0, 180_000),
        (0, 10_700, 100_000),
        (100_000, 10_700, 190_000),
        (-1_000_000, 0, 90_000),
        (1_000_000_000_000, 0, 1_000_000_080_000),
        (1_000_000_000_000, 999_999_999_999, 1_000_000_089_000),
    ];
    for (after, anchor, expected) in table {
        let next = every.next_after(at(after), &Zone::utc(), at(anchor));
        assert_eq!(next, Some(at(expected)), "{after} {anchor}");
    }
    assert_eq!(super::every("90m").unwrap(), "@every 1h30m");
    assert_eq!(super::every("2d").unwrap(), "@every 2d");
    assert!(
        super::every("0s")
            .unwrap_err()
            .problem
            .contains("less than a second")
    );
}

#[test]
fn schedule_knows_its_timing() {
    #[rustfmt::skip]
    let table = [
        ("* * * * *", true, false, false),
        ("*/15 2 * * *", true, false, false),
        ("30 */2 * * *", true, false, false),
        ("*,5 2 * * *", true, false, false),
        ("5,* 2 * * *", false, false, false),
        ("30 0-23/2 * * *", false, false, false),
        ("* 30 2 * * *", false, false, false),
        ("@daily", false, false, false),
        ("@hourly", true, false, false),
        ("@every 1s", true, false, false),
        ("@reboot", false, true, false),
        ("@at 2026-12-01T10:00:00", false, false, true),
    ];
    for (text, interval, reboot, once) in table {
        let found = schedule(text);
        let kinds = (
            found.has(Timing::Interval),
            found.runs_at_reboot(),
            found.runs_once(),
        );
        assert_eq!(kinds, (interval, reboot, once), "{text}");
    }
}

#[test]
fn schedule_is_send_and_sync() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(&schedule("TZ=Asia/Shanghai @daily"));
}

#[test]
fn schedule_of_several_lines_merges_runs() {
    let found = runs(
        "0 */6 * * *; 0 12 * * *; 30 13 * * *",
        &Zone::utc(),
        ANCHOR,
        5,
    );
    assert_eq!(
        found,
        "2026-01-01T06:00:00+00:00, 2026-01-01T12:00:00+00:00, 2026-01-01T13:30:00+00:00, \
         2026-01-01T18:00:00+00:00, 2026-01-02T00:00:00+00:00"
    );
    let mixed = schedule("0 */6 * * *; 0 12 * * *");
    assert!(mixed.has(Timing::Interval) && mixed.has(Timing::Fixed));
    let of = |timing| mixed.next_of(timing, ANCHOR, &Zone::utc(), ANCHOR).unwrap();
    assert_eq!(of(Timing::Fixed), time("2026-01-01T12:00:00Z"));
    assert_eq!(of(Timing::Interval), time("2026-01-01T06:00:00Z"));
}

#[test]
fn h_is_derived_from_name() {
    let canonical = |text: &str, name: &str| Schedule::parse_for(text, name).unwrap().canonical();
    // A change of these values moves the runs of every user's jobs.
    #[rustfmt::skip]
    let table = [
        ("H H(1-5) * * *", "backup", "0 49 1 * * *"),
        ("H H(1-5) * * *", "备份", "0 17 3 * * *"),
        ("H/15 * * * *", "backup", "0 12-59/15 * * * *"),
        ("H(0-29)/10 * * * *", "backup", "0 8-29/10 * * * *"),
        ("H H H H H H", "backup", "17 49 1 28 5 3"),
        ("0 0 * * H(1-7)", "backup", "0 0 0 * * 4"),
        ("h 0 * * *", "report", "0 28 0 * * *"),
    ];
    for (text, name, expected) in table {
        assert_eq!(canonical(text, name), expected, "{text} of {name}");
    }
    // Each value is within its range, and all values of the range occur.
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..500 {
        let line = canonical("0 H(1-5) H * *", &format!("job {number}"));
        let fields: Vec<u32> = line
            .split(' ')
            .filter_map(|field| field.parse().ok())
            .collect();
        assert!(
            (1..=5).contains(&fields[2]) && (1..=28).contains(&fields[3]),
            "{line}"
        );
        seen.insert(fields[2]);
    }
    assert_eq!(seen.len(), 5);
}
