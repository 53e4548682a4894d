//! `jobs session`: the sessions of the web page.

use clap::{Args, Subcommand};

use super::out::{Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{self as api, PageUser, SessionInfo, UserKind};

#[derive(Args, Debug)]
pub struct SessionArgs {
    #[command(subcommand)]
    pub verb: SessionVerb,
}

#[derive(Subcommand, Debug)]
pub enum SessionVerb {
    /// List the sessions, the newest first: your own, or with --all those of everyone
    List(api::SessionList),
    /// End a session, or all your own: the page asks for a login again
    Rm(api::SessionRm),
}

pub fn session(context: &Context, verb: SessionVerb, out: &mut Out) -> anyhow::Result<i32> {
    match verb {
        SessionVerb::List(request) => {
            let sessions = context.client()?.call(&request)?;
            if out.wants_json() {
                out.data(&sessions)?;
            } else if sessions.is_empty() && request.all {
                print_message("no sessions of the web page");
            } else if sessions.is_empty() {
                print_message(
                    "no sessions of the web page are yours; --all lists those of everyone",
                );
            } else {
                table(&sessions).print(out)?;
            }
        }
        SessionVerb::Rm(request) => {
            let removed = context.client()?.call(&request)?;
            if out.wants_json() {
                out.data(&removed)?;
                return Ok(DONE);
            }
            for session in &removed {
                let user = user(&session.user);
                out.line(&format!("ended the session {} of {user}", session.id))?;
            }
            if removed.is_empty() {
                print_message("no sessions of the web page are yours");
            }
        }
    }
    Ok(DONE)
}

fn user(user: &PageUser) -> String {
    match user.kind {
        UserKind::Account => format!("account {}", user.name),
        UserKind::Uid => format!("user {}", user.name),
    }
}

fn table(sessions: &[SessionInfo]) -> Table<'_> {
    let mut table = Table::new(&[
        Column::number("ID"),
        Column::new("USER"),
        Column::new("ROLE").rank(1),
        Column::new("SEEN").rank(2),
        Column::new("UNTIL").rank(4),
        Column::new("BEGAN").rank(5),
        Column::new("ADDRESS").rank(3),
        Column::new("PROGRAM").rank(6),
    ]);
    for session in sessions {
        table.push(vec![
            Cell::number(session.id),
            Cell::new(user(&session.user)),
            Cell::new(session.role.to_string()),
            Cell::new(text::clock(Some(session.seen_at), "-")),
            Cell::new(text::clock(Some(session.until), "-")),
            Cell::new(text::clock(Some(session.made_at), "-")),
            Cell::new(session.address.as_deref().unwrap_or("-")),
            Cell::new(&session.agent),
        ]);
    }
    table
}
