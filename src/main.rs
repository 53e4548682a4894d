//! Parse, run, print the error, exit code.

fn main() {
    let code = jobs::cli::run(std::env::args_os(), &jobs::daemon::start);
    std::process::exit(code);
}
