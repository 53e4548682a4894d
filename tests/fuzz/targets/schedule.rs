//! Parsing a schedule never panics, for any text, instant and zone; and the canonical text of a schedule parses to the same
//! schedule.
//!
//! `cargo fuzz run --fuzz-dir tests/fuzz schedule tests/fuzz/corpus/schedule tests/fuzz/cases/schedule` (make the folder
//! of the corpus first; with a stable toolchain add `-s none` and set
//! `RUSTC_BOOTSTRAP=1`). Add each input that fails to the cases. The first 8 bytes of an input are the instant, the ninth is
//! the zone, the rest is the text.
#![no_main]

use jobs::schedule::{Language, Schedule, Time, Zone, parse_duration, parse_when};
use libfuzzer_sys::fuzz_target;

const ZONES: [&str; 8] = [
    "UTC",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "America/Sao_Paulo",
    "Africa/Casablanca",
];

/// 1970 to 2200, in milliseconds.
const SPAN: u64 = 7_258_118_400_000;

fuzz_target!(|data: &[u8]| {
    let Some((instant, rest)) = data.split_first_chunk::<8>() else {
        return;
    };
    let Some((zone, text)) = rest.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let after = Time::from_millis((u64::from_le_bytes(*instant) % SPAN) as i64);
    let zone = Zone::find(ZONES[usize::from(*zone) % ZONES.len()]).expect("it is in the database");
    let _ = (parse_duration(text), parse_when(text, &zone, after));
    match Schedule::parse_for(text, "name") {
        Err(error) => assert!(text.get(error.at.clone()).is_some() && !error.to_string().is_empty()),
        Ok(schedule) => {
            let canonical = schedule.canonical();
            assert_eq!(Schedule::parse(&canonical).as_ref(), Ok(&schedule), "{canonical}");
            let mut last = after;
            for _ in 0..4 {
                let Some(next) = schedule.next_after(last, &zone, after) else {
                    break;
                };
                assert!(next > last, "{canonical}: {next:?} is not after {last:?}");
                schedule.note(next, &zone, after);
                last = next;
            }
            for language in [Language::English, Language::Chinese] {
                assert!(!schedule.describe(language).is_empty());
                for doubt in schedule.warnings(&zone, after) {
                    assert!(!doubt.in_words(language).is_empty());
                }
            }
        }
    }
});
