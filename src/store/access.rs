//! Accounts, tokens and networks in the database.

use diesel::prelude::*;

use super::open::store_error;
use super::query::Reader;
use crate::error::Result;
use crate::model::schema::{admins, networks, tokens};
use crate::model::{Admin, IpList, Token};

/// The number that somebody refers to something by, if it is one.
fn number(name: &str) -> Option<i64> {
    let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if digits { name.parse().ok() } else { None }
}

impl Reader<'_> {
    /// The account of that name or number.
    pub fn admin(&mut self, name: &str) -> Result<Option<Admin>> {
        let query = admins::table.select(Admin::as_select());
        match number(name) {
            Some(id) => query.filter(admins::id.eq(id)).first(self.connection),
            None => query
                .filter(admins::username.eq(name))
                .first(self.connection),
        }
        .optional()
        .map_err(store_error)
    }

    /// The token of that name or number.
    pub fn token(&mut self, name: &str) -> Result<Option<Token>> {
        let query = tokens::table.select(Token::as_select());
        match number(name) {
            Some(id) => query.filter(tokens::id.eq(id)).first(self.connection),
            None => query.filter(tokens::name.eq(name)).first(self.connection),
        }
        .optional()
        .map_err(store_error)
    }

    /// The networks of both lists.
    pub fn networks(&mut self) -> Result<Vec<(IpList, String)>> {
        networks::table
            .select((networks::list, networks::network))
            .order((networks::list, networks::added_at, networks::network))
            .load(self.connection)
            .map_err(store_error)
    }
}
