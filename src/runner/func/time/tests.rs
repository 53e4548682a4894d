//!
//! Tables of layouts and their output.
use super::super::testing::{TestCall, fails, prints};
use super::run;
use jobs_schedule::{Time, Zone};

/// The output for a time, a zone and a layout.
fn at(time: &str, zone: &str, layout: &str) -> String {
    let call = TestCall {
        now: Time::parse_rfc3339(time).unwrap(),
        zone: Zone::find(zone).unwrap(),
        ..TestCall::default()
    };
    let args: Vec<&str> = layout.split(',').collect();
    let (printed, ended) = call.call(run, &args);
    assert_eq!(ended, Ok(()), "{layout}");
    printed.strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn time_without_layout_is_rfc3339() {
    for args in [&[][..], &[""], &[" "]] {
        assert_eq!(prints(run, args), "2026-12-01T10:00:00.007+08:00\n");
    }
}

#[test]
fn time_at_reference_time_equals_layout() {
    // Go's own: Mon Jan 2 15:04:05 MST 2006 is 1136239445.
    let layouts = [
        "2006 06 01 1 Jan January 02 2 002 Mon Monday 15 03 3 04 4 05 5 PM pm",
        "-0700 -07:00 -07 -070000 -07:00:00 MST",
        "01/02 03:04:05PM '06 -0700",
        "Monday, 02-Jan-06 15:04:05 MST",
        "2006年01月02日 15时04分05秒",
        "20060102150405",
    ];
    for layout in layouts {
        let written = at("2006-01-02T22:04:05Z", "America/Denver", layout);
        assert_eq!(written, layout);
    }
}

#[test]
fn time_of_named_layout_equals_go() {
    // The comments of Go's `Time.Format` examples, and the documentation of its constants.
    let table = [
        ("Layout", "02/04 09:00:57PM '10 -0800"),
        ("ANSIC", "Thu Feb  4 21:00:57 2010"),
        ("UnixDate", "Thu Feb  4 21:00:57 PST 2010"),
        ("RubyDate", "Thu Feb 04 21:00:57 -0800 2010"),
        ("RFC822", "04 Feb 10 21:00 PST"),
        ("RFC822Z", "04 Feb 10 21:00 -0800"),
        ("RFC850", "Thursday, 04-Feb-10 21:00:57 PST"),
        ("RFC1123", "Thu, 04 Feb 2010 21:00:57 PST"),
        ("RFC1123Z", "Thu, 04 Feb 2010 21:00:57 -0800"),
        ("rfc1123z", "Thu, 04 Feb 2010 21:00:57 -0800"),
        ("RFC3339", "2010-02-04T21:00:57-08:00"),
        ("RFC3339Nano", "2010-02-04T21:00:57.012-08:00"),
        ("Kitchen", "9:00PM"),
        ("3:04pm", "9:00pm"),
        ("Stamp", "Feb  4 21:00:57"),
        ("StampMilli", "Feb  4 21:00:57.012"),
        ("StampMicro", "Feb  4 21:00:57.012000"),
        ("StampNano", "Feb  4 21:00:57.012000000"),
        ("DateTime", "2010-02-04 21:00:57"),
        ("DateOnly", "2010-02-04"),
        ("TimeOnly", "21:00:57"),
        ("Jan _2 2006", "Feb  4 2010"),
        ("__2 002", " 35 035"),
    ];
    for (layout, written) in table {
        let given = at("2010-02-05T05:00:57.012Z", "America/Los_Angeles", layout);
        assert_eq!(given, written, "{layout}");
    }
}

#[test]
fn time_of_layout_parts_is_written() {
    let table = [
        // The longest and first part wins, as in Go.
        ("2006-002", "2026-335"),
        ("_2006", "_2026"),
        ("_2", " 1"),
        ("__2", "335"),
        ("_x _", "_x _"),
        ("Month", "Month"),
        ("Monthly 2", "Monthly 1"),
        ("Janet 2", "Janet 1"),
        ("JanE", "DecE"),
        ("Mondayish", "Tuesdayish"),
        ("Januaryx", "Decemberx"),
        ("MoMon", "MoTue"),
        ("P PMPM", "P AMAM"),
        ("07 00 0", "07 00 0"),
        ("1504", "1000"),
        ("115", "1210"),
        ("222006", "112026"),
        ("MSTMST", "CSTCST"),
        // Fractions: zeros are kept, nines cut, other digits end them.
        ("05.000", "00.007"),
        ("05,000", "00,007"),
        ("05.0", "00.0"),
        ("05.00", "00.00"),
        ("05.999", "00.007"),
        ("05,999999", "00,007"),
        ("05.9", "00"),
        ("05.000000000", "00.007000000"),
        ("05.0000000000000", "00.007000000"),
        ("05.09", "00.09"),
        ("05.001", "00.012"),
        ("05. 0", "00. 0"),
        ("05.", "00."),
        ("2006.01.02", "2026.12.01"),
        // Offsets.
        ("-0700", "+0800"),
        ("-07", "+08"),
        ("-07:00", "+08:00"),
        ("-070000", "+080000"),
        ("-07:00:00", "+08:00:00"),
        ("Z0700", "+0800"),
        ("Z07", "+08"),
        ("Z070000", "+080000"),
        ("Z07:00:00", "+08:00:00"),
        ("-7 2", "-7 1"),
        ("Z 2", "Z 1"),
        // Foreign letters stay.
        ("2006年1月2日", "2026年12月1日"),
        ("é2", "é1"),
    ];
    for (layout, written) in table {
        let layout = format!("{layout}|2");
        let given = at("2026-12-01T10:00:00.007+08:00", "Asia/Shanghai", &layout);
        assert_eq!(given, format!("{written}|1"), "{layout}");
    }
}

#[test]
fn time_of_offset_parts_is_written() {
    let all = "Z0700 Z07:00 Z07 Z070000 Z07:00:00 -0700 MST";
    let table = [
        ("2026-07-01T12:00:00Z", "UTC", "Z Z Z Z Z +0000 UTC"),
        (
            "2026-07-01T12:00:00Z",
            "Asia/Kolkata",
            "+0530 +05:30 +05 +053000 +05:30:00 +0530 IST",
        ),
        (
            "2026-07-01T12:00:00Z",
            "America/St_Johns",
            "-0230 -02:30 -02 -023000 -02:30:00 -0230 NDT",
        ),
        (
            "1850-01-01T00:00:00Z",
            "Asia/Shanghai",
            "+0805 +08:05 +08 +080543 +08:05:43 +0805 LMT",
        ),
        (
            "2026-07-01T12:00:00Z",
            "America/Sao_Paulo",
            "-0300 -03:00 -03 -030000 -03:00:00 -0300 -03",
        ),
    ];
    for (time, zone, written) in table {
        assert_eq!(at(time, zone, all), written, "{zone}");
    }
}

#[test]
fn time_of_half_day_parts_is_written() {
    let table = [
        ("2026-07-01T00:30:00Z", "12:30AM 12 12"),
        ("2026-07-01T12:30:00Z", "12:30PM 12 12"),
        ("2026-07-01T13:30:00Z", "1:30PM 01 1"),
        ("2026-07-01T23:30:00Z", "11:30PM 11 11"),
    ];
    for (time, written) in table {
        assert_eq!(at(time, "UTC", "3:04PM 03 3"), written);
    }
}

#[test]
fn time_layout_may_contain_commas() {
    let call = |args: &[&str]| prints(run, args);
    assert_eq!(
        call(&["Mon", "02 Jan 2006"]),
        "Tue,01 Dec 2026\n",
        "blanks after a comma are gone before"
    );
    assert_eq!(call(&["15:04:05", "000"]), "10:00:00,007\n");
}

#[test]
fn time_of_strftime_layout_is_written() {
    let table = [
        ("%Y-%m-%d %H:%M:%S", "2026-12-01 10:00:00"),
        ("%A, %d %B", "Tuesday, 01 December"),
        ("%j %Z %z %:z", "335 CST +0800 +08:00"),
        ("%s", "1796090400"),
        ("%H:%M:%S%.3f", "10:00:00.007"),
        ("%-d/%-m 100%%", "1/12 100%"),
        ("2006 %Y", "2006 2026"),
    ];
    for (layout, written) in table {
        let given = at("2026-12-01T10:00:00.007+08:00", "Asia/Shanghai", layout);
        assert_eq!(given, written, "{layout}");
    }
}

#[test]
fn time_of_bad_layout_names_problem() {
    let table = [
        (
            "%Y-%i",
            "layout: `%i` in `%Y-%i` is not a strftime directive",
        ),
        (
            "%-5!",
            "layout: `%-5!` in `%-5!` is not a strftime directive",
        ),
        ("%Y %", "layout: `%` in `%Y %` is not a strftime directive"),
        ("%é", "layout: `%é` in `%é` is not a strftime directive"),
        (
            "%999d",
            "layout: `%999d` in `%999d` is not a strftime directive",
        ),
        ("%.", "layout: `%.` in `%.` is not a strftime directive"),
        (
            "YYYY-MM-DD",
            "layout: `YYYY-MM-DD` contains no part of a date or time",
        ),
        (
            "\u{1b}[J",
            "layout: ` [J` contains no part of a date or time",
        ),
    ];
    for (layout, start) in table {
        let why = fails(run, &[layout]);
        assert!(why.starts_with(start), "{why}");
    }
}

#[test]
fn time_of_extreme_time_or_layout_is_written() {
    let zone = "Pacific/Kiritimati";
    for ms in [i64::MIN, -62_135_596_800_001, 0, i64::MAX] {
        let call = TestCall {
            now: Time::from_millis(ms),
            zone: Zone::find(zone).unwrap(),
            ..TestCall::default()
        };
        for layout in ["RFC3339Nano", "__2 06", "%c %s %G-%V"] {
            let (_, ended) = call.call(run, &[layout]);
            assert_eq!(ended, Ok(()), "{layout} {ms}");
        }
    }
    let long = "2006".repeat(50_000);
    assert_eq!(prints(run, &[&long]).len(), 200_001);
}
