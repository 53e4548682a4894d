//! What the daemon and its client can do, each against a limit that is measured in the same run.
//!
//! `cargo bench --bench limits` runs all of it and prints one table; `cargo bench --bench limits -- punctual idle` some of
//! it, `--quick` with fewer repetitions.

mod age;
mod doors;
mod home;
mod idle;
mod prompt;
mod punctual;
mod spawning;
mod table;
mod throughput;

use table::Table;

/// Measures something and adds rows.
type Measure = fn(&Plan, &mut Table);

/// The parts, in the order of the table.
const PARTS: &[(&str, Measure)] = &[
    ("punctual", punctual::measure),
    ("throughput", throughput::measure),
    ("cores", throughput::measure_cores),
    ("idle", idle::measure),
    ("prompt", prompt::measure),
    ("doors", doors::measure),
    ("age", age::measure),
];

/// How much is to be done.
pub struct Plan {
    pub is_quick: bool,
}

fn main() {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let plan = Plan {
        is_quick: typed.iter().any(|word| word == "--quick"),
    };
    let wanted: Vec<&str> = typed
        .iter()
        .filter(|word| !word.starts_with('-'))
        .map(String::as_str)
        .collect();
    for word in &wanted {
        assert!(
            PARTS.iter().any(|(name, _)| name == word),
            "there is no part `{word}`"
        );
    }
    let mut table = Table::default();
    for (name, measure) in PARTS {
        if wanted.is_empty() || wanted.contains(name) {
            eprintln!("{name} ...");
            measure(&plan, &mut table);
        }
    }
    table.print();
}
