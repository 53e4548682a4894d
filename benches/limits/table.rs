//! The table of results: measurement, limit, our value, their ratio and the goal.

use std::fmt::Write;

#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 5]>,
}

/// The goal of a ratio or a value.
#[derive(Clone, Copy)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Table {
    /// Adds a row with both values in `unit`, their ratio and the goal of the ratio.
    pub fn ratio(&mut self, what: &str, unit: &str, limit: f64, ours: f64, goal: Goal) {
        let ratio = ours / limit;
        let (is_met, goal) = match goal {
            Goal::AtMost(most) => (ratio <= most, format!("≤ {most}")),
            Goal::AtLeast(least) => (ratio >= least, format!("≥ {least}")),
        };
        self.rows.push([
            what.to_string(),
            format!("{} {unit}", short(limit)),
            format!("{} {unit}", short(ours)),
            format!("{ratio:.2}"),
            format!("{goal}{}", mark(is_met)),
        ]);
    }

    /// Adds a row with a goal for the value itself.
    pub fn figure(&mut self, what: &str, unit: &str, ours: f64, goal: Goal) {
        let (is_met, goal) = match goal {
            Goal::AtMost(most) => (ours <= most, format!("≤ {} {unit}", short(most))),
            Goal::AtLeast(least) => (ours >= least, format!("≥ {} {unit}", short(least))),
        };
        self.rows.push([
            what.to_string(),
            "-".into(),
            format!("{} {unit}", short(ours)),
            "-".into(),
            format!("{goal}{}", mark(is_met)),
        ]);
    }

    /// Adds a row for a measurement that is left out, and how to make it possible.
    pub fn left_out(&mut self, what: &str, how: &str) {
        self.rows.push([
            what.to_string(),
            "-".into(),
            format!("left out: {how}"),
            "-".into(),
            String::new(),
        ]);
    }

    pub fn print(&self) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut text = format!(
            "{cores} cores\n\n| what | limit | ours | ratio | goal |\n|---|---|---|---|---|\n"
        );
        for row in &self.rows {
            writeln!(text, "| {} |", row.join(" | ")).expect("a text takes it");
        }
        println!("{text}");
    }
}

fn mark(is_met: bool) -> &'static str {
    if is_met { "" } else { " **missed**" }
}

/// A number with three significant digits.
fn short(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 1.0 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}
