//! The ends of time, rare schedules, and random texts.

use super::*;

#[test]
fn next_after_at_ends_of_time_never_goes_back() {
    for text in [
        "* * * * *",
        "30 2 * * *",
        "0 0 31W 2 *",
        "@every 1s",
        "@at 9999-12-31T23:59:59",
        "0 0 29 2 1L",
    ] {
        let schedule = schedule(text);
        for zone in [Zone::utc(), zone("America/New_York"), zone("Pacific/Apia")] {
            for ms in [
                i64::MIN,
                -377_705_116_800_000,
                -1,
                0,
                253_402_207_200_000,
                253_402_207_199_000,
                i64::MAX,
            ] {
                let after = Time::from_millis(ms);
                if let Some(next) = schedule.next_after(after, &zone, after) {
                    assert!(next > after, "{text} {ms}");
                }
                schedule.warnings(&zone, after);
            }
        }
    }
}

#[test]
fn next_after_of_rare_schedule_is_fast() {
    // A debug build has a tenth of the speed. The bound proves that the search advances by months, not by days or
    // minutes.
    let zone = zone("America/New_York");
    for text in [
        "0 0 30 2 *",
        "0 0 31W 2 *",
        "0 0 */31 * 2#3",
        "0 0 L-30,31W 2,4,6 *",
        "0 0 * 2 SAT#5",
        "30 2 29 2 *",
    ] {
        let schedule = schedule(text);
        let started = std::time::Instant::now();
        for _ in 0..10 {
            schedule.next_after(ANCHOR, &zone, ANCHOR);
        }
        assert!(
            started.elapsed().as_millis() < 500,
            "{text}: {:?} for ten",
            started.elapsed()
        );
    }
}

#[test]
fn parse_of_random_text_never_panics() {
    #[rustfmt::skip]
    let seeds = [
        "*/15 * * * * *", "0 0 1,15W,L-3,LW * FRI#3,5L", "30 3 * jan-DEC/2 mon-7", "5-10/3,7/2 22-23 ? * ?",
        "@every 1h30m", "@at 2026-12-01T10:00:00+08:00", "TZ=UTC @daily", "@reboot", "CRON_TZ=UTC 0 0 L * 7", "@at 2026-12-01",
        "H H(1-5) * * *", "0 0 1 * *; @every 1h", "H/15 H(8-18)/2 H * ?",
    ];
    let letters: Vec<char> = "00112233456789**/,-?#LWlwHH();; @TZ=:+.\t\n日é\u{0}\u{301}smhd"
        .chars()
        .collect();
    let mut random = Random(0xBAD_5EED_1234_5678);
    let zone = zone("America/New_York");
    let (mut read, mut refused) = (0, 0);
    for _ in 0..6_000 {
        let mut text: Vec<char> = random.pick(&seeds).chars().collect();
        for _ in 0..random.below(4) {
            let length = u32::try_from(text.len()).unwrap();
            let at = usize::try_from(random.below(length + 1)).unwrap();
            match random.below(3) {
                0 => text.insert(at, random.pick(&letters)),
                1 if at < text.len() => drop(text.remove(at)),
                _ if at < text.len() => text[at] = random.pick(&letters),
                _ => text.truncate(at / 2),
            }
        }
        let text: String = text.into_iter().collect();
        match Schedule::parse_for(&text, "name") {
            Ok(found) => {
                read += 1;
                let canonical = found.canonical();
                assert_eq!(schedule(&canonical), found, "{text:?} {canonical}");
                assert!(!canonical.contains('H'), "{canonical}");
                assert_eq!(schedule(&canonical).canonical(), canonical);
                for language in [Language::English, Language::Chinese] {
                    assert!(!found.describe(language).is_empty());
                    for warning in found.warnings(&zone, ANCHOR) {
                        assert!(!warning.in_words(language).is_empty());
                    }
                }
                if let Some(at) = found.next_after(ANCHOR, &zone, ANCHOR) {
                    found.note(at, &zone, ANCHOR);
                }
            }
            Err(error) => {
                refused += 1;
                assert!(text.get(error.at.clone()).is_some(), "{text:?} {error:?}");
                assert!(!error.to_string().is_empty());
            }
        }
        // These must not panic either; most of the texts are invalid for them.
        let _ = (
            parse_duration(&text),
            parse_when(&text, &zone, ANCHOR),
            crate::every(&text),
        );
    }
    assert!(read > 1_000 && refused > 1_000, "{read} {refused}");
}
