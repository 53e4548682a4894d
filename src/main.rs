use std::path::PathBuf;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--home").collect();
    let args: Vec<&str> = args.iter().map(|s| s.as_str()).collect();
    let paths = jobs::config::Paths::resolve(None, &jobs::config::Env::process(), true).unwrap();
    let has = |f: &str| args.contains(&f);
    let code = if has("start") {
        let crontab = args
            .iter()
            .position(|a| *a == "--crontab")
            .map(|i| std::path::absolute(PathBuf::from(args[i + 1])).unwrap());
        let options = jobs::daemon::Options {
            paths,
            detach: has("-d"),
            guard: has("-f"),
            crontab,
            announce: has("--announce"),
        };
        match jobs::daemon::start(&options, &|pid| println!("started {pid}")) {
            Ok(c) => c,
            Err(e) => {
                eprintln!("error: {e:#}");
                1
            }
        }
    } else {
        let mut c = jobs::rpc::Client::connect(&paths.socket).unwrap_or_else(|e| {
            eprintln!("error: {e}");
            std::process::exit(3)
        });
        match c.call_raw::<serde_json::Value>(
            args[0],
            serde_json::from_str(args.get(1).unwrap_or(&"{}")).unwrap(),
        ) {
            Ok(v) => {
                println!("{}", serde_json::to_string_pretty(&v).unwrap());
                0
            }
            Err(e) => {
                eprintln!("error: {e}");
                1
            }
        }
    };
    std::process::exit(code)
}
