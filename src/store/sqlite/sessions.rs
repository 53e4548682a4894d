//! Sessions of the web page in the database.

use diesel::prelude::*;

use super::Session;
use super::open::store_error;
use super::rows::{Decode, SessionRow, all};
use super::schema::sessions;
use jobs_error::Result;
use jobs_model as model;
use jobs_schedule::Time;

impl Session<'_> {
    pub fn sessions(&mut self) -> Result<Vec<model::Session>> {
        all(sessions::table
            .order(sessions::id.desc())
            .select(SessionRow::as_select())
            .load(self.connection))
    }

    pub fn insert_session(&mut self, session: &model::NewSession) -> Result<model::Session> {
        diesel::insert_into(sessions::table)
            .values((
                sessions::secret.eq(&session.secret),
                sessions::key.eq(&session.key),
                sessions::account.eq(session.account),
                sessions::generation.eq(session.generation),
                sessions::uid.eq(session.uid),
                sessions::role.eq(session.role.as_str()),
                sessions::made_at.eq(session.made_at.millis()),
                sessions::seen_at.eq(session.made_at.millis()),
                sessions::until.eq(session.until.millis()),
                sessions::address.eq(&session.address),
                sessions::agent.eq(&session.agent),
            ))
            .returning(SessionRow::as_returning())
            .get_result(self.connection)
            .map(Decode::decode)
            .map_err(store_error)
    }

    pub fn set_session_seen(&mut self, id: i64, at: Time) -> Result<()> {
        diesel::update(sessions::table.find(id))
            .set(sessions::seen_at.eq(at.millis()))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn delete_session(&mut self, id: i64) -> Result<bool> {
        diesel::delete(sessions::table.find(id))
            .execute(self.connection)
            .map(|rows| rows > 0)
            .map_err(store_error)
    }

    pub fn delete_sessions(&mut self) -> Result<()> {
        diesel::delete(sessions::table)
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn delete_sessions_of(&mut self, account: i64) -> Result<()> {
        diesel::delete(sessions::table.filter(sessions::account.eq(account)))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }
}
