//! Verbs on who may come in over HTTP: `ip`, `admin`, `token`.

use std::io::{BufRead, IsTerminal, Read};

use anyhow::Context;
use comfy_table::Cell;

use super::access_args::{AdminVerb, IpEntry, IpVerb, PasswordArgs, TokenVerb};
use super::out::{Out, Tone, say};
use super::{DONE, Here, table, text};
use crate::api::{
    Account, AdminList, AdminRotateKey, AdminStatus, Hidden, IpAdd, IpLists, IpRemove, IpStatus,
    TokenInfo, TokenList,
};
use crate::clock::now;
use crate::error::Error;
use crate::schedule::{Time, Zone};

/// The longest line that is read as a password, in bytes.
const LINE_MAX: u64 = 16 * 1024;

pub fn ip(here: &Here, verb: IpVerb, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = here.client()?;
    let lists = match verb {
        IpVerb::Status => client.call(&IpStatus {})?,
        IpVerb::Add(IpEntry { list, ip }) => client.call(&IpAdd {
            list: Some(list),
            ip,
        })?,
        IpVerb::Remove(IpEntry { list, ip }) => client.call(&IpRemove {
            list: Some(list),
            ip,
        })?,
    };
    show_lists(&lists, out)
}

fn show_lists(lists: &IpLists, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(lists)?;
        return Ok(DONE);
    }
    let enabled = if lists.enabled {
        out.paint(Tone::Good, "on")
    } else {
        out.paint(
            Tone::Warn,
            "off: every address may come in (`ip_control.enabled`)",
        )
    };
    for (key, value) in [
        ("control", enabled),
        ("whitelist", listed(&lists.whitelist)),
        ("blacklist", listed(&lists.blacklist)),
    ] {
        out.line(&format!(
            "{}  {value}",
            out.paint(Tone::Dim, &format!("{key:>9}"))
        ))?;
    }
    Ok(DONE)
}

fn listed(networks: &[String]) -> String {
    if networks.is_empty() {
        "-".to_string()
    } else {
        networks.join(", ")
    }
}

pub fn admin(here: &Here, verb: AdminVerb, out: &mut Out) -> anyhow::Result<i32> {
    match verb {
        AdminVerb::Add { mut ask, password } => {
            // Whether somebody answers is known before anything is asked.
            let mut client = here.client()?;
            ask.password = password_for(&ask.username, &password)?;
            let account = client.call(&ask)?;
            let what = format!("added, {}", account.role);
            show_account(&account, &what, out)
        }
        AdminVerb::Passwd { mut ask, password } => {
            let mut client = here.client()?;
            ask.password = password_for(ask.admin.as_str(), &password)?;
            let account = client.call(&ask)?;
            show_account(&account, "has another password; its logins are void", out)
        }
        AdminVerb::Edit(ask) => {
            let account = here.client()?.call(&ask)?;
            let mut what = format!("changed, {}", account.role);
            if !account.email.is_empty() {
                what.push_str(&format!(", {}", account.email));
            }
            show_account(&account, &what, out)
        }
        AdminVerb::List => list_accounts(here, out),
        AdminVerb::Enable(ask) => set_status(here, ask, 1, "enabled", out),
        AdminVerb::Disable(ask) => set_status(here, ask, 0, "disabled; its logins are void", out),
        AdminVerb::Rm(ask) => {
            let account = here.client()?.call(&ask)?;
            show_account(&account, "removed", out)
        }
        AdminVerb::RotateKey => {
            let done = here.client()?.call(&AdminRotateKey {})?;
            if out.wants_json() {
                out.data(&done)?;
            } else {
                out.line(
                    "a new key is in use: all logins are void, the tokens for programs are not",
                )?;
            }
            Ok(DONE)
        }
    }
}

fn set_status(
    here: &Here,
    ask: AdminStatus,
    status: u8,
    what: &str,
    out: &mut Out,
) -> anyhow::Result<i32> {
    let account = here.client()?.call(&AdminStatus {
        status: Some(status),
        ..ask
    })?;
    show_account(&account, what, out)
}

fn show_account(account: &Account, what: &str, out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(account)?;
    } else {
        out.line(&format!(
            "`{}` (number {}): {what}",
            account.username, account.id
        ))?;
    }
    Ok(DONE)
}

fn list_accounts(here: &Here, out: &mut Out) -> anyhow::Result<i32> {
    /// The largest page.
    const SIZE: u32 = 500;
    let mut client = here.client()?;
    let mut accounts: Vec<Account> = Vec::new();
    for page in 1.. {
        let ask = AdminList {
            page: Some(page),
            size: Some(SIZE),
        };
        let answer = client.call(&ask)?;
        accounts.extend(answer.items);
        if u64::from(page) >= answer.pages_total {
            break;
        }
    }
    if out.wants_json() {
        out.data(&accounts)?;
        return Ok(DONE);
    }
    if accounts.is_empty() {
        say("no accounts; `jobs admin add NAME --role admin` adds one");
        return Ok(DONE);
    }
    let columns = [
        "ID",
        "NAME",
        "ROLE",
        "STATUS",
        "EMAIL",
        "LAST LOGIN",
        "ADDED",
    ];
    let mut table = table::table(out, &columns);
    for account in &accounts {
        let status = match account.status {
            0 => table::cell(out, "disabled", Some(Tone::Dim)),
            _ => table::cell(out, "enabled", None),
        };
        table.add_row(vec![
            Cell::new(account.id),
            Cell::new(&account.username),
            Cell::new(account.role),
            status,
            Cell::new(if account.email.is_empty() {
                "-"
            } else {
                &account.email
            }),
            Cell::new(clock(account.last_login, "never")),
            Cell::new(clock(Some(account.created_at), "-")),
        ]);
    }
    out.line(&table.trim_fmt())?;
    Ok(DONE)
}

pub fn token(here: &Here, verb: TokenVerb, out: &mut Out) -> anyhow::Result<i32> {
    match verb {
        TokenVerb::Add(ask) => {
            let made = here.client()?.call(&ask)?;
            if out.wants_json() {
                out.data(&made)?;
                return Ok(DONE);
            }
            out.line(made.secret.reveal())?;
            out.flush()?;
            let token = &made.token;
            let end = match token.expires_at {
                Some(end) => format!("void from {} on", end.local(&Zone::system())),
                None => "without an end".to_string(),
            };
            say(&format!(
                "token `{}` (number {}): {}, {end}; it is shown this once",
                token.name, token.id, token.role
            ));
            Ok(DONE)
        }
        TokenVerb::List => {
            let tokens = here.client()?.call(&TokenList {})?;
            list_tokens(&tokens, out)
        }
        TokenVerb::Rm(ask) => {
            let token = here.client()?.call(&ask)?;
            if out.wants_json() {
                out.data(&token)?;
            } else {
                out.line(&format!(
                    "removed the token `{}` (number {}): it is void",
                    token.name, token.id
                ))?;
            }
            Ok(DONE)
        }
    }
}

fn list_tokens(tokens: &[TokenInfo], out: &mut Out) -> anyhow::Result<i32> {
    if out.wants_json() {
        out.data(&tokens)?;
        return Ok(DONE);
    }
    if tokens.is_empty() {
        say("no tokens; `jobs token add NAME` makes one");
        return Ok(DONE);
    }
    let columns = ["ID", "NAME", "ROLE", "VOID FROM", "MADE", "BY"];
    let mut table = table::table(out, &columns);
    let now = now();
    for token in tokens {
        let is_void = token.expires_at.is_some_and(|end| end <= now);
        let end = clock(token.expires_at, "never");
        table.add_row(vec![
            Cell::new(token.id),
            Cell::new(&token.name),
            Cell::new(token.role),
            table::cell(out, &end, is_void.then_some(Tone::Bad)),
            Cell::new(clock(Some(token.created_at), "-")),
            Cell::new(text::visible(&token.created_by)),
        ]);
    }
    out.line(&table.trim_fmt())?;
    Ok(DONE)
}

fn clock(at: Option<Time>, otherwise: &str) -> String {
    at.map_or_else(|| otherwise.to_string(), |at| at.local(&Zone::system()))
}

/// A new password: a line of standard input, or typed twice.
fn password_for(name: &str, args: &PasswordArgs) -> anyhow::Result<Hidden> {
    if args.password_stdin {
        return line_of_stdin();
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Error::invalid("password", "there is no terminal to ask for it")
                .hint("`--password-stdin` reads it from standard input")
                .into(),
        );
    }
    let ask =
        |prompt: String| rpassword::prompt_password(prompt).context("cannot ask for a password");
    let password = ask(format!("New password of `{}`: ", text::visible(name)))?;
    if ask("The same again: ".to_string())? != password {
        return Err(Error::invalid("password", "the two are not the same").into());
    }
    Ok(Hidden::new(password))
}

fn line_of_stdin() -> anyhow::Result<Hidden> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LINE_MAX)
        .read_until(b'\n', &mut bytes)
        .context("cannot read the password")?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::invalid("password", "standard input is not UTF-8"))?;
    // What ends the line is no part of it.
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Hidden::new(line.strip_suffix('\r').unwrap_or(line)))
}
