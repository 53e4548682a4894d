//! Accounts, tokens and networks in the database.

use diesel::prelude::*;

use super::open::store_error;
use super::prepared::Prepare;
use super::query::{Reader, Tx};
use crate::error::Result;
use crate::model::schema::{admins, networks, tokens};
use crate::model::{Admin, IpList, NewAdmin, NewToken, Role, Token};
use crate::schedule::Time;

/// The number that somebody refers to something by, if it is one.
fn number(name: &str) -> Option<i64> {
    let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if digits { name.parse().ok() } else { None }
}

impl Reader<'_> {
    /// The account of that name or number.
    pub fn admin(&mut self, name: &str) -> Result<Option<Admin>> {
        match number(name) {
            Some(id) => admins::table
                .find(id)
                .select(Admin::as_select())
                .at_most(1)
                .get_result(self.connection)
                .optional()
                .map_err(store_error),
            None => self.admin_named(name),
        }
    }

    /// The account of that name, in any case.
    pub fn admin_named(&mut self, name: &str) -> Result<Option<Admin>> {
        admins::table
            .filter(admins::username.eq(name))
            .select(Admin::as_select())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// All accounts, the newest first.
    pub fn admins(&mut self) -> Result<Vec<Admin>> {
        admins::table
            .order(admins::id.desc())
            .select(Admin::as_select())
            .load(self.connection)
            .map_err(store_error)
    }

    /// At most `limit` accounts without the first `skipped`, the newest first.
    pub fn page_of_admins(&mut self, skipped: i64, limit: i64) -> Result<Vec<Admin>> {
        admins::table
            .order(admins::id.desc())
            .offset(skipped)
            .limit(limit)
            .select(Admin::as_select())
            .load(self.connection)
            .map_err(store_error)
    }

    /// How many accounts there are.
    pub fn admins_total(&mut self) -> Result<u64> {
        let total: i64 = admins::table
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(total.unsigned_abs())
    }

    /// Whether an account other than this one may log in and do everything.
    pub fn has_admin_other_than(&mut self, id: i64) -> Result<bool> {
        let others = admins::table
            .filter(admins::id.ne(id))
            .filter(admins::enabled.eq(true))
            .filter(admins::role.eq(Role::Admin));
        diesel::select(diesel::dsl::exists(others))
            .get_result(self.connection)
            .map_err(store_error)
    }

    /// The token of that name or number.
    pub fn token(&mut self, name: &str) -> Result<Option<Token>> {
        match number(name) {
            Some(id) => tokens::table
                .find(id)
                .select(Token::as_select())
                .at_most(1)
                .get_result(self.connection)
                .optional()
                .map_err(store_error),
            None => tokens::table
                .filter(tokens::name.eq(name))
                .select(Token::as_select())
                .at_most(1)
                .get_result(self.connection)
                .optional()
                .map_err(store_error),
        }
    }

    /// All tokens, the newest first.
    pub fn tokens(&mut self) -> Result<Vec<Token>> {
        tokens::table
            .order(tokens::id.desc())
            .select(Token::as_select())
            .load(self.connection)
            .map_err(store_error)
    }

    /// The networks of both lists, those that were added first before the others.
    pub fn networks(&mut self) -> Result<Vec<(IpList, String)>> {
        networks::table
            .select((networks::list, networks::network))
            .order((networks::list, networks::added_at, networks::network))
            .load(self.connection)
            .map_err(store_error)
    }
}

impl Tx<'_> {
    /// Adds an account, whose name is not taken.
    pub fn insert_admin(&mut self, admin: &NewAdmin) -> Result<Admin> {
        diesel::insert_into(admins::table)
            .values(admin)
            .returning(Admin::as_returning())
            .get_result(self.connection)
            .map_err(store_error)
    }

    /// Writes everything of an account.
    pub fn update_admin(&mut self, admin: &Admin) -> Result<()> {
        diesel::update(admins::table.find(admin.id))
            .set(admin)
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    /// Removes an account.
    pub fn delete_admin(&mut self, id: i64) -> Result<()> {
        diesel::delete(admins::table.find(id))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    /// Adds a token, whose name is not taken.
    pub fn insert_token(&mut self, token: &NewToken) -> Result<Token> {
        diesel::insert_into(tokens::table)
            .values(token)
            .returning(Token::as_returning())
            .get_result(self.connection)
            .map_err(store_error)
    }

    /// Removes a token.
    pub fn delete_token(&mut self, id: i64) -> Result<()> {
        diesel::delete(tokens::table.find(id))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    /// Puts a network on a list; nothing happens when it is there.
    pub fn insert_network(&mut self, list: IpList, network: &str, at: Time) -> Result<()> {
        diesel::insert_or_ignore_into(networks::table)
            .values((
                networks::list.eq(list),
                networks::network.eq(network),
                networks::added_at.eq(at),
            ))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    /// Takes a network from a list; whether it was there.
    pub fn delete_network(&mut self, list: IpList, network: &str) -> Result<bool> {
        diesel::delete(networks::table.find((list, network)))
            .execute(self.connection)
            .map(|rows| rows > 0)
            .map_err(store_error)
    }
}
