//! `jobs admin`: the accounts that may log in over HTTP.

use std::io::{BufRead, IsTerminal, Read};

use super::out::{Highlight, Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use jobs_api::{self as api, Account, AdminList, AdminRotateKey, AdminStatus, Secret};
use jobs_error::Error;

/// The longest line that is read as a password, in bytes.
const LINE_MAX: u64 = 16 * 1024;

#[derive(Args, Debug)]
pub struct AdminArgs {
    #[command(subcommand)]
    pub verb: AdminVerb,
}

#[derive(Subcommand, Debug)]
pub enum AdminVerb {
    /// Add an account; asks for its password
    Add {
        #[command(flatten)]
        request: api::AdminAdd,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Set a new password for an account; its logins are not valid any more
    Passwd {
        #[command(flatten)]
        request: api::AdminPasswd,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Change the mail address or the role of an account
    #[command(group(clap::ArgGroup::new("change").args(["email", "role"]).required(true).multiple(true)))]
    Edit(api::AdminEdit),
    /// List the accounts, the newest first
    List,
    /// Enable an account: it can log in again
    Enable(api::AdminStatus),
    /// Disable an account: it cannot log in, and its logins are not valid any more
    Disable(api::AdminStatus),
    /// Remove an account; its logins are not valid any more
    Rm(api::AdminRm),
    /// Make a new key for logins: no login and no session of the page is valid any more
    RotateKey,
}

#[derive(Args, Debug)]
pub struct PasswordArgs {
    /// Read the password from standard input, one line, instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
}

pub fn admin(context: &Context, verb: AdminVerb, out: &mut Out) -> anyhow::Result<i32> {
    match verb {
        AdminVerb::Add {
            mut request,
            password,
        } => {
            // Whether somebody answers is known before anything is asked.
            let mut client = context.client()?;
            request.password = password_for(&request.username, &password)?;
            let account = client.call(&request)?;
            let what = format!("added, {}", account.role);
            show_account(&account, &what, out)
        }
        AdminVerb::Passwd {
            mut request,
            password,
        } => {
            let mut client = context.client()?;
            request.password = password_for(request.admin.as_str(), &password)?;
            let account = client.call(&request)?;
            show_account(
                &account,
                "has a new password; its logins are not valid any more",
                out,
            )
        }
        AdminVerb::Edit(request) => {
            let account = context.client()?.call(&request)?;
            let mut what = format!("changed, {}", account.role);
            if !account.email.is_empty() {
                what.push_str(&format!(", {}", account.email));
            }
            show_account(&account, &what, out)
        }
        AdminVerb::List => list_accounts(context, out),
        AdminVerb::Enable(request) => set_status(context, request, 1, "enabled", out),
        AdminVerb::Disable(request) => set_status(
            context,
            request,
            0,
            "disabled; its logins are not valid any more",
            out,
        ),
        AdminVerb::Rm(request) => {
            let account = context.client()?.call(&request)?;
            show_account(&account, "removed", out)
        }
        AdminVerb::RotateKey => {
            let done = context.client()?.call(&AdminRotateKey {})?;
            if out.wants_json() {
                out.data(&done)?;
            } else {
                out.line(
                    "a new key is in use: all logins are invalid now, the tokens for programs stay valid",
                )?;
            }
            Ok(DONE)
        }
    }
}

fn set_status(
    context: &Context,
    request: AdminStatus,
    status: u8,
    what: &str,
    out: &mut Out,
) -> anyhow::Result<i32> {
    let account = context.client()?.call(&AdminStatus {
        status: Some(status),
        ..request
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

fn list_accounts(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    /// The largest page.
    const SIZE: u32 = 500;
    let mut client = context.client()?;
    let mut accounts: Vec<Account> = Vec::new();
    for page in 1.. {
        let request = AdminList {
            page: Some(page),
            size: Some(SIZE),
        };
        let answer = client.call(&request)?;
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
        print_message("no accounts; `jobs admin add NAME --role admin` adds one");
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::number("ID").rank(4),
        Column::new("NAME"),
        Column::new("ROLE").rank(1),
        Column::new("STATUS").rank(2),
        Column::new("EMAIL").rank(5),
        Column::new("LAST LOGIN").rank(3),
        Column::new("ADDED").rank(6),
    ]);
    for account in &accounts {
        let status = match account.status {
            0 => Cell::new("disabled").highlight(Some(Highlight::Dim)),
            _ => Cell::new("enabled"),
        };
        table.push(vec![
            Cell::number(account.id),
            Cell::new(&account.username),
            Cell::new(account.role.to_string()),
            status,
            Cell::new(if account.email.is_empty() {
                "-"
            } else {
                &account.email
            }),
            Cell::new(text::clock(account.last_login, "never")),
            Cell::new(text::clock(Some(account.created_at), "-")),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}

/// A new password: a line of standard input, or typed twice.
fn password_for(name: &str, args: &PasswordArgs) -> anyhow::Result<Secret> {
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
    let prompt_for =
        |prompt: String| rpassword::prompt_password(prompt).context("cannot ask for a password");
    let password = prompt_for(format!("New password of `{}`: ", text::visible(name)))?;
    if prompt_for("The same again: ".to_string())? != password {
        return Err(Error::invalid("password", "the two are not the same").into());
    }
    Ok(Secret::new(password))
}

fn line_of_stdin() -> anyhow::Result<Secret> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LINE_MAX)
        .read_until(b'\n', &mut bytes)
        .context("cannot read the password")?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::invalid("password", "standard input is not UTF-8"))?;
    // The end of the line is not a part of the password.
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line)))
}
