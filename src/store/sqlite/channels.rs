//! Channels in the database.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Session;
use super::access::number;
use super::open::store_error;
use super::schema::channels;
use jobs_error::{Error, Result};
use jobs_model::{Channel, NewChannel};
use jobs_schedule::Time;

/// A row of `channels`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = channels)]
struct ChannelRow {
    id: i64,
    name: String,
    preset: String,
    settings: String,
    created_at: i64,
    created_by: String,
    updated_at: i64,
}

impl ChannelRow {
    fn decode(self) -> Result<Channel> {
        let settings = serde_json::from_str(&self.settings).map_err(|error| {
            Error::Store(format!("the settings of channel {}: {error}", self.id))
        })?;
        Ok(Channel {
            id: self.id,
            name: self.name,
            preset: self.preset,
            settings,
            created_at: Time::from_millis(self.created_at),
            created_by: self.created_by,
            updated_at: Time::from_millis(self.updated_at),
        })
    }
}

/// The settings as the column has them.
fn settings_text(settings: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(settings).map_err(|error| Error::Store(error.to_string()))
}

impl Session<'_> {
    pub fn channel(&mut self, name: &str) -> Result<Option<Channel>> {
        let found: QueryResult<ChannelRow> = match number(name) {
            Some(id) => channels::table
                .find(id)
                .select(ChannelRow::as_select())
                .get_result(self.connection),
            None => channels::table
                .filter(channels::name.eq(name))
                .select(ChannelRow::as_select())
                .get_result(self.connection),
        };
        let row = found.optional().map_err(store_error)?;
        row.map(ChannelRow::decode).transpose()
    }

    pub fn channels(&mut self) -> Result<Vec<Channel>> {
        let rows: Vec<ChannelRow> = channels::table
            .order(channels::name)
            .select(ChannelRow::as_select())
            .load(self.connection)
            .map_err(store_error)?;
        rows.into_iter().map(ChannelRow::decode).collect()
    }

    pub fn insert_channel(&mut self, channel: &NewChannel) -> Result<Channel> {
        let row: ChannelRow = diesel::insert_into(channels::table)
            .values((
                channels::name.eq(&channel.name),
                channels::preset.eq(&channel.preset),
                channels::settings.eq(settings_text(&channel.settings)?),
                channels::created_at.eq(channel.created_at.millis()),
                channels::created_by.eq(&channel.created_by),
                channels::updated_at.eq(channel.created_at.millis()),
            ))
            .returning(ChannelRow::as_returning())
            .get_result(self.connection)
            .map_err(store_error)?;
        row.decode()
    }

    pub fn update_channel(&mut self, channel: &Channel) -> Result<()> {
        diesel::update(channels::table.find(channel.id))
            .set((
                channels::name.eq(&channel.name),
                channels::preset.eq(&channel.preset),
                channels::settings.eq(settings_text(&channel.settings)?),
                channels::updated_at.eq(channel.updated_at.millis()),
            ))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn delete_channel(&mut self, id: i64) -> Result<bool> {
        diesel::delete(channels::table.find(id))
            .execute(self.connection)
            .map(|rows| rows > 0)
            .map_err(store_error)
    }
}
