//! Statements that SQLite parses and plans once per connection, not each time.
//!
//! Diesel keeps a statement only when its own rules say that the text is always the same: they give up on every UPDATE and
//! on every piece of literal SQL. And SQLite plans a kept statement anew whenever another value is bound to its LIMIT, so
//! a limit is a part of the text here.

use diesel::query_builder::{AsChangeset, AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

/// A question that is kept once it is prepared. It is found again by its text, so it can't be taken for another.
pub(super) struct Prepared<Q> {
    query: Q,
    limit: Option<i64>,
}

/// Only for questions with few texts: each text is kept for as long as the connection is.
pub(super) trait Prepare: QueryFragment<Sqlite> + Sized {
    /// Has it kept.
    fn prepared(self) -> Prepared<Self> {
        Prepared {
            query: self,
            limit: None,
        }
    }

    /// Has it kept, with `limit` rows at most: a constant, for each limit is another text.
    fn at_most(self, limit: i64) -> Prepared<Self> {
        Prepared {
            query: self,
            limit: Some(limit),
        }
    }
}

impl<Q: QueryFragment<Sqlite>> Prepare for Q {}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.query.walk_ast(pass.reborrow())?;
        if let Some(limit) = self.limit {
            pass.push_sql(&format!(" LIMIT {limit}"));
        }
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Sqlite) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Prepared<Q> {}

/// A change of one row, found by its number, that is kept once it is prepared.
pub(super) struct Update<C> {
    table: &'static str,
    key: &'static str,
    id: i64,
    /// What else must hold of the row, as SQL.
    only_if: Option<&'static str>,
    changes: C,
}

/// Changes the row of `table` whose `key` is `id`.
pub(super) fn update<C: AsChangeset>(
    table: &'static str,
    key: &'static str,
    id: i64,
    changes: C,
) -> Update<C::Changeset> {
    Update {
        table,
        key,
        id,
        only_if: None,
        changes: changes.as_changeset(),
    }
}

impl<C> Update<C> {
    /// Changes the row only if that holds of it as well.
    pub(super) fn only_if(self, condition: &'static str) -> Update<C> {
        Update {
            only_if: Some(condition),
            ..self
        }
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Update<C> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        pass.push_sql("UPDATE ");
        pass.push_identifier(self.table)?;
        pass.push_sql(" SET ");
        self.changes.walk_ast(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        pass.push_identifier(self.key)?;
        pass.push_sql(" = ");
        pass.push_bind_param::<BigInt, _>(&self.id)?;
        if let Some(condition) = self.only_if {
            pass.push_sql(" AND ");
            pass.push_sql(condition);
        }
        Ok(())
    }
}

impl<C> QueryId for Update<C> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> RunQueryDsl<C> for Update<Q> {}
