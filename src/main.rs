//! Parse, run, print the error, exit code.

fn main() {
    // The daemon starts this program for some executions.
    let code = jobs::daemon::child().unwrap_or_else(|| {
        jobs::cli::run(
            std::env::args_os(),
            &jobs::daemon::start,
            &jobs::daemon::check,
        )
    });
    std::process::exit(code);
}
