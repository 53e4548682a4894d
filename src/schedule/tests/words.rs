//! The words with `@`, the zone prefix and canonical texts.

use super::*;

#[test]
fn words_and_prefixes() {
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
fn every_counts_from_the_anchor() {
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
fn what_kind_it_is() {
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
            found.is_interval(),
            found.runs_at_reboot(),
            found.runs_once(),
        );
        assert_eq!(kinds, (interval, reboot, once), "{text}");
    }
}

#[test]
fn a_schedule_can_be_shared() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(&schedule("TZ=Asia/Shanghai @daily"));
}
