//! `$EDITOR`: opens a text, checks it, and opens it again with the reason when it is refused.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::out::{print_error_output, print_message};
use super::text;
use jobs_error::{Error, Result};

/// Marks the lines with the reason of a refusal.
const REFUSED: &str = "#! ";

/// A person's answer to the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Store,
    EditAgain,
    Abandon,
}

/// Refuses a call from a script that names no editor: nobody could close the usual one.
pub fn require(command: &str) -> Result<()> {
    if chosen().is_some() || io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::invalid(
        command,
        "nothing to change was given, and without a terminal no editor can be opened",
    )
    .hint("see `jobs edit --help` and `jobs config set --help`; or set `EDITOR`"))
}

/// The editor that the environment names.
fn chosen() -> Option<String> {
    ["VISUAL", "EDITOR"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|editor| !editor.trim().is_empty())
}

/// Opens a text that begins as `begin` until `act` takes it. `act` gets the text without the lines of a refusal, and returns `None` for "open it
/// again".
///
/// # Errors
///
/// When the editor fails, or the text is left as it was refused: then it is kept in a file, which the error names.
pub fn edit<T>(
    begin: &str,
    suffix: &str,
    mut act: impl FnMut(&str) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let file = tempfile::Builder::new()
        .prefix("jobs-")
        .suffix(suffix)
        .tempfile()
        .context("no file can be made for the editor")?
        .into_temp_path();
    let mut shown = begin.to_string();
    let mut refusals = 0;
    loop {
        std::fs::write(&file, &shown)
            .with_context(|| format!("`{}` can't be written", file.display()))?;
        if let Err(error) = open(&file) {
            if shown == begin {
                return Err(error.into());
            }
            let kept = keep(file, body_of(&shown))?;
            return Err(anyhow::Error::from(error).context(kept_in(&kept)));
        }
        let edited =
            std::fs::read(&file).with_context(|| format!("`{}` can't be read", file.display()))?;
        let refusal = match String::from_utf8(edited) {
            Err(_) => anyhow::Error::from(Error::invalid("text", "it is not UTF-8")),
            Ok(edited) => {
                // Without a terminal the editor is a program, which might go on for ever.
                let is_hopeless = refusals > 1 && !io::stdin().is_terminal();
                let is_as_refused = edited == shown && shown.starts_with(REFUSED);
                let body = body_of(&edited).to_string();
                match act(&body) {
                    Ok(Some(done)) => return Ok(done),
                    Ok(None) => {
                        shown = body;
                        continue;
                    }
                    Err(error) if is_as_refused || is_hopeless || !is_a_refusal(&error) => {
                        let kept = keep(file, &body)?;
                        return Err(error.context(kept_in(&kept)));
                    }
                    Err(error) => {
                        shown = body;
                        error
                    }
                }
            }
        };
        refusals += 1;
        print_message(&format!("{refusal:#}"));
        let reason: String = format!("{refusal:#}")
            .lines()
            .map(|line| format!("{REFUSED}{}\n", text::visible(line)))
            .collect();
        shown = format!("{reason}{shown}");
    }
}

/// Whether another text could be taken: the text was refused, and the daemon was reached.
fn is_a_refusal(error: &anyhow::Error) -> bool {
    super::exit_code(error) == super::USAGE
        || matches!(
            error.downcast_ref(),
            Some(jobs_rpc::ClientError::Remote { code, .. }) if *code == jobs_rpc::code::CONFLICT
        )
}

/// The text without the reason of a refusal, which stands before it.
fn body_of(text: &str) -> &str {
    let mut body = text;
    while body.starts_with(REFUSED) {
        body = body.split_once('\n').map_or("", |(_, rest)| rest);
    }
    body
}

fn kept_in(file: &Path) -> String {
    format!("the text is kept in `{}`", file.display())
}

fn keep(file: tempfile::TempPath, body: &str) -> anyhow::Result<PathBuf> {
    let kept = file.keep().context("the text can't be kept")?;
    std::fs::write(&kept, body)?;
    Ok(kept)
}

/// Runs the editor of the user, and waits for its end.
fn open(file: &Path) -> Result<()> {
    let editor = chosen().unwrap_or_else(|| "vi".to_string());
    // The variable may hold arguments, so a shell reads it.
    let status = Command::new("/bin/sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(file)
        .status()
        .map_err(|error| Error::io("the editor can't be started".to_string(), error))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::invalid(
        "EDITOR",
        format!("`{editor}` ended with {status}; nothing was changed"),
    )
    .hint("`EDITOR=nano jobs ...` takes another editor"))
}

/// Asks a person whether a difference is to be stored. Without a terminal nobody can answer, and it is stored.
pub fn ask() -> io::Result<Verdict> {
    let stdin = io::stdin();
    if !stdin.is_terminal() || !io::stderr().is_terminal() {
        return Ok(Verdict::Store);
    }
    loop {
        print_error_output(b"store it? [y]es, [n]o, [e]dit again: ");
        io::stderr().flush()?;
        let mut answer = String::new();
        if stdin.lock().read_line(&mut answer)? == 0 {
            return Ok(Verdict::Abandon);
        }
        match answer.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => return Ok(Verdict::Store),
            "n" | "no" | "q" => return Ok(Verdict::Abandon),
            "e" | "edit" => return Ok(Verdict::EditAgain),
            _ => {}
        }
    }
}
