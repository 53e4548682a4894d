//! `jobs logs --system`: the system log, read from its daily files of JSON lines. It needs no daemon, so it helps when the
//! daemon does not start.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Map, Value};

use super::logs::LogsArgs;
use super::out::{Highlight, Out, print_message};
use super::{Context, DONE, text};
use jobs_config::{Config, Env};
use jobs_fs::PlaceError;

/// Lines shown by default.
const LINES: usize = 100;

pub fn show(context: &Context, args: &LogsArgs, out: &mut Out) -> anyhow::Result<i32> {
    let paths = context.paths()?;
    // The folder of the log is known even if other values of the configuration are invalid.
    let folder =
        Config::load(&paths, &Env::process()).map_or(paths.logs, |loaded| loaded.paths.logs);
    // Another account could have put lines, or links to other files, there.
    if let Err(PlaceError::Refused(refusal)) = jobs_fs::check_folder(&folder) {
        anyhow::bail!(
            "the system log is not shown: {refusal}\nhint: {}",
            refusal.mend()
        );
    }
    let number = args.number.map_or(LINES, |number| number as usize);
    let files = files(&folder)?;
    if files.is_empty() && !args.follow {
        print_message(&format!("there is no system log in `{}`", folder.display()));
        return Ok(DONE);
    }
    let mut last: VecDeque<String> = VecDeque::new();
    for file in files.iter().rev() {
        let mut lines = tail(file, number - last.len())?;
        lines.append(&mut last);
        last = lines;
        if last.len() >= number {
            break;
        }
    }
    for line in &last {
        print(line, out)?;
    }
    out.flush()?;
    if args.follow {
        follow(&folder, files.last().cloned(), out)?;
    }
    Ok(DONE)
}

/// The log files, the oldest first: their names hold the date.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = jobs_fs::entries(folder)
        .with_context(|| format!("`{}` can't be read", folder.display()))?;
    files.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("jobs.") && name.ends_with(".log"))
    });
    Ok(files)
}

fn open(file: &Path) -> anyhow::Result<BufReader<File>> {
    let opened =
        jobs_fs::open_file(file).with_context(|| format!("`{}` can't be read", file.display()))?;
    Ok(BufReader::new(opened))
}

/// The last lines of a file.
fn tail(file: &Path, number: usize) -> anyhow::Result<VecDeque<String>> {
    let mut lines = VecDeque::new();
    for line in open(file)?.split(b'\n') {
        if lines.len() == number {
            lines.pop_front();
        }
        if number > 0 {
            lines.push_back(String::from_utf8_lossy(&line?).into_owned());
        }
    }
    Ok(lines)
}

/// Prints new lines until the process is interrupted. It polls every half second, because not every file system reports
/// changes.
fn follow(folder: &Path, file: Option<PathBuf>, out: &mut Out) -> anyhow::Result<()> {
    let mut current = match file {
        Some(file) => {
            let mut reader = open(&file)?;
            reader.seek(SeekFrom::End(0))?;
            Some((file, reader))
        }
        None => None,
    };
    let mut line = Vec::new();
    loop {
        if let Some((_, reader)) = &mut current {
            while reader.read_until(b'\n', &mut line)? > 0 {
                if line.ends_with(b"\n") {
                    print(String::from_utf8_lossy(&line).trim_end(), out)?;
                    line.clear();
                } else {
                    break;
                }
            }
        }
        out.flush()?;
        let newest = files(folder)?.pop();
        if newest.is_some() && newest.as_ref() != current.as_ref().map(|(file, _)| file) {
            current = newest
                .map(|file| open(&file).map(|reader| (file, reader)))
                .transpose()?;
            line.clear();
        } else {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
    }
}

fn print(line: &str, out: &mut Out) -> anyhow::Result<()> {
    let entry: Option<Map<String, Value>> = serde_json::from_str(line).ok();
    match entry {
        Some(entry) if !out.wants_json() => {
            let shown = entry_line(&entry, out);
            out.line(&shown)?;
        }
        Some(_) | None => out.line(line)?,
    }
    Ok(())
}

fn entry_line(entry: &Map<String, Value>, out: &Out) -> String {
    let word = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let level = match word("level") {
        "ERROR" => out.paint(Highlight::Bad, "ERROR"),
        "WARN" => out.paint(Highlight::Warn, " WARN"),
        other => format!("{other:>5}"),
    };
    let mut line = format!(
        "{} {level} {}",
        word("timestamp"),
        text::visible(word("message"))
    );
    for (key, value) in entry {
        if ["timestamp", "level", "message", "target"].contains(&key.as_str()) {
            continue;
        }
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), text::visible);
        line.push_str(&format!(
            " {}",
            out.paint(Highlight::Dim, &format!("{key}={value}"))
        ));
    }
    line
}
