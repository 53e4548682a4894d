//! `jobs token`: tokens for programs.

use clap::{Args, Subcommand};

use super::out::{Highlight, Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{self as api, TokenInfo, TokenList};
use jobs_clock::now;
use jobs_schedule::Zone;

#[derive(Args, Debug)]
pub struct TokenArgs {
    #[command(subcommand)]
    pub verb: TokenVerb,
}

#[derive(Subcommand, Debug)]
pub enum TokenVerb {
    /// Make a token and print it; it is shown only once
    Add(api::TokenAdd),
    /// List the tokens, the newest first; the secrets are not shown
    List,
    /// Remove a token: it is not valid any more
    Rm(api::TokenRm),
}

pub fn token(context: &Context, verb: TokenVerb, out: &mut Out) -> anyhow::Result<i32> {
    match verb {
        TokenVerb::Add(request) => {
            let made = context.client()?.call(&request)?;
            if out.wants_json() {
                out.data(&made)?;
                return Ok(DONE);
            }
            out.line(made.secret.reveal())?;
            out.flush()?;
            let token = &made.token;
            let end = match token.expires_at {
                Some(end) => format!("valid until {}", end.local(&Zone::system())),
                None => "valid until it is removed".to_string(),
            };
            print_message(&format!(
                "token `{}` (number {}): {}, {end}; it is shown only once",
                token.name, token.id, token.role
            ));
            Ok(DONE)
        }
        TokenVerb::List => {
            let tokens = context.client()?.call(&TokenList {})?;
            list_tokens(&tokens, out)
        }
        TokenVerb::Rm(request) => {
            let token = context.client()?.call(&request)?;
            if out.wants_json() {
                out.data(&token)?;
            } else {
                out.line(&format!(
                    "removed the token `{}` (number {}): it is not valid any more",
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
        print_message("no tokens; `jobs token add NAME` makes one");
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::number("ID").rank(3),
        Column::new("NAME"),
        Column::new("ROLE").rank(1),
        Column::new("VOID FROM").rank(2),
        Column::new("MADE").rank(5),
        Column::new("BY").rank(4),
    ]);
    let now = now();
    for token in tokens {
        let is_void = token.expires_at.is_some_and(|end| end <= now);
        let end = text::clock(token.expires_at, "never");
        table.push(vec![
            Cell::number(token.id),
            Cell::new(&token.name),
            Cell::new(token.role.to_string()),
            Cell::new(end).highlight(is_void.then_some(Highlight::Bad)),
            Cell::new(text::clock(Some(token.created_at), "-")),
            Cell::new(&token.created_by),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}
