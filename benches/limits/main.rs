//! The speed of the daemon and its client, each against a limit that is measured in the same run.
//!
//! `cargo bench --bench limits` runs all parts and prints one table; `cargo bench --bench limits -- punctual idle` runs some
//! parts, and `--quick` makes fewer repetitions.

mod age;
mod home;
mod idle;
mod page;
mod prompt;
mod punctual;
mod servers;
mod spawning;
mod table;
mod throughput;

use table::Table;

/// Measures one part and adds its rows.
type Measure = fn(&Plan, &mut Table);

/// The parts, in the order of the table.
const PARTS: &[(&str, Measure)] = &[
    ("punctual", punctual::measure),
    ("throughput", throughput::measure),
    ("cores", throughput::measure_cores),
    ("idle", idle::measure),
    ("prompt", prompt::measure),
    ("doors", servers::measure),
    ("age", age::measure),
    ("page", page::measure),
];

/// The amount of work.
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
