//! The size of a crontab is bounded, so that an import cannot take all memory of the daemon.

use crate::support::Home;

/// The most memory that the daemon has had, in MiB.
fn peak(home: &Home) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse::<u64>().unwrap() / 1024
}

#[test]
fn crontab_that_is_too_large_is_refused_before_it_costs_memory() {
    let home = Home::started();
    let variables = |number: u32| -> String {
        (0..number)
            .map(|number| format!("V{number}={}\n", "x".repeat(1_000)))
            .collect()
    };
    for (text, part) in [
        ("a\n".repeat(500_001), "more than 500000 lines"),
        (
            format!("{}{}", variables(3_000), "* * * * * true\n".repeat(100)),
            "variables have more than 268435456 bytes in all",
        ),
    ] {
        let crontab = home.write("crontab", &text);
        home.jobs(&["import", "crontab", crontab.to_str().unwrap()])
            .fails(2)
            .says(&[part]);
    }
    assert_eq!(
        home.jobs(&["list", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        0
    );
    assert!(peak(&home) < 600, "{} MiB", peak(&home));
    // A crontab just below the bounds is read.
    let text = format!("{}* * * * * true\n", "#\n".repeat(499_999));
    let crontab = home.write("crontab", &text);
    home.jobs(&["import", "crontab", crontab.to_str().unwrap()])
        .ok()
        .shows(&["1 imported"]);
}

#[test]
fn crontab_of_a_start_that_is_too_large_is_refused_before_it_is_read() {
    let home = Home::new();
    let crontab = home.write("crontab", "");
    let file = std::fs::File::options().write(true).open(&crontab).unwrap();
    file.set_len(40 * 1024 * 1024).unwrap();
    home.jobs(&["start", "-d", "--crontab", crontab.to_str().unwrap()])
        .fails(1)
        .says(&["41943040 bytes", "33554432 is the most"]);
}
