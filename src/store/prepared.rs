//! Statements that SQLite parses and plans once per connection, not each time.
//!
//! Diesel keeps a statement only when its own rules say that the text is always the same. They give up on every UPDATE and
//! on every piece of literal SQL, which are most of what a tick and an end of an execution write.

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

/// A statement that is kept once it is prepared. It is found again by its text, so it can't be taken for another.
pub(super) struct Prepared<Q>(Q);

pub(super) trait Prepare: QueryFragment<Sqlite> + Sized {
    /// Has it kept. Only for statements with few texts: one with a list of values of any length has one for each length, and
    /// all of them stay.
    fn prepared(self) -> Prepared<Self> {
        Prepared(self)
    }

    /// Its first `limit` rows, kept as [`Prepare::prepared`] does. In place of diesel's `limit` and `first`.
    fn at_most(self, limit: i64) -> Prepared<Part<Self>> {
        self.page(0, limit)
    }

    /// Its rows without the first `skipped`, at most `limit`, kept as [`Prepare::prepared`] does.
    fn page(self, skipped: i64, limit: i64) -> Prepared<Part<Self>> {
        Prepared(Part {
            query: self,
            skipped,
            limit,
        })
    }
}

/// Some of the rows of a query.
pub(super) struct Part<Q> {
    query: Q,
    skipped: i64,
    limit: i64,
}

impl<Q: QueryFragment<Sqlite>> Prepare for Q {}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &Sqlite) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Part<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.query.walk_ast(pass.reborrow())?;
        pass.push_sql(" LIMIT +");
        pass.push_bind_param::<BigInt, _>(&self.limit)?;
        if self.skipped > 0 {
            pass.push_sql(" OFFSET ");
            pass.push_bind_param::<BigInt, _>(&self.skipped)?;
        }
        Ok(())
    }
}

impl<Q: Query> Query for Part<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Prepared<Q> {}
