//! Accounts, tokens and networks in the database.

use diesel::prelude::*;

use super::Session;
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::{AdminRow, Column, Decode, TokenRow, all, one};
use super::schema::{admins, networks, tokens};
use jobs_error::Result;
use jobs_model::{Admin, IpList, NewAdmin, NewToken, Role, Token};
use jobs_schedule::Time;

/// The number in a reference (a number or a name), if it is a number.
pub(super) fn number(name: &str) -> Option<i64> {
    let is_digits = name.bytes().all(|byte| byte.is_ascii_digit());
    let number = name.parse().ok().filter(|_| is_digits)?;
    (name == "0" || !name.starts_with('0')).then_some(number)
}

impl Session<'_> {
    pub fn admin(&mut self, name: &str) -> Result<Option<Admin>> {
        match number(name) {
            Some(id) => one(admins::table
                .find(id)
                .select(AdminRow::as_select())
                .at_most(1)
                .get_result(self.connection)),
            None => self.admin_named(name),
        }
    }

    pub fn admin_named(&mut self, name: &str) -> Result<Option<Admin>> {
        one(admins::table
            .filter(admins::username.eq(name))
            .select(AdminRow::as_select())
            .at_most(1)
            .get_result(self.connection))
    }

    pub fn admins(&mut self) -> Result<Vec<Admin>> {
        all(admins::table
            .order(admins::id.desc())
            .select(AdminRow::as_select())
            .load(self.connection))
    }

    pub fn page_of_admins(&mut self, skipped: i64, limit: i64) -> Result<Vec<Admin>> {
        all(admins::table
            .order(admins::id.desc())
            .offset(skipped)
            .limit(limit)
            .select(AdminRow::as_select())
            .load(self.connection))
    }

    pub fn admins_total(&mut self) -> Result<u64> {
        let total: i64 = admins::table
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(total.unsigned_abs())
    }

    pub fn has_admin_other_than(&mut self, id: i64) -> Result<bool> {
        let others = admins::table
            .filter(admins::id.ne(id))
            .filter(admins::enabled.eq(true))
            .filter(admins::role.eq(Role::Admin.as_str()));
        diesel::select(diesel::dsl::exists(others))
            .get_result(self.connection)
            .map_err(store_error)
    }

    pub fn token(&mut self, name: &str) -> Result<Option<Token>> {
        match number(name) {
            Some(id) => one(tokens::table
                .find(id)
                .select(TokenRow::as_select())
                .at_most(1)
                .get_result(self.connection)),
            None => one(tokens::table
                .filter(tokens::name.eq(name))
                .select(TokenRow::as_select())
                .at_most(1)
                .get_result(self.connection)),
        }
    }

    pub fn tokens(&mut self) -> Result<Vec<Token>> {
        all(tokens::table
            .order(tokens::id.desc())
            .select(TokenRow::as_select())
            .load(self.connection))
    }

    pub fn networks(&mut self) -> Result<Vec<(IpList, String)>> {
        let rows: Vec<(Column<IpList>, String)> = networks::table
            .select((networks::list, networks::network))
            .order((networks::list, networks::added_at, networks::network))
            .load(self.connection)
            .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|(list, network)| (list.0, network))
            .collect())
    }
}

impl Session<'_> {
    pub fn insert_admin(&mut self, admin: &NewAdmin) -> Result<Admin> {
        diesel::insert_into(admins::table)
            .values((
                admins::username.eq(&admin.username),
                admins::email.eq(&admin.email),
                admins::role.eq(admin.role.as_str()),
                admins::enabled.eq(admin.enabled),
                admins::password.eq(&admin.password),
                admins::generation.eq(admin.generation),
                admins::created_at.eq(admin.created_at.millis()),
                admins::updated_at.eq(admin.updated_at.millis()),
            ))
            .returning(AdminRow::as_returning())
            .get_result(self.connection)
            .map(Decode::decode)
            .map_err(store_error)
    }

    pub fn update_admin(&mut self, admin: &Admin) -> Result<()> {
        diesel::update(admins::table.find(admin.id))
            .set((
                admins::username.eq(&admin.username),
                admins::email.eq(&admin.email),
                admins::role.eq(admin.role.as_str()),
                admins::enabled.eq(admin.enabled),
                admins::password.eq(&admin.password),
                admins::generation.eq(admin.generation),
                admins::last_login.eq(admin.last_login.map(Time::millis)),
                admins::created_at.eq(admin.created_at.millis()),
                admins::updated_at.eq(admin.updated_at.millis()),
            ))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn delete_admin(&mut self, id: i64) -> Result<()> {
        diesel::delete(admins::table.find(id))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn insert_token(&mut self, token: &NewToken) -> Result<Token> {
        diesel::insert_into(tokens::table)
            .values((
                tokens::name.eq(&token.name),
                tokens::role.eq(token.role.as_str()),
                tokens::hash.eq(&token.hash),
                tokens::expires_at.eq(token.expires_at.map(Time::millis)),
                tokens::created_at.eq(token.created_at.millis()),
                tokens::created_by.eq(&token.created_by),
            ))
            .returning(TokenRow::as_returning())
            .get_result(self.connection)
            .map(Decode::decode)
            .map_err(store_error)
    }

    pub fn delete_token(&mut self, id: i64) -> Result<()> {
        diesel::delete(tokens::table.find(id))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn insert_network(&mut self, list: IpList, network: &str, at: Time) -> Result<()> {
        diesel::insert_or_ignore_into(networks::table)
            .values((
                networks::list.eq(list.as_str()),
                networks::network.eq(network),
                networks::added_at.eq(at.millis()),
            ))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn delete_network(&mut self, list: IpList, network: &str) -> Result<bool> {
        diesel::delete(networks::table.find((list.as_str(), network)))
            .execute(self.connection)
            .map(|rows| rows > 0)
            .map_err(store_error)
    }
}
