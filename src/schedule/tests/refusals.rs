//! Refused texts, with the position and the reason.

use super::*;

#[test]
fn parse_of_invalid_text_gives_position_and_hint() {
    #[rustfmt::skip]
    let table = [
        ("", "the schedule is empty", "", "for example"),
        ("  ", "the schedule is empty", "", "for example"),
        ("*", "1 field, a schedule has 5 or 6", "", "5 fields are"),
        ("* * * *", "4 fields, a schedule has 5 or 6", "", "5 fields are"),
        ("* * * * * * 2026", "7 fields: is the last a year? remove it", "2026", "no year"),
        ("* * * * * /bin/true -a b", "8 fields, a schedule has 5 or 6", "-a b", "the command"),
        ("0 0 25 * * *", "hour field: `25` is out of range 0-23", "25", ""),
        ("60 * * * *", "minute field: `60` is out of range 0-59", "60", ""),
        ("0 0 0 * *", "day-of-month field: `0` is out of range 1-31", "0", ""),
        ("0 0 * 13 *", "month field: `13` is out of range 1-12", "13", ""),
        ("0 0 * * 8", "day-of-week field: `8` is out of range 0-7", "8", ""),
        ("0 0 99999999999999999999 * *", "is out of range 1-31", "99999999999999999999", ""),
        ("0 0 * * FRI-MON", "the range `FRI-MON` is reversed", "FRI-MON", "did you mean FRI-SUN,MON?"),
        ("0 0 * * 5-0", "the range `5-0` is reversed", "5-0", "did you mean 5-7?"),
        ("0 0 * * 5-2", "the range `5-2` is reversed", "5-2", "did you mean 5-7,1-2?"),
        ("0 0 * * SAT-FRI", "the range `SAT-FRI` is reversed", "SAT-FRI", "did you mean SAT-SUN,MON-FRI?"),
        ("0 0 * * 7-2", "the range `7-2` is reversed", "7-2", "did you mean 0-2?"),
        ("0 22-2 * * *", "hour field: the range `22-2` is reversed", "22-2", "did you mean 22-23,0-2?"),
        ("0 0 * NOV-FEB/2 *", "month field: the range `NOV-FEB` is reversed", "NOV-FEB", "did you mean NOV-DEC,JAN-FEB?"),
        ("*/0 * * * *", "a step of 0", "0", "at least 1"),
        ("*/ * * * *", "the step after `/` is missing", "", ""),
        ("*/x * * * *", "the step `x` is not a number", "x", ""),
        ("*/-5 * * * *", "the step `-5` is not a number", "-5", ""),
        ("1, * * * *", "a member of the list is empty", "", "comma"),
        (",1 * * * *", "a member of the list is empty", "", "comma"),
        ("1,,2 * * * *", "a member of the list is empty", "", "comma"),
        ("1- * * * *", "a value is missing", "", ""),
        ("-1 * * * *", "a value is missing", "", ""),
        ("/5 * * * *", "a value is missing", "", ""),
        ("*5 * * * *", "`*5` is not a number", "*5", "0-59"),
        ("** * * * *", "`**` is not a number", "**", "0-59"),
        ("*-5 * * * *", "`*` is not a number", "*", "0-59"),
        ("1-2-3 * * * *", "`2-3` is not a number", "2-3", "0-59"),
        ("1/2/3 * * * *", "the step `2/3` is not a number", "2/3", ""),
        ("+5 * * * *", "`+5` is not a number", "+5", ""),
        ("? * * * *", "`?` may stand only in the two day fields", "?", "`*`"),
        ("0 0 * * MONDAY", "`MONDAY` is not a number or a name", "MONDAY", "`MON`"),
        ("0 0 * mon *", "`mon` is not a month", "mon", "JAN"),
        ("0 0 * * L", "`L` alone is not a day of the week", "L", "`FRIL`"),
        ("0 0 * * FRI#6", "`6` after `#` is out of range 1-5", "6", "third Friday"),
        ("0 0 * * FRI#0", "`0` after `#` is out of range 1-5", "0", "third Friday"),
        ("0 0 * * 9L", "`9` is out of range 0-7", "9", ""),
        ("0 0 L-31 * *", "`31` days before the last is out of range", "31", ""),
        ("0 0 L- * *", "`` is not a number of days", "", ""),
        ("0 0 L-3W * *", "`3W` is not a number of days", "3W", ""),
        ("0 0 32W * *", "`32` is out of range 1-31", "32", ""),
        ("0 0 W * *", "`W` is not a day of the month", "W", "15W"),
        ("0 0 L * FRIL/2", "`FRIL` is not a number or a name", "FRIL", ""),
        ("0 L * * *", "hour field: `L` is not a number", "L", ""),
        ("0 0 日 * *", "`日` is not a day of the month", "日", ""),
        ("H * * * *", "`H` needs the name of the job", "H", "--name"),
        ("H5 * * * *", "`5` is not allowed after `H`", "5", "`H(1-5)`"),
        ("H(5-1) * * * *", "the range `(5-1)` is reversed", "(5-1)", ""),
        ("H(1-60) * * * *", "`60` is out of range 0-59", "60", ""),
        ("H(1) * * * *", "`(1)` is not allowed after `H`", "(1)", ""),
        ("H/0 * * * *", "a step of 0", "0", "at least 1"),
        ("0 0 * * *;", "the schedule is empty", "", "extra `;`"),
        ("0 0 * * *; 0 25 * * *", "hour field: `25` is out of range 0-23", "25", ""),
        ("@dayly", "`@dayly` is not a schedule keyword", "@dayly", "@daily"),
        ("@", "`@` is not a schedule keyword", "@", "@daily"),
        ("@daily 5", "`5` is not allowed after `@daily`", "5", ""),
        ("@reboot now", "`now` is not allowed after `@reboot`", "now", ""),
        ("@every", "@every: a duration is missing", "", "1h30m"),
        ("@every 0s", "@every: the period is less than a second", "0s", "`1s`"),
        ("@every 500ms", "@every: `ms` is not a unit of time", "500ms", "1h30m"),
        ("@at", "@at: `` is not a date and time", "", "@at 2026"),
        ("@at 10:00", "@at: `10:00` is not a date and time", "10:00", "@at 2026"),
        ("@at 2026-02-30T10:00:00", "is not a date and time", "2026-02-30T10:00:00", "@at 2026"),
        ("@at 2026-12-01T10:00:00.5", "only whole seconds", "2026-12-01T10:00:00.5", "@at 2026"),
        ("TZ=Asia/Shangai * * * * *", "`Asia/Shangai` is not a known time zone", "Asia/Shangai", "`Asia/Shanghai`"),
        ("TZ= * * * * *", "`` is not a known time zone", "", "Shanghai"),
        ("TZ=UTC", "the schedule is empty", "", "for example"),
        ("CRON_TZ=UTC TZ=UTC * * * * *", "`TZ=UTC` is not a number", "TZ=UTC", ""),
    ];
    for (text, problem, place, hint) in table {
        let Err(error) = Schedule::parse(text) else {
            panic!("{text} was accepted");
        };
        assert!(error.problem.contains(problem), "{text}: {error}");
        assert_eq!(&text[error.at.clone()], place, "{text}: {error}");
        assert!(
            error.hint.as_deref().unwrap_or_default().contains(hint),
            "{text}: {error}"
        );
        assert_eq!(error.text, text);
    }
}
