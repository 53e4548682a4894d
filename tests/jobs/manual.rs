//! The README and the chapters of `docs/`: their examples are accepted, their links lead somewhere, and nothing that can be typed,
//! configured or called is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::architecture::files;
use crate::support::Home;

/// A page of the manual: the README, a chapter, or the text for contributors.
struct Page {
    /// Relative to the repository.
    path: PathBuf,
    text: String,
}

/// A command of an example, and the lines that it is said to print.
struct Example {
    command: String,
    printed: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(path: &str) -> Page {
    Page {
        path: path.into(),
        text: std::fs::read_to_string(root().join(path)).unwrap(),
    }
}

/// The README, CONTRIBUTING and every chapter.
fn pages() -> Vec<Page> {
    let mut chapters: Vec<String> = std::fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    chapters.sort();
    let chapters = chapters.iter().map(|name| format!("docs/{name}"));
    ["README.md", "CONTRIBUTING.md"]
        .map(str::to_string)
        .into_iter()
        .filter(|path| root().join(path).is_file())
        .chain(chapters)
        .map(|path| page(&path))
        .collect()
}

impl Page {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The lines outside of blocks of code.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let mut is_code = false;
        self.text.lines().filter(move |line| {
            let is_fence = line.starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        })
    }

    /// The names of its headings in a link.
    fn anchors(&self) -> Vec<String> {
        let headings = self.prose().filter(|line| line.starts_with('#'));
        headings
            .map(|line| {
                let words = line.trim_start_matches('#').trim().to_lowercase();
                words
                    .chars()
                    .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                    .map(|c| if c == ' ' { '-' } else { c })
                    .collect()
            })
            .collect()
    }

    /// Where its links lead.
    fn links(&self) -> Vec<String> {
        let parts = self.prose().flat_map(|line| line.split("](").skip(1));
        parts
            .filter_map(|part| Some(part.split_once(')')?.0.to_string()))
            .collect()
    }

    /// The commands of its examples: what follows `$ ` in a block of the console.
    fn examples(&self) -> Vec<Example> {
        let mut examples: Vec<Example> = Vec::new();
        let mut is_console = false;
        for line in self.text.lines() {
            if line.starts_with("```") {
                is_console = line == "```console";
            } else if is_console && let Some(command) = line.strip_prefix("$ ") {
                examples.push(Example {
                    command: command.to_string(),
                    printed: Vec::new(),
                });
            } else if is_console && let Some(example) = examples.last_mut() {
                example.printed.push(line.to_string());
            }
        }
        examples
    }
}

/// The arguments of each call of `jobs` in a line for the shell, which is not run.
fn calls(home: &Home, line: &str) -> Vec<Vec<String>> {
    let record = home.path("calls");
    let script = format!(
        "jobs() {{ printf '%s\\037' \"$@\" >> \"$RECORD\"; printf '\\036' >> \"$RECORD\"; }}\n\
         curl() {{ :; }}; jq() {{ :; }}; nc() {{ :; }}; systemctl() {{ :; }}; sqlite3() {{ :; }}; sleep() {{ :; }}\n\
         {line}\nwait"
    );
    // Some examples only set something for the next ones: how the shell ends does not matter.
    Command::new("bash")
        .args(["-c", &script])
        .current_dir(home.path(""))
        .env("RECORD", &record)
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&record).unwrap_or_default();
    let _ = std::fs::remove_file(&record);
    text.split_terminator('\u{1e}')
        .map(|call| {
            call.split_terminator('\u{1f}')
                .map(str::to_string)
                .collect()
        })
        .collect()
}

#[test]
fn readme_has_at_most_200_lines() {
    let lines = page("README.md").text.lines().count();
    assert!(lines <= 200, "{lines}");
}

#[test]
fn links_lead_to_files_and_headings_that_exist() {
    let mut broken = Vec::new();
    for page in pages() {
        for link in page.links() {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.path.clone(),
                file => page.path.parent().unwrap().join(file),
            };
            if file.ends_with(".png") && root().join(&target).is_file() {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(root().join(&target)) else {
                broken.push(format!("{}: {link}", page.name()));
                continue;
            };
            let target = Page { path: target, text };
            if !anchor.is_empty() && !target.anchors().iter().any(|known| known == anchor) {
                broken.push(format!("{}: {link}", page.name()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn examples_use_commands_and_flags_that_exist() {
    let home = Home::new();
    let mut number = 0;
    for page in pages() {
        for example in page.examples() {
            for mut call in calls(&home, &example.command) {
                // `--help` is answered once all before it was understood; what follows `--` is not for `jobs`.
                let end = call
                    .iter()
                    .position(|word| word == "--")
                    .unwrap_or(call.len());
                call.insert(end, "--help".to_string());
                let call: Vec<&str> = call.iter().map(String::as_str).collect();
                home.jobs(&call).ok();
                number += 1;
            }
        }
    }
    assert!(number > 20, "only {number} examples were found");
}

/// Ends the daemon that a tour has started, also when the tour fails.
struct Shutdown<'a>(&'a Home);

impl Drop for Shutdown<'_> {
    fn drop(&mut self) {
        self.0.jobs(&["shutdown"]);
    }
}

/// Runs an example in a home, and compares what it prints with what the page shows.
#[track_caller]
fn run_and_compare(home: &Home, example: &Example) {
    // The test has a home of its own.
    let script = example.command.replace("export JOBS_HOME=~/tour", ":");
    // A follower that comes late would wait an hour for the next execution.
    let done = Command::new("timeout")
        .args(["60", "bash", "-c"])
        .arg(format!("jobs() {{ \"$PROGRAM\" \"$@\"; }}\n{script}"))
        .current_dir(home.path(""))
        .env("PROGRAM", env!("CARGO_BIN_EXE_jobs"))
        .env("JOBS_HOME", home.path(""))
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let printed =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    let is_table = ["ID NAME", "EXEC JOB"].iter().any(|head| {
        example
            .printed
            .first()
            .is_some_and(|line| line.starts_with(head))
    });
    for line in example.printed.iter().filter(|_| !is_table) {
        let wanted = fixed_words(line);
        assert!(
            printed.lines().any(|line| fixed_words(line) == wanted),
            "`{}` did not print `{line}`, but\n{printed}",
            example.command
        );
    }
}

/// The words of a line that are the same whenever and wherever it is printed: without numbers, paths and what stands in parentheses.
fn fixed_words(line: &str) -> Vec<String> {
    let mut depth = 0;
    let outside: String = line
        .chars()
        .filter(|c| {
            let was_inside = depth > 0;
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            !was_inside && depth == 0
        })
        .collect();
    let is_fixed = |word: &&str| !word.contains(|c: char| c.is_ascii_digit() || c == '/');
    let words = outside.split_whitespace().filter(is_fixed);
    words.map(str::to_string).collect()
}

#[test]
fn tour_of_the_readme_runs_as_it_says() {
    let home = Home::new();
    let _shutdown = Shutdown(&home);
    for example in page("README.md").examples() {
        match example.command.strip_prefix("cat ") {
            Some(file) => {
                home.write(file, &format!("{}\n", example.printed.join("\n")));
            }
            None => run_and_compare(&home, &example),
        }
    }
}

#[test]
fn examples_of_schedules_print_what_the_manual_shows() {
    let home = Home::new();
    let examples = page("docs/schedules.md").examples();
    assert!(examples.len() >= 3);
    for example in examples {
        run_and_compare(&home, &example);
    }
}

#[test]
fn manual_names_every_command_and_flag() {
    let home = Home::new();
    let man = home.jobs(&["man"]).ok().stdout.replace("\\-", "-");
    let manual = page("docs/cli.md").text;
    let mut missing = Vec::new();
    for line in man.lines() {
        if let Some(usage) = line.strip_prefix(".SS \"jobs ") {
            let words = usage.trim_end_matches('"').split(' ');
            let names: Vec<&str> = words
                .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
                .collect();
            // `jobs admin add|passwd|...` stands for several.
            let is_there = manual.contains(&format!("jobs {}", names.join(" ")))
                || matches!(names[..], [group, name] if manual.lines().any(|line| {
                    line.contains(&format!("jobs {group} ")) && line.contains(name)
                }));
            if !is_there {
                missing.push(names.join(" "));
            }
        } else if let Some(flag) = line.strip_prefix("\\fB--") {
            let flag: String = flag
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            if !manual.contains(&format!("--{flag}")) {
                missing.push(format!("--{flag}"));
            }
        }
    }
    assert!(missing.is_empty(), "docs/cli.md lacks {missing:#?}");
}

#[test]
fn manual_names_every_key_of_the_configuration() {
    let home = Home::new();
    let shown = home.jobs(&["config", "show", "--json"]).ok().json();
    let manual = page("docs/configuration.md").text;
    let mut missing = Vec::new();
    let mut open = vec![(String::new(), &shown)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(members) if !members.is_empty() => {
                open.extend(members.iter().map(|(name, value)| {
                    let path = match path.as_str() {
                        "" => name.clone(),
                        path => format!("{path}.{name}"),
                    };
                    (path, value)
                }));
            }
            _ if manual.contains(&format!("`{path}`")) => {}
            _ => missing.push(path),
        }
    }
    assert!(
        missing.is_empty(),
        "docs/configuration.md lacks {missing:#?}"
    );
}

#[test]
fn manual_names_every_route_and_operation() {
    let golden = std::fs::read_to_string(root().join("tests/golden/openapi.json")).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    let manual = page("docs/http-api.md").text;
    let names = golden["paths"].as_object().unwrap().keys().map(|path| {
        let name = path.strip_prefix("/api/").unwrap_or(path);
        (name, path.starts_with("/api/"))
    });
    let missing: Vec<&str> = names
        .filter(|(name, is_operation)| match is_operation {
            true => !manual.contains(&format!("`{name}`")),
            false => !manual.contains(&format!("{name}`")),
        })
        .map(|(name, _)| name)
        .collect();
    assert!(missing.is_empty(), "docs/http-api.md lacks {missing:#?}");
}

#[test]
fn manual_names_every_function() {
    let home = Home::started();
    let manual = page("docs/functions.md").text;
    let listed = home.jobs(&["functions", "--json"]).ok().json();
    for function in listed.as_array().unwrap() {
        let name = function["name"].as_str().unwrap();
        assert!(manual.contains(&format!("`{name} ")), "{name}");
    }
}

#[test]
fn contributors_read_only_of_files_and_functions_that_exist() {
    let sources: String = files(&root().join("src"))
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let mut faults = Vec::new();
    for page in ["docs/architecture.md", "CONTRIBUTING.md"].map(page) {
        let codes = page
            .prose()
            .flat_map(|line| line.split('`').skip(1).step_by(2));
        for code in codes {
            // Capital letters stand for a name that the reader chooses.
            let is_path = ["src/", "tests/", "config/", "docs/"]
                .iter()
                .any(|folder| code.starts_with(folder))
                && !code.contains(|c: char| c.is_ascii_uppercase());
            let exists = match code.strip_suffix("()") {
                Some(function) => {
                    let name = function.rsplit(['.', ':']).next().unwrap();
                    sources.contains(&format!("fn {name}("))
                        || sources.contains(&format!("fn {name}<"))
                }
                None => !is_path || root().join(code).exists(),
            };
            if !exists {
                faults.push(format!("{}: `{code}` does not exist", page.name()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
