//! What can be typed about access: addresses, accounts, tokens.

use clap::{Args, Subcommand};

use crate::api;

#[derive(Args, Debug)]
pub struct IpArgs {
    #[command(subcommand)]
    pub verb: IpVerb,
}

#[derive(Subcommand, Debug)]
pub enum IpVerb {
    /// Show both lists, and whether they are looked at
    Status,
    /// Put an address or a network on a list
    Add(IpEntry),
    /// Take an address or a network from a list
    Remove(IpEntry),
}

#[derive(Args, Debug)]
pub struct IpEntry {
    /// The list
    #[arg(value_enum)]
    pub list: crate::model::IpList,
    /// An address such as 10.0.0.7 or ::1, or a network such as 10.0.0.0/8
    pub ip: String,
}

#[derive(Args, Debug)]
pub struct AdminArgs {
    #[command(subcommand)]
    pub verb: AdminVerb,
}

#[derive(Subcommand, Debug)]
pub enum AdminVerb {
    /// Add an account; its password is asked for
    Add {
        #[command(flatten)]
        ask: api::AdminAdd,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Give an account another password; its logins are void
    Passwd {
        #[command(flatten)]
        ask: api::AdminPasswd,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Change the mail address or the role of an account
    #[command(group(clap::ArgGroup::new("change").args(["email", "role"]).required(true).multiple(true)))]
    Edit(api::AdminEdit),
    /// List the accounts, the newest first
    List,
    /// Let an account log in again
    Enable(api::AdminStatus),
    /// Let an account not log in any more; its logins are void
    Disable(api::AdminStatus),
    /// Remove an account; its logins are void
    Rm(api::AdminRm),
    /// Make a new key for the tokens of logins: all logins are void
    RotateKey,
}

#[derive(Args, Debug)]
pub struct PasswordArgs {
    /// Read the password from standard input, one line, instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Args, Debug)]
pub struct TokenArgs {
    #[command(subcommand)]
    pub verb: TokenVerb,
}

#[derive(Subcommand, Debug)]
pub enum TokenVerb {
    /// Make a token and print it: it is shown this once
    Add(api::TokenAdd),
    /// List the tokens, the newest first, without themselves
    List,
    /// Remove a token: it is void
    Rm(api::TokenRm),
}
