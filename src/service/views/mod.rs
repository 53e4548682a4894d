//! What those see who look on: health, figures, the scheduler, logs a page at a time.

mod entries;
mod figures;
mod health;
mod log_lines;
mod scheduler;
mod system_log;
mod usage;
