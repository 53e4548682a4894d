//! Descriptions in both languages, notes and warnings.

use super::*;

#[test]
fn describe_in_english() {
    #[rustfmt::skip]
    let table = [
        ("* * * * *", "every minute"),
        ("* * * * * *", "every second"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("30 3 * * 1", "at 03:30 every Monday"),
        ("30 3 * * *", "at 03:30 every day"),
        ("15 30 3 * * *", "at 03:30:15 every day"),
        ("0 9,17 * * 1-5", "at 09:00 and 17:00 every day from Monday to Friday"),
        ("0 0 1,15 * *", "at 00:00 on the 1st and 15th of the month"),
        ("0 0 L * *", "at 00:00 on the last day of the month"),
        ("0 0 * * FRI#3", "at 00:00 on the third Friday of the month"),
        ("0 0 * 6-8 FRIL", "at 00:00 on the last Friday of June to August"),
        ("0 0 13 * FRI", "at 00:00 on the 13th of the month and every Friday"),
        ("0 0 */2 * MON", "at 00:00 every 2 days from the 1st of the month if it is Monday"),
        ("0 0 LW,15W 2 *", "at 00:00 on the last weekday (Monday to Friday) and the weekday (Monday to Friday) nearest the 15th of February"),
        ("@hourly", "every hour"),
        ("@yearly", "at 00:00 on the 1st of January"),
        ("0 */2 * * *", "every 2 hours"),
        ("5 * * * *", "at minute 5 of every hour"),
        ("*/5 9-17 * * MON-FRI", "every 5 minutes from 09:00 to 17:59 every day from Monday to Friday"),
        ("0 9-17 * * *", "every hour from 09:00 to 17:00"),
        ("* 30 3 * * *", "every second at minute 30 from 03:00 to 03:59"),
        ("0 0 * 1,7 *", "at 00:00 every day in January and July"),
        ("* * * 1 *", "every minute in January"),
        ("30 * * * * *", "at second 30 of every minute"),
        ("0,20 5/20 * * * *", "at seconds 0 and 20 at minutes 5, 25 and 45 of every hour"),
        ("0 0 13,14 * */2", "at 00:00 on the 13th and 14th of the month if it is Sunday, Tuesday, Thursday or Saturday"),
        ("0 0 */10 * FRI#1,SAT", "at 00:00 every 10 days from the 1st of the month if it is Saturday or the first Friday"),
        ("*/40 * * * *", "at minutes 0 and 40 of every hour"),
        ("@every 90m", "every 1 hour 30 minutes"),
        ("@every 1h", "every hour"),
        ("@reboot", "when the machine boots"),
        ("@at 2026-12-01T10:00:00", "once at 2026-12-01 10:00:00"),
        ("TZ=Asia/Shanghai @daily", "at 00:00 every day (Asia/Shanghai time)"),
    ];
    for (text, expected) in table {
        assert_eq!(
            schedule(text).describe(Language::English),
            expected,
            "{text}"
        );
    }
}

#[test]
fn describe_in_chinese() {
    #[rustfmt::skip]
    let table = [
        ("* * * * *", "每分钟"),
        ("* * * * * *", "每秒"),
        ("*/15 * * * *", "每 15 分钟"),
        ("*/10 * * * * *", "每 10 秒"),
        ("30 3 * * 1", "每周一 03:30"),
        ("30 3 * * *", "每天 03:30"),
        ("0 9,17 * * 1-5", "每周一至周五 09:00、17:00"),
        ("0 0 1,15 * *", "每月 1、15 日 00:00"),
        ("0 0 L * *", "每月最后一天 00:00"),
        ("0 0 L-2 * *", "每月倒数第 3 天 00:00"),
        ("0 0 * * FRI#3", "每月第三个周五 00:00"),
        ("0 0 * 6-8 FRIL", "6 至 8 月最后一个周五 00:00"),
        ("0 0 13 * FRI", "每月 13 日，以及每周五 00:00"),
        ("0 0 */2 * MON", "每月从 1 日起每 2 天且为周一 00:00"),
        ("@hourly", "每小时"),
        ("0 */2 * * *", "每 2 小时"),
        ("5 * * * *", "每小时，第 5 分"),
        ("*/5 9-17 * * MON-FRI", "每周一至周五，09:00 至 17:59，每 5 分钟"),
        ("0 9-17 * * *", "09:00 至 17:00 每小时整点"),
        ("30 * * * * *", "每分钟，第 30 秒"),
        ("* * * 1 *", "1 月每天，每分钟"),
        ("@every 90m", "每 1 小时 30 分钟 一次"),
        ("@reboot", "机器启动时"),
        ("@at 2026-12-01T10:00:00", "仅一次，在 2026-12-01 10:00:00"),
        ("TZ=Asia/Shanghai @daily", "每天 00:00（Asia/Shanghai 时间）"),
        ("@daily; @reboot", "每天 00:00；以及机器启动时"),
    ];
    for (text, expected) in table {
        assert_eq!(
            schedule(text).describe(Language::Chinese),
            expected,
            "{text}"
        );
    }
}

#[test]
fn note_of_run_at_clock_change_explains_it() {
    let zone = zone("America/New_York");
    #[rustfmt::skip]
    let table = [
        ("30 2 * * *", "2026-03-07T12:00:00-05:00", Some(Note::Skipped("02:30:00".into()))),
        ("*/30 2 * * *", "2026-03-07T12:00:00-05:00", None),
        ("0 3 * * *", "2026-03-07T12:00:00-05:00", None),
        ("@at 2026-03-08T02:15:00", "2026-03-07T12:00:00-05:00", Some(Note::Skipped("02:15:00".into()))),
        ("30 1 * * *", "2026-10-31T12:00:00-04:00", Some(Note::FirstOnly)),
        ("30 * * * *", "2026-11-01T01:00:00-04:00", Some(Note::First)),
        ("30 * * * *", "2026-11-01T01:30:00-04:00", Some(Note::Second)),
        ("30 * * * *", "2026-11-01T01:30:00-05:00", None),
        ("@every 1h", "2026-11-01T01:00:00-04:00", None),
        ("TZ=UTC 30 2 * * *", "2026-03-07T12:00:00-05:00", None),
    ];
    for (text, after, expected) in table {
        let schedule = schedule(text);
        let at = schedule.next_after(time(after), &zone, ANCHOR).unwrap();
        let note = schedule.note(at, &zone, ANCHOR);
        assert_eq!(note, expected, "{text} at {}", at.rfc3339(&zone));
    }
}

#[test]
fn warnings() {
    let utc = Zone::utc();
    #[rustfmt::skip]
    let table = [
        ("*/15 * * * *", &[][..]),
        ("* * * * * *", &[]),
        ("@daily", &[]),
        ("@every 1s", &[]),
        ("@reboot", &[]),
        ("@at 2026-12-01T10:00:00", &[]),
        ("0 0 * * MON-FRI", &[]),
        ("0 0 30 2 *", &["never runs: no date"]),
        ("@at 2020-12-01T10:00:00", &["never runs: 2020-12-01 10:00:00 is in the past"]),
        ("TZ=Pacific/Apia @at 2011-12-30T10:00:00", &["never runs: 2011-12-30 10:00:00 does not exist in Pacific/Apia"]),
        ("* */5 * * * *", &["runs 60 times in each matching minute"]),
        ("* 30 3 * * *", &["runs 60 times in each matching minute"]),
        ("0 0 13 * FRI", &["both day fields are restricted: the job runs on each day that matches `13` or `5`"]),
        ("*/7 * * * *", &["`*/7` in the minute field makes uneven gaps: it starts again at 0 in each hour"]),
        ("0 */5 * * *", &["`*/5` in the hour field makes uneven gaps: it starts again at 0 in each day"]),
        ("0 0 */2 * *", &["`*/2` in the day-of-month field makes uneven gaps: it starts again at 1 in each month"]),
        ("0/7 * * * *", &["`0/7` in the minute field makes uneven gaps"]),
        ("0-59/7 * * * *", &["`0-59/7` in the minute field makes uneven gaps"]),
        ("5/20 * * * *", &[]),
        ("0 0 1/2 * *", &["`1/2` in the day-of-month field makes uneven gaps"]),
        ("*/90 * * * *", &["`*/90` in the minute field matches only 0"]),
    ];
    let berlin = schedule("30 2 * * *").warnings(&zone("Europe/Berlin"), ANCHOR);
    assert_eq!(
        berlin.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "on 2026-03-29 the clock of Europe/Berlin skips 02:30:00: the job runs at 03:00:00 on that day"
        ]
    );
    for (text, expected) in [
        (
            "*/10 2 * * *",
            "on 2026-03-29 the clock of Europe/Berlin skips 02:00:00: the job does not run then",
        ),
        (
            "@at 2026-03-29T02:15:00",
            "on 2026-03-29 the clock of Europe/Berlin skips 02:15:00: the job runs at 03:00:00",
        ),
    ] {
        let found = schedule(text).warnings(&zone("Europe/Berlin"), ANCHOR);
        assert!(found[0].to_string().starts_with(expected), "{}", found[0]);
    }
    assert!(
        schedule("*/10 * * * *")
            .warnings(&zone("Europe/Berlin"), ANCHOR)
            .is_empty()
    );
    let several = schedule("0 0 30 2 *; @daily").warnings(&utc, ANCHOR);
    assert_eq!(
        several.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["`0 0 0 30 2 *`: never runs: no date in the next 50 years matches"]
    );
    for (text, expected) in table {
        let found: Vec<String> = schedule(text)
            .warnings(&utc, ANCHOR)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }
}
